"""The comparison of a piece of work over hardware × places: every option, and what of its inputs had to be given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from ledger.ai import catalogue
from ledger.ai.catalogue import Hardware
from ledger.ai.energy import WATTS, share
from ledger.ai.estimate import Request, estimate
from ledger.ai.interval import Interval, interval
from ledger.ai.tradeoff.options import BASES, Machine, Option, Site
from ledger.ai.tradeoff.prices import Price, one_currency, price_for
from ledger.ai.tradeoff.sites import GIVEN, Asked, SiteOwn, asked_place, sites
from ledger.ai.tradeoff.speeds import NONE, Speeds, Work, hours_of, speeds
from ledger.ai.tradeoff.starts import Starts
from ledger.errors import Misuse, known_word
from ledger.store import Session
from ledger.tabular import Tabular

MOST_OPTIONS = 100
CARBON_PRICE, CARBON_CURRENCY = Decimal(50), "USD"
"""Of a tonne, where none is given: a round figure to show the effect by, and no estimate of damage."""


@dataclass(frozen=True, slots=True)
class MachineOwn:
    """What a person knows better of a kind of machine: mean W of one, W of its host, how many work together."""

    power_w: Interval | None = None
    host_power_w: Interval | None = None
    count: Decimal | None = None
    source: str = GIVEN


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be compared. Names of hardware are those of `ghg ai hardware`, places those of ``asked_place``.

    Attributes:
        draw: mean draw over board power, where the power is a board's.
        basis: location or market, for the Pareto front and carbon in full cost; both are always told.
        carbon_price: per tonne, in the currency of the prices; None is 50 where that is USD.
        price_kind: list, spot or contract.
        per_hour: one hour of each accelerator is looked at, for itself: no work, and no speeds.
        only: the pairs of hardware and place, as they stand in the two lists; of none, every pair is compared.
        start: the first and the last hour at which it may begin; None looks at no hours.
        series: a file of intensities by the hour; None takes those that the ledger holds.
    """

    hardware: tuple[str, ...]
    places: tuple[str, ...]
    work: Work
    month: date
    today: date
    count: Decimal = Decimal(1)
    draw: Interval | None = None
    host_power_w: Interval | None = None
    life_years: Decimal | None = None
    basis: str = "location"
    carbon_price: Decimal | None = None
    prices: tuple[Price, ...] = ()
    price_kind: str | None = None
    machines: Mapping[str, MachineOwn] = field(default_factory=dict)
    sites: Mapping[str, SiteOwn] = field(default_factory=dict)
    only: tuple[tuple[str, str], ...] = ()
    per_hour: bool = False
    start: tuple[datetime, datetime] | None = None
    series: str | None = None

    def __post_init__(self) -> None:
        """Raises Misuse for nothing to compare, or an unknown basis."""
        known_word("basis", self.basis, BASES)
        if not self.hardware or not self.places:
            raise Misuse(
                "nothing to compare", "give --gpu and --at, each as often as needed, such as --at gcp:us-central1"
            )


@dataclass(frozen=True, slots=True)
class Comparison(Tabular):
    """Every option, how speeds were found, and what to know. ``currency`` is None where there is no cost axis."""

    ROWS = "options"

    wish: Wish
    options: tuple[Option, ...]
    speeds: Speeds
    basis: str
    carbon_price: Decimal
    currency: str | None
    unpriced: tuple[str, ...]
    notes: tuple[str, ...]
    starts: tuple[Starts, ...] = ()

    @property
    def has_cost(self) -> bool:
        """Whether every option has a price, so that cost is an axis."""
        return self.currency is not None and not self.unpriced

    @property
    def front_measures(self) -> tuple[str, ...]:
        """What the Pareto front is of."""
        return ("cost", "time", self.basis) if self.has_cost else ("time", self.basis)


def compare(s: Session, wish: Wish) -> Comparison:
    """The comparison by the factors that the session holds.

    Raises:
        Misuse: a name that is not known, or everything that is neither held nor given, in one message.
    """
    parts = _parts(wish)
    places = {asked.text: asked for asked in map(asked_place, wish.places)}
    if len(parts) * len(places) > MOST_OPTIONS:
        raise Misuse(f"{len(parts)} × {len(places)} options are more than {MOST_OPTIONS}", "compare fewer at a time")
    own = {asked_place(text).text: mine for text, mine in wish.sites.items()}
    if strange := [text for text in own if text not in places]:
        raise Misuse(f"{', '.join(strange)} is given figures but not compared", "add it with --at, or leave it out")
    found, hours = _paced(wish, parts)
    held, gaps = sites(s, places, own, next(iter(parts)), wish.month)
    machines, more = _machines(s, wish, parts, found, hours)
    if gaps := gaps + more:
        raise Misuse("not known, and not assumed: " + "; ".join(gaps), "give them, and compare again", code="asked-for")
    return _comparison(wish, places, machines, held, found)


def _comparison(
    wish: Wish, places: Mapping[str, Asked], machines: list[Machine], held: Mapping[str, Site], found: Speeds
) -> Comparison:
    counts = all(machine.embodied_kg is not None for machine in machines)
    only = {(catalogue.hardware(part).hardware_id, asked_place(place).text) for part, place in wish.only}
    options = tuple(
        Option(machine, held[text], _price(wish, machine, held[text]), counts)
        for machine in machines
        for text in places
        if not only or (machine.name, text) in only
    )
    currency = one_currency([option.price for option in options if option.price is not None])
    unpriced = tuple(option.name for option in options if option.price is None)
    return Comparison(
        wish, options, found, wish.basis, _carbon_price(wish, currency), currency, unpriced,
        _notes(wish, machines, held, counts=counts),
    )  # fmt: skip


