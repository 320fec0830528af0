"""Cloud regions: country, grid, PUE, WUE and carbon-free energy, each with its year, source and basis."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

import build_measures
from build_record import BuildError, Dataset, Raw, Row
from build_words import record, written

COMPILED = "cloud_regions.csv"
PLACES = {
    "cloud-regions-info": "place: cloud-regions-info 1.0.1",
    "gsf": "place: Cloud Region Metadata of the Green Software Foundation (commit b2858aa)",
    "gcp-region-carbon": "place: GoogleCloudPlatform/region-carbon-info",
    "em": "place: the provider's region code and its country",
}
BY_ZIP = "ZIP {} ({}), US EPA Power Profiler (zip.csv, 0635e6f); buildings in other towns may differ"
COLLECTED_ZONE = "gsf"  # zones from any other list may not be shipped
COLUMNS = (
    "provider", "region", "place", "city", "country", "subdivision", "grid_region", "grid_region_basis", "zone",
    "zone_basis", "pue", "pue_year", "pue_source", "pue_note", "wue_l_per_kwh", "wue_year", "wue_source", "wue_note",
    "cfe_share", "cfe_year", "cfe_source", "area_pue", "area_pue_of", "area_pue_year", "area_pue_source", "source",
    "verification",
)  # fmt: skip


def dataset(raw: Raw, data: Path, measures: Iterable[Row]) -> Dataset:
    """Every region that could be verified, with the newest of its ``measures``.

    Raises BuildError with every fault found, one a line.
    """
    found = [row for row in raw.rows(COMPILED) if not row["verification"].startswith("unverified")]
    national = _national_zones(found)
    sites = {(row["provider"], row["region"]): row for row in written("us_sites.csv")}
    newest = build_measures.newest(measures)
    rows = [_region(row, national, sites, newest) for row in found]
    faults = list(_faults(rows, _column(data / "countries.csv", "country"), _subregions(data)))
    if faults:
        raise BuildError("\n".join(faults))
    rows.sort(key=lambda row: (row["provider"], row["region"]))
    return Dataset(record(raw, "cloud-regions", COMPILED), rows, COLUMNS, file_name="cloud_regions")


def _region(
    row: Row,
    national: Mapping[str, str],
    sites: Mapping[tuple[str, str], Row],
    newest: Mapping[tuple[str, str, str], Row],
) -> Row:
    measured = _measured(row, newest)
    area = {} if "pue" in measured else build_measures.area_mean(row["provider"], row["region"], row["country_iso2"])
    return {
        "provider": row["provider"],
        "region": row["region"],
        "place": row["location"],
        "city": row["city"],
        "country": row["country_iso2"],
        "subdivision": row["subdivision"],
        **_zone(row, national),
        **_subregion(row, sites.get((row["provider"], row["region"]))),
        **measured,
        **area,
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


def _subregion(row: Row, site: Row | None) -> Row:
    """The eGRID subregion of the town, else of the balancing authority where its zone may be shipped."""
    if site is not None:
        return {"grid_region": site["subregion"], "grid_region_basis": BY_ZIP.format(site["zip"], site["town"])}
    if not row["grid_zone_source"].startswith(COLLECTED_ZONE):
        return {}
    basis = row["egrid_note"].replace(" in that file", " of eGRID")
    return {"grid_region": row["egrid_subregion"], "grid_region_basis": basis}


def _measured(row: Row, newest: Mapping[tuple[str, str, str], Row]) -> Row:
    """The newest PUE, WUE and carbon-free share, each with its year, source and note."""
    cells: Row = {}
    for name, prefix in (("pue", "pue"), ("wue_l_per_kwh", "wue"), ("cfe_share", "cfe")):
        if found := newest.get((row["provider"], row["region"], name)):
            cells |= {name: found["value"], f"{prefix}_year": found["year"], f"{prefix}_source": found["source"]}
            cells |= {f"{prefix}_note": found["note"]} if prefix != "cfe" else {}
    return cells


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
