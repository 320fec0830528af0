"""US EPA GHG Emission Factors Hub 2024 and eGRID: masses of gas per unit, never CO2e (waste excepted)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.factors.published import Row, amounts, at_15_places, exact, of_double, times

KG_PER_LB, PER_THOUSAND = Decimal("0.45359237"), Decimal("0.001")  # the pound of 1959 is exact
UNITS = {
    "scf": "scf", "gallon": "gal_us", "short ton": "short_ton", "vehicle-mile": "mi", "passenger-mile": "pmi",
    "ton-mile": "ton_mile",
}  # fmt: skip

# fuel of table 1 → activity types; biomass CO2 is biogenic
STATIONARY = {
    "Natural Gas": ("natural_gas",),
    "Liquefied Petroleum Gases (LPG)": ("lpg",),
    "Propane": ("propane",),
    "Butane": ("butane",),
    "Distillate Fuel Oil No. 2": ("gas_oil", "diesel_stationary"),
    "Kerosene": ("burning_oil",),
    "Residual Fuel Oil No. 6": ("fuel_oil",),
    "Mixed (Industrial Sector)": ("coal_industrial",),
    "Wood and Wood Residuals": ("wood_chips",),
    "Other Biomass Gases": ("biogas",),
}
# fuel of table 2 → activity types, and the vehicle and fuel of table 5 whose CH4 and N2O belong to it, if any
MOBILE = {
    "Diesel Fuel": (("diesel", "diesel_mineral"), None),
    "Motor Gasoline": (("petrol", "petrol_mineral"), None),
    "Kerosene-Type Jet Fuel": (("aviation_turbine_fuel",), ("Aircraft", "Jet Fuel")),
}
# (table, vehicle, unit) → activity types
TRANSPORT = {
    ("8", "Medium- and Heavy-Duty Truck", "vehicle-mile"): ("freight_hgv", "hgv_vehicle"),
    ("8", "Medium- and Heavy-Duty Truck", "ton-mile"): ("freight_hgv",),
    ("8", "Rail", "ton-mile"): ("freight_rail",),
    ("8", "Waterborne Craft", "ton-mile"): ("freight_inland_waterway",),
    ("10", "Passenger Car", "vehicle-mile"): ("car_average",),
    ("10", "Motorcycle", "vehicle-mile"): ("motorbike",),
    ("10", "Intercity Rail - National Average", "passenger-mile"): ("rail_national",),
    ("10", "Transit Rail (i.e. Subway, Tram)", "passenger-mile"): ("underground", "light_rail"),
    ("10", "Bus", "passenger-mile"): ("bus_local",),
    # The air factors are the UK's domestic, short-haul and long-haul ones of 2022 (notes, row 506).
    ("10", "Air Travel - Short Haul (< 300 miles)", "passenger-mile"): ("flight_domestic_without_rf",),
    ("10", "Air Travel - Medium Haul (>= 300 miles, < 2300 miles)", "passenger-mile"): (
        "flight_short_haul_without_rf",
    ),
    ("10", "Air Travel - Long Haul (>= 2300 miles)", "passenger-mile"): ("flight_long_haul_without_rf",),
}
WASTE = {
    ("Mixed MSW", "landfilled"): "waste_commercial_landfill",
    ("Mixed MSW", "combusted"): "waste_commercial_incineration",
    ("Mixed Recyclables", "recycled"): "waste_mixed_recycling",
    ("Food Waste", "landfilled"): "waste_food_landfill",
    ("Food Waste", "composted"): "waste_food_composting",
    ("Mixed Paper (general)", "recycled"): "waste_paper_recycling",
    ("Mixed Paper (general)", "landfilled"): "waste_paper_landfill",
    ("Mixed Plastics", "recycled"): "waste_plastic_recycling",
    ("Mixed Plastics", "combusted"): "waste_plastic_incineration",
    ("Mixed Plastics", "landfilled"): "waste_plastic_landfill",
    ("Glass", "recycled"): "waste_glass_recycling",
    ("Mixed Metals", "recycled"): "waste_metal_recycling",
    ("Mixed Electronics", "recycled"): "waste_electronics_recycling",
    ("Concrete", "recycled"): "waste_concrete_recycling",
}
ERRATUM = (
    "The issue of 13 February 2024 printed {printed} kg CO2 per {unit}; EPA issued the file again on 5 June 2024. "
    "These values are of the later issue, as two independent transcriptions give them."
)


@dataclass(frozen=True, slots=True)
class Hub:
    """An edition of the Hub: the rows of its tables (8 holds 10 too) and the fingerprint of the file of each."""

    year: int
    tables: Mapping[str, Sequence[Row]]
    sha256: Mapping[str, str]


def hub_rows(hub: Hub) -> list[Row]:
    """Every factor of an edition that serves an activity type."""
    rows = [*_stationary(hub), *_mobile(hub), *_heat(hub), *_transport(hub), *_waste(hub)]
    return sorted(rows, key=lambda row: (row["activity_type"], row["factor_id"]))


def _factor(hub: Hub, factor_id: str, activity_type: str, table: str, cell: str, **more: str) -> Row:
    return {
        "factor_id": f"epa-hub-{hub.year}:{factor_id}", "activity_type": activity_type, "kind": "average",
        "serves": "na", "line": "direct", "boundary": "combustion", "calorific_basis": "na",
        "data_year": str(hub.year), "valid_from": f"{hub.year}-01-01", "valid_to": f"{hub.year}-12-31",
        "gwp_set": "AR5", "gas_coverage": "all",
        "masses_basis": "published", "verification": "official", "source_sha256": hub.sha256[table],
        "source_cell": cell, **more,
    }  # fmt: skip


def _ids(stem: str, activity_types: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """A row's factor ids: the first activity type has the plain one, the others are told apart by name."""
    for position, activity_type in enumerate(activity_types):
        yield (f"{stem}:{activity_type}" if position else stem), activity_type


