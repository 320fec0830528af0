"""Columns of a derived row: the terms of its formula, one column each, and how they are known.

The formulas stand in ``data/formulas.csv``. Ranges are wide enough for every company and narrow enough that the exact
product of the terms of each formula fits 38 digits; a value outside is taken for a slip.
"""

from __future__ import annotations

from schemas.column import Column, named, spelled
from schemas.vocabulary import TermBasis

OWN_UNIT = ("fuel_quantity", "gross_amount")
"""Terms in the unit of their own row."""


def _term(name: str, unit: str | None, low: int, high: int, meaning: str, also: str = "", example: str = "") -> Column:
    synonyms = named(also) if also else ()
    return Column(name, "quantity", meaning, example, unit=unit, synonyms=synonyms, low=low, high=high)


TERM_COLUMNS: tuple[Column, ...] = (
    # products sold: use, leaks, processing and end of life
    _term("units_sold", "1", 0, 10**10, "units sold in the period", "products sold|sold units"),
    _term("lifetime_uses", "1", 0, 10**6, "uses of one unit over its whole life", "uses per life|total uses"),
    _term("lifetime_years", "a", 0, 100, "expected life of one unit in years", "product life|expected life years"),
    _term("kwh_per_use", "kWh", 0, 1_000, "energy of one use of one unit", "energy per use"),
    _term("kwh_per_year", "kWh/a", 0, 10**7, "energy that one unit uses in a year", "annual energy per unit"),
    _term("litres_per_use", "L", 0, 1_000, "fuel that one use of one unit burns", "fuel per use"),
    _term("litres_per_year", "L/a", 0, 10**7, "fuel that one unit burns in a year", "annual fuel per unit"),
    _term("unit_mass_kg", "kg", 0, 10**7, "mass of one unit, packaging included", "mass per unit|weight per unit"),
    _term("treatment_share", "1", 0, 1, "share of that mass that takes this treatment, 0 to 1", "share treated"),
    _term("sold_mass_t", "t", 0, 10**9, "mass of the intermediate product sold", "tonnes sold"),
    _term("kwh_per_t", "kWh/t", 0, 10**7, "energy to process one tonne", "energy per tonne"),
    # refrigerants and other gases
    _term("charge_kg", "kg", 0, 10**6, "charge of gas of the equipment, or of one unit sold", "refrigerant charge"),
    _term("leak_rate_per_year", "1/a", 0, 1, "share of the charge that leaks in a year, 0 to 1", "leak rate"),
    _term("years_in_service", "a", 0, 100, "years in service within the period: 1 for a whole year", "service years"),
    _term("leak_share_of_life", "1", 0, 1, "share of the charge that leaks over the whole life, disposal included"),
    # people and places
    _term("people", "1", 0, 10**7, "number of people", "employees|headcount"),
    _term("days", "d", 0, 366, "days on which each of them did it", "working days|office days"),
    _term("km_per_day", "km/d", 0, 10**4, "distance of one of them in a day, both ways", "daily distance km"),
    _term("mode_share", "1", 0, 1, "share of that distance by this means of transport, 0 to 1", "modal share"),
    _term("passengers_per_vehicle", "1", 1, 100, "people in one vehicle, its driver included", "occupancy"),
    _term("hours_per_day", "h/d", 0, 24, "hours of one of them in a day", "daily hours"),
    _term("rooms", "1", 0, 10**7, "number of rooms", "rooms booked"),
    _term("nights", "1", 0, 366, "nights of each room", "nights stayed"),
    _term("leased_area_m2", "m2", 0, 10**9, "floor area leased", "leased area|floor area"),
    _term("kwh_per_m2_year", "kWh/(m2 a)", 0, 10**5, "energy that a square metre takes in a year", "energy intensity"),
    _term("leased_years", "a", 0, 100, "years leased within the period: 0.25 for a quarter", "lease years"),
    # machines, goods and fuels
    _term("power_kw", "kW", 0, 10**6, "electric power drawn at full use", "power kw|rated power kw"),
    _term("hours", "h", 0, 10**5, "hours in service", "running hours|operating hours"),
    _term("utilisation", "1", 0, 1, "mean share of the full power that is drawn, 0 to 1", "utilization|load factor"),
    _term("pue", "1", 1, 10, "power usage effectiveness of the data centre; 1 for plant outside one"),
    _term("hardware_units", "1", 0, 10**7, "machines of one kind bought together"),
    _term("embodied_kg_each", "kg CO2e", 0, 10**6, "manufacture of one machine, cradle to gate; in a register of "
          "machines blank is the shipped figure of hardware_id",
          "embodied kg|embodied kg co2e|product carbon footprint"),
    _term("machine_share", "1", 0, 1, "part of each machine that is held, 0 to 1: 0.125 for 12 vCPU of 96; blank is "
          "all of it", "share of machine|part of machine"),
    _term("it_energy_kwh", "kWh", 0, 10**11, "energy of chips or machines, without the overhead of the building"),
    _term("stated_kg", "kg CO2e", 0, 10**10, "emissions that the provider stated for earlier days"),
    _term("stated_days", "d", 0, 366, "those days"),
    _term("accrued_days", "d", 0, 366, "days that an estimate is made for"),
    _term("runs_kg", "kg CO2e", 0, 10**10, "emissions of own runs with the provider on these days, posted already"),
    _term("mass_t", "t", 0, 10**9, "mass carried, packaging included", "tonnes carried|cargo mass"),
    _term("distance_km", "km", 0, 10**5, "distance it is carried", "transport distance|distance km"),
    _term("fuel_quantity", None, 0, 10**12, "the whole blend, in the unit of column unit", "blend quantity"),
    _term("biofuel_share", "1", 0, 1, "share of biofuel in the blend, 0 to 1", "bio share|biofuel fraction"),
    # money
    _term("investee_scope_1_kg", "kg CO2e", 0, 10**12, "Scope 1 of the investee or project in the year"),
    _term("investee_scope_2_kg", "kg CO2e", 0, 10**12, "Scope 2 of the investee or project in the year, by one method"),
    _term("investment_share", "1", 0, 1, "share of the equity that is held, 0 to 1", "share of equity|ownership share"),
    _term("invested_amount", None, 0, 10**12, "amount invested or lent, in the currency of total_value",
          "outstanding amount"),
    _term("total_value", None, 0, 10**12, "equity and debt of the investee, or cost of the project, in the currency of "
          "invested_amount", "equity plus debt|total project cost|enterprise value"),
    _term("gross_amount", None, 0, 10**12, "money spent with its tax, in the currency of column currency",
          "gross spend|amount incl tax"),
    _term("tax_rate_pct", "%", 0, 100, "value added or sales tax that is inside the amount, in per cent of the net",
          "vat rate|tax rate|vat %|vat rate %|tax rate %"),
    # how the terms are known
    Column("term_basis", "text", "how the terms are known; blank is stated", "", values=spelled(TermBasis)),
    Column("term_source", "text", "where the terms come from: document, page, survey", "",
           synonyms=named("source of terms|terms source")),
)  # fmt: skip

TERMS: tuple[str, ...] = tuple(column.name for column in TERM_COLUMNS if column.type == "quantity")
"""The names of the terms, in order."""
