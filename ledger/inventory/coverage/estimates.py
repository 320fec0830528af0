"""Estimates for days without data: proposed here, confirmed by the person who uploads them, never counted twice.

A proposal tells its method and the sum behind it. When the data come after all, the estimate is named with the command
that reverses it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from statistics import median
from typing import Any

from ledger.ai.accruals.standing import STATED
from ledger.errors import Finding, Misuse
from ledger.inventory.codes import told
from ledger.inventory.coverage.effects import effects_kg
from ledger.inventory.coverage.statements import make_standing, run_statement
from ledger.inventory.period import Period
from ledger.plain import plain_amount
from ledger.store import Session

METHODS = ("by_days", "same_month_last_year", "neighbours", "floor_area")
"""How a gap is filled, in the order in which methods are tried."""

_PLACES = Decimal("0.000001")
_PLACE_BITS = 32
"""Of the number by which `standing_sum` tells an entry, so many bits are its place in the batch."""
_NEAR_MONTHS = 3
"""How many months a neighbour may be away."""


@dataclass(frozen=True, slots=True)
class Superseded:
    """An estimate on whose days data lie that came later; ``kg`` is what it puts into the total, None if unknown."""

    entry: str
    data_entry: str
    facility_id: str | None
    meter_id: str | None
    activity_type: str
    first_day: date
    last_day: date
    kg: Decimal | None

    def finding(self) -> Finding:
        """The estimate as a warning with the command that reverses it."""
        subject = f"{self.facility_id or 'no facility'}, {self.activity_type}"
        subject += f", meter {self.meter_id}" if self.meter_id else ""
        return told("estimate-superseded", entry=self.entry, effect_kg=self.kg, shown_entry=self.entry, subject=subject,
                    data_entry=self.data_entry, first=self.first_day, last=self.last_day)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Estimate:
    """A proposal for days without data: quantity in ``unit``, the method, and its sum in words."""

    facility_id: str | None
    meter_id: str | None
    activity_type: str
    first_day: date
    last_day: date
    quantity: Decimal
    unit: str
    calorific_basis: str | None
    method: str
    words: str
    expectation: str | None


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Days without data for which no method has anything to go by."""

    facility_id: str | None
    meter_id: str | None
    activity_type: str
    first_day: date
    last_day: date


@dataclass(frozen=True, slots=True)
class _Month:
    """What a subject held in a month: its quantity in one unit, over so many days."""

    quantity: Decimal
    days: int
    unit: str
    basis: str
    facility_id: str | None


_History = dict[tuple[int, date], _Month]


def superseded_estimates(s: Session, of: Period, size: int) -> tuple[Superseded, ...]:
    """Estimates on whose days data of the same facility, type and meter lie. Reads temp table `standing_sum`."""
    make_standing(s, of.start, of.end, size, table="guess", which="a.data_basis in ('estimated', 'proxy')")
    rows = s.rows(
        "select g.batch_no, g.seq, min(r.first_entries[1]) as data_entry, any_value(g.facility_id), "
        "any_value(g.meter_id), any_value(g.activity_type), any_value(g.period_start), any_value(g.period_end) "
        "from guess g join standing_sum r on r.activity_type = g.activity_type and r.direction = g.direction "
        "and r.facility_id is not distinct from g.facility_id "
        "and (g.meter_id is null or r.meter_id is null or r.meter_id = g.meter_id) and not r.is_estimated "
        "and r.period_start <= g.period_end and r.period_end >= g.period_start "
        "where (g.facility_id is not null or g.meter_id is not null) "
        "and r.period_start <= $last and r.period_end >= $first group by g.batch_no, g.seq order by 1, 2",
        {"first": of.start, "last": of.end},
    )
    kg = effects_kg(s, ((row[0], row[1]) for row in rows), size)
    return tuple(
        Superseded(*(entry, f"B{row[2] >> _PLACE_BITS}-{row[2] % 2**_PLACE_BITS}", *row[3:8], kg.get(entry)))
        for row in rows
        for entry in (f"B{row[0]}-{row[1]}",)
    )


