"""The figures of the quarterly report, read from the ledger at one checkpoint."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from ledger.calculation.policy import Policy, policy
from ledger.disclosure.figures import postings, reading
from ledger.disclosure.figures.beside import beside
from ledger.disclosure.figures.changes import changes
from ledger.disclosure.figures.look import company_look
from ledger.disclosure.figures.record import (
    MEASURES,
    BreakdownLine,
    Change,
    Organisation,
    QuarterlyFigures,
    Status,
    known_sum,
)
from ledger.disclosure.words.texts import spoken, text
from ledger.inventory import Inventory, Period, breakdown, compile_inventory, period, year_to_date
from ledger.inventory.compile import period_status
from ledger.inventory.periods.base_year import base_year_decisions, structure_decided
from ledger.store.append import software_version

if TYPE_CHECKING:
    from ledger.store import Session

QUARTERS_SHOWN = 8
_STATUS: dict[str, Status] = {"approved": "approved", "closed": "closed", "restated": "restated"}


def quarterly_figures(
    s: Session,
    of: Period,
    view: str = "operational_control",
    at: int | None = None,
    *,
    with_postings: bool = True,
    issued: bool = False,
    language: str | None = None,
) -> QuarterlyFigures:
    """Everything the quarterly report says of a period, as the ledger stood at a size (now when None).

    ``with_postings`` also reads one row per posting, for the workbook; ``issued`` makes it what is handed out; its
    words are in the company's language, or the one given. Amounts are kg CO2e and kWh. Raises Misuse for a view that is
    not computed, a size that is not reached, or a language that there is not.
    """
    now = compile_inventory(s, of, view, at)
    look = company_look(s, of.end, now.checkpoint.size, language)
    with spoken(look.language):
        made = _read(s, of, now, with_postings=with_postings)
    return replace(made, issued=issued, look=look)


def _read(s: Session, of: Period, now: Inventory, *, with_postings: bool) -> QuarterlyFigures:
    view, size = now.view, now.checkpoint.size
    rules = policy(s, None, size)
    decided = () if rules.base_year is None else base_year_decisions(s, rules.base_year, size)
    comparative = _held(compile_inventory(s, of.year_before(), view, size))
    facilities = reading.make_facility_names(s, size)
    names = reading.activity_names(s, size)
    factors = reading.factor_uses(s, of, view, size)
    findings, more = reading.findings(s, size)
    lines, grouped = postings.posting_table(s, of, view, size) if with_postings else (None, False)
    return QuarterlyFigures(
        organisation=_organisation(rules),
        current=now,
        comparative=comparative,
        year_to_date=compile_inventory(s, year_to_date(of, rules.fiscal_month), view, size),
        base_year=_base_year(s, rules, view, size, structure_decided(decided)),
        base_year_decisions=decided,
        recorded_at=reading.recorded_at(s, size),
        status=_STATUS.get(now.status, "draft"),
        software_version=software_version(),
        quarters=_quarters(s, of, view, size, rules.fiscal_month),
        months=_months(s, of, view, size),
        facilities=_facilities(s, of, view, size, facilities),
        changes=() if comparative is None else _changes(s, of, now, facilities, names),
        factors=factors,
        datasets=reading.datasets(s, {use.dataset for use in factors}, size),
        allocations=reading.allocations(s, of, size),
        findings=findings,
        findings_not_shown=more,
        activity_names=names,
        **beside(s, of, view, size, now),
        postings=lines,
        postings_grouped=grouped,
        signing_key=reading.signing_key_id(s, now.checkpoint),
    )


def _changes(
    s: Session, of: Period, now: Inventory, facilities: dict[str, tuple[str, str]], names: dict[str, str]
) -> tuple[Change, ...]:
    """What moved since the same period of last year, by source."""
    before, after = (reading.movements(s, when, now.view, now.checkpoint.size) for when in (of.year_before(), of))
    return changes(before, after, {key: name for key, (name, _) in facilities.items()}, names)


def _organisation(rules: Policy) -> Organisation:
    base = None if rules.base_year is None else str(rules.base_year)
    return Organisation(rules.organisation, rules.consolidation, base)


def _base_period(rules: Policy) -> Period | None:
    if rules.base_year is None:
        return None
    label = str(rules.base_year) if rules.fiscal_month == 1 else f"FY{rules.base_year}"
    return period(label, rules.fiscal_month)


def _base_year(s: Session, rules: Policy, view: str, size: int, structure_on: date | None) -> Inventory | None:
    """The base year as it stands, with the structure that was decided on; None where there is none."""
    base = _base_period(rules)
    return None if base is None else _held(compile_inventory(s, base, view, size, structure_on=structure_on))


def _held(inventory: Inventory) -> Inventory | None:
    """The inventory, or None where the ledger has nothing for its period."""
    empty = inventory.total_location is None and inventory.total_market is None
    return None if empty and not inventory.not_quantified else inventory


def _measures(row: dict[str, Any]) -> dict[str, Any]:
    return {measure: row[measure] for measure in MEASURES}


def _facilities(
    s: Session, of: Period, view: str, size: int, names: dict[str, tuple[str, str]]
) -> tuple[BreakdownLine, ...]:
    found = []
    for row in breakdown(s, of, "facility", view, size):
        key = row["facility"] or ""
        name, country = names.get(key, (key or text("not_at_a_facility"), ""))
        found.append(BreakdownLine(key, name, detail=country, **_measures(row)))
    return tuple(found)


def _months(s: Session, of: Period, view: str, size: int) -> tuple[BreakdownLine, ...]:
    rows = breakdown(s, of, "month", view, size)
    return tuple(BreakdownLine(f"{row['month']:%Y-%m}", f"{row['month']:%Y-%m}", **_measures(row)) for row in rows)


def _quarters(s: Session, of: Period, view: str, size: int, fiscal_month: int) -> tuple[BreakdownLine, ...]:
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
