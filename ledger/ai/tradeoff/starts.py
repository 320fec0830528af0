"""Hardware × places × start: what a piece of work emits by the hour at which it begins, best and worst.

Intensities are those of the grid by the hour, average signal, as measured or as forecast: a memo beside the yearly
factor, and never market-based. All options are compared on one basis (direct or life cycle). Manufacture does not
depend on the start and is not in it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledger.ai import catalogue
from ledger.ai.interval import EXACT, QUOTIENT, Interval, interval
from ledger.ai.tradeoff.options import Option
from ledger.errors import Misuse
from ledger.schedule.sites import site_of
from ledger.schedule.steps import PLACES, Steps, instant, micros

HOUR = 3_600_000_000
"""Microseconds."""
GRAM, SECONDS = Decimal(1000), Decimal(3600)
MOST_STARTS = 8784
BASES = ("direct", "life_cycle")


@dataclass(frozen=True, slots=True)
class HourlyIntensity:
    """The intensity of a zone over time, g CO2e/kWh of the average signal.

    Attributes:
        kind: actual or forecast.
        basis: direct or life_cycle.
        issued_at: of a forecast.
    """

    zone: str
    kind: str
    basis: str
    steps: Steps
    source: str
    issued_at: datetime | None = None

    def words(self) -> str:
        """What it is and whose."""
        issued = "" if self.issued_at is None else f", issued {self.issued_at:%Y-%m-%d %H:%M} UTC"
        what = "measured" if self.kind == "actual" else f"forecast{issued}"
        return f"zone {self.zone}, {what}, {self.basis.replace('_', ' ')}, average: {self.source}"


@dataclass(frozen=True, slots=True)
class StartKg:
    """Kg CO2e of the power from a start on: least and most of the option's duration and power."""

    start: datetime
    kg: Interval


@dataclass(frozen=True, slots=True)
class Starts:
    """An option at every start of a window whose hours are all known.

    Attributes:
        unknown: how many starts are left out, since a part of the hours after them is not known.
    """

    option: Option
    series: HourlyIntensity
    starts: tuple[StartKg, ...]
    unknown: int

    @property
    def best(self) -> tuple[StartKg, ...]:
        """The start of the least carbon: one, or two where it differs between the ends of the range."""
        return self._ends(1)

    @property
    def worst(self) -> tuple[StartKg, ...]:
        """The start of the most carbon, likewise."""
        return self._ends(-1)

    def _ends(self, sign: int) -> tuple[StartKg, ...]:
        low = min(self.starts, key=lambda each: (sign * each.kg.low, each.start))
        high = min(self.starts, key=lambda each: (sign * each.kg.high, each.start))
        if low.kg.high == high.kg.high:
            return (low,)
        return (high,) if low.kg.low == high.kg.low else (low, high)

    @property
    def mean(self) -> Interval:
        """The mean over all starts, kg CO2e."""
        low, high = Decimal(0), Decimal(0)
        for each in self.starts:
            low, high = EXACT.add(low, each.kg.low), EXACT.add(high, each.kg.high)
        count = Decimal(len(self.starts))
        return Interval(QUOTIENT.divide(low, count), QUOTIENT.divide(high, count))


def zones_of(options: Sequence[Option], named: Mapping[str, str]) -> dict[str, str]:
    """The zone of the grid of each place: as named, that of the cloud region, or the country.

    Raises Misuse for a place whose zone is not known, which asks for it.
    """
    found, lacking = {}, []
    for site in {option.site.key: option.site for option in options}.values():
        zone = named.get(site.key)
        if zone is None:
            zone = _zone_of_region(site.key) if site.provider in catalogue.PROVIDERS else site.country
        if zone is None:
            lacking.append(site.key)
        else:
            found[site.key] = zone
    if lacking:
        raise Misuse(
            f"the zone of the grid of {', '.join(lacking)} is not known",
            f"name it: --zone {lacking[0]}=DE",
            code="asked-for",
        )
    return found


def _zone_of_region(key: str) -> str | None:
    try:
        return site_of(key).zone
    except Misuse:
        return None


