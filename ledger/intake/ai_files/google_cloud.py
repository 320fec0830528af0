"""Google Cloud: the Carbon Footprint export of BigQuery, as CSV, JSON or JSON Lines, in kilograms.

Source: the data schema of Google's Carbon Footprint documentation. Names come with dots or underscores.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ledger.intake.ai_files.form import Form, Given, Made, names
from ledger.intake.ai_files.statements import CHOICES, KG, Provider, day, key_of, month_end, statements, tell_parts
from ledger.intake.faults import Faults

_GOOGLE = Provider("Google Cloud", KG, "kgCO2e", "Google scopes 1, 2 and 3")
_TOTAL = "carbon_footprint_total_kgco2e"
_PARTS = "carbon_footprint_kgco2e"


def _of_export(given: Given) -> list[Made]:
    """A row a month, project, service and place; the total of each basis takes in Google's three scopes."""
    for basis in ("location_based", "market_based"):
        tell_parts(given, f"{_TOTAL}_{basis}", (f"{_PARTS}_scope1", f"{_PARTS}_scope2_{basis}", f"{_PARTS}_scope3"))
    month = given.text("usage_month")
    rows = given.rows.select(
        "source_line",
        day(month).alias("period_start"),
        month_end(month).alias("period_end"),
        given.text(f"{_TOTAL}_location_based").alias("location"),
        given.text(f"{_TOTAL}_market_based").alias("market"),
        given.text("billing_account_id").alias("billing"),
        given.text("project_id", "project_number").alias("cloud_account"),
        given.text("service_description", "service_id").alias("cloud_service"),
        given.text("location_region").alias("cloud_region"),
        given.text("location_location").alias("cloud_place"),
        given.text("carbon_model_version").alias("vendor_model_version"),
        pl.lit("export").alias("report"),
    ).with_columns(key_of(("billing", "cloud_account", "cloud_service", "cloud_region", "cloud_place")))
    return statements(given, rows, _GOOGLE, {
        "period_start": given.shown("usage_month"), "period_end": given.shown("usage_month"),
        "location": given.shown(f"{_TOTAL}_location_based"), "market": given.shown(f"{_TOTAL}_market_based"),
        "cloud_region": given.shown("location_region"), "vendor_model_version": given.shown("carbon_model_version"),
    })  # fmt: skip


def _listed(document: Any) -> list[Any]:
    return document if isinstance(document, list) else [document]


def _is_export(document: Any) -> bool:
    rows = _listed(document)
    return bool(rows) and all(
        isinstance(row, Mapping)
        and "usage_month" in row
        and any(str(name).startswith("carbon_footprint") for name in row)
        for row in rows
    )


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    yield from _listed(document)


_REGIONS = {"google_cfe": ("carbon_free_share", "1"),
            "grid_carbon_intensity_gco2eq_kwh": ("grid_intensity", "gCO2e/kWh")}  # fmt: skip


def _of_regions(given: Given) -> list[Made]:
    """Google's yearly table of its regions: carbon-free share and intensity of the grid, as measures and no factors."""
    if not given.needs("year", "the table does not say its year", "2023"):
        return []
    year = given.choices["year"]
    made = [
        given.rows.select(
            "source_line",
            pl.lit(name).alias("name"),
            given.text(field).alias("value"),
            pl.lit(unit).alias("unit"),
            pl.lit(f"{year}-01-01").alias("period_start"),
            pl.lit(f"{year}-12-31").alias("period_end"),
            pl.concat_str(pl.lit("gcp/"), given.text("google_cloud_region")).alias("area"),
            pl.lit(f"Google, region carbon info {year}").alias("source"),
        ).filter(pl.col("value").is_not_null())
        for field, (name, unit) in _REGIONS.items()
    ]
    return [Made("metric", pl.concat(made), {"area": given.shown("google_cloud_region")})]


FORMS = (
    Form("google-regions", "Google's table of carbon of its regions", _of_regions,
         headers=(names(f"google_cloud_region {' '.join(_REGIONS)}"),), kinds=("metric",),
         choices={"year": "the year of the table"}),
    Form(
        "google-carbon-footprint", "a Google Cloud Carbon Footprint export", _of_export,
        headers=tuple(names(f"usage_month {_TOTAL}_{basis}") for basis in ("location_based", "market_based")),
        fits=_is_export, records=_records, choices=CHOICES,
    ),
)  # fmt: skip
