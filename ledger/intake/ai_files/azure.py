"""Microsoft Azure: reports of the Carbon Optimization API, the portal's CSV, and the Microsoft Sustainability API.

Source: the REST description of Microsoft.Carbon (2025-04-01 and later) and of the emissions impact API. Azure answers
in kilograms, the Sustainability API in metric tons. Neither says whether it is location-based or market-based.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ledger.intake.ai_files.form import Form, Given, Made, names
from ledger.intake.ai_files.statements import KG, TONNE, Provider, day, key_of, month_end, statements
from ledger.intake.faults import Faults

_AZURE = Provider("Azure", KG, "kgCO2e", "Azure scopes as they were asked for, basis unstated")
_MONTHS = {calendar.month_abbr[number]: f"{number:02d}" for number in range(1, 13)}
_MONTHS |= {calendar.month_name[number]: f"{number:02d}" for number in range(1, 13)}
_OF_MONTH = {"month": "the month of figures that do not say theirs, as 2026-09"}
_OF_REPORT = _OF_MONTH | {
    "scopes": "which of Azure's scopes were asked for, as 1+2+3",
    "denied": "without: take the answer though subscriptions were denied",
}
_OF_TRENDS = {"unit": "kgCO2e or tCO2e: the unit of figures that do not say theirs"}
_LATEST = "latestMonthEmissions"


def _of_report(given: Given) -> list[Made]:
    """A report: by month where it has dates, else the latest month, which the request named and the answer does not."""
    dated = given.has("date")
    said = dated or given.needs("month", "the answer does not say its month", "2026-09")
    if _denied(given) or not said:
        return []
    start = given.text("date") if dated else pl.lit(_first_day(given.choices["month"]))
    scopes = given.choices.get("scopes")
    rows = given.rows.filter(given.text("datatype").is_not_null()).select(
        "source_line",
        day(start).alias("period_start"),
        month_end(start).alias("period_end"),
        given.text("latestmonthemissions").alias("location"),
        pl.lit(None, pl.String).alias("market"),
        given.text("subscriptionid").alias("cloud_account"),
        given.text("resourceid", "itemname").alias("item"),
        given.text("resourcetype", "categorytype").alias("cloud_service"),
        given.text("location").alias("cloud_region"),
        given.text("datatype").alias("report"),
        pl.lit(scopes).alias("scopes"),
        pl.lit(f"Azure scopes {scopes}, basis unstated" if scopes else None, pl.String).alias("stated_boundary"),
    ).with_columns(key_of(("cloud_account", "item", "scopes")))  # fmt: skip
    return _unstated(given, rows, _AZURE, {"location": _LATEST, "period_start": "date", "period_end": "date"})


def _unstated(given: Given, rows: pl.DataFrame, provider: Provider, led: dict[str, str]) -> list[Made]:
    """Statements of a provider that does not say their basis; each is kept as such, and it is said once."""
    made = [
        Made(one.kind, one.rows.with_columns(
            pl.col("external_id").str.replace("/location$", ""), pl.lit("unstated").alias("stated_basis"),
        ), one.led)
        for one in statements(given, rows, provider, led)
    ]  # fmt: skip
    if rows.height:
        given.faults.add("statement-basis-unstated", title=provider.name)
    return made


def _first_day(month: str) -> str:
    return f"{month}-01" if len(month) == len("2026-09") else month


def _denied(given: Given) -> bool:
    """Whether subscriptions were denied and nobody said to go on without them."""
    if not given.has("denied"):
        return False
    listed = given.rows.filter(given.text("denied").is_not_null())
    if given.choices.get("denied") == "without" or not listed.height:
        return False
    given.tell("answer-denied", listed.select("source_line", given.text("denied").alias("value")))
    return True


def _is_report(document: Any) -> bool:
    return isinstance(document, Mapping) and isinstance(document.get("value"), list) and (
        "subscriptionAccessDecisionList" in document
        or any(isinstance(row, Mapping) and _LATEST in row for row in document["value"])
    )  # fmt: skip


def _report_records(document: Any, faults: Faults) -> Iterator[Mapping[str, Any]]:
    """The items, numbered as they stand; behind them a record for each subscription that was denied."""
    if document.get("skipToken"):
        faults.add("answer-goes-on", column="skipToken")
    yield from (row for row in document["value"] if isinstance(row, Mapping))
    for decision in document.get("subscriptionAccessDecisionList") or ():
        if isinstance(decision, Mapping) and str(decision.get("decision")).casefold() == "denied":
            yield {"denied": f"{decision.get('subscriptionId')}: {decision.get('denialReason') or 'no reason given'}"}


def _of_details(given: Given) -> list[Made]:
    """The portal's list of subscriptions with their latest month."""
    if not given.needs("month", "the file does not say its month", "2026-09"):
        return []
    start = pl.lit(_first_day(given.choices["month"]))
    rows = given.rows.select(
        "source_line",
        day(start).alias("period_start"),
        month_end(start).alias("period_end"),
        given.text("latest_month_emissions_kgco2e").alias("location"),
        pl.lit(None, pl.String).alias("market"),
        given.text("subscription_id").alias("cloud_account"),
        pl.lit("portal-subscriptions").alias("report"),
    ).with_columns(key_of(("cloud_account",)))
    return _unstated(given, rows, _AZURE, {"location": given.shown("latest_month_emissions_kgco2e")})