def gas_masses(co2: Decimal, ch4: Decimal, n2o: Decimal, biogenic: bool = False) -> Row:
    """Amounts from masses of gas; methane of burning is other methane."""
    return amounts(**{"biogenic_co2" if biogenic else "co2": co2}, ch4_other=ch4, n2o=n2o)


def _stationary(hub: Hub) -> Iterator[Row]:
    for row in hub.tables["1"]:
        biogenic = row["fuel_category"].startswith("Biomass")
        for suffix, per_unit, basis in (("unit", UNITS.get(row["unit"], ""), "na"), ("mmbtu", "mmBtu", "gross")):
            ch4, n2o = (times(of_double(row[f"g_{gas}_per_{suffix}"] or "0"), PER_THOUSAND) for gas in ("ch4", "n2o"))
            named = f"t1:{row['source_row'].replace(' ', '')}:{per_unit}"
            for factor_id, activity_type in _ids(named, STATIONARY.get(row["fuel_type"], ())):
                yield _factor(
                    hub, factor_id, activity_type, "1", f"Table 1, {row['source_row']}",
                    per_unit=per_unit, calorific_basis=basis,
                ) | gas_masses(of_double(row[f"kg_co2_per_{suffix}"]), ch4, n2o, biogenic)  # fmt: skip


def _mobile(hub: Hub) -> Iterator[Row]:
    nonroad = {(row["vehicle_type"], row["fuel_type"]): row for row in hub.tables["5"]}
    for row in hub.tables["2"]:
        activity_types, engine = MOBILE.get(row["fuel_type"], ((), None))
        for factor_id, activity_type in _ids(f"t2:{row['source_row'].replace(' ', '')}", activity_types):
            factor = _factor(hub, factor_id, activity_type, "2", f"Table 2, {row['source_row']}", per_unit="gal_us")
            if engine is None:
                yield factor | {"gas_coverage": "co2_only"} | amounts(co2=exact(row["kg_co2_per_unit"]))
                continue
            other = nonroad[engine]
            ch4, n2o = (
                at_15_places(times(of_double(other[f"g_{gas}_per_gallon"]), PER_THOUSAND)) for gas in ("ch4", "n2o")
            )
            factor["source_cell"] += f"; table 5, {other['source_row']}"
            yield factor | gas_masses(exact(row["kg_co2_per_unit"]), ch4, n2o)


