"""Indicators of data centres over a period, from their posted energy and emissions and the metrics held of them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias

from ledger.ai import metrics
from ledger.ai.worked import Worked
from ledger.calculation.amounts import rounded
from ledger.calculation.choices import unit_table
from ledger.errors import Misuse, known_word
from ledger.inventory.compile import checked_size
from ledger.inventory.exact import exact_sum
from ledger.inventory.period import Period
from ledger.inventory.posted import make_whole_posted
from ledger.inventory.registers.in_force import rows_in_force
from ledger.inventory.registers.intensity import METRIC_IDENTITY, named_like, over_period
from ledger.inventory.sentence import joined, sentence
from ledger.store import Session
from ledger.tabular import Tabular

IT_ENERGY = {"it_energy_equipment": 3, "it_energy_pdu": 2, "it_energy_ups": 1, "it_energy": None}
"""Metrics of the energy of IT equipment, the most exact first, and the PUE category that the name tells."""
METRICS = {
    **dict.fromkeys(IT_ENERGY, ("energy", "kWh", "energy of the IT equipment")),
    "water_intake": ("volume", "L", "water taken in"),
    "water_consumption": ("volume", "L", "water consumed"),
    "renewable_energy": ("energy", "kWh", "renewable energy, owned or attributed"),
}
"""Metrics of a facility that the indicators read: dimension, unit and meaning."""
MONTHS_OF_YEAR = 12
_SITE = """
select facility_id,
       sum(energy_kwh) filter (where scope in ('1', '2')),
       sum(total_co2e_kg) filter (where scope = '1'),
       sum(total_co2e_kg) filter (where scope = '2' and method = 'location'),
       sum(total_co2e_kg) filter (where scope = '2' and method = 'market'),
       coalesce(sum(n) filter (where is_null and scope in ('1', '2') and sign > 0), 0)
