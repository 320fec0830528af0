"""What may ask for a recalculation of the base year: each change since it was closed, with its effect and the sums.

Effects are exact differences of the base year's figures, one change after the other, so that they add up to the whole
difference: after each batch that touched closed months, then after each day on which the structure changed. Growth is
no difference of the base year's figures, and neither is a facility that has no rows in it, so neither is here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext

from ledger.calculation.policy import policy
from ledger.errors import Misuse
from ledger.inventory.boundaries.structure import structure_at
from ledger.inventory.compile import MEASURE_FILTER
from ledger.inventory.period import Period
from ledger.inventory.periods.base_year import (
    STRUCTURE,
    BaseYearDecision,
    base_period,
    base_year_decisions,
    rules_year,
    structure_decided,
)
from ledger.inventory.periods.life import CLOSED, period_status
from ledger.inventory.posted import make_pins, make_posted
from ledger.store import Session, latest_checkpoint
from schemas.measures import SCOPE_MEASURES

_OF_ROWS = ("activity", "upload", "correction", "reversal", "rekey")
_OF_STRUCTURE = ("holding", "legal_entity", "facility")
_WHOLE = Decimal(100)
_PLACES = Decimal("0.000001")
_SUMS = {
    "scope_1_2_location": ("scope_1", "scope_2_location"),
    "scope_1_2_market": ("scope_1", "scope_2_market"),
    "scope_3": ("scope_3",),
}
"""The figures that effects are told of: Scope 1 and 2 by each method, and Scope 3."""


@dataclass(frozen=True, slots=True)
class BaseYearEffect:
    """What a change does to one figure of the base year: kg CO2e, per cent of it, and the running sum of per cents.

    A change of a figure that was nothing is 100 per cent. Declined and recalculated changes are in no running sum.
    """

    measure: str
    base_kg: Decimal | None
    effect_kg: Decimal
    effect_pct: Decimal
    cumulative_pct: Decimal


@dataclass(frozen=True, slots=True)
class Candidate:
    """A change since the base year was closed, with its effects; ``asks``: it, or the sum up to it, is significant.

    ``cause`` is error (late rows, corrections), factor, method, structure (holdings or relations by their days) or
    records (of holdings and facilities, corrected). ``decision`` is recalculate or decline, or None while it is open.
    """

    name: str
    cause: str
    about: str
    batch: int | None
    day: date | None
    person: str | None
    recorded_at: datetime | None
    effects: tuple[BaseYearEffect, ...]
    asks: bool
    decision: str | None

    @property
    def leading(self) -> BaseYearEffect:
        """The effect that is largest by per cent."""
        return max(self.effects, key=lambda effect: abs(effect.effect_pct))

    @property
    def leading_sum(self) -> BaseYearEffect:
        """The effect whose running sum is largest."""
        return max(self.effects, key=lambda effect: abs(effect.cumulative_pct))


_Figures = dict[str, Decimal | None]


@dataclass(frozen=True, slots=True)
class _Change:
    name: str
    cause: str
    about: str
    batch: int | None
    day: date | None
    person: str | None
    recorded_at: datetime | None
    after: _Figures


def base_year_candidates(s: Session, view: str) -> tuple[Candidate, ...]:
    """Every change since the base year was closed or last recalculated, in order. Raises Misuse where it is open."""
    size = latest_checkpoint(s).size
    rules = policy(s)
    of = base_period(rules)
    if period_status(s, of, view, size) not in CLOSED:
        raise Misuse(
            f"the base year {of.label} is not closed in the view {view}, so nothing changed since",
            f"close it first: ghg submit {of.label}, or its quarters; ghg status {of.label} says how far it is",
        )
    decided = base_year_decisions(s, rules_year(of, rules), size)
    on = structure_decided(decided)
    before = _figures(s, of, view, size, on=on)
    changes = _of_batches(s, of, view, size, on)
    changes += _of_days(s, of, view, size, on, pro_rata=rules.base_year_convention == "pro_rata")
    return _weighed(before, changes, decided, rules.base_year_threshold_pct)


def _figures(s: Session, of: Period, view: str, size: int, *, floor: int = 0, on: date | None = None) -> _Figures:
    make_posted(s, of, view, size, by_facility=False, structure_on=on, floor=floor)
    sums = ", ".join(f"sum(total_co2e_kg) filter (where {MEASURE_FILTER[name]})" for name in SCOPE_MEASURES)
    row = s.one(f"select {sums} from posted where book = 'inventory'")
    told: Mapping[str, Decimal | None] = dict(zip(SCOPE_MEASURES, row, strict=True))
    with localcontext() as context:
        context.prec = 60  # sums of 38 digits, whole
        return {
            measure: sum((told[part] or Decimal(0) for part in parts), Decimal(0))
            if any(told[part] is not None for part in parts)
            else None
            for measure, parts in _SUMS.items()
        }


def _of_batches(s: Session, of: Period, view: str, size: int, on: date | None) -> list[_Change]:
    """The figures after each batch since the pins that touched what the base year is made from."""
    make_pins(s, of, view, size)
    masters = " union all ".join(
        f"select batch_no from {table} where batch_no > (select min(pin) from pin)" for table in _OF_STRUCTURE
    )
    rows = s.rows(
        "select b.batch_no, b.kind, b.actor, b.recorded_at, coalesce(b.source_name, b.reason, '') from batch b where "
        "b.batch_no in (select t.batch_no from period_total t join pin p on p.month = t.month "
        "and p.legal_entity_id is not distinct from t.legal_entity_id where t.batch_no > p.pin "
        "union all select c.batch_no from choice c join choice_key k using (key_no) join pin p on p.month = k.month "
        f"where c.batch_no > p.pin union all {masters}) order by 1"
    )
    return [
        _Change(
            f"B{batch}", _cause(s, batch, kind), about or kind, batch, None, person, recorded_at,
            _figures(s, of, view, size, floor=batch, on=on),
        )
        for batch, kind, person, recorded_at, about in rows
    ]  # fmt: skip


def _cause(s: Session, batch: int, kind: str) -> str:
    if kind in _OF_ROWS:
        return "error"
    if kind in _OF_STRUCTURE:
        return "records"
    terms = s.rows(
        "select distinct on (batch_no) gwp_set, gwp_policy, time_basis from calculation where batch_no <= ? "
        "order by batch_no desc, seq desc limit 2",
        [batch],
    )
    return "method" if kind == "calculation" and len(set(terms)) > 1 else "factor"


def _of_days(s: Session, of: Period, view: str, size: int, on: date | None, *, pro_rata: bool) -> list[_Change]:
    """The figures with the structure of each day on which it changed, up to the day of the last batch."""
    today = s.one("select max(recorded_at)::date from batch")[0]
    structure = structure_at(s, size)
    companies = {*structure.entities, *structure.holdings}
    days = {day for facility in (None, *structure.facilities) for day in structure.change_days(companies, facility)}
    made = []
    for day in sorted(days):
        if not max(of.start, on or of.start) < day <= today:
            continue
        within = pro_rata and day.year == today.year
        after = _with_structure(s, of, view, size, day, on, within=within)
        made.append(_Change(f"{STRUCTURE}{day}", "structure", _said(s, day, size), None, day, None, None, after))
    return made


def _with_structure(
    s: Session, of: Period, view: str, size: int, day: date, on: date | None, *, within: bool
) -> _Figures:
    """The base year with a day's structure: all its days, or in the year of the change those from its month on."""
    cut = date(of.start.year if day.month >= of.start.month else of.end.year, day.month, 1)
    if not within or cut <= of.start:
        return _figures(s, of, view, size, floor=size, on=day)
    before = _figures(s, Period(of.start, cut - timedelta(days=1), of.label), view, size, floor=size, on=on)
    after = _figures(s, Period(cut, of.end, of.label), view, size, floor=size, on=day)
    with localcontext() as context:
        context.prec = 60
        return {
            name: None if kg is None and after[name] is None else (kg or Decimal(0)) + (after[name] or Decimal(0))
            for name, kg in before.items()
        }


