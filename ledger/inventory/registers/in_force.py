"""Versions of registers in force, and shares of an amount by days that add up exactly."""

from __future__ import annotations

from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from typing import Any

from ledger.calculation.amounts import rounded
from ledger.inventory.exact import exact_difference
from ledger.inventory.period import Period
from ledger.store import Session

_WIDE = Context(prec=80, rounding=ROUND_HALF_UP)
SHARE_PLACES = Decimal("1e-12")


def rows_in_force(s: Session, table: str, identity: tuple[str, ...], size: int) -> list[dict[str, Any]]:
    """The last row of each identity up to a size, without those withdrawn; in the order of their identity.

    ``table`` and ``identity`` are our own names, never a user's.
    """
    names = ", ".join(identity)
    found = s.arrow(
        f"select * from {table} where batch_no <= $size "
        f"qualify row_number() over (partition by {names} order by batch_no desc, seq desc) = 1 order by {names}",
        {"size": size},
    )
    return [row for row in found.to_pylist() if not row.get("withdrawn")]


def days_of(start: date, end: date) -> int:
    """How many days lie from one day to another, both counted; 0 where the end is first."""
    return max(0, (end - start).days + 1)


def overlap(start: date, end: date, of: Period) -> tuple[date, date] | None:
    """The days that a span shares with a period; None where it shares none."""
    first, last = max(start, of.start), min(end, of.end)
    return None if last < first else (first, last)


def part_in(kg: Decimal, start: date, end: date, of: Period) -> Decimal:
    """The part of an amount over a span of days that falls in a period, by days, at 18 decimals.

    Each day's end has one running sum, rounded half away from zero, and a part is the difference of two: so the parts
    of periods that meet add up to the whole, to the last digit.
    """
    shared = overlap(start, end, of)
    if shared is None:
        return Decimal(0)
    before = _running(kg, days_of(start, shared[0]) - 1, days_of(start, end))
    return exact_difference(_running(kg, days_of(start, shared[1]), days_of(start, end)), before)


def _running(kg: Decimal, days: int, of_days: int) -> Decimal:
    exact = Fraction(kg) * days / of_days
    scaled = exact * 10**18
    whole, rest = divmod(abs(scaled.numerator), scaled.denominator)
    whole += 2 * rest >= scaled.denominator
    return Decimal(whole if scaled >= 0 else -whole).scaleb(-18, _WIDE)


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """Part over whole at 12 decimals, half away from zero; None where the whole is nothing."""
    return rounded(Fraction(part) / Fraction(whole)) if whole else None


def year_label(year: int, fiscal_month: int) -> str:
    """How a reporting year is named: `2026`, or `FY2026` where the fiscal year is another than the calendar's."""
    return f"FY{year}" if fiscal_month > 1 else str(year)
