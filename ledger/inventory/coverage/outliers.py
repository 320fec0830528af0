"""Months that do not look like the others: against the year before, the twelve months before, and other facilities.

Medians and median absolute deviations are used, since one wrong month moves a mean and a standard deviation by which
it would then look usual. Amounts are compared in the base unit of their dimension; nothing here is a figure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from typing import Any, Literal

from ledger import units
from ledger.errors import Finding
from ledger.intake.checks.unit_errors import make_unit_bases, mistaken_unit, ratio_of
from ledger.inventory.codes import told
from ledger.inventory.coverage.statements import run_statement
from ledger.inventory.period import Period
from ledger.plain import plain_amount
from ledger.store import Session

_NORMAL = Decimal("1.4826")
"""1 / Φ⁻¹(3/4): by this the median absolute deviation of a normal distribution is its standard deviation."""

Test = Literal["unit-error", "outlier-months", "outlier-year", "outlier-floor-area", "outlier-headcount"]


@dataclass(frozen=True, slots=True)
class Outlier:
    """An amount far from what it is compared with, both in ``unit``; ``ratio`` is the one over the other."""

    test: Test
    facility_id: str
    meter_id: str | None
    activity_type: str
    month: date | None
    amount: Decimal
    compared: Decimal
    ratio: Decimal
    unit: str
    months: int
    entry: str | None
    likely: str

    def finding(self) -> Finding:
        """The outlier as a warning."""
        subject = f"{self.facility_id}, {self.activity_type}" + (f", meter {self.meter_id}" if self.meter_id else "")
        return told(
            self.test, entry=self.entry, subject=subject, month="" if self.month is None else f"{self.month:%Y-%m}",
            amount=_short(self.amount), compared=_short(self.compared), ratio=_short(self.ratio), unit=self.unit,
            months=self.months, likely=self.likely, shown_entry=self.entry or "ENTRY",
        )  # fmt: skip


def outliers(s: Session, of: Period, size: int, limits: Mapping[str, Decimal]) -> tuple[Outlier, ...]:
    """The outliers of a period, of each month of a facility or meter at most one: the likeliest explanation.

    Reads temp tables `standing_sum` and `longer`.
    """
    first, last = of.months[0], of.months[-1]
    earliest = first.replace(year=first.year - 1)
    make_unit_bases(s)
    run_statement(s, "monthly", **{"from": earliest, "to": last})
    near = min(limits["outlier_least_ratio"], limits["year_ratio"])
    run_statement(s, "usual", first=first, last=last, near=near)
    rows = s.arrow("select * from usual order by facility_id, activity_type, meter_id, month").to_pylist()
    found = [one for row in rows if (one := _of_month(row, limits)) is not None]
    return (*found, *_of_intensity(s, of, size, limits))


def _of_month(row: Mapping[str, Any], limits: Mapping[str, Decimal]) -> Outlier | None:
    """The one outlier of a month, or none; a thousandfold explains more than a distance does."""
    usual, months = row["usual"], row["months"]
    if usual and months >= 3 and (likely := _likely_unit(row, limits)):
        return _outlier("unit-error", row, usual, likely)
    if usual and months >= limits["outlier_least_months"]:
        far = abs(row["amount"] - usual) > limits["outlier_deviations"] * _NORMAL * row["deviation"]
        if far and _beyond(row["amount"], usual, limits["outlier_least_ratio"]):
            return _outlier("outlier-months", row, usual, "")
    before = row["year_before"]
    if before and _beyond(row["amount"], before, limits["year_ratio"]):
        return _outlier("outlier-year", row, before, "")
    return None


def _outlier(test: Test, row: Mapping[str, Any], compared: Decimal, likely: str) -> Outlier:
    unit = row["unit_given"] or row["base_unit"]
    return Outlier(
        test, row["facility_id"], row["meter_id"], row["activity_type"], row["month"],
        _in_unit(row["amount"], row["base_unit"], unit), _in_unit(compared, row["base_unit"], unit),
        ratio_of(row["amount"], compared), unit, row["months"], row["entry"], likely,
    )  # fmt: skip


def _likely_unit(row: Mapping[str, Any], limits: Mapping[str, Decimal]) -> str:
    """Which unit was probably taken for which, where the amount is about a thousandfold off; empty where it is not."""
    return mistaken_unit(row["amount"], row["usual"], row["unit_given"], limits)


def _beyond(amount: Decimal, compared: Decimal, times: Decimal) -> bool:
    return amount > times * compared or times * amount < compared


def _in_unit(amount: Decimal, base_unit: str, unit: str) -> Decimal:
    with localcontext() as context:
        context.prec = 30
        return amount * units.conversion(base_unit, unit)


def _short(value: Decimal) -> str:
    """Four significant digits in plain notation, for a message."""
    with localcontext() as context:
        context.prec = 4
        return plain_amount(+value)


def _of_intensity(s: Session, of: Period, size: int, limits: Mapping[str, Decimal]) -> Iterable[Outlier]:
    """Facilities whose amount per floor area or head is far from the median of the others with the same type."""
    rows = s.rows(
        "with floor as (select facility_id, floor_m2 as size, 'outlier-floor-area' as test from facility "
        "  where batch_no <= $size qualify row_number() over "
        "  (partition by facility_id order by valid_from desc, batch_no desc, seq desc) = 1), "
        "head as (select facility_id, (sum(value) / count(*))::decimal(18,6) as size, 'outlier-headcount' as test "
        "  from metric where name = 'headcount' and facility_id is not null and batch_no <= $size "
        "  and period_start <= $last and period_end >= $first group by facility_id), "
        "sized as (from floor where size > 0 union all from head where size > 0), "
        "summed as (select facility_id, activity_type, dimension, any_value(base_unit) as base_unit, "
        "  sum(amount)::decimal(38,6) as amount, count(distinct month) as months, "
        "  arg_min(entry, (-amount, month)) as entry "
        "  from monthly where month between $first and $last and dimension <> 'money' group by 1, 2, 3) "
        "select z.test, m.facility_id, m.activity_type, m.base_unit, m.amount, z.size, m.months, m.entry "
        "from summed m join sized z using (facility_id) where m.amount > 0 "
        "order by z.test, m.activity_type, m.dimension, m.facility_id",
        {"size": size, "first": of.months[0], "last": of.end},
    )
    groups: dict[tuple[str, str, str], list[tuple[Any, ...]]] = {}
    for row in rows:
        groups.setdefault((row[0], row[2], row[3]), []).append(row)
    for (test, activity_type, base_unit), members in groups.items():
        yield from _of_group(test, activity_type, base_unit, members, limits)


def _of_group(
    test: Any, activity_type: str, base_unit: str, members: list[tuple[Any, ...]], limits: Mapping[str, Decimal]
) -> Iterable[Outlier]:
    """Outliers among the facilities of one type: each against the median of the others."""
    from statistics import median

    if len(members) < limits["intensity_least_facilities"]:
        return
    per = {member[1]: member[4] / member[5] / member[6] for member in members}
    for member in members:
        usual = median(value for facility, value in per.items() if facility != member[1])
        if usual and _beyond(per[member[1]], usual, limits["intensity_ratio"]):
            unit = f"{base_unit} per {'m2' if test == 'outlier-floor-area' else 'head'} and month"
            yield Outlier(test, member[1], None, activity_type, None, per[member[1]], usual,
                          ratio_of(per[member[1]], usual), unit, member[6], member[7], "")  # fmt: skip
