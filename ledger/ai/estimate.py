"""An estimate before anything is recorded: energy and carbon of accelerator-hours, and the full stack beside the chip.

The factor comes from the ledger's own choice (or from the shipped datasets), with its reason and with the other factors
that are held for the place. What no source gives is "not quantified" with the option that would give it; nothing is
filled in by a world average.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from ledger.ai.embodied import embodied_of_use
from ledger.ai.energy import checked_pue, emissions, energy_from_power, facility_energy, share
from ledger.ai.interval import EXACT, Interval, interval, total
from ledger.ai.manufacture import LIVES, manufacture_of
from ledger.ai.places import Place, place
from ledger.ai.processors import Processor, processor
from ledger.ai.worked import Worked
from ledger.calculation.enquiry import Answer, Decided, Known, Question, answer
from ledger.calculation.reasons import gap_in_words, reason_in_words
from ledger.errors import Misuse
from ledger.store import Session
from ledger.tabular import Tabular

ACTIVITY_TYPE = "electricity_purchased"
HOST = "host (processors, memory, network)"
_NO_HOST = "no source gives its draw for this machine; give --host-power in W per accelerator"


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asks: which accelerator, how many, how long, where, and what they know better.

    Hours are of each accelerator; power and host power in W per accelerator; the factor in kg CO2e per kWh.
    """

    gpu: str
    hours: Decimal
    month: date
    count: Decimal = Decimal(1)
    cloud: str | None = None
    region: str | None = None
    country: str | None = None
    grid_region: str | None = None
    pue: Decimal | None = None
    power_w: Decimal | None = None
    factor: Decimal | None = None
    utilisation: Decimal | None = None
    host_power_w: Decimal | None = None
    life_years: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One layer of the stack: its energy and emissions by both methods, or why it has none."""

    name: str
    energy: Worked | None
    location: Worked | None
    market: Worked | None
    why: str = ""


@dataclass(frozen=True, slots=True)
class GridFactor:
    """The factor of one method: kg CO2e per kWh, where it is from, and why it was taken."""

    method: str
    kg_co2e_per_kwh: Decimal
    source: str
    reason: str
    is_life_cycle: bool


@dataclass(frozen=True, slots=True)
class Estimate(Tabular):
    """The answer: the chip, the layers around it, both factors with reasons, other factors, and what was assumed."""

    ROWS = "parts"

    request: Request
    processor: Processor
    place: Place
    parts: tuple[Part, ...]
    embodied: Worked | None
    embodied_why: str
    location_factor: GridFactor | None
    market_factor: GridFactor | None
    answer: Answer | None
    assumptions: tuple[str, ...] = field(default=())

    @property
    def chip(self) -> Part:
        """The accelerators alone."""
        return self.parts[0]

    @property
    def other_factors(self) -> tuple[Known, ...]:
        """The factors held for the place that were not taken, by size; where one was given by hand, all of them."""
        if self.answer is None:
            return ()
        chosen = self.answer.line("energy", "location")
        others = list(self.answer.others)
        if self.request.factor is not None and chosen and chosen.source and chosen.kg_co2e_per_unit is not None:
            others.append(Known(chosen.kg_co2e_per_unit, chosen.source))
        return tuple(sorted(others, key=lambda each: (each.kg_co2e_per_unit, each.source.factor_id)))

    def operational(self, method: str) -> Interval | None:
        """Kg CO2e of the layers that draw power, as far as they are quantified; None where there is no factor."""
        kg = [getattr(part, method) for part in self.parts if part.energy is not None]
        return total([each.value for each in kg if each is not None]) if any(kg) else None


def estimate(s: Session, asked: Request) -> Estimate:
    """Energy and carbon of a request, by the factors that the session holds.

    Raises:
        Misuse: an unknown accelerator or place (with the nearest), no place and no factor, or an amount that cannot be.
    """
    if asked.hours <= 0 or asked.count <= 0:
        raise Misuse("hours and count are above zero", "give --hours of each accelerator and how many with --count")
    if asked.factor is not None and asked.factor < 0:
        raise Misuse(f"a factor of {asked.factor} kg/kWh", "give kg CO2e per kWh, 0 or more")
    where = place(asked.cloud, asked.region, asked.country, asked.grid_region)
    if where.country is None and asked.factor is None:
        raise Misuse(
            "where does it run? Grids differ more than tenfold, and no average of the world is taken",
            "give --cloud aws --region us-east-1, or --country DE, or a factor of your own with --factor",
        )
    machine = processor(asked.gpu, asked.power_w)
    held = None
    if where.country is not None:
        held = answer(s, Question(ACTIVITY_TYPE, "kWh", where.country, where.grid_region, asked.month))
        where = _placed(asked, where, held)
    location, market = _factors(asked, held)
    parts = _layers(asked, machine, where, location, market, held)
    kg, why = _embodied(asked, machine)
    return Estimate(asked, machine, where, parts, kg, why, location, market, held,
                    _assumptions(asked, machine, where, held))  # fmt: skip


def location_factor(s: Session, where: Place, month: date) -> GridFactor:
    """The location-based factor of a place in a month. Raises Misuse where none is held, with the reason."""
    if where.country is None:
        raise Misuse("no place was named", "give cloud and region, or a country")
    held = answer(s, Question(ACTIVITY_TYPE, "kWh", where.country, where.grid_region, month))
    factor = _grid_factor(held.line("energy", "location"))
    if factor is None:
        raise Misuse(
            f"{where.words}: {_gap(held, 'energy', 'location')}", "give the intensity yourself, with its source"
        )
    return factor


def _placed(asked: Request, where: Place, held: Answer) -> Place:
    """The place, with a note where the factor is not of its grid region.

    Raises Misuse for a grid region that was asked for and of which no factor is held: no other stands in unseen.
    """
    energy = held.line("energy", "location")
    if energy is None or "grid_region_not_held" not in energy.flags:
        return where
    if asked.grid_region:
        raise Misuse(
            f"no factor is held for the grid region {where.grid_region} of {where.country}",
            "look with: ghg factors search electricity; or leave --grid-region out for the country's factor",
        )
    note = f"no factor is held for the grid region {where.grid_region}: that of all of {where.country} stands for it"
    return replace(where, notes=(*where.notes, note))


def _factors(asked: Request, held: Answer | None) -> tuple[GridFactor | None, GridFactor | None]:
    """The factors of both methods. A factor given by hand stands for the grid; a residual mix still goes before it."""
    location = _grid_factor(held.line("energy", "location") if held else None)
    market = _grid_factor(held.line("energy", "market") if held else None)
    if asked.factor is None:
        return location, market
    given = GridFactor("location", asked.factor, "given", "named by you", is_life_cycle=False)
    no_mix = held is None or "no_residual_mix" in (held.line("energy", "market") or _NONE).flags or market is None
    if no_mix:
        reason = "no instrument, supplier rate or residual mix was named, so the location factor serves"
        market = GridFactor("market", asked.factor, "given", reason, is_life_cycle=False)
    return given, market


_NONE = Decided("energy", "market", "2", None, None, "no_factor", (), "", None)


def _grid_factor(decided: Decided | None) -> GridFactor | None:
    if decided is None or decided.kg_co2e_per_unit is None or decided.source is None:
        return None
    source = decided.source
    told = f"{source.title} ({source.publisher}), {source.factor_id}, data of {source.data_year}, {source.verification}"
    reason = reason_in_words(decided.reason_code, ";".join(decided.flags))
    return GridFactor(decided.method, decided.kg_co2e_per_unit, told, reason, "life_cycle" in decided.flags)


def _layers(
    asked: Request,
    machine: Processor,
    where: Place,
    location: GridFactor | None,
    market: GridFactor | None,
    held: Answer | None,
) -> tuple[Part, ...]:
    """The accelerators, the host around them, the overhead of the site, and what the grid adds on the way."""
    used = Decimal(1) if asked.utilisation is None else asked.utilisation
    share(used, "utilisation")
    chip = energy_from_power(machine.power_w, asked.hours, count=asked.count, utilisation=used,
                             power_source=machine.power_source)  # fmt: skip
    parts = [_drawing("accelerators", chip, location, market, held)]
    it = chip.value
    if asked.host_power_w is None:
        parts.append(Part(HOST, None, None, None, _NO_HOST))
    else:
        host = energy_from_power(asked.host_power_w, asked.hours, count=asked.count, power_source="given")
        it = it + host.value
        parts.append(_drawing(HOST, host, location, market, held))
    pue = asked.pue if asked.pue is not None else where.pue
    site = facility_energy(it, "it", pue, pue_source="given" if asked.pue is not None else where.pue_source)
    if pue is None:
        parts.append(Part("overhead of the site (PUE)", None, None, None,
                          "the PUE is not known, which is not 1; give --pue"))  # fmt: skip
    else:
        more = EXACT.subtract(checked_pue(pue).low, Decimal(1))
        overhead = Worked("overhead of the site", it * interval(more), "kWh", "energy × (PUE - 1)", site.terms,
                          site.source, "energy_facility")  # fmt: skip
        parts.append(_drawing(f"overhead of the site (PUE {pue:f})", overhead, location, market, held))
    parts += [
        _on_the_way(name, line, site, asked, held)
        for name, line in (
            ("losses of the grid", "td_loss"),
            ("upstream of the fuels", "electricity_upstream"),
            ("upstream of the losses", "td_upstream"),
        )
    ]
    return tuple(parts)


def _drawing(
    name: str, energy: Worked, location: GridFactor | None, market: GridFactor | None, held: Answer | None
) -> Part:
    """A layer that draws power: its energy and, where there are factors, its emissions by both methods."""
    kg = [_emitted(energy, factor, name) for factor in (location, market)]
    why = "" if location else _gap(held, "energy", "location")
    return Part(name, energy, kg[0], kg[1], why)


def _emitted(energy: Worked, factor: GridFactor | None, name: str) -> Worked | None:
    if factor is None:
        return None
    return emissions(energy.value, factor.kg_co2e_per_kwh, factor.source, f"{name}, {factor.method}-based")


def _on_the_way(name: str, line: str, site: Worked, asked: Request, held: Answer | None) -> Part:
    """What the site's energy brings in category 3: the same figure under both methods."""
    decided = held.line(line, "single") if held else None
    if decided is None or decided.kg_co2e_per_unit is None or decided.source is None:
        if asked.factor is not None and (decided is None or decided.reason_code == "included_in_energy_line"):
            return Part(name, None, None, None, "it is not known whether the factor given holds it")
        return Part(name, None, None, None, _gap(held, line, "single"))
    source = f"{decided.source.title}, {decided.source.factor_id}"
    kg = emissions(site.value, decided.kg_co2e_per_unit, source, name)
    return Part(name, None, kg, kg)


