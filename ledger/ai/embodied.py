"""Manufacture of hardware, two views of one fact: all in the year of purchase, or spread over its life.

The inventory holds the purchase in full (Scope 3 Standard, category 2: cradle-to-gate emissions of capital goods in
the year of acquisition). A product, a model or SCI holds a share of the life (SCI, ISO/IEC 21031:2024, M). The two
are equal in total over the life and never added together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_DOWN, Decimal

from ledger.ai.energy import share
from ledger.ai.interval import EXACT, QUOTIENT, Amount, interval
from ledger.ai.worked import Term, Worked
from ledger.errors import Misuse

PURCHASE, AMORTISED = "inventory", "memo_amortised"
"""The books: figures of the two never meet in one total."""
PLACES = Decimal("1e-6")
HOURS_OF_YEAR = Decimal(8760)
_SCI_M = "SCI, ISO/IEC 21031:2024: M = TE × (TiR ÷ EL) × (RR ÷ ToR)"


@dataclass(frozen=True, slots=True)
class Asset:
    """A machine: what its manufacture emitted, when it was bought, how long it is to serve, when it was retired.

    Raises Misuse for a mass below zero, a life of no day, or a retirement before the purchase.
    """

    name: str
    embodied_kg_co2e: Decimal
    bought: date
    life_years: int
    retired: date | None = None

    def __post_init__(self) -> None:
        """See the class."""
        if self.embodied_kg_co2e < 0:
            raise Misuse(f"{self.name}: embodied emissions below zero", "give kg CO2e of its manufacture")
        if self.life_years < 1:
            raise Misuse(f"{self.name}: a life of {self.life_years} years", "give whole years of service, 1 or more")
        if self.retired is not None and self.retired < self.bought:
            raise Misuse(f"{self.name}: retired before it was bought", "look at the two dates")

    @property
    def last_day(self) -> date:
        """The last day of the planned life."""
        first = self.bought
        year = first.year + self.life_years
        try:
            end = first.replace(year=year)
        except ValueError:  # bought on 29 February
            end = date(year, 3, 1)
        return end - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EmbodiedYear:
    """One year in both views, kg CO2e: side by side, with no total, since they are one fact twice."""

    year: int
    purchase_kg_co2e: Decimal
    amortised_kg_co2e: Decimal
    write_off_kg_co2e: Decimal


def embodied_years(asset: Asset) -> tuple[EmbodiedYear, ...]:
    """Every year of an asset in both views; each view sums to the whole exactly."""
    end = asset.last_day if asset.retired is None else min(asset.retired, asset.last_day)
    return tuple(
        embodied_between(asset, date(year, 1, 1), date(year, 12, 31)) for year in range(asset.bought.year, end.year + 1)
    )


def embodied_between(asset: Asset, first: date, last: date) -> EmbodiedYear:
    """An asset in both views from one day to another, both inclusive; its year is that of the last day.

    The life is spread by days: what is spread up to a day is cut to 6 decimals, and a span has what is added in it, so
    that spans side by side sum to the whole exactly. What is left at an early retirement is written off on that day; a
    machine that serves longer than planned has nothing left to spread.
    """
    spread = EXACT.subtract(_spread_to(asset, last), _spread_to(asset, first - timedelta(days=1)))
    early = asset.retired if asset.retired is not None and asset.retired < asset.last_day else None
    write_off = Decimal(0)
    if early is not None and first <= early <= last:
        write_off = EXACT.subtract(asset.embodied_kg_co2e, _spread_to(asset, early))
    bought = asset.embodied_kg_co2e if first <= asset.bought <= last else Decimal(0)
    return EmbodiedYear(last.year, bought, spread, write_off)


def _spread_to(asset: Asset, day: date) -> Decimal:
    """What the days of service up to a day have taken of the whole, kg CO2e."""
    end = min(day, asset.last_day) if asset.retired is None else min(day, asset.last_day, asset.retired)
    if end >= asset.last_day:
        return asset.embodied_kg_co2e
    life_days = (asset.last_day - asset.bought).days + 1
    return _part(asset.embodied_kg_co2e, max(0, (end - asset.bought).days + 1), life_days)


def _part(whole: Decimal, days: int, of_days: int) -> Decimal:
    """So many days' part, cut to 6 decimals (towards zero, so that the parts never exceed the whole)."""
    part = QUOTIENT.divide(EXACT.multiply(whole, Decimal(days)), Decimal(of_days))
    return part.quantize(PLACES, ROUND_DOWN, context=QUOTIENT)


