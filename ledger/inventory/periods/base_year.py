"""The base year: its figures as first stated and as they stand, and the series on both bases.

GHG Protocol Corporate Standard, chapter 5: the base year is recalculated for changes of structure, method or factor and
for errors, where they are significant or add up to it; not for growth, nor for what did not exist then.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ledger.calculation.policy import Policy, policy
from ledger.errors import Misuse
from ledger.inventory.compile import Inventory, compile_inventory
from ledger.inventory.period import Period, period
from ledger.inventory.periods.life import CLOSED, period_status
from ledger.store import Session, latest_checkpoint
from ledger.tabular import Tabular
from schemas.measures import INVENTORY_MEASURES

MEASURES = INVENTORY_MEASURES
STRUCTURE = "S"
"""A candidate of structure is named after its day, `S2026-07-01`; any other after its batch, `B57`."""


@dataclass(frozen=True, slots=True)
class BaseYearDecision:
    """What was decided on a candidate: recalculate or decline, its effect then, by whom and why.

    ``effect_kg`` is kg CO2e, the rest per cent; all of the measure that it was largest in.
    """

    candidate: str
    cause: str
    base_year: int
    effect_kg: Decimal
    effect_pct: Decimal
    cumulative_pct: Decimal
    threshold_pct: Decimal
    decision: str
    reason: str
    batch: int
    person: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Basis:
    """Figures of one year on one basis, kg CO2e; None is not quantified. ``at`` is the size for `ghg inventory --at`.

    ``structure_on`` is the day whose structure they have for the whole year; None: each day its own.
    """

    at: int
    structure_on: date | None
    scope_1: Decimal | None
    scope_2_location: Decimal | None
    scope_2_market: Decimal | None
    scope_3: Decimal | None
    total_location: Decimal | None
    total_market: Decimal | None


@dataclass(frozen=True, slots=True)
class YearOfSeries:
    """A year of the series: its state, its figures as first stated (None while it is open), and as they stand now."""

    period: Period
    status: str
    first_stated: Basis | None
    current: Basis


@dataclass(frozen=True, slots=True)
class BaseYear(Tabular):
    """The base year, its policy, every decision on it, and the series from it on, on both bases.

    ``threshold_is_default``: nobody set one; the standard gives no number, and 5 per cent is usual.
    """

    ROWS = "series"

    year: int
    period: Period
    view: str
    reason: str
    threshold_pct: Decimal
    threshold_is_default: bool
    convention: str
    series: tuple[YearOfSeries, ...]
    decisions: tuple[BaseYearDecision, ...]

    @property
    def first_stated(self) -> Basis | None:
        """The base year's figures as they were first closed."""
        return self.series[0].first_stated

    @property
    def current(self) -> Basis:
        """The base year's figures as they stand, recalculations taken in."""
        return self.series[0].current


def base_year(s: Session, view: str, at: int | None = None) -> BaseYear:
    """The base year as the ledger stood at a size (now when None). Raises Misuse where none is set."""
    size = latest_checkpoint(s, at).size
    rules = policy(s, size=size)
    of = base_period(rules)
    decided = base_year_decisions(s, of.start.year if rules.fiscal_month == 1 else of.end.year, size)
    on = structure_decided(decided)
    last = s.one("select max(month) from period_total where batch_no <= ?", [size])[0]
    years = [of]
    while last is not None and years[-1].end < last:
        years.append(_year_of(rules, rules_year(years[-1], rules) + 1))
    return BaseYear(
        year=rules_year(of, rules),
        period=of,
        view=view,
        reason=rules.base_year_reason,
        threshold_pct=rules.base_year_threshold_pct,
        threshold_is_default=not s.rows(
            "select 1 from setting where name = 'base_year_threshold_pct' and batch_no <= ? limit 1", [size]
        ),
        convention=rules.base_year_convention,
        series=tuple(_of_series(s, year, view, size, on) for year in years),
        decisions=decided,
    )


def base_period(rules: Policy) -> Period:
    """The days of the base year, of the fiscal year where it does not start in January. Raises Misuse of none."""
    if rules.base_year is None:
        raise Misuse("no base year is set", "ghg setting set base_year 2024 --reason TEXT")
    return _year_of(rules, rules.base_year)


def rules_year(of: Period, rules: Policy) -> int:
    """The number that a year carries: of the calendar, or of the day on which the fiscal year ends."""
    return of.start.year if rules.fiscal_month == 1 else of.end.year


def _year_of(rules: Policy, year: int) -> Period:
    return period(str(year) if rules.fiscal_month == 1 else f"FY{year}", rules.fiscal_month)


def base_year_decisions(s: Session, year: int, size: int) -> tuple[BaseYearDecision, ...]:
    """Every decision on a base year up to a size, in order."""
    rows = s.rows(
        "select d.candidate, d.cause, d.base_year, d.effect_kg, d.effect_pct, d.cumulative_pct, d.threshold_pct, "
        "d.decision, coalesce(d.reason, ''), d.batch_no, b.actor, b.recorded_at "
        "from base_year_decision d join batch b using (batch_no) where d.base_year = ? and d.batch_no <= ? "
        "order by d.batch_no, d.seq",
        [year, size],
    )
    return tuple(BaseYearDecision(*row) for row in rows)


def structure_decided(decided: tuple[BaseYearDecision, ...]) -> date | None:
    """The day whose structure the base year was recalculated to; None while each day has its own."""
    days = [
        date.fromisoformat(told.candidate.removeprefix(STRUCTURE))
        for told in decided
        if told.decision == "recalculate" and told.candidate.startswith(STRUCTURE)
    ]
    return max(days, default=None)


def _of_series(s: Session, of: Period, view: str, size: int, on: date | None) -> YearOfSeries:
    first = first_closed(s, of, view, size)
    structure = on if on is not None and of.start < on else None
    return YearOfSeries(
        of,
        period_status(s, of, view, size),
        None if first is None else _basis(compile_inventory(s, of, view, first), None),
        _basis(compile_inventory(s, of, view, size, structure_on=structure), structure),
    )


def first_closed(s: Session, of: Period, view: str, size: int) -> int | None:
    """The size at which all of a period was closed for the first time; None where it never was."""
    closings = s.rows(
        "select distinct batch_no from period_event where event = 'closed' and batch_no <= ? and period_start <= ? "
        "and period_end >= ? order by 1",
        [size, of.end, of.start],
    )
    return next((batch for (batch,) in closings if period_status(s, of, view, batch) in CLOSED), None)


def _basis(figures: Inventory, on: date | None) -> Basis:
    return Basis(figures.checkpoint.size, on, *(getattr(figures, measure) for measure in MEASURES))