def _gap(held: Answer | None, line: str, method: str) -> str:
    decided = held.line(line, method) if held else None
    if held is None or decided is None:
        return "no place was named"
    return f"{gap_in_words(decided.reason_code)} ({held.question.country})"


def _embodied(asked: Request, machine: Processor) -> tuple[Worked | None, str]:
    """The accelerators' own manufacture, spread over their life; or why there is no figure."""
    made = manufacture_of(machine.parts)
    if made is None:
        return None, f"no source gives the manufacture of {machine.name}; server and site are not known either"
    life, told = made.life_years, made.life_about
    if asked.life_years is not None:
        life, told = interval(asked.life_years), f"{asked.life_years:f} years as given"
    elif life == LIVES:
        told = f"{told}; --life-years"
    hours = EXACT.multiply(asked.hours, asked.count)
    use = embodied_of_use(made.kg, life, hours, embodied_source=made.source)
    return use, f"of {', '.join(made.subjects)} alone, the server around it is not in it; a life of {told}"


def _assumptions(asked: Request, machine: Processor, where: Place, held: Answer | None) -> tuple[str, ...]:
    told = [*machine.notes, *where.notes]
    if machine.is_ceiling and asked.utilisation is None:
        told.append("every accelerator draws its board power all the time: an upper end; give --utilisation or --power")
    elif machine.is_ceiling:
        told.append("draw is board power × utilisation, which is an estimate; a meter is better")
    elif asked.utilisation is not None and asked.power_w is not None:
        told.append("the power given is multiplied by the utilisation given; leave it out where it is the mean draw")
    if held is not None and where.grid_region is None and asked.factor is None:
        regions = any(other.source.region is not None for other in held.others)
        more = "; --grid-region names one of its grids" if regions else ""
        told.append(f"the average of all of {where.country} stands for the place's own grid{more}")
    return tuple(told)