def _said(s: Session, day: date, size: int) -> str:
    """What the registers say of a day: each holding with its event, each company and facility that begins anew."""
    said = s.rows(
        "select distinct 'holding ' || child || coalesce(': ' || event, '') from holding "
        "where batch_no <= $size and (valid_from = $day or valid_to + 1 = $day) union all "
        "select distinct 'facility ' || facility_id || ': ' || relation from facility "
        "where batch_no <= $size and (valid_from = $day or valid_to + 1 = $day) order by 1",
        {"size": size, "day": day},
    )
    return "; ".join(row[0] for row in said) or "companies"


def _weighed(
    before: _Figures, changes: list[_Change], decided: tuple[BaseYearDecision, ...], threshold: Decimal
) -> tuple[Candidate, ...]:
    """Each change with its effects and running sums; what changes nothing is no candidate."""
    last = {told.candidate: told.decision for told in decided}
    running = dict.fromkeys(before, Decimal(0))
    made: list[Candidate] = []
    standing = before
    with localcontext() as context:
        context.prec = 60
        for change in changes:
            effects = []
            for measure, after in change.after.items():
                kg = (after or Decimal(0)) - (standing[measure] or Decimal(0))
                effects.append(BaseYearEffect(measure, before[measure], kg, _pct(kg, before[measure]), Decimal(0)))
            standing = change.after
            if not any(effect.effect_kg for effect in effects):
                continue
            decision = last.get(change.name)
            if decision is None:
                for effect in effects:
                    running[effect.measure] += effect.effect_pct
            told = tuple(replace(effect, cumulative_pct=running[effect.measure]) for effect in effects)
            asks = decision is None and any(
                max(abs(effect.effect_pct), abs(effect.cumulative_pct)) >= threshold for effect in told
            )
            made.append(
                Candidate(
                    change.name, change.cause, change.about, change.batch, change.day, change.person,
                    change.recorded_at, told, asks, decision,
                )
            )  # fmt: skip
    return tuple(made)


def _pct(effect: Decimal, base: Decimal | None) -> Decimal:
    if not effect:
        return Decimal(0)
    if not base:
        return _WHOLE
    return (_WHOLE * effect / abs(base)).quantize(_PLACES, ROUND_HALF_UP)
