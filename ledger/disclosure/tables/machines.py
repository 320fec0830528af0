"""Manufacture of machines held in the AI report, under both policies side by side: bought, and by share of life."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.disclosure.figures.record import known_sum
from ledger.disclosure.tables.measures import period_name
from ledger.disclosure.tables.table import Cell, Column, Row, Table, number, words
from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import day, noted, text

if TYPE_CHECKING:
    from ledger.ai.assets.by_policy import EmbodiedRow
    from ledger.disclosure.figures.record import QuarterlyFigures

_MOST = 60
"""Machines that are listed one by one; of more the kinds are."""


def manufacture(figures: QuarterlyFigures) -> Table:
    """Kg CO2e of the machines of the register in the period; each policy has a total of its own, and they have none."""
    rows = figures.machines
    listed = _by_machine(rows) if len(rows) <= _MOST else _by_kind(rows)
    return Table(
        "manufacture",
        text("table_manufacture", period=period_name(figures.current)),
        "",
        (
            Column(text("column_machine"), "text", "32%"),
            Column(text("column_machines")),
            Column(text("column_bought"), "text", "16%"),
            Column(text("column_purchase_kg")),
            Column(text("column_life_kg")),
            Column(text("column_written_off_kg")),
        ),
        (*listed, _line(text("total"), rows, "", "total")) if rows else (),
        tuple(_notes(rows)),
    )


def _by_machine(rows: Sequence[EmbodiedRow]) -> Iterator[Row]:
    for row in rows:
        name = text("machine_name", name=row.asset.name, id=row.asset.asset_id)
        yield _line(name, [row], day(row.asset.acquired_on), "line")


def _by_kind(rows: Sequence[EmbodiedRow]) -> Iterator[Row]:
    for name in sorted({row.asset.name for row in rows}):
        yield _line(name, [row for row in rows if row.asset.name == name], "", "line")


def _line(name: str, rows: Sequence[EmbodiedRow], bought: str, kind: str) -> Row:
    cells = (
        words(name),
        number(Decimal(sum(row.asset.count for row in rows)), "count"),
        words(bought),
        _kg(row.purchase_kg for row in rows),
        _kg(row.amortised_kg for row in rows),
        _kg(row.write_off_kg for row in rows),
    )
    return Row(cells, "total" if kind == "total" else "line")


def _kg(amounts: Iterable[Decimal | None]) -> Cell:
    return number(known_sum(*amounts), "count", shown=lambda kg: numbers.grouped(kg, 1))


def _notes(rows: Sequence[EmbodiedRow]) -> Iterator[str]:
    """The two policies, where the figures are from, and machines that one of them lacks."""
    if not rows:
        return
    yield text("machine_note_policies")
    sources = dict.fromkeys(row.asset.source for row in rows if row.asset.kg is not None)
    for source in sources:
        yield text("machine_note_source", source=source)
    for row in rows:
        if row.asset.note:
            yield text("machine_note_of", id=row.asset.asset_id, note=noted(row.asset.note))
