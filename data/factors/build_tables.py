"""Country grid intensities, exchange rates, price indices and fuel properties."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from build_record import BuildError, Dataset, Raw, Row, amounts, exact, plain, quotient, source_record, times

EMBER = "owid_ember_grid_carbon_intensity_by_country_year_2026-04.csv"
RATES = "ecb_eur_fx_annual_average_2015-2026.csv"
INDICES = "price_indices_annual_2010-2025.csv"
FUELS = "uk_desnz_2025_fuel_properties.csv"
EMBER_FIRST_YEAR = 2018
INDEX_SOURCES = {
    "bls_cuur0000sa0": "US Bureau of Labor Statistics, CPI-U CUUR0000SA0, annual average",
    "bea_year": "US Bureau of Economic Analysis, nominal / chained GDP, 2017 = 100, annual",
    "bea_quarter": "US Bureau of Economic Analysis, nominal / chained GDP, 2017 = 100, from quarters, vintage mid 2025",
}
# activity type → row of the publisher's fuel properties
FUEL_ROWS = {
    "natural_gas": "Natural Gas", "lpg": "LPG", "propane": "Propane", "butane": "Butane", "gas_oil": "Gas Oil",
    "burning_oil": "Burning Oil", "fuel_oil": "Fuel Oil", "diesel": "Diesel (average biofuel blend)",
    "diesel_generator": "Diesel (average biofuel blend)", "diesel_mineral": "Diesel (100% mineral diesel)",
    "petrol": "Petrol (average biofuel blend)", "petrol_mineral": "Petrol (100% mineral petrol)", "cng": "CNG",
    "lng": "LNG", "aviation_turbine_fuel": "Aviation Turbine Fuel", "marine_gas_oil": "Gas Oil",
    "coal_industrial": "Coal (industrial)", "coal_domestic": "Coal (domestic)", "wood_logs": "Wood Logs",
    "wood_chips": "Wood Chips", "wood_pellets": "Wood Pellets", "biogas": "Biogas", "biomethane": "Biomethane",
    "hvo": "Biodiesel (BtL or HVO)", "biodiesel": "Biodiesel (ME)", "bioethanol": "Bioethanol",
}  # fmt: skip
SOLID = ("coal_", "wood_")
FUEL_COLUMNS = (
    "activity_type", "net_kwh_per_kg", "net_kwh_per_litre", "net_to_gross", "density_kg_per_litre", "source",
)  # fmt: skip


def datasets(raw: Raw, countries: Path) -> list[Dataset]:
    """Ember country intensities (factors), exchange rates and price indices (tables)."""
    return [_ember(raw, countries), _rates(raw), _indices(raw)]


def _ember(raw: Raw, countries: Path) -> Dataset:
    with countries.open(newline="", encoding="utf-8") as file:
        alpha_2 = {row["alpha_3"]: row["country"] for row in csv.DictReader(file)}
    rows = []
    for row in raw.rows(EMBER):
        country = alpha_2.get(row["code"])  # aggregates have no code, or one of OWID's own
        if country is None or int(row["year"]) < EMBER_FIRST_YEAR:
            continue
        rows.append({
            "factor_id": f"ember-2026:{country}:{row['year']}", "activity_type": "electricity", "kind": "average",
            "serves": "location", "line": "energy", "boundary": "plus_upstream", "country": country,
            "per_unit": "kWh", "calorific_basis": "na", "data_year": row["year"], "valid_from": f"{row['year']}-01-01",
            "valid_to": f"{row['year']}-12-31", "gas_coverage": "co2e_only", "masses_basis": "derived",
            "verification": "official", "source_sha256": raw.sha256(EMBER),
            "source_cell": f"{row['entity']}, {row['year']}",
            **amounts(total=times(exact(row["gco2e_per_kwh"]), Decimal("0.001"))),
        })  # fmt: skip
    rows.sort(key=lambda row: row["factor_id"])
    return Dataset(source_record(raw, "ember-2026", EMBER), rows)


def _rates(raw: Raw) -> Dataset:
    rows = [
        {
            "year": row["year"], "currency": row["currency"], "units_per_eur": plain(exact(row["units_per_eur_mean"])),
            "complete_year": row["complete_year"], "last_day": "" if row["complete_year"] == "yes" else row["last_day"],
            "source": "ECB euro foreign exchange reference rates, mean of the business days of the year",
        }
        for row in raw.rows(RATES)
    ]  # fmt: skip
    columns = ("year", "currency", "units_per_eur", "complete_year", "last_day", "source")
    return Dataset(source_record(raw, "exchange-rates", RATES), rows, columns, file_name="exchange_rates")


def _indices(raw: Raw) -> Dataset:
    rows = [
        {
            "area": row["area"], "indicator": row["indicator"], "year": row["year"],
            "value": plain(exact(row["value"])), "source": INDEX_SOURCES[row["source_key"]],
        }
        for row in raw.rows(INDICES)
        if row["source_key"] in INDEX_SOURCES
    ]  # fmt: skip
    columns = ("area", "indicator", "year", "value", "source")
    return Dataset(source_record(raw, "price-indices", INDICES), rows, columns, file_name="price_indices")


def fuel_properties(raw: Raw) -> list[Row]:
    """Net calorific value per kg and litre, net over gross, and density: for energy in kWh, and only for that.

    Made from GJ per tonne and litres per tonne, which the publisher prints with more digits than kWh per litre.
    """
    fuels = {row["fuel"]: row for row in raw.rows(FUELS)}
    rows = []
    for activity_type, name in FUEL_ROWS.items():
        fuel = fuels[name]
        net, gross = exact(fuel["net_cv_gj_per_tonne"]), exact(fuel["gross_cv_gj_per_tonne"])
        if abs(quotient(net, Decimal("3.6")) - exact(fuel["net_cv_kwh_per_kg"])) > Decimal("0.001"):
            raise BuildError(f"{name}: GJ per tonne and kWh per kg disagree")
        row = {
            "activity_type": activity_type, "net_kwh_per_kg": plain(quotient(net, Decimal("3.6"))),
            "net_to_gross": plain(quotient(net, gross)),
            "source": f"UK Government conversion factors 2025, fuel properties, {name}, {fuel['source_row']}",
        }  # fmt: skip
        if not activity_type.startswith(SOLID):  # a solid is sold by mass, or by a bulk volume that is another thing
            litres = exact(fuel["litres_per_tonne"])
            row["net_kwh_per_litre"] = plain(quotient(net * 1000, times(litres, Decimal("3.6"))))
            row["density_kg_per_litre"] = plain(quotient(Decimal(1000), litres))
        rows.append(row)
    return rows