def _heat(hub: Hub) -> Iterator[Row]:
    for row in hub.tables["7"]:
        ch4, n2o = (times(exact(row[f"g_{gas}_per_mmbtu"]), PER_THOUSAND) for gas in ("ch4", "n2o"))
        yield _factor(
            hub, f"t7:{row['source_row'].replace(' ', '')}", "heat_and_steam", "7", f"Table 7, {row['source_row']}",
            per_unit="mmBtu", line="energy", serves="location", boundary="generation",
        ) | gas_masses(exact(row["kg_co2_per_mmbtu"]), ch4, n2o)  # fmt: skip


def _transport(hub: Hub) -> Iterator[Row]:
    for row in hub.tables["8"]:
        activity_types = TRANSPORT.get((row["table"], row["vehicle_type"], row["unit"]), ())
        corrected = row["corrected_kg_co2"]
        values = (
            [row["corrected_kg_co2"], row["corrected_g_ch4"], row["corrected_g_n2o"]]
            if corrected
            else [row["kg_co2_per_unit"], row["g_ch4_per_unit"], row["g_n2o_per_unit"]]
        )
        co2 = at_15_places(of_double(values[0]))
        ch4, n2o = (at_15_places(times(of_double(text), PER_THOUSAND)) for text in values[1:])
        cell = f"Table {row['table']}, {row['source_row']}"
        named = f"t{row['table']}:{row['source_row'].replace(' ', '')}"
        for factor_id, activity_type in _ids(named, activity_types):
            factor = _factor(hub, factor_id, activity_type, "8", cell, per_unit=UNITS[row["unit"]])
            if activity_type.endswith("_without_rf"):
                factor["radiative_forcing"] = "no"
            if corrected:
                factor["verification"] = "secondary"
                factor["erratum"] = ERRATUM.format(printed=of_double(row["kg_co2_per_unit"]), unit=row["unit"])
            yield factor | gas_masses(co2, ch4, n2o)


def _waste(hub: Hub) -> Iterator[Row]:
    materials = {row["material"]: row for row in hub.tables["9"]}
    for (material, treatment), activity_type in WASTE.items():
        row = materials[material]
        tonnes = of_double(row[treatment])
        yield _factor(
            hub, f"t9:{row['source_row'].replace(' ', '')}:{treatment}", activity_type, "9",
            f"Table 9, {row['source_row']}, {treatment}", per_unit="short_ton", boundary="operation", gwp_set="AR4",
            gas_coverage="co2e_only", masses_basis="derived",
        ) | amounts(total=times(tonnes, Decimal(1000)))  # fmt: skip


def kg_per_kwh(lb_per_mwh: str) -> Decimal:
    """Pounds per MWh as kg per kWh, exactly."""
    return times(exact(lb_per_mwh), KG_PER_LB, PER_THOUSAND)


def grid_row(code: str, year: int, verification: str, sha256: str, cell: str) -> Row:
    """A subregion's row without its amounts; the code US is the whole country."""
    whole = code in ("US Average", "US")
    return {
        "factor_id": f"egrid-{year}:{'US' if whole else code}", "activity_type": "electricity", "kind": "average",
        "serves": "location", "line": "energy", "boundary": "generation", "country": "US",
        "region": "" if whole else code, "per_unit": "kWh", "calorific_basis": "na", "data_year": str(year),
        "valid_from": f"{year}-01-01", "valid_to": f"{year}-12-31", "gas_coverage": "all", "gwp_set": "AR5",
        "verification": verification, "source_sha256": sha256, "source_cell": cell,
    }  # fmt: skip