from posted
where book = 'inventory' and coalesce(source_type, 'stationary') = 'stationary' and facility_id is not null
group by facility_id
"""
_GENERATED = """
select p.facility_id, count(*) from posted p join choice_key k using (key_no)
where k.direction <> 'consumed' and p.n > 0 and p.facility_id is not null group by p.facility_id
"""
_Metrics: TypeAlias = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class DataCentre(Tabular):
    """The indicators of one facility: each with its terms, those that are missing and why, and what to know."""

    ROWS = "figures"

    facility_id: str
    period: str
    figures: tuple[Worked, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Site:
    """What is posted at a facility: kWh, kg CO2e of Scope 1 and of both methods of Scope 2, rows without result."""

    kwh: Decimal | None = None
    direct_kg: Decimal | None = None
    location_kg: Decimal | None = None
    market_kg: Decimal | None = None
    gaps: int = 0
    generated: int = 0

    def emitted(self) -> dict[str, Decimal]:
        """Kg CO2e of the energy of the site by the method of its electricity, as far as it is posted."""
        direct = self.direct_kg or Decimal(0)
        both = {"location": self.location_kg, "market": self.market_kg}
        return {basis: exact_sum([kg, direct]) for basis, kg in both.items() if kg is not None}


def data_centre(
    s: Session, of: Period, facility_id: str, pue_category: int | None, view: str, at: int | None = None
) -> DataCentre:
    """PUE, CUE by both methods, WUE and REF of a facility, as far as its data goes.

    Site energy is every kWh of Scope 1 (but vehicles) and Scope 2 that is posted at the facility, whole, whatever share
    a view takes of it. IT energy, water and renewable energy are metrics of the facility that cover the period. The
    category of its PUE is the one given, or that which the name of its metric of IT energy tells.

    Raises Misuse for an unknown facility or PUE category, or metrics in a unit of another dimension.
    """
    size = checked_size(s, view, at).size
    known = [row["facility_id"] for row in rows_in_force(s, "facility", ("facility_id",), size)]
    known_word("facility", facility_id, known)
    if pue_category is not None and pue_category not in metrics.PUE_CATEGORIES:
        raise Misuse(f"there is no PUE category {pue_category}", "take 1 (UPS), 2 (PDU) or 3 (IT equipment)")
    held = _metrics_by_facility(s, size).get(facility_id, {})
    return _indicators(s, of, facility_id, held, _sites(s, of, view, size).get(facility_id, _Site()), pue_category)


def data_centres(s: Session, of: Period, view: str, size: int) -> tuple[DataCentre, ...]:
    """The indicators of every facility with a metric of IT energy that touches the period, in order of their ids.

    Metrics that cannot be are told among what is missing. Raises Misuse for a view that is not computed.
    """
    every = _metrics_by_facility(s, size)
    centres = {name: held for name, held in every.items() if _is_centre(held, of)}
    if not centres:
        return ()
    sites = _sites(s, of, view, size)
    return tuple(_indicators_or_why(s, of, name, held, sites.get(name, _Site())) for name, held in centres.items())


def _indicators_or_why(s: Session, of: Period, facility_id: str, held: _Metrics, site: _Site) -> DataCentre:
    try:
        return _indicators(s, of, facility_id, held, site, None)
    except Misuse as why:
        return DataCentre(facility_id, of.label, (), (f"{why}: {why.fix}",), ())


def _is_centre(held: _Metrics, of: Period) -> bool:
    return any(row["period_start"] <= of.end and row["period_end"] >= of.start for name in IT_ENERGY
               for row in held.get(name, ()))  # fmt: skip


def _metrics_by_facility(s: Session, size: int) -> dict[str, _Metrics]:
    """The metrics of data centres in force, by facility and name; facilities in order of their ids."""
    made: dict[str, _Metrics] = {}
    for row in rows_in_force(s, "metric", METRIC_IDENTITY, size):
        name = named_like(row["name"])
        if name in METRICS and row["facility_id"]:
            made.setdefault(row["facility_id"], {}).setdefault(name, []).append(row)
    return dict(sorted(made.items()))


def _sites(s: Session, of: Period, view: str, size: int) -> dict[str, _Site]:
    """What is posted at each facility."""
    make_whole_posted(s, of, view, size)
    generated = dict(s.rows(_GENERATED))
    return {
        name: _Site(kwh, direct, location, market, int(gaps), int(generated.get(name, 0)))
        for name, kwh, direct, location, market, gaps in s.rows(_SITE)
    }


def _indicators(
    s: Session, of: Period, facility_id: str, held: _Metrics, site: _Site, category: int | None
) -> DataCentre:
    """Every indicator of a facility whose terms are there, and why the others are not."""
    missing: list[str] = []
    it_name = next((name for name in IT_ENERGY if name in held), "it_energy")
    category = IT_ENERGY[it_name] if category is None else category
    names = (it_name, "water_intake", "water_consumption", "renewable_energy")
    it, taken, consumed, renewable = (_metric(s, of, facility_id, name, held.get(name, []), missing) for name in names)
    if site.kwh is None:
        missing.append(
            sentence("site energy: nothing is posted at {facility}; upload its electricity and fuels",
                     facility=facility_id)
        )  # fmt: skip
    if it and site.kwh is not None and category is None:
        missing.append(sentence("PUE: where the IT energy is read is not told; name its metric {names}", names=_TOLD))
    figures = _figures(it, site, category, taken, consumed, renewable)
    return DataCentre(facility_id, of.label, figures, tuple(missing), _notes(of, site))


_TOLD = ", ".join(f"{name} ({category})" for name, category in IT_ENERGY.items() if category)


def _figures(
    it: Decimal | None, site: _Site, category: int | None, taken: Decimal | None, consumed: Decimal | None,
    renewable: Decimal | None,
) -> tuple[Worked, ...]:  # fmt: skip
    """Every indicator whose terms are there."""
    made: list[Worked] = []
    if it:
        if site.kwh is not None and category is not None:
            made.append(metrics.pue(site.kwh, it, category))
        made += [metrics.cue(kg, it, basis) for basis, kg in site.emitted().items()]
        if taken is not None:
            made.append(metrics.wue(taken, it))
        if consumed is not None:
            made.append(metrics.wue(consumed, it, consumed=True))
    if renewable is not None and site.kwh:
        made.append(metrics.renewable_factor(renewable, site.kwh))
    return tuple(made)


def _metric(
    s: Session, of: Period, facility_id: str, name: str, rows: list[dict[str, Any]], missing: list[str]
) -> Decimal | None:
    """A metric of the facility over the period in its unit; None where it is not there: ``missing`` then says so."""
    dimension, unit, words = METRICS[name]
    if not rows:
        form = "{what}: no metric '{name}' of {facility}; ghg template metric"
        missing.append(sentence(form, what=sentence(words), name=name, facility=facility_id))
        return None
    units = unit_table(s)
    made: list[dict[str, Any]] = []
    for row in rows:
        if row["unit"] not in units or units[row["unit"]][0] != dimension:
            raise Misuse(
                f"the metric '{name}' of {facility_id} is in '{row['unit']}', which is no unit of {dimension}",
                f"upload it again in {unit}",
            )
        ratio = units[row["unit"]][1] / units[unit][1]
        made.append({**row, "value": rounded(Fraction(row["value"]) * ratio)})
    value, _, _, notes = over_period(made, of, averaged=False)
    if value is None:
        missing.append(joined((sentence(words), notes[-1]), ": "))
    return value


def _notes(of: Period, site: _Site) -> tuple[str, ...]:
    told: list[str] = []
    if len(of.months) != MONTHS_OF_YEAR:
        told.append(
            sentence("not twelve months: ISO/IEC 30134 indicators are yearly, and months differ with the weather")
        )
    if site.gaps:
        told.append(sentence("{count} rows of the site have no result: CUE may be too low", count=site.gaps))
    if site.generated:
        told.append(
            sentence("energy generated, exported or sold is not in that of the site: what was used of it is missing")
        )
    return tuple(told)
