"""How the tables say a period and a measure: names, cells with the figure's id, and this period beside others."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.disclosure.figures.record import QuarterlyFigures, figure_id
from ledger.disclosure.tables.table import Cell, Column, number
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text

if TYPE_CHECKING:
    from ledger.inventory import Inventory

BASES = ("location", "market")


def measure_name(measure: str) -> str:
    """A measure in words: a key of the inventory, Scope 1 with Scope 2 of one method, or a category with its number."""
    kind, _, rest = measure.partition("_")
    if kind == "category" and rest.isdigit():
        return f"{rest}  {text(f'category_{rest}')}"
    named = texts.catalogue()
    return named.get(measure) or named.get(f"measure_{measure}") or measure.replace("_", " ")


def period_name(inventory: Inventory | None) -> str:
    """How a period is called in a column's head; a dash where there is none."""
    if inventory is None:
        return text("not_reported")
    period = inventory.period
    return texts.quarter(period.label, period.start, period.end)


def measure_cell(inventory: Inventory | None, measure: str) -> Cell:
    """The cell of a measure of an inventory (kg), with the figure's id."""
    if inventory is None:
        return number(None, "kg")
    value: Decimal | None = getattr(inventory, measure)
    missing = text("not_quantified") if value is None and open_gaps(inventory, measure) else None
    return number(value, "kg", figure_id(inventory, measure), missing)


def open_gaps(inventory: Inventory, measure: str, category: int | None = None) -> int:
    """How many lines of activity are missing from a measure because nothing could be calculated."""
    scopes = {"scope_1": "1", "scope_2_location": "2", "scope_2_market": "2", "scope_3": "3"}
    wanted = scopes.get(measure)
    return sum(
        gap.rows
        for gap in inventory.not_quantified
        if wanted in {None, gap.scope} and category in {None, gap.scope3_category}
    )


def four_columns(figures: QuarterlyFigures) -> tuple[Column, ...]:
    """The heads of this quarter, last year's, the change, the year to date and the base year."""
    against, base = figures.comparative, figures.base_year
    return (
        Column(text("column_current", period=period_name(figures.current))),
        Column(text("column_no_comparative") if against is None else period_name(against)),
        Column(text("column_difference") if against is None else text("column_change", period=period_name(against))),
        Column(text("column_year_to_date")),
        Column(text("column_no_base_year") if base is None else text("column_base_year", period=period_name(base))),
    )


def four_cells(figures: QuarterlyFigures, cell: Callable[[Inventory | None], Cell]) -> tuple[Cell, ...]:
    """A row's cells under ``four_columns``, made by ``cell`` from each inventory."""
    now, before, year, base = (cell(inventory) for inventory in figures.inventories)
    ratio = numbers.change_ratio(now.value, before.value) if figures.has_change else None
    change = number(ratio, "ratio", shown=_signed_percent)
    return (now, before, change, year, base)


def _signed_percent(ratio: Decimal) -> str:
    return numbers.signed(numbers.percent(ratio))


def comparative_notes(figures: QuarterlyFigures) -> list[str]:
    """That one of the two years holds fewer months, so that no change is shown; nothing where they are alike."""
    if figures.comparative is None or figures.has_change:
        return []
    count = len(figures.current.period.months)
    before, whole = period_name(figures.comparative), figures.comparative_months or 0
    if figures.comparative_is_partial:
        return [text("comparative_partial", period=before, held=whole, count=count)]
    now, held = period_name(figures.current), figures.months_held or 0
    return [text("comparative_running", period=now, held=held, count=count, before=before, whole=whole)]
