"""Indicators of a data centre over a period, from its posted energy and emissions and the metrics recorded for it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.ai import metrics
from ledger.ai.worked import Worked
from ledger.calculation.amounts import rounded
from ledger.calculation.choices import unit_table
from ledger.errors import Misuse, known_word
from ledger.inventory.compile import checked_size
from ledger.inventory.period import Period
from ledger.inventory.posted import make_whole_posted
from ledger.inventory.registers.in_force import rows_in_force
from ledger.inventory.registers.intensity import METRIC_IDENTITY, named_like, over_period
from ledger.store import Session

METRICS = {
    "it_energy": ("energy", "kWh", "energy of the IT equipment"),
    "water_intake": ("volume", "L", "water taken in"),
    "water_consumption": ("volume", "L", "water consumed"),
    "renewable_energy": ("energy", "kWh", "renewable energy, owned or attributed"),
}
"""Metrics of a facility that the indicators read: dimension, unit and meaning."""
MONTHS_OF_YEAR = 12
_OF_SITE = "book = 'inventory' and facility_id = $facility and coalesce(source_type, 'stationary') = 'stationary'"
_SITE = f"""
select sum(energy_kwh) filter (where scope in ('1', '2')),
       sum(total_co2e_kg) filter (where scope = '1'),
       sum(total_co2e_kg) filter (where scope = '2' and method = 'location'),
       sum(total_co2e_kg) filter (where scope = '2' and method = 'market'),
       coalesce(sum(n) filter (where is_null and scope in ('1', '2') and sign > 0), 0)
from posted where {_OF_SITE}
"""
_GENERATED = """
select count(*) from posted p join choice_key k using (key_no)
where p.facility_id = $facility and k.direction <> 'consumed' and p.n > 0
"""


@dataclass(frozen=True, slots=True)
class DataCentre:
    """The indicators of one facility: each with its terms, those that are missing and why, and what to know."""

    facility_id: str
    period: str
    figures: tuple[Worked, ...]
    missing: tuple[str, ...]
    notes: tuple[str, ...]


def data_centre(
    s: Session, of: Period, facility_id: str, pue_category: int, view: str, at: int | None = None
) -> DataCentre:
    """PUE, CUE by both methods, WUE and REF of a facility, as far as its data goes.

    Site energy is every kWh of Scope 1 (but vehicles) and Scope 2 that is posted at the facility, whole, whatever share
    a view takes of it. IT energy, water and renewable energy are metrics of the facility that cover the period.

    Raises Misuse for an unknown facility or PUE category, or metrics in a unit of another dimension.
    """
    size = checked_size(s, view, at).size
    known = [row["facility_id"] for row in rows_in_force(s, "facility", ("facility_id",), size)]
    known_word("facility", facility_id, known)
    if pue_category not in metrics.PUE_CATEGORIES:
        raise Misuse(f"there is no PUE category {pue_category}", "take 1 (UPS), 2 (PDU) or 3 (IT equipment)")
    make_whole_posted(s, of, view, size)
    kwh, direct, location, market, gaps = s.one(_SITE, {"facility": facility_id})
    missing: list[str] = []
    given = {name: _metric(s, of, facility_id, name, size, missing) for name in METRICS}
    if kwh is None:
        missing.append(f"site energy: nothing is posted at {facility_id}; upload its electricity and fuels")
    emitted = {
        "location": None if location is None else location + (direct or Decimal(0)),
        "market": None if market is None else market + (direct or Decimal(0)),
    }
    figures = _figures(kwh, emitted, given, pue_category)
    notes = _notes(of, int(gaps), int(s.one(_GENERATED, {"facility": facility_id})[0]))
    return DataCentre(facility_id, of.label, figures, tuple(missing), notes)


def _figures(
    kwh: Decimal | None, emitted: dict[str, Decimal | None], given: dict[str, Decimal | None], category: int
) -> tuple[Worked, ...]:
    """Every indicator whose terms are there."""
    made: list[Worked] = []
    it = given["it_energy"]
    if it:
        if kwh is not None:
            made.append(metrics.pue(kwh, it, category))
        made += [metrics.cue(kg, it, basis) for basis, kg in emitted.items() if kg is not None]
        for name, consumed in (("water_intake", False), ("water_consumption", True)):
            water = given[name]
            if water is not None:
                made.append(metrics.wue(water, it, consumed=consumed))
    renewable = given["renewable_energy"]
    if renewable is not None and kwh:
        made.append(metrics.renewable_factor(renewable, kwh))
    return tuple(made)


def _metric(s: Session, of: Period, facility_id: str, name: str, size: int, missing: list[str]) -> Decimal | None:
    """A metric of the facility over the period in its unit; None where it is not there: ``missing`` then says so."""
    dimension, unit, words = METRICS[name]
    rows = [
        row
        for row in rows_in_force(s, "metric", METRIC_IDENTITY, size)
        if row["facility_id"] == facility_id and named_like(row["name"]) == name
    ]
    if not rows:
        missing.append(f"{words}: no metric '{name}' of {facility_id}; ghg template metric")
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
        missing.append(f"{words}: " + " ".join(notes))
    return value


def _notes(of: Period, gaps: int, generated: int) -> tuple[str, ...]:
    told = []
    if len(of.months) != MONTHS_OF_YEAR:
        told.append("not twelve months: ISO/IEC 30134 indicators are yearly, and months differ with the weather")
    if gaps:
        told.append(f"{gaps} rows of the site have no result: CUE may be too low")
    if generated:
        told.append("energy generated, exported or sold is not in that of the site: what was used of it is missing")
    return tuple(told)
