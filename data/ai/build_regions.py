"""Cloud regions: country, grid, PUE, WUE and carbon-free energy, each with its year, source and basis."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from build_record import BuildError, Dataset, Raw, Row, exact, plain
from build_words import record

COMPILED = "cloud_regions.csv"
CFE = "gcp_region_carbon_2019-2024.csv"
COLLECTED = "Green Software Foundation, Cloud Region Metadata (commit b2858aa), from what {} publishes"
PROVIDERS = {"aws": "Amazon Web Services", "azure": "Microsoft", "gcp": "Google"}
PLACES = {
    "cloud-regions-info": "place: cloud-regions-info 1.0.1",
    "gsf": "place: Cloud Region Metadata of the Green Software Foundation (commit b2858aa)",
    "gcp-region-carbon": "place: GoogleCloudPlatform/region-carbon-info",
    "em": "place: the provider's region code and its country",
}
FILL_VALUE = "may be a fill value"  # a mean that stands where nothing was published: not known
COLLECTED_ZONE = "gsf"  # zones from any other list may not be shipped
COLUMNS = (
    "provider", "region", "place", "city", "country", "subdivision", "grid_region", "grid_region_basis", "zone",
    "zone_basis", "pue", "pue_year", "pue_source", "pue_note", "wue_l_per_kwh", "wue_year", "wue_source", "wue_note",
    "cfe_share", "cfe_year", "cfe_source", "source", "verification",
)  # fmt: skip


def dataset(raw: Raw, data: Path) -> Dataset:
    """Every region that could be verified. Raises BuildError with every fault found, one a line."""
    found = [row for row in raw.rows(COMPILED) if not row["verification"].startswith("unverified")]
    national = _national_zones(found)
    cfe = {(row["year"], row["region"]): row["google_cfe"] for row in raw.rows(CFE)}
    rows = [_region(row, national, cfe) for row in found]
    faults = list(_faults(rows, _column(data / "countries.csv", "country"), _subregions(data)))
    if faults:
        raise BuildError("\n".join(faults))
    rows.sort(key=lambda row: (row["provider"], row["region"]))
    return Dataset(record(raw, "cloud-regions", COMPILED, CFE), rows, COLUMNS, file_name="cloud_regions")


def _region(row: Row, national: Mapping[str, str], cfe: Mapping[tuple[str, str], str]) -> Row:
    collected = COLLECTED.format(PROVIDERS[row["provider"]])
    return {
        "provider": row["provider"],
        "region": row["region"],
        "place": row["location"],
        "city": row["city"],
        "country": row["country_iso2"],
        "subdivision": row["subdivision"],
        **_zone(row, national),
        **_subregion(row),
        **_measure(row, "pue", "pue", collected),
        **_measure(row, "wue_l_per_kwh", "wue", collected),
        **_carbon_free(row, cfe),
        "source": PLACES[row["location_source"]],
        "verification": "secondary",
    }


def _national_zones(rows: Iterable[Row]) -> Mapping[str, str]:
    """Country → its code, where every zone that may be shipped in the country is the country's code."""
    zones: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row["grid_zone_source"].startswith(COLLECTED_ZONE) and "wrong" not in row["grid_zone_source"]:
            zones[row["country_iso2"]].add(row["grid_zone"])
    return {country: country for country, found in zones.items() if found == {country}}


def _zone(row: Row, national: Mapping[str, str]) -> Row:
    given = row["grid_zone_source"]
    if given.startswith(COLLECTED_ZONE) and "wrong" not in given:
        year = given.removeprefix(COLLECTED_ZONE).strip()
        doubt = f"; another list says {row['grid_zone_alt']}" if row["grid_zone_alt"] else ""
        return {"zone": row["grid_zone"], "zone_basis": f"Cloud Region Metadata {year}{doubt}"}
    if row["country_iso2"] in national:
        return {"zone": national[row["country_iso2"]], "zone_basis": "the country's other regions have its code"}
    return {}


def _subregion(row: Row) -> Row:
    """The eGRID subregion of the balancing authority, where the zone it follows from may be shipped."""
    if not row["egrid_subregion"] or not row["grid_zone_source"].startswith(COLLECTED_ZONE):
        return {}
    return {"grid_region": row["egrid_subregion"], "grid_region_basis": row["egrid_note"]}


def _measure(row: Row, column: str, name: str, source: str) -> Row:
    if not row[column] or FILL_VALUE in row[f"{name}_note"]:
        return {}
    return {
        column: plain(exact(row[column])),
        f"{name}_year": row[f"{name}_year"],
        f"{name}_source": source,
        f"{name}_note": row[f"{name}_note"],
    }


def _carbon_free(row: Row, cfe: Mapping[tuple[str, str], str]) -> Row:
    """Google's share, taken from Google's own file. Raises BuildError where the compilation says something else."""
    if not row["cfe_hourly_share"]:
        return {}
    share = cfe.get((row["cfe_year"], row["region"]))
    if share is None or exact(share) != exact(row["cfe_hourly_share"]):
        raise BuildError(f"{row['region']}: carbon-free share {row['cfe_hourly_share']}, in Google's file {share}")
    return {
        "cfe_share": plain(exact(share)),
        "cfe_year": row["cfe_year"],
        "cfe_source": f"GoogleCloudPlatform/region-carbon-info, data/yearly/{row['cfe_year']}.csv",
    }


def _faults(rows: Iterable[Row], countries: set[str], subregions: set[str]) -> Iterable[str]:
    seen = set()
    for row in rows:
        name = f"{row['provider']} {row['region']}"
        if name in seen:
            yield f"{name}: stands twice"
        seen.add(name)
        if row["country"] not in countries:
            yield f"{name}: the country {row['country']!r} is not in countries.csv"
        if row.get("grid_region") and row["grid_region"] not in subregions:
            yield f"{name}: {row['grid_region']!r} is no subregion of the shipped eGRID"
        if row.get("pue") and not 1 <= Decimal(row["pue"]) < 3:
            yield f"{name}: a PUE of {row['pue']}"
        if row.get("wue_l_per_kwh") and Decimal(row["wue_l_per_kwh"]) < 0:
            yield f"{name}: a WUE of {row['wue_l_per_kwh']}"


def _column(path: Path, name: str) -> set[str]:
    with path.open(newline="", encoding="utf-8") as file:
        return {row[name] for row in csv.DictReader(file)}


def _subregions(data: Path) -> set[str]:
    return _column(data / "factors" / "egrid-2023.csv", "region") - {""}
