"""Rows that hold and yet are doubtful: absurdly large, a thousand times what is usual, over years, or far off.

Each is a warning; the row is recorded as it is given. Each bound of `data/plausible_quantities.csv` has its reason.
"""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import polars as pl

from ledger import shipped, units
from ledger.intake.checks.thresholds import thresholds
from ledger.intake.checks.unit_errors import make_unit_bases, mistaken_unit, ratio_of
from ledger.intake.faults import Faults
from ledger.intake.known import shipped_types
from ledger.plain import plain_amount
from ledger.store import Session

_LONG = "period_end - period_start + 1 > 366"
_FAR = "period_start < date '1990-01-01' or period_end > current_date + 366"


@functools.cache
def plausible_quantities() -> tuple[Mapping[str, str], ...]:
    """The bounds that ship: by activity type where one is named, else by dimension; a day or a row."""
    with (shipped.path("data") / "plausible_quantities.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def note_doubts(s: Session, faults: Faults) -> None:
    """Add a warning for each doubtful row of view `stage`, held against the bounds and the ledger's own history."""
    _note_periods(s, faults)
    _note_implausible(s, faults)
    _note_thousandfold(s, faults)


def _note_periods(s: Session, faults: Faults) -> None:
    rows = s.rows(
        f"select sheet, source_line, period_start, period_end, {_LONG}, {_FAR} from stage where {_LONG} or {_FAR} "
        f"order by sheet, source_line limit {faults.limit + 1}"
    )
    for sheet, line, first, last, is_long, is_far in rows:
        if is_long:
            faults.add("period-long", sheet=sheet, line=line, column="period_end", value=last,
                       days=(last - first).days + 1)  # fmt: skip
        if is_far:
            early = first.year < 1990
            where = "before 1990, the first year that inventories look back to" if early else "more than a year ahead"
            faults.add("period-far", sheet=sheet, line=line, column="period_start" if early else "period_end",
                       value=first if early else last, where=where)  # fmt: skip


def _note_implausible(s: Session, faults: Faults) -> None:
    bounds = [
        (activity_type, unit, *found)
        for activity_type, unit in s.rows("select distinct activity_type, unit_given from stage")
        if (found := _bound(activity_type, unit)) is not None
    ]
    if not bounds:
        return
    s.run("create or replace temp table plausible (activity_type varchar, unit_given varchar, most decimal(30,6), "
          "per varchar, reason varchar)")  # fmt: skip
    s.con.executemany("insert into plausible values (?, ?, ?, ?, ?)", [list(bound) for bound in bounds])
    rows = s.rows(
        "select t.sheet, t.source_line, t.quantity, t.unit_given, t.activity_type, p.most, p.per, p.reason "
        "from stage t join plausible p using (activity_type, unit_given) "
        "where abs(t.quantity) > p.most * case p.per when 'day' then t.period_end - t.period_start + 1 else 1 end "
        f"order by t.sheet, t.source_line limit {faults.limit + 1}"
    )
    names = shipped_types()
    for sheet, line, quantity, unit, activity_type, most, per, reason in rows:
        name = names[activity_type].name if activity_type in names else activity_type
        faults.add("quantity-implausible", sheet=sheet, line=line, column="quantity", value=plain_amount(quantity),
                   unit=unit, activity=name, limit=f"{plain_amount(most)} {unit}", per=per, reason=reason)  # fmt: skip


def _bound(activity_type: str, unit: str) -> tuple[Decimal, str, str] | None:
    """The bound of a type in the unit given: the most, a day or a row, and why; None where there is none."""
    dimension = units.dimension(unit)
    own = [row for row in plausible_quantities() if row["activity_type"] == activity_type]
    general = [row for row in plausible_quantities() if not row["activity_type"]]
    for row in (*own, *general):
        if row["dimension"] == dimension:
            most = Decimal(row["limit"]) * units.conversion(row["unit"], unit)
            if most < Decimal(10) ** 20:
                return most.quantize(Decimal("0.000001"), ROUND_HALF_UP), row["per"], row["reason"]
    return None


def _note_thousandfold(s: Session, faults: Faults) -> None:
    """Rows about a thousand times, or a thousandth of, the usual row of their facility and type."""
    if not s.rows("select 1 from period_total limit 1"):
        return
    limits, usual = thresholds(s), _usual_rows(s)
    if not usual:
        return
    s.run("create or replace temp table usual_row (facility_id varchar, activity_type varchar, dimension varchar, "
          "amount decimal(30,6))")  # fmt: skip
    places = list(usual)
    columns = {name: [place[n] for place in places] for n, name in enumerate(("facility", "activity", "dimension"))}
    with s.given(usual_given=pl.DataFrame({**columns, "amount": list(usual.values())}).to_arrow()):
        s.run("insert into usual_row select facility, activity, dimension, amount from usual_given")
    low = limits["unit_error_ratio"] / limits["unit_error_spread"]
    rows = s.rows(
        "select t.sheet, t.source_line, t.quantity, t.unit_given, t.facility_id, t.activity_type, r.amount, u.to_base, "
        "(t.quantity * u.to_base)::decimal(30,6) from stage t join unit_base u on u.unit = t.unit_given "
        "join usual_row r on r.facility_id = t.facility_id and r.activity_type = t.activity_type "
        "and r.dimension = u.dimension where t.quantity > 0 "
        "and ((t.quantity * u.to_base)::decimal(30,6) > $low::decimal(7,0) * r.amount "
        "or (t.quantity * u.to_base)::decimal(30,6) * $low::decimal(7,0) < r.amount) "
        "order by t.sheet, t.source_line",
        {"low": int(low)},
    )
    for sheet, line, quantity, unit, facility, activity_type, amount, to_base, given in rows:
        if likely := mistaken_unit(given, amount, unit, limits):
            faults.add("quantity-off-by-thousand", sheet=sheet, line=line, column="quantity",
                       value=plain_amount(quantity), unit=unit, facility=facility, activity=activity_type,
                       ratio=plain_amount(ratio_of(given, amount)), usual=plain_amount(ratio_of(amount, to_base)),
                       likely=likely)  # fmt: skip


def _usual_rows(s: Session) -> dict[tuple[str, str, str], Decimal]:
    """The usual row of each facility, type and dimension of the stage: median month over median count of its rows."""
    make_unit_bases(s)
    found: Any = s.rows(
        "with pair as (select distinct facility_id, activity_type from stage where facility_id is not null "
        "and kind = 'quantity'), "
        "past as (select t.facility_id, k.activity_type, u.dimension, t.month, "
        "  sum((t.quantity * u.to_base)::decimal(38,9))::decimal(30,6) as amount, sum(t.n)::bigint as n "
        "  from period_total t join choice_key k using (key_no) join pair p on p.facility_id = t.facility_id "
        "  and p.activity_type = k.activity_type join unit_base u on u.unit = k.unit_given "
        "  where not t.allocated and t.instrument_id is null group by all having sum(t.n) > 0) "
        "select facility_id, activity_type, dimension, median(amount), quantile_disc(n, 0.5) from past "
        "group by all having count(*) >= 3 and median(amount) > 0"
    )
    places = Decimal("0.000001")
    return {(row[0], row[1], row[2]): (row[3] / row[4]).quantize(places, ROUND_HALF_UP) for row in found}