def proposed_estimates(
    s: Session, of: Period, size: int, as_of: date, method: str | None = None
) -> tuple[tuple[Estimate, ...], tuple[Unfilled, ...]]:
    """An estimate for each month's days without data of a period up to a day, and the days for which there is none.

    Reads the temp tables of :func:`ledger.inventory.coverage.completeness.make_coverage`, and makes them anew over the
    thirteen months before the period. Raises Misuse for a method that is not there.
    """
    if method is not None and method not in METHODS:
        raise Misuse(f"there is no method '{method}'", "take one of: " + ", ".join(METHODS))
    open_days = s.rows(
        "select c.subject_no, c.month, c.first_day, c.last_day, e.facility_id, e.meter_id, e.activity_type, e.entry "
        "from covered c join expected e using (subject_no) "
        "where not (is_own or is_estimated) and c.last_day <= ? order by 1, 3",
        [as_of],
    )
    history = _history(s, of, size)
    floors = _floor_areas(s, size)
    subjects = {row[0]: (row[1], row[2], row[3]) for row in s.rows(
        "select subject_no, facility_id, meter_id, activity_type from expected")}  # fmt: skip
    made, left = [], []
    for number, month, first, last, facility, meter, activity_type, entry in open_days:
        days = (last - first).days + 1
        found = None
        methods = (method,) if method else METHODS
        for name in () if activity_type == STATED else methods:  # ghg ai accrue estimates those
            if name == "floor_area":
                found = _by_floor(history, floors, subjects, number, month, days)
            else:
                found = _BY[name](history, number, month, days)
            if found is not None:
                break
        place = facility or next((held.facility_id for (no, _), held in history.items() if no == number), None)
        if found is None:
            left.append(Unfilled(place, meter, activity_type, first, last))
            continue
        quantity, held, words = found
        basis = None if held.basis == "na" else held.basis
        made.append(Estimate(place, meter, activity_type, first, last, quantity, held.unit, basis, name, words, entry))
    return tuple(made), tuple(left)


def _history(s: Session, of: Period, size: int) -> _History:
    """What each subject held in each month from thirteen before the period to three after it, estimates left out."""
    first, last = _months_on(of.months[0], -13), _months_on(of.months[-1], _NEAR_MONTHS + 1)
    make_standing(s, first, last, size)
    s.run("create or replace temp table expected as select * exclude (first_day, last_day), $first::date as first_day, "
          "($last::date - 1) as last_day from expected", {"first": first, "last": last})  # fmt: skip
    run_statement(s, "matched", {"rows": "standing"})
    run_statement(s, "covered")
    rows = s.rows(
        "with part as (select batch_no, seq, month, quantity from activity where month between $first and $last "
        "  union all select activity_batch, activity_seq, month, quantity from activity_slice "
        "  where month between $first and $last), "
        "held as (select r.subject_no, p.month, sum(p.quantity)::decimal(38,6) as quantity, "
        "  any_value(r.unit_given) as unit, any_value(r.calorific_basis) as basis, "
        "  any_value(r.facility_id) as facility "
        "  from matched r join part p on p.batch_no = r.batch_no and p.seq = r.seq "
        "  where not r.is_estimated group by 1, 2 "
        "  having count(distinct r.unit_given || r.calorific_basis) = 1), "
        "days as (select subject_no, month, sum(days)::integer as days from covered where is_own group by 1, 2) "
        "select subject_no, month, quantity, days, unit, basis, facility from held join days using (subject_no, month) "
        "order by 1, 2",
        {"first": first, "last": last},
    )
    return {(row[0], row[1]): _Month(row[2], row[3], row[4], row[5], row[6]) for row in rows}


def _floor_areas(s: Session, size: int) -> dict[str, Decimal]:
    rows = s.rows(
        "select facility_id, floor_m2 from facility where batch_no <= ? qualify row_number() over "
        "(partition by facility_id order by valid_from desc, batch_no desc, seq desc) = 1",
        [size],
    )
    return {facility: area for facility, area in rows if area}


