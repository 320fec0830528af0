"""An intensity over time as steps, with exact means over any interval.

Times are whole microseconds since 1970 (UTC) and intensities whole 10⁻¹⁵ g/kWh, so that every sum is exact.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Context, Decimal
from itertools import pairwise

from ledger.errors import Misuse

EXACT = Context(prec=80, rounding=ROUND_HALF_UP)
QUOTIENT = Context(prec=28, rounding=ROUND_HALF_UP)
"""Where a mean has endless digits it ends here; results in kg are rounded by whoever keeps them."""
PLACES = 15
"""Decimals of an intensity in g/kWh, as the table of intensities holds them."""
HOUR = timedelta(hours=1)
_MICROSECOND = timedelta(microseconds=1)
_START = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> int:
    """Microseconds since 1970 of an instant. Raises Misuse for one without an offset: it would be anybody's time."""
    if instant.tzinfo is None:
        raise Misuse(f"{instant.isoformat()} has no offset from UTC", "write it like 2026-11-28T14:00Z")
    return (instant - _START) // _MICROSECOND


def instant(at: int) -> datetime:
    """The instant of microseconds since 1970, in UTC."""
    return _START + at * _MICROSECOND


@dataclass(frozen=True, slots=True)
class Steps:
    """Steps of one length, in order, without those of which the value is not known.

    Attributes:
        starts: when each begins, in microseconds.
        length: of each, in microseconds.
        values: of each, in 10⁻¹⁵ g/kWh.
        before: the sum of value × microseconds over all earlier steps.
    """

    starts: tuple[int, ...]
    length: int
    values: tuple[int, ...]
    before: tuple[int, ...]

    @classmethod
    def of(cls, values: Iterable[tuple[datetime, Decimal | None]], step_seconds: int, what: str) -> Steps:
        """The steps of pairs of start and g/kWh. Raises Misuse for steps that overlap, and for values that are none."""
        if step_seconds <= 0:
            raise Misuse(f"{what}: a step of {step_seconds} seconds is none", "give seconds above zero, such as 3600")
        length = step_seconds * 1_000_000
        rows = sorted((micros(start), value) for start, value in values if value is not None)
        for (one, _), (other, _) in pairwise(rows):
            if other - one < length:
                raise Misuse(
                    f"{what}: two values for {instant(other).isoformat()}", "give each step once, all of one length"
                )
        whole = tuple(_whole(value, what) for _, value in rows)
        before, total = [], 0
        for value in whole:
            before.append(total)
            total += value * length
        return cls(tuple(start for start, _ in rows), length, whole, tuple(before))

    @property
    def end(self) -> int | None:
        """Where the last step ends, in microseconds; None where there is none."""
        return self.starts[-1] + self.length if self.starts else None

    def integral(self, start: int, end: int) -> int | None:
        """The sum of 10⁻¹⁵ g/kWh × microseconds from start to end; None where a part is not known."""
        (low, covered_low), (high, covered_high) = self._until(start), self._until(end)
        return high - low if covered_high - covered_low == end - start else None

    def _until(self, at: int) -> tuple[int, int]:
        """The sum up to an instant, and the microseconds that it is over."""
        place = bisect_right(self.starts, at) - 1
        if place < 0:
            return 0, 0
        into = min(at - self.starts[place], self.length)
        return self.before[place] + self.values[place] * into, place * self.length + into

    def edges(self, start: int, end: int) -> list[int]:
        """Where steps begin or end between two instants, both inclusive."""
        first = max(bisect_right(self.starts, start - self.length) - 1, 0)
        found: set[int] = set()
        for begin in self.starts[first:]:
            if begin > end:
                break
            found.update(edge for edge in (begin, begin + self.length) if start <= edge <= end)
        return sorted(found)

    def pieces(self, start: int, end: int) -> list[tuple[int, int, int]]:
        """The known steps cut to an interval, as (start, end, value), in order of time."""
        first = max(bisect_right(self.starts, start) - 1, 0)
        found = []
        for begin, value in zip(self.starts[first:], self.values[first:], strict=True):
            if begin >= end:
                break
            low, high = max(begin, start), min(begin + self.length, end)
            if low < high:
                found.append((low, high, value))
        return found


def mean_g_per_kwh(integral: int, micros_long: int) -> Decimal:
    """The mean in g/kWh of a sum over so many microseconds."""
    return QUOTIENT.divide(Decimal(integral).scaleb(-PLACES, EXACT), Decimal(micros_long))


def _whole(value: Decimal, what: str) -> int:
    scaled = value.scaleb(PLACES, EXACT) if value.is_finite() else None
    if scaled is None or value < 0 or scaled != scaled.to_integral_value():
        raise Misuse(
            f"{what}: {value} is no intensity",
            f"give g/kWh, zero or more, of at most {PLACES} decimals, or leave it out",
        )
    return int(scaled)
