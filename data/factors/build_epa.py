"""US EPA GHG Emission Factors Hub 2024 and eGRID: masses of gas per unit, never CO2e (waste excepted)."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from build_record import (
    BuildError,
    Dataset,
    Raw,
    Row,
    amounts,
    at_15_places,
    exact,
    of_double,
    source_record,
    times,
    total,
)

HUB = "us_epa_hub_2024_"
T1, T2, T5 = f"{HUB}t1_stationary_combustion.csv", f"{HUB}t2_mobile_co2.csv", f"{HUB}t5_nonroad_ch4_n2o.csv"
T6, T7 = f"{HUB}t6_egrid2022_subregion.csv", f"{HUB}t7_steam_heat.csv"
T8, T9 = f"{HUB}t8_t10_transport_travel.csv", f"{HUB}t9_waste_mtco2e_per_short_ton.csv"
EGRID_2023 = "us_egrid2023_rev2_subregion_output_rates_secondary.csv"
KG_PER_LB, PER_THOUSAND = Decimal("0.45359237"), Decimal("0.001")  # the pound of 1959 is exact
CH4_GWP, N2O_GWP = Decimal(28), Decimal(265)  # AR5, as eGRID states
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


def datasets(raw: Raw) -> list[Dataset]:
    """The Hub of 2024, eGRID2022 (its table 6) and eGRID2023."""
    return [_hub(raw), _egrid_2022(raw), _egrid_2023(raw)]


def _hub(raw: Raw) -> Dataset:
    rows = [*_stationary(raw), *_mobile(raw), *_heat(raw), *_transport(raw), *_waste(raw)]
    source = source_record(raw, "epa-hub-2024", T1, T2, T5, T7, T8, T9)
    return Dataset(source, sorted(rows, key=lambda row: (row["activity_type"], row["factor_id"])))


def _factor(raw: Raw, factor_id: str, activity_type: str, file: str, cell: str, **more: str) -> Row:
    return {
        "factor_id": f"epa-hub-2024:{factor_id}", "activity_type": activity_type, "kind": "average", "serves": "na",
        "line": "direct", "boundary": "combustion", "calorific_basis": "na", "data_year": "2024",
        "valid_from": "2024-01-01", "valid_to": "2024-12-31", "gwp_set": "AR5", "gas_coverage": "all",
        "masses_basis": "published", "verification": "official", "source_sha256": raw.sha256(file),
        "source_cell": cell, **more,
    }  # fmt: skip


def _ids(stem: str, activity_types: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """A row's factor ids: the first activity type has the plain one, the others are told apart by name."""
    for position, activity_type in enumerate(activity_types):
        yield (f"{stem}:{activity_type}" if position else stem), activity_type


def _gases(co2: Decimal, ch4: Decimal, n2o: Decimal, biogenic: bool = False) -> Row:
    return amounts(**{"biogenic_co2" if biogenic else "co2": co2}, ch4_other=ch4, n2o=n2o)


def _stationary(raw: Raw) -> Iterator[Row]:
    for row in raw.rows(T1):
        biogenic = row["fuel_category"].startswith("Biomass")
        for suffix, per_unit, basis in (("unit", UNITS.get(row["unit"], ""), "na"), ("mmbtu", "mmBtu", "gross")):
            ch4, n2o = (times(of_double(row[f"g_{gas}_per_{suffix}"] or "0"), PER_THOUSAND) for gas in ("ch4", "n2o"))
            named = f"t1:{row['source_row'].replace(' ', '')}:{per_unit}"
            for factor_id, activity_type in _ids(named, STATIONARY.get(row["fuel_type"], ())):
                yield _factor(
                    raw, factor_id, activity_type, T1, f"Table 1, {row['source_row']}",
                    per_unit=per_unit, calorific_basis=basis,
                ) | _gases(of_double(row[f"kg_co2_per_{suffix}"]), ch4, n2o, biogenic)  # fmt: skip


def _mobile(raw: Raw) -> Iterator[Row]:
    nonroad = {(row["vehicle_type"], row["fuel_type"]): row for row in raw.rows(T5)}
    for row in raw.rows(T2):
        activity_types, engine = MOBILE.get(row["fuel_type"], ((), None))
        for factor_id, activity_type in _ids(f"t2:{row['source_row'].replace(' ', '')}", activity_types):
            factor = _factor(raw, factor_id, activity_type, T2, f"Table 2, {row['source_row']}", per_unit="gal_us")
            if engine is None:
                yield factor | {"gas_coverage": "co2_only"} | amounts(co2=exact(row["kg_co2_per_unit"]))
                continue
            other = nonroad[engine]
            ch4, n2o = (
                at_15_places(times(of_double(other[f"g_{gas}_per_gallon"]), PER_THOUSAND)) for gas in ("ch4", "n2o")
            )
            factor["source_cell"] += f"; table 5, {other['source_row']}"
            yield factor | _gases(exact(row["kg_co2_per_unit"]), ch4, n2o)