def _parts(wish: Wish) -> dict[str, Hardware]:
    """The accelerators compared, by id, in the order asked."""
    found = [catalogue.hardware(name) for name in wish.hardware]
    return {part.hardware_id: part for part in found}


def _paced(wish: Wish, parts: Mapping[str, Hardware]) -> tuple[Speeds, dict[str, Interval]]:
    """The speeds of all parts and of the reference, and the hours of the work on each."""
    if wish.per_hour:
        one = dict.fromkeys(parts, interval(1))
        return Speeds(NONE, one, "one hour of each: no speeds are compared"), one
    work, every = wish.work, dict(parts)
    if work.reference is not None:
        reference = catalogue.hardware(work.reference)
        every.setdefault(reference.hardware_id, reference)
        work = replace(work, reference=reference.hardware_id)
    if work.measured:
        measured = {catalogue.hardware(name).hardware_id: hours for name, hours in work.measured.items()}
        if none := [name for name, hours in measured.items() if hours.low <= 0]:
            raise Misuse(f"a run of no hours on {', '.join(none)}", "give accelerator-hours above zero")
        work = replace(work, measured=measured)
    found = speeds(work, list(every.values()))
    return found, hours_of(work, found, every)


def _machines(
    s: Session, wish: Wish, parts: Mapping[str, Hardware], found: Speeds, hours: Mapping[str, Interval]
) -> tuple[list[Machine], list[str]]:
    own = {catalogue.hardware(name).hardware_id: mine for name, mine in wish.machines.items()}
    made, gaps = [], []
    for name, part in parts.items():
        mine = own.get(name, MachineOwn())
        if mine.power_w is None and part.board_power_w is None:
            gaps.append(f"the power of {name}, which no source states: --power {name}=300 in W")
            continue
        made.append(_machine(s, wish, part, mine, found.times[name], hours[name]))
    return made, gaps


def _machine(s: Session, wish: Wish, part: Hardware, mine: MachineOwn, time: Interval, hours: Interval) -> Machine:
    """A machine with its power: what was given, else board power × the draw; and its host where that was given."""
    one = Decimal(1)
    if mine.power_w is not None:
        watts, source, is_ceiling = mine.power_w, mine.source, False
    else:
        drawn = share(wish.draw if wish.draw is not None else one, "draw")
        watts = interval(part.board_power_w or one) * drawn
        used = "" if wish.draw is None else f" × a draw of {drawn.text()} as given"
        source = f"board power, a ceiling (data/hardware.csv, {part.verification_of('board_power_w')}){used}"
        is_ceiling = wish.draw is None
    if watts.low <= 0:
        raise Misuse(f"{part.hardware_id} draws nothing", "give W of one accelerator, or a draw above 0")
    host = mine.host_power_w or wish.host_power_w
    if host is not None:
        watts = watts + host
        source += f"; host {host.text()} W as given"
    request = Request(part.hardware_id, one, wish.month, power_w=one, factor=Decimal(0), life_years=wish.life_years)
    told = estimate(s, request)
    count = wish.count if mine.count is None else mine.count
    if count <= 0:
        raise Misuse(f"a count of {count}", "give how many accelerators share the work")
    return Machine(
        part, time, hours, count, watts * interval(one / WATTS), source, is_ceiling,
        None if told.embodied is None else told.embodied.value, _about(told.embodied_why, told.embodied),
        () if host is not None else (f"{part.hardware_id}: its host is not in it (--host-power)",),
    )  # fmt: skip


def _about(why: str, worked: object) -> str:
    from ledger.ai.worked import Worked

    if not isinstance(worked, Worked):
        return why
    return f"{worked.terms[0].source}; {why}"


def _price(wish: Wish, machine: Machine, site: Site) -> Price | None:
    return price_for(wish.prices, site.provider, site.region, machine.name, wish.price_kind, wish.today)


def _carbon_price(wish: Wish, currency: str | None) -> Decimal:
    if wish.carbon_price is not None:
        if wish.carbon_price < 0:
            raise Misuse(f"a carbon price of {wish.carbon_price}", "give it per tonne, 0 or more")
        return wish.carbon_price
    if currency not in (None, CARBON_CURRENCY):
        raise Misuse(
            f"prices are in {currency}, and the carbon price taken otherwise is in {CARBON_CURRENCY}",
            f"give --carbon-price in {currency} per tonne",
        )
    return CARBON_PRICE


def _notes(wish: Wish, machines: list[Machine], held: Mapping[str, Site], *, counts: bool) -> tuple[str, ...]:
    notes = [note for site in held.values() for note in site.notes]
    notes += [note for machine in machines for note in machine.notes]
    if any(machine.is_ceiling for machine in machines):
        notes.append("power is board power drawn all the time, an upper end: give --draw, or --power from a meter")
    if not counts:
        without = ", ".join(machine.name for machine in machines if machine.embodied_kg is None)
        notes.append(f"manufacture is not known of {without}, so it counts in no ranking here")
    life_cycle = [text for text, site in held.items() if site.factors[wish.basis].is_life_cycle]
    if life_cycle and len(life_cycle) < len(held):
        notes.append(
            f"the factor of {', '.join(life_cycle)} holds the life cycle of the power plants, the others do not: "
            "compare like with like by --factor where it matters"
        )
    if any(machine.count > 1 for machine in machines):
        notes.append("duration is accelerator-hours ÷ count: that the work scales so is assumed")
    return tuple(dict.fromkeys(notes))
