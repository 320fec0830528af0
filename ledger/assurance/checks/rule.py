"""The rule of kg per unit, written again from docs/methods/choice.md in plain decimals, as of any batch.

Nothing here is shared with the room that makes the choices: where one of the two is wrong, it shows.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

from ledger.store import Session

EXACT = Context(prec=150, rounding=ROUND_HALF_UP)
STEP = Decimal("1e-12")
LARGEST = Decimal(10) ** 8
GASES = ("co2", "ch4_fossil", "ch4_other", "n2o", "hfcs", "pfcs", "sf6", "nf3", "montreal", "biogenic_co2")
WARMED = ("ch4", "n2o", "hfcs", "pfcs", "sf6", "nf3")
_MASS_TO_CO2E = (("ch4_fossil", "ch4", "CH4", "fossil_fugitive"), ("ch4_other", "ch4", "CH4", "other"),
                 ("n2o", "n2o", "N2O", "na"), ("sf6", "sf6", "SF6", "na"), ("nf3", "nf3", "NF3", "na"))  # fmt: skip
_PERFLUOROCARBON = re.compile(r"PFC.*|(C-)?C\d*F\d.*|CC4F8", re.IGNORECASE)


class Unknown(LookupError):
    """The rule needs something that the ledger does not hold; the argument is the reason code."""


class Dated:
    """Values with the batch that they came with; what is in force as of a batch is the last up to it."""

    def __init__(self, rows: Iterable[tuple[Hashable, int, Any]]) -> None:
        self._batches: dict[Hashable, list[int]] = {}
        self._values: dict[Hashable, list[Any]] = {}
        for key, batch_no, value in rows:
            self._batches.setdefault(key, []).append(batch_no)
            self._values.setdefault(key, []).append(value)

    def at(self, key: Hashable, batch_no: int) -> Any | None:
        """The value in force; None where there was none yet."""
        place = bisect_right(self._batches.get(key, []), batch_no)
        return self._values[key][place - 1] if place else None


class Editions:
    """A table that is published whole: what is in force as of a batch is all of the last edition up to it."""

    def __init__(self, rows: Iterable[tuple[Hashable, int, Any]]) -> None:
        self._values = {(key, batch_no): value for key, batch_no, value in rows}
        self._batches = sorted({batch_no for _, batch_no in self._values})

    def at(self, key: Hashable, batch_no: int) -> Any | None:
        """The value in the edition in force; None where it has none."""
        place = bisect_right(self._batches, batch_no)
        return self._values.get((key, self._batches[place - 1])) if place else None


@dataclass(frozen=True, slots=True)
class Published:
    """A factor as its publisher printed it, per its own unit."""

    per_unit: str
    gwp_set: str | None
    currency: str | None
    price_year: int | None
    total: Decimal | None
    parts: dict[str, Decimal]
    masses: dict[str, Decimal]


@dataclass(slots=True)
class Terms:
    """What a calculation ran with, and the batch as of which it read the ledger."""

    batch_no: int
    gwp_set: str
    gwp_policy: str


@dataclass(slots=True)
class Amounts:
    """Kg per unit given by column, the GWP set they stand on, or why there are none."""

    kg: dict[str, Decimal] = field(default_factory=dict)
    gwp_set: str | None = None
    fault: str | None = None


class Knowledge:
    """Units, factors, species, GWP, rates and indices of a ledger, each as of any batch."""

    def __init__(self, s: Session) -> None:
        self.units = Editions(_keyed(s, "unit", "dimension, to_base", "unit"))
        self.types = Editions(_keyed(s, "activity_type", "is_fuel, energy_source", "activity_type"))
        fuel = "net_kwh_per_kg, net_kwh_per_litre, net_to_gross"
        self.fuels = Editions(_keyed(s, "activity_type", fuel, "fuel_property"))
        self.gwp = Dated(_keyed(s, "gwp_set, species, origin", "value", "gwp where horizon_years = 100"))
        self.rates = Dated(_keyed(s, "currency, year(period_start)", "value", "metric where name = 'exchange_rate'"))
        index = "metric where name like 'price_index:%'"
        self.indices = Dated(_keyed(s, "name, area, year(period_start)", "value", index))
        self.settings = standing_settings(s)
        self.factors = _factors(s)
        self.species = Dated(_keyed(s, "factor_id, species", "value, value_as", "factor_gas"))
        self.species_of: dict[str, list[str]] = {}
        for factor_id, name in s.rows("select distinct factor_id, species from factor_gas order by all"):
            self.species_of.setdefault(factor_id, []).append(name)

    def unit(self, name: str, batch_no: int) -> tuple[str, Decimal]:
        """Dimension and ratio to the base unit. Raises Unknown."""
        found = self.units.at(name, batch_no)
        if found is None:
            raise Unknown("no_unit")
        return str(found[0]), Decimal(found[1])

    def warming(self, gwp_set: str, species: str, origin: str, batch_no: int) -> Decimal:
        """Kg CO2e per kg over 100 years; the origin asked for, else the one without, else other. Raises Unknown."""
        for tried in (origin, "na", "other"):
            value = self.gwp.at((gwp_set, species, tried), batch_no)
            if value is not None:
                return Decimal(value[0])
        raise Unknown("no_gwp")

    def money(self, currency: str, year: int, to_currency: str, to_year: int, batch_no: int) -> Decimal:
        """Units of one currency at one year's prices in one unit of another: exchange first, then prices."""
        ratio = Decimal(1)
        if currency != to_currency:
            to, own = self._rate(to_currency, year, batch_no), self._rate(currency, year, batch_no)
            ratio = EXACT.divide(to, own)
        if year != to_year:
            ratio = EXACT.divide(
                EXACT.multiply(ratio, self._index(to_year, batch_no)), self._index(year, batch_no)
            )  # fmt: skip
        return ratio

    def _rate(self, currency: str, year: int, batch_no: int) -> Decimal:
        if currency == "EUR":
            return Decimal(1)
        for tried in (year, year - 1):
            value = self.rates.at((currency, tried), batch_no)
            if value is not None:
                return Decimal(value[0])
        raise Unknown("no_exchange_rate")

    def _index(self, year: int, batch_no: int) -> Decimal:
        name = f"price_index:{self.settings.at('price_index', batch_no) or 'cpi_u_1982-84=100'}"
        area = self.settings.at("price_index_area", batch_no) or "USA"
        for tried in (year, year - 1):
            value = self.indices.at((name, area, tried), batch_no)
            if value is not None:
                return Decimal(value[0])
        raise Unknown("no_price_index")


