"""Data centres in the AI report: PUE, CUE by both methods, WUE and REF of each, with their terms and gaps."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.ai.metrics import PUE_CATEGORIES
from ledger.disclosure.tables.ai import few, unit_words
from ledger.disclosure.tables.measures import period_name
from ledger.disclosure.tables.table import Column, Row, Table, words
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import noted, text

if TYPE_CHECKING:
    from ledger.ai.worked import Worked
    from ledger.disclosure.figures.record import QuarterlyFigures
    from ledger.inventory.data_centre import DataCentre

_LEAST = 4
_READ_AT = {where: category for category, where in PUE_CATEGORIES.items()}


def data_centres(figures: QuarterlyFigures) -> Table:
    """The indicators of every data centre (ISO/IEC 30134), each as a quotient of its two terms."""
    rows = [row for centre in figures.data_centres for row in _centre_rows(centre)]
    return Table(
        "data_centres",
        text("table_data_centres", period=period_name(figures.current)),
        "",
        (
            Column(text("column_indicator"), "text", "28%"),
            Column(text("column_value")),
            Column(text("column_unit"), "text", "14%"),
            Column(text("column_worked_from"), "text"),
        ),
        tuple(rows),
        tuple(dict.fromkeys(_notes(figures))) if rows else (),
    )


def _centre_rows(centre: DataCentre) -> Iterator[Row]:
    yield Row((words(centre.facility_id), *(words("") for _ in range(3))), "group")
    for figure in centre.figures:
        unit = words(unit_words(figure.unit))
        yield Row((words(_name(figure)), few(figure.value.low), unit, words(_quotient(figure))))
    if not centre.figures:
        yield Row((words(text("not_quantified"), "state"), *(words("") for _ in range(3))), "sub")


def _name(figure: Worked) -> str:
    """The indicator in words; `CUE, market-based` is called `centre_cue_market` in the catalogue."""
    code = figure.what.lower().removesuffix("-based").replace(", ", "_")
    return text(f"centre_{code}")


def _quotient(figure: Worked) -> str:
    """Both terms with their units, and where the IT energy was read."""
    above, below = (f"{_amount(term.value.low)} {unit_words(term.unit)}" for term in figure.terms)
    category = _READ_AT.get(figure.terms[1].source)
    if category is None:
        return text("centre_quotient", above=above, below=below)
    where = text(f"centre_read_at_{category}")
    return text("centre_quotient_read_at", above=above, below=below, where=where, category=category)


def _amount(value: Decimal) -> str:
    """All digits before the mark, and four of small amounts."""
    return numbers.significant(value, max(_LEAST, value.adjusted() + 1))


def _notes(figures: QuarterlyFigures) -> Iterator[str]:
    yield text("centre_note_sources")
    for centre in figures.data_centres:
        for missing in centre.missing:
            yield text("centre_note_missing", facility=centre.facility_id, missing=noted(missing).rstrip("."))
        for note in centre.notes:
            yield text("centre_note_of", facility=centre.facility_id, note=noted(note))