_Found = tuple[Decimal, _Month, str] | None


def _by_days(history: _History, number: int, month: date, days: int) -> _Found:
    """The same month's own days, where they are at least half of it."""
    held = history.get((number, month))
    if held is None or 2 * held.days < _days_of(month):
        return None
    return _scaled([held], days), held, f"the other {held.days} days of {month:%Y-%m}: {_sum(held, days)}"


def _by_last_year(history: _History, number: int, month: date, days: int) -> _Found:
    """The same month of the year before, where it is covered whole."""
    before = month.replace(year=month.year - 1)
    held = history.get((number, before))
    if held is None or held.days < _days_of(before):
        return None
    return _scaled([held], days), held, f"{before:%Y-%m}: {_sum(held, days)}"


def _by_neighbours(history: _History, number: int, month: date, days: int) -> _Found:
    """The mean of the nearest whole months before and after, by day; of one where the other is not there."""
    found = []
    for step in (-1, 1):
        near = [_months_on(month, step * count) for count in range(1, _NEAR_MONTHS + 1)]
        whole = [(name, history[number, name]) for name in near
                 if (number, name) in history and history[number, name].days == _days_of(name)]  # fmt: skip
        found += whole[:1]
    if not found or len({(held.unit, held.basis) for _, held in found}) > 1:
        return None
    words = " and ".join(f"{plain_amount(held.quantity)} {held.unit} over {held.days} days of {name:%Y-%m}"
                         for name, held in found)  # fmt: skip
    return _scaled([held for _, held in found], days), found[0][1], f"mean by day of {words}, times {days} days"


def _by_floor(
    history: _History, floors: Mapping[str, Decimal], subjects: Mapping[int, tuple[Any, ...]], number: int,
    month: date, days: int,
) -> _Found:  # fmt: skip
    """The median of what other facilities used per square metre and day in that month, times the own floor area."""
    facility, meter, activity_type = subjects[number]
    area = floors.get(facility)
    if area is None or meter is not None:
        return None
    others = [
        (held, floors[subjects[no][0]])
        for (no, name), held in history.items()
        if name == month and no != number and subjects[no][1] is None and subjects[no][2] == activity_type
        and subjects[no][0] in floors and held.days == _days_of(month)
    ]  # fmt: skip
    if len(others) < 2 or len({(held.unit, held.basis) for held, _ in others}) > 1:
        return None
    with localcontext() as context:
        context.prec = 40
        per_day = median(held.quantity / held.days / floor for held, floor in others)
        quantity = (per_day * area * days).quantize(_PLACES, ROUND_HALF_UP)
        shown = plain_amount(per_day.quantize(_PLACES, ROUND_HALF_UP))
    words = f"median of {len(others)} facilities in {month:%Y-%m}: {shown} {others[0][0].unit} per m2 and day "
    return quantity, others[0][0], words + f"× {plain_amount(area)} m2 × {days} days"


_BY = {"by_days": _by_days, "same_month_last_year": _by_last_year, "neighbours": _by_neighbours}


def _scaled(months: Iterable[_Month], days: int) -> Decimal:
    """The mean of the months' amounts by day, times the days; rounded once, half away from zero, at 6 decimals."""
    listed = list(months)
    with localcontext() as context:
        context.prec = 60
        by_day = sum((month.quantity / month.days for month in listed), Decimal(0)) / len(listed)
        return (by_day * days).quantize(_PLACES, ROUND_HALF_UP)


def _sum(held: _Month, days: int) -> str:
    return f"{plain_amount(held.quantity)} {held.unit} ÷ {held.days} × {days} days"


def _days_of(month: date) -> int:
    return (_months_on(month, 1) - month).days


def _months_on(month: date, count: int) -> date:
    months = month.year * 12 + month.month - 1 + count
    return date(months // 12, months % 12 + 1, 1)