def _of_trends(given: Given) -> list[Made]:
    """The portal's months of all subscriptions together."""
    if not given.needs("unit", "the file does not say its unit", "kgCO2e"):
        return []
    units = {"kgCO2e": KG, "tCO2e": TONNE}
    if given.choices["unit"] not in units:
        given.faults.add("choice-not-read", column="unit", value=given.choices["unit"], allowed=" or ".join(units))
        return []
    provider = Provider("Azure", units[given.choices["unit"]], given.choices["unit"], _AZURE.boundary)
    start = _worded_month(given.text("month"))
    rows = given.rows.select(
        "source_line",
        start.alias("period_start"),
        month_end(start).alias("period_end"),
        given.text("totalemissions").alias("location"),
        pl.lit(None, pl.String).alias("market"),
        pl.lit("portal-trends").alias("report"),
        pl.lit("all").alias("key"),
    )
    return _unstated(given, rows, provider, {"location": given.shown("totalemissions"),
                                             "period_start": given.shown("month")})  # fmt: skip


def _worded_month(text: pl.Expr) -> pl.Expr:
    """The first day of a month written `Apr 2024`; what is none stays as it is, to be told."""
    parts = text.str.extract_groups(r"^([A-Za-z]+)\.? (\d{4})$")
    month = parts.struct.field("1").str.to_titlecase().replace_strict(_MONTHS, default=None, return_dtype=pl.String)
    return pl.coalesce(pl.concat_str(parts.struct.field("2"), pl.lit("-"), month, pl.lit("-01")), text)


_SUSTAINABILITY = Provider("Microsoft", TONNE, "tCO2e", "Microsoft scope, basis unstated")


def _of_enrolment(given: Given) -> list[Made]:
    """Rows of an enrolment: a month, subscription, service, region and one of Microsoft's scopes, in metric tons."""
    key = given.text("datekey")
    start = pl.when(key.str.contains(r"^\d{8}$")).then(
        pl.concat_str(key.str.slice(0, 4), pl.lit("-"), key.str.slice(4, 2), pl.lit("-01"))
    ).otherwise(key)  # fmt: skip
    scope = given.text("scope", "scopeid")
    rows = given.rows.select(
        "source_line",
        start.alias("period_start"),
        month_end(start).alias("period_end"),
        given.text("totalemissions").alias("location"),
        pl.lit(None, pl.String).alias("market"),
        given.text("subscriptionid").alias("cloud_account"),
        given.text("azureservicename").alias("cloud_service"),
        given.text("subservice").alias("part"),
        given.text("azureregionname").alias("cloud_place"),
        scope.alias("scope"),
        pl.lit("enrolment").alias("report"),
        pl.concat_str(pl.lit("Microsoft "), scope, pl.lit(", basis unstated")).alias("stated_boundary"),
    ).with_columns(key_of(("cloud_account", "cloud_service", "part", "cloud_place", "scope")))
    return _unstated(given, rows, _SUSTAINABILITY, {"location": given.shown("totalemissions"),
                                                    "period_start": given.shown("datekey")})  # fmt: skip


def _is_enrolment(document: Any) -> bool:
    rows = document.get("value") if isinstance(document, Mapping) else document
    return isinstance(rows, list) and bool(rows) and all(
        isinstance(row, Mapping) and {"dateKey", "totalEmissions"} <= set(row) for row in rows
    )  # fmt: skip


def _enrolment_records(document: Any, faults: Faults) -> Iterator[Mapping[str, Any]]:
    if isinstance(document, Mapping) and document.get("@odata.nextLink"):
        faults.add("answer-goes-on", column="@odata.nextLink")
    yield from document["value"] if isinstance(document, Mapping) else document


FORMS = (
    Form("azure-carbon-report", "a report of the Azure Carbon Optimization API", _of_report, fits=_is_report,
         records=_report_records, choices=_OF_REPORT),
    Form("azure-portal-details", "a list of subscriptions of Azure's carbon page", _of_details,
         headers=(names("subscription_id latest_month_emissions_kgco2e"),), choices=_OF_MONTH),
    Form("azure-portal-trends", "months of Azure's carbon page", _of_trends,
         headers=(names("month totalemissions scope1 scope2 scope3"),), choices=_OF_TRENDS),
    Form("microsoft-sustainability", "an answer of the Microsoft Sustainability API", _of_enrolment,
         headers=(names("datekey enrollmentid totalemissions"),), fits=_is_enrolment, records=_enrolment_records),
)  # fmt: skip