def purchase_total(years: Sequence[EmbodiedYear]) -> Worked:
    """The inventory's view over years, kg CO2e: Scope 3 category 2."""
    kg = sum((year.purchase_kg_co2e for year in years), Decimal(0))
    return _view("embodied, year of purchase", kg, PURCHASE, "GHG Protocol Scope 3 Standard, category 2")


def amortised_total(years: Sequence[EmbodiedYear]) -> Worked:
    """The view by life over years, kg CO2e, write-offs inside; a memo."""
    kg = sum((year.amortised_kg_co2e + year.write_off_kg_co2e for year in years), Decimal(0))
    return _view("embodied, spread over the life", kg, AMORTISED, "SCI, ISO/IEC 21031:2024, M")


def _view(what: str, kg: Decimal, book: str, source: str) -> Worked:
    value = interval(kg)
    return Worked(what, value, "kg CO2e", "Σ years", (Term("Σ", value, "kg CO2e"),), source, book)


def embodied_of_use(
    embodied_kg: Amount,
    life_years: Amount,
    hours: Amount,
    *,
    part: Amount = 1,
    occupancy: Amount = 1,
    embodied_source: str = "",
) -> Worked:
    """A use's share of the manufacture, kg CO2e: TE × (hours ÷ life hours) × part of the machine.

    Args:
        embodied_kg: TE, kg CO2e of the machine.
        life_years: EL, years of service, each 8,760 h.
        hours: TiR, hours that it was reserved for the use, used or not.
        part: RR ÷ ToR, the share of the machine that was reserved, 0 to 1.
        occupancy: share of its life that the machine is reserved at all; its idle hours are then carried by the used
            ones. With 1 they stay with whoever owns the machine, and a note says so.
        embodied_source: where TE is from.

    Returns:
        The share at 50 digits, in the book of the amortised view.

    Raises:
        Misuse: a share above 1, an occupancy of 0, or no life.
    """
    te, life, time = interval(embodied_kg), interval(life_years), interval(hours)
    reserved, busy = share(part, "the part of the machine"), share(occupancy, "occupancy")
    kg = te * time * reserved / (life * interval(HOURS_OF_YEAR) * busy)
    notes: tuple[str, ...] = ()
    if busy.is_point and busy.low == 1:
        notes = ("hours in which the machine was reserved by nobody are not in it",)
    terms = (
        Term("TE", te, "kg CO2e", embodied_source),
        Term("TiR", time, "h"),
        Term("EL", life, "years of 8760 h"),
        Term("RR ÷ ToR", reserved, ""),
        Term("occupancy", busy, ""),
    )
    return Worked("embodied, share of the life", kg, "kg CO2e", "TE × TiR ÷ (EL × 8760 × occupancy) × RR ÷ ToR", terms,
                  _SCI_M, AMORTISED, notes)  # fmt: skip


def embodied_per_accelerator(accelerator_kg: Amount, server_kg: Amount, accelerators: int) -> Worked:
    """Manufacture that goes with one accelerator, kg CO2e: its own and its part of the server around it.

    Args:
        accelerator_kg: of one accelerator.
        server_kg: of the server without its accelerators.
        accelerators: how many the server holds.
    """
    if accelerators < 1:
        raise Misuse("a server without accelerators has no share for one", "give how many it holds")
    own, around = interval(accelerator_kg), interval(server_kg)
    kg = own + around / interval(accelerators)
    terms = (
        Term("accelerator", own, "kg CO2e"), Term("server", around, "kg CO2e"), Term("n", interval(accelerators), ""),
    )  # fmt: skip
    return Worked("embodied per accelerator", kg, "kg CO2e", "accelerator + server ÷ n", terms,
                  "Luccioni et al. 2023, arXiv:2211.02001, section 4.1 (the two apart)", "product")  # fmt: skip


def instance_part(vcpus: Amount, host_vcpus: Amount) -> Worked:
    """The part of a host that a cloud instance reserves, RR ÷ ToR: its vCPUs over the host's. Raises Misuse above 1."""
    own, host = interval(vcpus), interval(host_vcpus)
    value = share(own / host, "the part of the host")
    return Worked("part of the host", value, "", "RR ÷ ToR", (Term("RR", own, "vCPU"), Term("ToR", host, "vCPU")),
                  _SCI_M, "rate")  # fmt: skip
