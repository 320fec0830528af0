"""Grid intensity of cloud regions as others state it: beside the factors of the ledger, never in their place."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from build_record import BuildError, Dataset, Raw, Row
from build_words import record

TABLES = {provider: f"ccf_grid_emission_factors_{provider}.csv" for provider in ("aws", "azure", "gcp")}
GOOGLE = "gcp_region_carbon_2019-2024.csv"
KG_OF_TONNE, KG_OF_GRAM = Decimal(1000), Decimal("0.001")
COLUMNS = ("provider", "region", "kg_co2e_per_kwh", "data_year", "source", "verification", "note")


def dataset(raw: Raw, regions: Iterable[Row]) -> Dataset:
    """Cloud Carbon Footprint's factor of each region, and Google's newest figure of each of its own.

    Azure's regions stand there by place and get their code. Raises BuildError where nothing or a negative is stated.
    """
    known = list(regions)
    codes = {(row["provider"], row["place"]): row["region"] for row in known}
    held = {(row["provider"], row["region"]) for row in known}
    rows = [row for row in (*_tables(raw, codes), *_google(raw)) if (row["provider"], row["region"]) in held]
    if faults := [row for row in rows if not 0 <= Decimal(row["kg_co2e_per_kwh"]) < Decimal("1.5")]:
        raise BuildError(f"no intensity of a grid: {faults[0]}")
    rows.sort(key=lambda row: (row["provider"], row["region"], row["source"]))
    return Dataset(record(raw, "cloud-grid", GOOGLE, *TABLES.values()), rows, COLUMNS, file_name="cloud_grid")


def _tables(raw: Raw, codes: dict[tuple[str, str], str]) -> Iterable[Row]:
    for provider, name in TABLES.items():
        for row in raw.rows(name):
            tonnes = row["CO2e (metric ton/kWh)"]
            if not tonnes.startswith("0."):  # two rows have lost their decimal point: not guessed at
                continue
            region = codes.get((provider, row["Region"]), row["Region"])
            source = f"Cloud Carbon Footprint, ccf-coefficients (b0032d9), from {row['Source']}"
            yield _row(provider, region, Decimal(tonnes) * KG_OF_TONNE, "", source, "year not stated")


def _google(raw: Raw) -> Iterable[Row]:
    """The newest year of each region; earlier columns were of the life cycle, the newest ones are not named so."""
    newest: dict[str, Row] = {}
    for row in raw.rows(GOOGLE):
        if row["grid_carbon_intensity_gco2e_per_kwh"] and row["year"] >= newest.get(row["region"], row)["year"]:
            newest[row["region"]] = row
    for region, row in newest.items():
        kg = Decimal(row["grid_carbon_intensity_gco2e_per_kwh"]) * KG_OF_GRAM
        source = f"GoogleCloudPlatform/region-carbon-info, {row['year']}"
        note = "life cycle" if "ifecycle" in row["intensity_column_as_published"] else ""
        yield _row("gcp", region, kg, row["year"], source, note)


def _row(provider: str, region: str, kg: Decimal, year: str, source: str, note: str) -> Row:
    text = format(kg, "f")
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return {
        "provider": provider, "region": region, "kg_co2e_per_kwh": text, "data_year": year, "source": source,
        "verification": "secondary", "note": note,
    }  # fmt: skip
