"""A service moved to other places: grid, overhead, machines, data; what it saves, and when that makes up for the start.

The energy of its machines is what the ledger counted; at another place it meets that place's PUE and factors. What is
emitted once (machines bought, data moved) stands against what is saved a month. Ranges are never narrowed: where their
ends disagree the answer is "undecided".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from ledger.ai import catalogue
from ledger.ai.embodied import HOURS_OF_YEAR
from ledger.ai.interval import EXACT, QUOTIENT, Interval, interval, rounded_text, total
from ledger.ai.manufacture import LIVES, manufacture_of
from ledger.ai.tradeoff.generation import Generation, generation
from ledger.ai.tradeoff.options import BASES, Site
from ledger.ai.tradeoff.prices import OWN
from ledger.ai.tradeoff.service import Service
from ledger.ai.tradeoff.sites import SiteOwn, asked_place, sites
from ledger.ai.tradeoff.speeds import Work
from ledger.ai.tradeoff.transfer import kwh_per_gb
from ledger.errors import Misuse, known_word
from ledger.store import Session
from ledger.tabular import Tabular

MONTHS = Decimal(12)
MOST_PLACES = 20
ANY_PART = "nvidia-a100-sxm4-80gb"
"""The factor of a place does not depend on the part that is asked about."""


@dataclass(frozen=True, slots=True)
class MoveWish:
    """Where a service is to go, on what, and what goes with it.

    Attributes:
        places: as comparisons name them.
        own: what is known better of a place.
        gpu: the accelerators there; None: the same kind.
        work: how fast they are beside the present ones (measured, benchmark or utilisation).
        power_w: mean W of each part, both or neither; else board power is compared.
        bought: accelerators bought for the move; their manufacture counts in full at the start.
        made_kg: kg CO2e of one of them; None is what sources give.
        retired: accelerators that are put out of use, bought on ``retired_bought``: their write-off stands apart.
        life_years: years of service; None is what sources give, or a range of 3 to 6.
        transfer_gb: GB moved once.
        transfer_gb_month: GB a month that move between the places from then on.
        kwh_per_gb: None is a published figure.
        today: the day of the move.
        basis: of the chart and of what is said first; both are always told.
    """

    places: tuple[str, ...]
    today: date
    own: Mapping[str, SiteOwn] = field(default_factory=dict)
    gpu: str | None = None
    work: Work = field(default_factory=Work)
    power_w: Mapping[str, Interval] = field(default_factory=dict)
    bought: Decimal | None = None
    made_kg: Interval | None = None
    retired: Decimal | None = None
    retired_bought: date | None = None
    life_years: Interval | None = None
    transfer_gb: Decimal | None = None
    transfer_gb_month: Decimal | None = None
    kwh_per_gb: Interval | None = None
    basis: str = "location"

    def __post_init__(self) -> None:
        """Raises Misuse for no place, an unknown basis, or machines retired of no age."""
        known_word("basis", self.basis, BASES)
        if not self.places or len(self.places) > MOST_PLACES:
            raise Misuse("where to?", f"give --to once for each place, {MOST_PLACES} at most: --to aws/eu-north-1")
        if (self.retired is None) != (self.retired_bought is None):
            raise Misuse("what is written off goes by its age", "give both --retire 8 and --retire-bought 2024-05-01")
        if self.retired_bought is not None and self.retired_bought > self.today:
            raise Misuse(f"bought on {self.retired_bought}, a day to come", "give the day of their purchase")


@dataclass(frozen=True, slots=True)
class Pays:
    """After how many months what is saved has made up for the start.

    Attributes:
        verdict: at_once, after, never or undecided.
        low: the fewest months; None where there are none.
        high: the most; None where it may be never.
    """

    verdict: str
    low: Decimal | None
    high: Decimal | None


@dataclass(frozen=True, slots=True)
class Target:
    """The service at another place: kWh and kg CO2e a month, and kg CO2e once.

    Attributes:
        kg: basis → of the power, data moved each month with it.
        made_kg: share of the life of rented machines; zero of one's own; None where it is not known.
        bought_kg: manufacture of what is bought; None: nothing is, or it is not known.
        transfer_kg: basis → of the data moved once.
    """

    site: Site
    kwh: Interval
    kg: Mapping[str, Interval]
    made_kg: Interval | None
    bought_kg: Interval | None
    transfer_kg: Mapping[str, Interval]

    def start_kg(self, basis: str) -> Interval:
        """Kg CO2e emitted once for the move."""
        return total([each for each in (self.bought_kg, self.transfer_kg.get(basis)) if each is not None])


@dataclass(frozen=True, slots=True)
class Move(Tabular):
    """A service here and at the places it could go to; amounts a month.

    ``made_kg`` is the share of the life of machines rented here, ``write_off_kg`` what is left of those put out of use:
    emitted when they were made, and in no sum.
    """

    ROWS = "targets"

    wish: MoveWish
    here: Service
    kwh: Decimal
    kg: Mapping[str, Decimal]
    made_kg: Interval | None
    generation: Generation
    targets: tuple[Target, ...]
    write_off_kg: Interval | None
    life_years: Interval
    open_points: tuple[str, ...]
    sources: Mapping[str, tuple[str, ...]]
    notes: tuple[str, ...]

    def saves(self, target: Target, basis: str) -> tuple[Decimal, Decimal]:
        """Kg CO2e less a month, from the least to the most; below zero is more."""
        here, there = interval(self.kg[basis]), target.kg[basis]
        made, others = self.made_kg, target.made_kg
        if made is not None and others is not None and made != others:  # the same machines for as long cancel out
            here, there = here + made, there + others
        return EXACT.subtract(here.low, there.high), EXACT.subtract(here.high, there.low)

    def pays(self, target: Target, basis: str, *, with_write_off: bool = False) -> Pays:
        """When the savings of the power have made up for what is emitted at the start."""
        start = target.start_kg(basis)
        if with_write_off and self.write_off_kg is not None:
            start = start + self.write_off_kg
        return paid_back(start, *self.saves(target, basis))


def paid_back(start: Interval, least: Decimal, most: Decimal) -> Pays:
    """Start ÷ saving a month, over all ends of both.

    At once where nothing is emitted at the start, never where nothing is saved; undecided where the ends disagree.
    """
    if most <= 0:
        return Pays("never", None, None)
    low = QUOTIENT.divide(start.low, most)
    if least <= 0:
        return Pays("undecided", low, None)
    high = QUOTIENT.divide(start.high, least)
    return Pays("at_once" if high == 0 else "after", low, high)


def move(s: Session, here: Service, wish: MoveWish) -> Move:
    """The service at each of the places, by the factors that the session holds for its last month.

    Raises:
        Misuse: everything that is neither held nor given, in one message; or machines that cannot be compared.
    """
    months = Decimal(here.months)
    places = {asked.text: asked for asked in map(asked_place, wish.places)}
    own = {asked_place(text).text: mine for text, mine in wish.own.items()}
    if strange := [text for text in own if text not in places]:
        raise Misuse(f"{', '.join(strange)} is given figures but is no place to go to", "add it with --to")
    held, gaps = sites(s, places, own, next(iter(here.hours), ANY_PART), here.month)
    made = generation(here, wish.gpu, wish.work, wish.power_w)
    if gaps:
        raise Misuse("not known, and not assumed: " + "; ".join(gaps), "give them, and ask again", code="asked-for")
    per_month = {basis: QUOTIENT.divide(kg, months) for basis, kg in here.kg.items()}
    it_month = interval(QUOTIENT.divide(here.it_kwh, months)) * made.energy
    each_kg, life, about = _manufacture(wish, made)
    here_made = _rented(here, wish)
    rented = here_made if made.is_same and here.rented_hours == here.hours else _share(made, here, each_kg, life)
    targets = tuple(_target(wish, here, site, it_month, each_kg, rented) for site in held.values())
    sources = {"Here": here.sources, "Machines": (*made.sources, *about), **_sources(wish, held)}
    of_sites = (note for site in held.values() for note in site.notes)
    notes = tuple(dict.fromkeys((*here.notes, *_unlike(here, held), *made.notes, *of_sites)))
    return Move(
        wish, here, QUOTIENT.divide(here.kwh, months), per_month, here_made, made, targets,
        _write_off(wish, here), life, _open_points(wish, made, each_kg), sources, notes,
    )  # fmt: skip


def _manufacture(wish: MoveWish, made: Generation) -> tuple[Interval | None, Interval, tuple[str, ...]]:
    """Kg CO2e of one accelerator of the new place, the years it serves, and what both rest on."""
    known = None if made.there is None else manufacture_of(catalogue.variants(made.there))
    life = wish.life_years or (LIVES if known is None else known.life_years)
    told = []
    if wish.made_kg is not None:
        told.append(f"manufacture of one: {wish.made_kg.text(4)} kg CO2e, given")
    elif known is not None:
        told.append(f"manufacture of one {made.there}: {known.kg.text(4)} kg CO2e, no server ({known.source})")
    if wish.bought is not None or made.there is not None:
        about = "given" if wish.life_years else (known.life_about if known else "a range")
        told.append(f"life: {life.text(3)} years ({about})")
    return wish.made_kg or (None if known is None else known.kg), life, tuple(told)


def _target(
    wish: MoveWish, here: Service, site: Site, it_month: Interval, each_kg: Interval | None, rented: Interval | None
) -> Target:
    kwh = it_month * interval(site.pue)
    kg = {basis: kwh * interval(site.factors[basis].kg_co2e_per_kwh) for basis in BASES}
    once = {basis: _moved(wish, here, site, basis, wish.transfer_gb) for basis in BASES}
    monthly = {basis: _moved(wish, here, site, basis, wish.transfer_gb_month) for basis in BASES}
    is_cloud = site.provider in catalogue.PROVIDERS
    share = rented if is_cloud or (site.provider != OWN and wish.bought is None) else interval(0)
    bought = None if wish.bought is None or each_kg is None or is_cloud else interval(wish.bought) * each_kg
    return Target(
        site, kwh, {basis: kg[basis] + (monthly[basis] or interval(0)) for basis in BASES}, share, bought,
        {basis: moved for basis, moved in once.items() if moved is not None},
    )  # fmt: skip


def _share(made: Generation, here: Service, each_kg: Interval | None, life: Interval) -> Interval | None:
    """Share of the life of the machines there, kg CO2e a month; None where hours or manufacture are not known."""
    if made.hours is None or each_kg is None:
        return None
    return made.hours / interval(here.months) * each_kg / (life * interval(HOURS_OF_YEAR))


def _moved(wish: MoveWish, here: Service, site: Site, basis: str, gb: Decimal | None) -> Interval | None:
    """Kg CO2e of data between the places: between the cleaner and the dirtier of the two, overhead with it."""
    if gb is None:
        return None
    per_gb, _ = kwh_per_gb(site.provider, wish.kwh_per_gb)
    pues = sorted((site.pue, QUOTIENT.divide(here.kwh, here.it_kwh)))
    factors = sorted((site.factors[basis].kg_co2e_per_kwh, QUOTIENT.divide(here.kg[basis], here.kwh)))
    return interval(gb) * per_gb * Interval(*pues) * Interval(*factors)


def _rented(here: Service, wish: MoveWish) -> Interval | None:
    """Share of the life of what is rented here, a month; None where the manufacture of a part of it is not known."""
    shares = []
    for name, hours in here.rented_hours.items():
        known = manufacture_of(catalogue.variants(name))
        if known is None:
            return None
        life = wish.life_years or known.life_years
        month = QUOTIENT.divide(hours, Decimal(here.months))
        shares.append(interval(month) * known.kg / (life * interval(HOURS_OF_YEAR)))
    return total(shares)


def _write_off(wish: MoveWish, here: Service) -> Interval | None:
    """What is left of the manufacture of machines put out of use: emitted when they were made."""
    if wish.retired is None or wish.retired_bought is None:
        return None
    kinds = list(here.hours)
    known = manufacture_of(catalogue.variants(kinds[0])) if len(kinds) == 1 else None
    if known is None:
        raise Misuse("the manufacture of what is put out of use is not known", "leave --retire out")
    life = wish.life_years or known.life_years
    age = QUOTIENT.divide(Decimal((wish.today - wish.retired_bought).days), Decimal("365.25"))
    left = [max(Decimal(0), 1 - QUOTIENT.divide(age, years)) for years in (life.low, life.high)]
    return interval(wish.retired) * known.kg * Interval(*left)


def _open_points(wish: MoveWish, made: Generation, each_kg: Interval | None) -> tuple[str, ...]:
    told = []
    if wish.transfer_gb is None and wish.transfer_gb_month is None:
        told.append("data that moves with it: not quantified (--transfer-gb, --transfer-gb-month)")
    if wish.bought is not None and each_kg is None:
        told.append("manufacture of what is bought: not quantified (--made-kg)")
    if wish.bought is None:
        told.append("new machines: none are bought (--buy)")
    if made.hours is None:
        told.append("share of the life of rented machines: not quantified, no run names its machines and how many")
    return tuple(told)


def _unlike(here: Service, held: Mapping[str, Site]) -> list[str]:
    """What to know where one side's factor holds the life cycle of the power plants and the other's does not."""
    others = [key for key, site in held.items() if site.factors["location"].is_life_cycle != here.is_life_cycle]
    if not others:
        return []
    which = "that here does, those of" if here.is_life_cycle else "that here does not, those of"
    does = "do not" if here.is_life_cycle else "do"
    told = f"a factor may hold the life cycle of the power plants: {which} {', '.join(others)} {does}"
    return [f"{told}; compare like with like by --factor where it matters"]


def _sources(wish: MoveWish, held: Mapping[str, Site]) -> dict[str, tuple[str, ...]]:
    told = {
        "Places": tuple(f"{key}: {site.words}; PUE {site.pue:f} ({site.pue_source})" for key, site in held.items()),
        "Factors": tuple(
            f"{key}, {basis}: {rounded_text(factor.kg_co2e_per_kwh, 4)} kg/kWh, {factor.source} ({factor.reason})"
            for key, site in held.items()
            for basis, factor in site.factors.items()
        ),
    }
    if wish.transfer_gb is not None or wish.transfer_gb_month is not None:
        found = {kwh_per_gb(site.provider, wish.kwh_per_gb) for site in held.values()}
        told["Data moved"] = tuple(
            f"{per_gb.text(4)} kWh per GB × PUE, {source}" for per_gb, source in sorted(found, key=str)
        )
    return told