def starts_of(
    options: Sequence[Option], zones: Mapping[str, str], held: Mapping[tuple[str, str], HourlyIntensity],
    window: tuple[datetime, datetime],
) -> tuple[Starts, ...]:  # fmt: skip
    """Every option at every full hour of a window, by the intensities of its zone.

    Args:
        options: what is compared.
        zones: place → zone.
        held: (zone, basis) → intensity.
        window: the first and the last start, both inside.

    Raises:
        Misuse: a zone without intensities, zones without a common basis, too many starts, or none whose hours are
            all known.
    """
    basis = _common_basis(set(zones.values()), held)
    first, last = -(-micros(window[0]) // HOUR) * HOUR, micros(window[1])
    if last < first or (last - first) // HOUR >= MOST_STARTS:
        raise Misuse("no window of starts", f"give the first and the last start, {MOST_STARTS} hours apart at most")
    hours = range(first, last + 1, HOUR)
    return tuple(_starts(option, held[zones[option.site.key], basis], hours) for option in options)


def _common_basis(zones: set[str], held: Mapping[tuple[str, str], HourlyIntensity]) -> str:
    if missing := sorted(zone for zone in zones if not any((zone, basis) in held for basis in BASES)):
        raise Misuse(
            f"no intensity by the hour is held of the zone {', '.join(missing)}",
            "give --series FILE, fetch it with ghg connect grid, or name another zone with --zone PLACE=ZONE",
        )
    for basis in BASES:
        if all((zone, basis) in held for zone in zones):
            return basis
    told = "; ".join(f"{zone} {basis}" for zone in sorted(zones) for basis in BASES if (zone, basis) in held)
    raise Misuse(
        f"the zones have intensities on different bases, which are not compared: {told}", "give a series of one basis"
    )


def _starts(option: Option, series: HourlyIntensity, hours: range) -> Starts:
    rate = option.machine.it_kw * interval(option.machine.count) * interval(option.site.pue)
    lengths = [_micros(option.duration.low), _micros(option.duration.high)]
    found = []
    for start in hours:
        sums = [series.steps.integral(start, start + length) for length in lengths]
        if sums[0] is None or sums[1] is None:
            continue
        kg = [
            _kg(integral, kw) for integral, kw in zip(sums, (rate.low, rate.high), strict=True) if integral is not None
        ]
        found.append(StartKg(instant(start), Interval(*kg)))
    if not found:
        end = series.steps.end
        until = "" if end is None else f", which ends {instant(end):%Y-%m-%d %H:%M} UTC"
        takes = f"{option.name} takes {option.duration.text(3)} h"
        raise Misuse(
            f"{takes}: from no start are all of them known in the zone {series.zone}{until}",
            "give an earlier or later --start, more accelerators (--count), or a longer series",
        )
    return Starts(option, series, tuple(found), len(hours) - len(found))


def _micros(hours: Decimal) -> int:
    """Hours as microseconds, half away from zero."""
    return int(EXACT.add(EXACT.multiply(hours, Decimal(HOUR)), Decimal("0.5")))


def _kg(integral: int, kw: Decimal) -> Decimal:
    """KW × the sum of 10⁻¹⁵ g/kWh × µs: kW × h × g/kWh ÷ 1000, at 50 digits."""
    grams_hours = QUOTIENT.divide(Decimal(integral).scaleb(-PLACES, EXACT), Decimal(HOUR))
    return QUOTIENT.divide(EXACT.multiply(grams_hours, kw), GRAM)


def first_starts(found: Sequence[Starts]) -> tuple[Starts, ...]:
    """The options that can emit least at their best start: one where it is decided, several where ranges cross.

    Two places of one kind of machine share its time and power, so like ends are compared; two kinds may each stand
    anywhere in their own range.
    """
    return tuple(one for one in found if not any(_is_ahead(other, one) for other in found if other is not one))


def _is_ahead(one: Starts, other: Starts) -> bool:
    """Whether one emits less than the other wherever in the ranges the inputs stand."""
    if one.option.machine is other.option.machine:
        mine, others = _least(one), _least(other)
        return mine.low < others.low and mine.high < others.high
    return _least(one).high < _least(other).low


def _least(found: Starts) -> Interval:
    return Interval(min(each.kg.low for each in found.starts), min(each.kg.high for each in found.starts))