def rounded(value: Decimal) -> Decimal:
    """At 12 decimals, half away from zero."""
    return value.quantize(STEP, context=EXACT)


def factor_amounts(known: Knowledge, factor_id: str, unit_given: str, money_year: int, terms: Terms) -> Amounts:
    """Kg per unit given that follow from a factor, or the reason why none do."""
    factor: Published | None = known.factors.at(factor_id, terms.batch_no)
    if factor is None:
        return Amounts(fault="no_factor")
    try:
        ratio = _ratio(known, factor, unit_given, money_year, terms.batch_no)
        kg = {f"{gas}_kg_per_unit": _times(mass, ratio) for gas, mass in factor.masses.items()}
        if factor.total is None:
            warmed, total, own_set = _warmed(known, factor_id, factor, ratio, terms), None, True
        else:
            warmed, total, own_set = _as_published(known, factor_id, factor, ratio, terms)
    except Unknown as missing:
        return Amounts(fault=str(missing.args[0]))
    explained = sum(warmed.values(), kg.get("co2_kg_per_unit", Decimal(0)))
    kg |= {f"{gas}_co2e_kg_per_unit": value for gas, value in warmed.items()}
    kg["total_co2e_kg_per_unit"] = explained if total is None else total
    kg["unsplit_co2e_kg_per_unit"] = kg["total_co2e_kg_per_unit"] - explained
    if any(abs(value) >= LARGEST for value in kg.values()):
        return Amounts(fault="unit_too_large")
    return Amounts(kg, (terms.gwp_set if own_set else factor.gwp_set) or terms.gwp_set)


