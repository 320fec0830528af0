"""What providers publish about their buildings in a region: PUE, WUE and carbon-free share, a row for each year."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from build_record import BuildError, Dataset, Raw, Row, exact, plain
from build_words import record, written

COMPILED = "cloud_regions.csv"
CFE = "gcp_region_carbon_2019-2024.csv"
COLLECTED = "{}, collected by the Green Software Foundation (Cloud Region Metadata, b2858aa)"
PROVIDERS = {"aws": "Amazon Web Services", "azure": "Microsoft", "gcp": "Google"}
OF_2025 = {
    "aws": "AWS sustainability fact sheets 2025, collected by the Green Software Foundation (Real Time Cloud, c131e0d)",
    "azure": "Microsoft, datacenter efficiency, fiscal year 2025, collected by the Green Software Foundation "
    "(Real Time Cloud, 55b6a6d)",
    "gcp": "Google Environmental Report 2026, collected by the Green Software Foundation (Real Time Cloud, b33513b)",
}
CFE_OF_2025 = "GoogleCloudPlatform/region-carbon-info, data/yearly/2025.csv (commit 74d9bf8)"
FILL_VALUE = "may be a fill value"  # a mean that stands where nothing was published: not known
LIMITS = {"pue": (1, 3), "wue_l_per_kwh": (0, 10), "cfe_share": (0, 1)}
NAMES = tuple(LIMITS)
COLUMNS = ("provider", "region", "measure", "year", "value", "source", "verification", "note")


def dataset(raw: Raw) -> Dataset:
    """Every year's measures of every region that is held. Raises BuildError with every fault found, one a line."""
    regions = [row for row in raw.rows(COMPILED) if not row["verification"].startswith("unverified")]
    rows = [*_compiled(raw, regions), *_of_2025({(row["provider"], row["region"]) for row in regions})]
    faults = list(_faults(rows))
    if faults:
        raise BuildError("\n".join(faults))
    rows.sort(key=lambda row: (row["provider"], row["region"], row["measure"], row["year"]))
    return Dataset(record(raw, "cloud-measures", COMPILED, CFE), rows, COLUMNS, file_name="cloud_measures")


def newest(rows: Iterable[Row]) -> Mapping[tuple[str, str, str], Row]:
    """(provider, region, measure) → the row of the newest year that has it."""
    found: dict[tuple[str, str, str], Row] = {}
    for row in rows:
        key = (row["provider"], row["region"], row["measure"])
        if key not in found or row["year"] > found[key]["year"]:
            found[key] = row
    return found


def area_mean(provider: str, region: str, country: str) -> Row:
    """The mean of an area that the provider states for the region, or for all regions in the country; or nothing."""
    for row in written("area_means.csv"):
        if row["provider"] == provider and (row["region"] == region or country in row["countries"].split("|")):
            return {
                "area_pue": plain(exact(row["pue"])), "area_pue_of": row["area"], "area_pue_year": row["year"],
                "area_pue_source": OF_2025[provider],
            }  # fmt: skip
    return {}


def _compiled(raw: Raw, regions: Iterable[Row]) -> Iterable[Row]:
    """PUE and WUE as collected, and the share in Google's own file of the year that the compilation took it from."""
    cfe = {(row["year"], row["region"]): row["google_cfe"] for row in raw.rows(CFE)}
    for row in regions:
        for name, prefix in (("pue", "pue"), ("wue_l_per_kwh", "wue")):
            if row[name] and FILL_VALUE not in row[f"{prefix}_note"]:
                collected = COLLECTED.format(PROVIDERS[row["provider"]])
                yield _measure(row, row[f"{prefix}_year"], name, row[name], collected, row[f"{prefix}_note"])
        if row["cfe_hourly_share"]:
            share = cfe.get((row["cfe_year"], row["region"]))
            if share is None or exact(share) != exact(row["cfe_hourly_share"]):
                said = row["cfe_hourly_share"]
                raise BuildError(f"{row['region']}: carbon-free share {said}, in Google's file {share}")
            source = f"GoogleCloudPlatform/region-carbon-info, data/yearly/{row['cfe_year']}.csv"
            yield _measure(row, row["cfe_year"], "cfe_share", share, source)


def _of_2025(held: set[tuple[str, str]]) -> Iterable[Row]:
    for row in written("published_measures.csv"):
        if (row["provider"], row["region"]) not in held:
            raise BuildError(f"{row['provider']} {row['region']}: no such region")
        for name in NAMES:
            if row[name]:
                source = CFE_OF_2025 if name == "cfe_share" else OF_2025[row["provider"]]
                yield _measure(row, row["year"], name, row[name], source)


def _measure(row: Row, year: str, name: str, value: str, source: str, note: str = "") -> Row:
    return {
        "provider": row["provider"],
        "region": row["region"],
        "measure": name,
        "year": year,
        "value": plain(exact(value)),
        "source": source,
        "verification": "official" if name == "cfe_share" else "secondary",
        "note": note,
    }


def _faults(rows: Iterable[Row]) -> Iterable[str]:
    seen = set()
    for row in rows:
        said = f"{row['provider']} {row['region']} {row['year']}: {row['measure']}"
        if said in seen:
            yield f"{said} stands twice"
        seen.add(said)
        least, most = LIMITS[row["measure"]]
        if not least <= Decimal(row["value"]) <= most:
            yield f"{said} is {row['value']}"