def _heat(raw: Raw) -> Iterator[Row]:
    for row in raw.rows(T7):
        ch4, n2o = (times(exact(row[f"g_{gas}_per_mmbtu"]), PER_THOUSAND) for gas in ("ch4", "n2o"))
        yield _factor(
            raw, f"t7:{row['source_row'].replace(' ', '')}", "heat_and_steam", T7, f"Table 7, {row['source_row']}",
            per_unit="mmBtu", line="energy", serves="location", boundary="generation",
        ) | _gases(exact(row["kg_co2_per_mmbtu"]), ch4, n2o)  # fmt: skip


def _transport(raw: Raw) -> Iterator[Row]:
    for row in raw.rows(T8):
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
            factor = _factor(raw, factor_id, activity_type, T8, cell, per_unit=UNITS[row["unit"]])
            if activity_type.endswith("_without_rf"):
                factor["radiative_forcing"] = "no"
            if corrected:
                factor["verification"] = "secondary"
                factor["erratum"] = ERRATUM.format(printed=of_double(row["kg_co2_per_unit"]), unit=row["unit"])
            yield factor | _gases(co2, ch4, n2o)


def _waste(raw: Raw) -> Iterator[Row]:
    materials = {row["material"]: row for row in raw.rows(T9)}
    for (material, treatment), activity_type in WASTE.items():
        row = materials[material]
        tonnes = of_double(row[treatment])
        yield _factor(
            raw, f"t9:{row['source_row'].replace(' ', '')}:{treatment}", activity_type, T9,
            f"Table 9, {row['source_row']}, {treatment}", per_unit="short_ton", boundary="operation", gwp_set="AR4",
            gas_coverage="co2e_only", masses_basis="derived",
        ) | amounts(total=times(tonnes, Decimal(1000)))  # fmt: skip


def _egrid_2022(raw: Raw) -> Dataset:
    rows = []
    for row in raw.rows(T6):
        kg = {gas: _kg_per_kwh(row[f"total_lb_{gas}_per_mwh"]) for gas in ("co2", "ch4", "n2o")}
        rows.append(
            _grid(raw, T6, row, 2022, "official", f"Hub 2024, table 6, {row['source_row']}")
            | {"masses_basis": "published"}
            | _gases(kg["co2"], kg["ch4"], kg["n2o"])
        )
    return Dataset(source_record(raw, "egrid-2022", T6), rows)


def _egrid_2023(raw: Raw) -> Dataset:
    rows = []
    for row in raw.rows(EGRID_2023):
        factor = _grid(raw, EGRID_2023, row, 2023, "secondary", f"Table 1, {row['egrid_subregion']}")
        factor["masses_basis"] = "derived"
        co2e = _kg_per_kwh(row["total_lb_co2e_per_mwh"])
        if not row["total_lb_ch4_per_mwh"]:  # the national row was transcribed without its gases
            rows.append(factor | {"gas_coverage": "co2e_only"} | amounts(total=co2e))
            continue
        ch4, n2o = (_kg_per_kwh(row[f"total_lb_{gas}_per_mwh"]) for gas in ("ch4", "n2o"))
        parts = {"ch4_part": times(ch4, CH4_GWP), "n2o_part": times(n2o, N2O_GWP)}
        co2 = total([co2e, *(-part for part in parts.values())])
        if abs(co2 - _kg_per_kwh(row["total_lb_co2_per_mwh_derived"])) > Decimal("0.0001"):
            raise BuildError(f"eGRID2023 {row['egrid_subregion']}: CO2 is not CO2e - 28 CH4 - 265 N2O")
        rows.append(factor | amounts(total=co2e, co2_part=co2, co2=co2, ch4_other=ch4, n2o=n2o, **parts))
    return Dataset(source_record(raw, "egrid-2023", EGRID_2023), rows)


def _kg_per_kwh(lb_per_mwh: str) -> Decimal:
    return times(exact(lb_per_mwh), KG_PER_LB, PER_THOUSAND)


def _grid(raw: Raw, file: str, row: Row, year: int, verification: str, cell: str) -> Row:
    code = row["egrid_subregion"]
    whole = code in ("US Average", "US")
    return {
        "factor_id": f"egrid-{year}:{'US' if whole else code}", "activity_type": "electricity", "kind": "average",
        "serves": "location", "line": "energy", "boundary": "generation", "country": "US",
        "region": "" if whole else code, "per_unit": "kWh", "calorific_basis": "na", "data_year": str(year),
        "valid_from": f"{year}-01-01", "valid_to": f"{year}-12-31", "gas_coverage": "all", "gwp_set": "AR5",
        "verification": verification, "source_sha256": raw.sha256(file), "source_cell": cell,
    }  # fmt: skip