def net_kwh(known: Knowledge, activity_type: str, unit_given: str, basis: str, batch_no: int) -> Decimal | None:
    """Final energy in kWh, on net calorific value, in one unit given; None where the fuel does not tell."""
    found = known.types.at(activity_type, batch_no)
    is_fuel = bool(found and found[0])
    dimension, to_base = known.unit(unit_given, batch_no)
    own = known.fuels.at(activity_type, batch_no) if is_fuel else None
    per_kg, per_litre, net_to_gross = own or (None, None, None)
    if dimension == "energy":
        kwh = EXACT.divide(to_base, known.unit("kWh", batch_no)[1])
        if not is_fuel or basis in ("net", "na"):
            return rounded(kwh)
        return None if net_to_gross is None else rounded(EXACT.multiply(kwh, net_to_gross))
    if dimension == "mass" and per_kg is not None:
        return rounded(EXACT.multiply(EXACT.divide(to_base, known.unit("kg", batch_no)[1]), per_kg))
    if dimension == "volume" and per_litre is not None:
        return rounded(EXACT.multiply(EXACT.divide(to_base, known.unit("L", batch_no)[1]), per_litre))
    return None


def instrument_amounts(known: Knowledge, rates: dict[str, Decimal | None], unit_given: str, terms: Terms) -> Amounts:
    """Kg per unit given that follow from an instrument's rates per kWh; a total that it states stands whole."""
    kwh = EXACT.divide(known.unit(unit_given, terms.batch_no)[1], known.unit("kWh", terms.batch_no)[1])
    kg: dict[str, Decimal] = {}
    for rate, column in (("co2", "co2_kg_per_unit"), ("ch4", "ch4_other_kg_per_unit"), ("n2o", "n2o_kg_per_unit"),
                         ("biogenic_co2", "biogenic_co2_kg_per_unit")):  # fmt: skip
        if rates[rate] is not None:
            kg[column] = _times(rates[rate], kwh)
    explained = [kg["co2_kg_per_unit"]] if "co2_kg_per_unit" in kg else []
    for rate, species, origin in (("ch4", "CH4", "other"), ("n2o", "N2O", "na")):
        if rates[rate] is not None:
            try:
                warming = known.warming(terms.gwp_set, species, origin, terms.batch_no)
            except Unknown:
                continue
            kg[f"{rate}_co2e_kg_per_unit"] = _times(rates[rate], EXACT.multiply(kwh, warming))
            explained.append(kg[f"{rate}_co2e_kg_per_unit"])
    total = sum(explained, Decimal(0)) if rates["co2e"] is None else _times(rates["co2e"], kwh)
    if explained or rates["co2e"] is not None:
        kg["total_co2e_kg_per_unit"] = total
        kg["unsplit_co2e_kg_per_unit"] = total - sum(explained, Decimal(0))
    kg["energy_kwh_per_unit"] = rounded(kwh)
    return Amounts(kg, terms.gwp_set)


def _ratio(known: Knowledge, factor: Published, unit_given: str, money_year: int, batch_no: int) -> Decimal:
    """Units of the factor in one unit given; two currencies have no fixed ratio."""
    if factor.currency is not None:
        return known.money(unit_given, money_year, factor.currency, factor.price_year or 0, batch_no)
    given, own = known.unit(unit_given, batch_no), known.unit(factor.per_unit, batch_no)
    if own[0] == "money" and unit_given != factor.per_unit:
        raise Unknown("no_exchange_rate")
    return EXACT.divide(given[1], own[1])


def _as_published(
    known: Knowledge, factor_id: str, factor: Published, ratio: Decimal, terms: Terms
) -> tuple[dict[str, Decimal], Decimal, bool]:
    """CO2e by gas and in total as printed, brought to the ledger's GWP set where the policy is to restate."""
    warmed = {gas: _times(part, ratio) for gas, part in factor.parts.items()}
    total = _times(factor.total, ratio)
    if terms.gwp_policy != "restate" or factor.gwp_set is None or factor.gwp_set == terms.gwp_set:
        return warmed, total, False
    told = [(factor.masses[mass], gas, species, origin) for mass, gas, species, origin in _MASS_TO_CO2E
            if factor.masses.get(mass)]  # fmt: skip
    for species in known.species_of.get(factor_id, ()):
        value, value_as = known.species.at((factor_id, species), terms.batch_no) or (None, None)
        group = _group(species)
        if value is not None and value_as != "kg_co2e" and group is not None:
            told.append((value, group, species, "na"))
    for mass, gas, species, origin in told:
        step = known.warming(terms.gwp_set, species, origin, terms.batch_no) - known.warming(
            factor.gwp_set, species, origin, terms.batch_no
        )
        change = _times(mass, EXACT.multiply(ratio, step))
        warmed[gas] = warmed.get(gas, Decimal(0)) + change
        total += change
    return warmed, total, bool(told)


