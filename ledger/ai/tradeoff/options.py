"""An accelerator at a place for a piece of work: time, cost, energy, carbon, water, each a range with its sources."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from ledger.ai.catalogue import Hardware
from ledger.ai.estimate import GridFactor
from ledger.ai.interval import EXACT, QUOTIENT, Interval, interval
from ledger.ai.tradeoff.prices import Price

BASES = ("location", "market")
KG_OF_TONNE = Decimal(1000)


@dataclass(frozen=True, slots=True)
class Machine:
    """A kind of accelerator and what does not depend on the place.

    Attributes:
        time: relative time for the work, on one scale for all machines compared.
        hours: accelerator-hours of the work.
        count: accelerators that share the work.
        it_kw: kW of one accelerator, its host with it where that is known.
        embodied_kg: kg CO2e of manufacture per accelerator-hour; None is not known.
    """

    hardware: Hardware
    time: Interval
    hours: Interval
    count: Decimal
    it_kw: Interval
    power_source: str
    is_ceiling: bool
    embodied_kg: Interval | None
    embodied_about: str
    notes: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its id."""
        return self.hardware.hardware_id


@dataclass(frozen=True, slots=True)
class Site:
    """A place: its overhead, both factors, and its water. ``provider`` is "own" where no cloud was named."""

    key: str
    words: str
    provider: str
    region: str
    pue: Decimal
    pue_source: str
    factors: dict[str, GridFactor] = field(hash=False)
    wue: Decimal | None
    wue_source: str
    country: str | None = None
    scope: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Option:
    """A machine at a site, with its price where one is held, and what of its carbon counts in rankings."""

    machine: Machine
    site: Site
    price: Price | None
    counts_embodied: bool

    @property
    def name(self) -> str:
        """Machine @ place."""
        return f"{self.machine.name} @ {self.site.key}"

    @property
    def duration(self) -> Interval:
        """Hours by the clock: accelerator-hours ÷ count."""
        return self.machine.hours / interval(self.machine.count)

    @property
    def cost(self) -> Interval | None:
        """Accelerator-hours × price; None where no price is held."""
        return None if self.price is None else self.machine.hours * interval(self.price.per_hour)

    @property
    def it_kwh(self) -> Interval:
        """KWh of the machines."""
        return self.machine.hours * self.machine.it_kw

    @property
    def kwh(self) -> Interval:
        """KWh of the site: with its overhead, once."""
        return self.it_kwh * interval(self.site.pue)

    def operational(self, basis: str) -> Interval:
        """Kg CO2e of the power, location- or market-based."""
        return self.kwh * interval(self.site.factors[basis].kg_co2e_per_kwh)

    @property
    def embodied(self) -> Interval | None:
        """Kg CO2e of manufacture, the share of the life; None is not known."""
        kg = self.machine.embodied_kg
        return None if kg is None else self.machine.hours * kg

    def carbon(self, basis: str) -> Interval:
        """Kg CO2e that rankings take: of the power, and of manufacture where it is known of every machine."""
        kg, made = self.operational(basis), self.embodied
        return kg + made if self.counts_embodied and made is not None else kg

    @property
    def water(self) -> Interval | None:
        """Litres on site: WUE × energy of the machines; None is not known."""
        return None if self.site.wue is None else self.it_kwh * interval(self.site.wue)

    def full_cost(self, basis: str, carbon_price: Decimal) -> Interval | None:
        """Cost with its carbon at a price per tonne; None where no price is held.

        Both ends are those of one machine: the longer it takes, the more it costs and emits.
        """
        cost = self.cost
        if cost is None:
            return None
        return cost + self.carbon(basis) * interval(per_kg(carbon_price))


def per_kg(carbon_price: Decimal) -> Decimal:
    """A price per tonne as one per kg, at 50 digits."""
    return QUOTIENT.divide(carbon_price, KG_OF_TONNE)


Corner = tuple[Decimal, Decimal, Decimal]
"""One case of a machine: relative time, kW, embodied kg per hour."""


def corners(machine: Machine) -> tuple[Corner, ...]:
    """Every combination of the ends of what is uncertain of a machine, the lowest of all first, the highest last.

    Measures are products and sums of these of degree one in each, so their extremes lie there.
    """
    made = machine.embodied_kg or interval(0)
    found = [
        (time, kw, kg)
        for time in (machine.time.low, machine.time.high)
        for kw in (machine.it_kw.low, machine.it_kw.high)
        for kg in (made.low, made.high)
    ]
    return tuple(dict.fromkeys(found))


def amount(option: Option, measure: str, corner: Corner, carbon_price: Decimal = Decimal(0)) -> Decimal:
    """A measure of an option in one case, on the scale of relative time.

    Args:
        option: a machine at a site.
        measure: time, cost, location, market, or location_full and market_full, which are cost with carbon priced.
        corner: the case.
        carbon_price: per tonne, for the last two.
    """
    time, kw, made = corner
    if measure == "time":
        return QUOTIENT.divide(time, option.machine.count)
    price = Decimal(0) if option.price is None else option.price.per_hour
    if measure == "cost":
        return EXACT.multiply(time, price)
    basis = measure.removesuffix("_full")
    rate = EXACT.multiply(EXACT.multiply(kw, option.site.pue), option.site.factors[basis].kg_co2e_per_kwh)
    if option.counts_embodied:
        rate = EXACT.add(rate, made)
    if measure != basis:
        rate = EXACT.add(price, EXACT.multiply(rate, per_kg(carbon_price)))
    return EXACT.multiply(time, rate)
