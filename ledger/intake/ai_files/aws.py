"""Amazon Web Services: the Data Exports table of carbon emissions, the Sustainability API, and the tool before them.

Source: AWS Data Exports user guide (carbon emissions columns), the service model of the Sustainability API (version
2018-05-10), and the console's answer of the Customer Carbon Footprint Tool up to 2025-07. All amounts are metric tons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ledger.intake.ai_files.form import Form, Given, Made, field_name, names
from ledger.intake.ai_files.statements import (
    CHOICES,
    TONNE,
    Provider,
    day,
    key_of,
    last_day,
    month_end,
    statements,
    tell_parts,
)
from ledger.intake.faults import Faults

_UNIT = "MTCO2e"
_AWS = Provider("AWS", TONNE, _UNIT, "AWS scopes 1, 2 and 3")
_EARLY = "AWS scopes 1 and 2 (methods before v3)"
_TOTALS = {"location": "total_lbm_emissions_value", "market": "total_mbm_emissions_value"}
_KEY = ("cloud_account", "cloud_service", "where")
_WHERE = pl.coalesce("cloud_region", "cloud_place").alias("where")


def _of_export(given: Given) -> list[Made]:
    """The Data Exports table: a row a month, account, product and region."""
    for name in given.rows.columns:
        if name.endswith("_emissions_unit"):
            other = given.rows.filter(given.text(name).is_not_null() & (given.text(name) != _UNIT))
            told = other.select("source_line", pl.col(name).alias("value"))
            given.tell("statement-unit", told, name, expected=f"{_UNIT} (metric tons)")
    version = given.text("model_version")
    for short in ("lbm", "mbm"):
        parts = ("total_scope_1_emissions_value", *(f"total_scope_{n}_{short}_emissions_value" for n in (2, 3)))
        tell_parts(given, f"total_{short}_emissions_value", parts, ~_is_early(version))
    rows = given.rows.select(
        "source_line",
        day(given.text("usage_period_start")).alias("period_start"),
        last_day(given.text("usage_period_end")).alias("period_end"),
        *(given.text(name).alias(basis) for basis, name in _TOTALS.items()),
        given.text("usage_account_id").alias("cloud_account"),
        given.text("product_code").alias("cloud_service"),
        given.text("region_code").alias("cloud_region"),
        pl.when(given.text("region_code").is_null()).then(given.text("location")).alias("cloud_place"),
        version.alias("vendor_model_version"),
        given.text("last_refresh_timestamp").alias("stated_at"),
        pl.when(_is_early(version)).then(pl.lit(_EARLY)).alias("stated_boundary"),
        pl.lit("data-export").alias("report"),
    ).with_columns(_WHERE).with_columns(key_of(_KEY))
    return statements(given, rows, _AWS, {
        "period_start": given.shown("usage_period_start"), "period_end": given.shown("usage_period_end"),
        "cloud_region": given.shown("region_code"), "vendor_model_version": given.shown("model_version"),
        **{basis: given.shown(name) for basis, name in _TOTALS.items() if given.has(name)},
    })  # fmt: skip


def _is_early(version: pl.Expr) -> pl.Expr:
    """Whether a method version leaves out AWS's own scope 3."""
    return version.str.contains(r"^[vV]?[12](\.|$)")