def _group(species: str) -> str | None:
    """hfcs or pfcs; None for any other gas."""
    return "hfcs" if species.upper().startswith("HFC") else "pfcs" if _PERFLUOROCARBON.fullmatch(species) else None


def _warmed(known: Knowledge, factor_id: str, factor: Published, ratio: Decimal, terms: Terms) -> dict[str, Decimal]:
    """CO2e by gas of a factor that is given as masses, by the ledger's GWP set."""
    exact: dict[str, Decimal] = {}
    for mass, gas, species, origin in _MASS_TO_CO2E:
        if mass in factor.masses:
            warming = known.warming(terms.gwp_set, species, origin, terms.batch_no)
            exact[gas] = EXACT.add(exact.get(gas, Decimal(0)), EXACT.multiply(factor.masses[mass], warming))
    for named in known.species_of.get(factor_id, ()):
        value, value_as = known.species.at((factor_id, named), terms.batch_no) or (None, None)
        group = _group(named)
        if value is None or group is None:
            continue
        warming = Decimal(1) if value_as == "kg_co2e" else known.warming(terms.gwp_set, named, "na", terms.batch_no)
        exact[group] = EXACT.add(exact.get(group, Decimal(0)), EXACT.multiply(value, warming))
    if any(factor.masses.get(group) and group not in exact for group in ("hfcs", "pfcs")):
        raise Unknown("no_gwp")
    return {gas: _times(value, ratio) for gas, value in exact.items()}


def _times(value: Decimal | None, ratio: Decimal) -> Decimal:
    return rounded(EXACT.multiply(value or Decimal(0), ratio))


def _keyed(s: Session, key: str, value: str, source: str) -> list[tuple[Hashable, int, Any]]:
    """Keyed values of a table in order of their batch; a key of several columns is a tuple, a value a list always."""
    rows = s.rows(f"select ({key}), batch_no, {value} from {source} order by batch_no, seq")
    return [(key, batch_no, own) for key, batch_no, *own in rows]


def standing_settings(s: Session) -> Dated:
    """Settings as they stand after each batch: of all that were made, the one that is valid last."""
    standing: dict[str, tuple[Any, int, int, str]] = {}
    rows = []
    for name, valid_from, batch_no, seq, value in s.rows(
        "select name, valid_from, batch_no, seq, value from setting order by batch_no, seq"
    ):
        made = (valid_from, batch_no, seq, value)
        standing[name] = max(standing.get(name, made), made)
        rows.append((name, batch_no, standing[name][3]))
    return Dated(rows)


def _factors(s: Session) -> Dated:
    """Every version of the factors that a choice rests on."""
    parts = [f"{gas}_co2e_kg_per_unit" for gas in WARMED]
    masses = [f"{gas}_kg_per_unit" for gas in GASES]
    rows = s.rows(
        "select factor_id, batch_no, per_unit, gwp_set, currency, price_year, co2e_published_kg_per_unit, "
        f"{', '.join(parts + masses)} from emission_factor f semi join choice c using (factor_id) "
        "order by batch_no, seq"
    )

    def told(names: Iterable[str], values: Iterable[Decimal | None]) -> dict[str, Decimal]:
        return {name: value for name, value in zip(names, values, strict=True) if value is not None}

    return Dated(
        (f, b, Published(unit, gwp_set, currency, year, total, told(WARMED, own[:6]), told(GASES, own[6:])))
        for f, b, unit, gwp_set, currency, year, total, *own in rows
    )
