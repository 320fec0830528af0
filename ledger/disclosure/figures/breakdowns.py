"""What a period is held against and cut into: its base year, facilities, months, and the quarters before it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ledger.calculation.policy import Policy
from ledger.disclosure.figures.record import MEASURES, BreakdownLine, known_sum
from ledger.disclosure.words.texts import text
from ledger.inventory import Inventory, Period, breakdown, compile_inventory, period
from ledger.inventory.compile import ViewTotals, not_quantified, period_status, view_totals

if TYPE_CHECKING:
    from ledger.store import Session

QUARTERS_SHOWN = 8


def _base_period(rules: Policy) -> Period | None:
    if rules.base_year is None:
        return None
    label = str(rules.base_year) if rules.fiscal_month == 1 else f"FY{rules.base_year}"
    return period(label, rules.fiscal_month)


def base_year(s: Session, rules: Policy, view: str, size: int, structure_on: date | None) -> Inventory | None:
    """The base year as it stands, with the structure that was decided on; None where there is none."""
    base = _base_period(rules)
    return None if base is None else held(compile_inventory(s, base, view, size, structure_on=structure_on))


def base_year_totals(
    s: Session, rules: Policy, view: str, size: int, structure_on: date | None
) -> ViewTotals | None:
    """The totals of the base year alone, as :func:`base_year` has them; None where there is none."""
    base = _base_period(rules)
    return None if base is None else held_totals(s, base, view, size, structure_on)


def held_totals(
    s: Session, of: Period, view: str, size: int, structure_on: date | None = None
) -> ViewTotals | None:
    """The totals of a period alone; None where the ledger has nothing for it."""
    told = view_totals(s, of, view, size, structure_on=structure_on)
    any_total = told.total_location is not None or told.total_market is not None
    return told if any_total or not_quantified(s) else None


def held(inventory: Inventory) -> Inventory | None:
    """The inventory, or None where the ledger has nothing for its period."""
    empty = inventory.total_location is None and inventory.total_market is None
    return None if empty and not inventory.not_quantified else inventory


def _measures(row: dict[str, Any]) -> dict[str, Any]:
    return {measure: row[measure] for measure in MEASURES}


def facilities(
    s: Session, of: Period, view: str, size: int, names: dict[str, tuple[str, str]]
) -> tuple[BreakdownLine, ...]:
    """The facilities with figures, by their names and countries."""
    found = []
    for row in breakdown(s, of, "facility", view, size):
        key = row["facility"] or ""
        name, country = names.get(key, (key or text("not_at_a_facility"), ""))
        found.append(BreakdownLine(key, name, detail=country, **_measures(row)))
    return tuple(found)


def months(s: Session, of: Period, view: str, size: int) -> tuple[BreakdownLine, ...]:
    """The months that hold figures."""
    rows = breakdown(s, of, "month", view, size)
    return tuple(BreakdownLine(f"{row['month']:%Y-%m}", f"{row['month']:%Y-%m}", **_measures(row)) for row in rows)


def quarters(s: Session, of: Period, view: str, size: int, fiscal_month: int) -> tuple[BreakdownLine, ...]:
    """The quarters that end with the period, oldest first; those before the first record are left out."""
    last = of.months[-1]
    starts = [_months_on(last, -2 - 3 * back) for back in reversed(range(QUARTERS_SHOWN))]
    end = of.end
    whole = Period(starts[0], end, f"{starts[0]}..{end}")
    months = {row["month"]: row for row in breakdown(s, whole, "month", view, size)}
    found: list[BreakdownLine] = []
    for start in starts:
        rows = [months[month] for month in (_months_on(start, k) for k in range(3)) if month in months]
        if not rows and not found:
            continue
        quarter = Period(start, _months_on(start, 3) - timedelta(days=1), _quarter_label(start, fiscal_month))
        closed = period_status(s, quarter, view, size) in {"closed", "restated"}
        sums: dict[str, Any] = {measure: known_sum(*(row[measure] for row in rows)) for measure in MEASURES}
        found.append(BreakdownLine(quarter.label, quarter.label, **sums, provisional=not closed))
    return tuple(found)


def _quarter_label(start: date, fiscal_month: int) -> str:
    """A quarter's label: 2026-Q3, or FY2026-Q1 where the fiscal year does not start in January."""
    place = (start.month - fiscal_month) % 12 // 3 + 1
    if fiscal_month == 1:
        return f"{start.year}-Q{place}"
    return f"FY{start.year + (start.month >= fiscal_month)}-Q{place}"


def _months_on(day: date, count: int) -> date:
    months = day.year * 12 + day.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