def _of_api(given: Given) -> list[Made]:
    """Answers of the Sustainability API, grouped as they were asked for."""
    for kind in ("lbm", "mbm"):
        unit = f"emissionsvalues_total_{kind}_carbon_emissions_unit"
        other = given.rows.filter(given.text(unit).is_not_null() & (given.text(unit) != _UNIT))
        told = other.select("source_line", given.text(unit).alias("value"))
        given.tell("statement-unit", told, unit, expected=f"{_UNIT} (metric tons)")
    version = given.text("modelversion")
    grouped = [name for name in ("usage_account_id", "service", "region") if given.has(f"dimensionsvalues_{name}")]
    rows = given.rows.select(
        "source_line",
        day(given.text("timeperiod_start")).alias("period_start"),
        last_day(given.text("timeperiod_end")).alias("period_end"),
        given.text("emissionsvalues_total_lbm_carbon_emissions_value").alias("location"),
        given.text("emissionsvalues_total_mbm_carbon_emissions_value").alias("market"),
        given.text("dimensionsvalues_usage_account_id").alias("cloud_account"),
        given.text("dimensionsvalues_service").alias("cloud_service"),
        given.text("dimensionsvalues_region").alias("cloud_region"),
        pl.lit(None, pl.String).alias("cloud_place"),
        version.alias("vendor_model_version"),
        pl.when(_is_early(version)).then(pl.lit(_EARLY)).alias("stated_boundary"),
        pl.lit("api by " + (" ".join(grouped) or "nothing")).alias("report"),
    ).with_columns(_WHERE).with_columns(key_of(_KEY))
    return statements(given, rows, _AWS, {"period_start": "TimePeriod.Start", "period_end": "TimePeriod.End",
                                          "location": "TOTAL_LBM_CARBON_EMISSIONS",
                                          "market": "TOTAL_MBM_CARBON_EMISSIONS"})  # fmt: skip


def _is_api(document: Any) -> bool:
    results = document.get("Results") if isinstance(document, Mapping) else None
    return isinstance(results, list) and all(isinstance(row, Mapping) and "EmissionsValues" in row for row in results)


def _api_records(document: Any, faults: Faults) -> Iterator[Mapping[str, Any]]:
    if document.get("NextToken"):
        faults.add("answer-goes-on", column="NextToken")
    for row in document["Results"]:
        kept = {name: row.get(name) for name in ("TimePeriod", "DimensionsValues", "ModelVersion")}
        yield {name: value for name, value in kept.items() if value is not None} | {
            "EmissionsValues": {field_name(kind): value for kind, value in row["EmissionsValues"].items()}
            if isinstance(row["EmissionsValues"], Mapping) else {}
        }  # fmt: skip


def _of_console(given: Given) -> list[Made]:
    """The Customer Carbon Footprint Tool: market-based tons of scopes 1 and 2, by product and continent."""
    start = given.text("startdate")
    rows = given.rows.select(
        "source_line",
        day(start).alias("period_start"),
        month_end(start).alias("period_end"),
        pl.lit(None, pl.String).alias("location"),
        given.text("mbmcarbon").alias("market"),
        given.text("accountid").alias("cloud_account"),
        given.text("paceproductcode").alias("cloud_service"),
        pl.lit(None, pl.String).alias("cloud_region"),
        given.text("regioncode").alias("cloud_place"),
        pl.lit(_EARLY).alias("stated_boundary"),
        pl.lit("footprint-tool").alias("report"),
    ).with_columns(_WHERE).with_columns(key_of(_KEY))
    return statements(given, rows, _AWS, {
        "period_start": given.shown("startdate"), "period_end": given.shown("startdate"),
        "market": given.shown("mbmcarbon"),
    })  # fmt: skip


def _is_console(document: Any) -> bool:
    emissions = document.get("emissions") if isinstance(document, Mapping) else None
    return isinstance(emissions, Mapping) and isinstance(emissions.get("carbonEmissionEntries"), list)


def _console_records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    for entry in document["emissions"]["carbonEmissionEntries"]:
        if isinstance(entry, Mapping):
            yield {"accountId": document.get("accountId"), **entry}


FORMS = (
    Form(
        "aws-data-exports", "an AWS Data Exports table of carbon emissions", _of_export,
        headers=(names("usage_period_start usage_period_end usage_account_id model_version "
                       "total_mbm_emissions_value"),),
        choices=CHOICES,
    ),
    Form("aws-sustainability-api", "an answer of the AWS Sustainability API", _of_api, fits=_is_api,
         records=_api_records, choices=CHOICES),
    Form(
        "aws-ccft", "an export of the AWS Customer Carbon Footprint Tool", _of_console,
        headers=(names("accountid mbmcarbon startdate"),), fits=_is_console, records=_console_records, choices=CHOICES,
    ),
)  # fmt: skip
