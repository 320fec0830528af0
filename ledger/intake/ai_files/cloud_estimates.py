"""Estimates of cloud use from bills: Cloud Carbon Footprint (JSON of its API, CSV of its command) and SPRUCE.

Source: both projects' code and documentation. They estimate energy from usage by coefficients, so their readings are of
method `model`; emissions are location-based, in metric tons (Cloud Carbon Footprint, embodied inside) or grams (SPRUCE,
embodied apart), kept beside the energy and never posted. Cloud Carbon Footprint multiplies energy by PUE; whether
SPRUCE did depends on how it was run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from ledger.intake.ai_files.amounts import MASS_DECIMALS, in_unit, number
from ledger.intake.ai_files.form import Form, Given, Made, names
from ledger.intake.ai_files.readings import KWH, instants, measured
from ledger.intake.faults import Faults

_DAYS = {"day": (1, 1), "week": (7, 7), "month": (27, 31), "quarter": (89, 92), "year": (364, 366)}
_PERIODS = tuple(_DAYS)
_PERIOD = {"period": "how long each row is, where the file does not tell it: " + ", ".join(_PERIODS)}
_PROVIDERS = {"AWS": "aws", "GCP": "gcp", "AZURE": "azure", "ALICLOUD": "alibaba"}
_MONTHS = {"month": "1mo", "quarter": "3mo", "year": "1y"}


def _end(start: pl.Expr, period: str) -> pl.Expr:
    """When a period that begins at an instant ends; a month from 4 o'clock on the first lasts to 4 o'clock."""
    if period in _MONTHS:
        return start.dt.offset_by(_MONTHS[period])
    return start + timedelta(days=7 if period == "week" else 1)


def _period(given: Given, starts: pl.Series) -> str | None:
    """How long rows are: as they say, as was chosen, or by the shortest step; None where none tells it."""
    said = given.rows.select(given.text("groupby")).to_series().drop_nulls().unique().to_list()
    if len(said) == 1 and said[0] in _PERIODS:
        return str(said[0])
    if "period" in given.choices:
        if given.choices["period"] in _PERIODS:
            return given.choices["period"]
        given.faults.add("choice-not-read", column="period", value=given.choices["period"],
                         allowed=", ".join(_PERIODS))  # fmt: skip
        return None
    ordered = starts.drop_nulls().unique().sort()
    least = (ordered - ordered.shift(1)).min()
    days = least.days if isinstance(least, timedelta) else 0
    for period, (low, high) in _DAYS.items():
        if low <= days <= high:
            return period
    given.needs("period", "the file does not tell how long each row is", "month")
    return None


def _of_footprint(given: Given) -> list[Made]:
    """Estimates by service, account and region, each from its time on."""
    rows = given.rows.with_columns(instants(given.text("periodstartdate", "timestamp"), None).alias("start"))
    period = None if given.has("periodenddate") else _period(given, rows["start"])
    if period is None and not given.has("periodenddate"):
        return []
    end = instants(given.text("periodenddate"), None) if period is None else _end(pl.col("start"), period)
    provider = given.text("cloudprovider")
    made = rows.select(
        "source_line",
        pl.lit("ccf").alias("source"),
        pl.concat_str(*(given.text(name).fill_null("-") for name in _OF_SERVICE), separator="/").alias("subject"),
        "start",
        end.alias("end"),
        given.text("timestamp").alias("time_text"),
        given.text("kilowatthours").alias("energy"),
        pl.lit("total").alias("energy_part"),
        pl.lit("facility").alias("energy_level"),
        pl.lit("model").alias("reading_method"),
        provider.str.to_uppercase().replace_strict(_PROVIDERS, default=provider).alias("cloud_provider"),
        given.text("region").alias("cloud_region"),
        given.text("accountname", "accountid").alias("account"),
        in_unit(rows.select(given.text("co2e")).to_series(), 1000, MASS_DECIMALS).alias("co2e_kg_stated"),
        pl.lit(float("inf")).alias("most_w"),
    )
    led = {"energy": "kilowattHours", "time": "timestamp", "co2e_kg_stated": "co2e", "cloud_region": "region"}
    return [measured(given, made, KWH, led)]


_OF_SERVICE = ("cloudprovider", "accountname", "servicename", "region")


_ABOVE = ("timestamp", "periodStartDate", "periodEndDate", "groupBy")


def _is_footprint(document: Any) -> bool:
    return isinstance(document, list) and bool(document) and all(
        isinstance(row, Mapping) and isinstance(row.get("serviceEstimates"), list) and "timestamp" in row
        for row in document
    )  # fmt: skip


def _footprint_records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    for row in document:
        above = {name: row[name] for name in _ABOVE if row.get(name)}
        for estimate in row["serviceEstimates"]:
            if isinstance(estimate, Mapping):
                yield {**estimate, **above}


_TOTAL_KWH, _TOTAL_T = "sum_kilowatt_hours", "sum_metric_tons_co2e_emissions"


def _of_command(given: Given) -> list[Made]:
    """The command's table by day: its first row is the total of the others and is held against them, never read."""
    day = given.text("date_utc")
    totals = given.rows.filter(day.str.to_lowercase() == "total")
    days = given.rows.filter(day.str.to_lowercase() != "total")
    _tell_total(given, totals, days)
    start = instants(pl.concat_str(day.str.slice(0, 10), pl.lit("T00:00:00Z")), None)
    made = days.select(
        "source_line",
        pl.lit("ccf").alias("source"),
        pl.lit(given.choices.get("subject", "all services")).alias("subject"),
        start.alias("start"),
        (start + timedelta(days=1)).alias("end"),
        day.alias("time_text"),
        given.text(_TOTAL_KWH).alias("energy"),
        pl.lit("total").alias("energy_part"),
        pl.lit("facility").alias("energy_level"),
        pl.lit("model").alias("reading_method"),
        in_unit(days.select(given.text(_TOTAL_T)).to_series(), 1000, MASS_DECIMALS).alias("co2e_kg_stated"),
        pl.lit(float("inf")).alias("most_w"),
    )
    return [measured(given, made, KWH, {"energy": given.shown(_TOTAL_KWH), "time": given.shown("date_utc"),
                                        "co2e_kg_stated": given.shown(_TOTAL_T)})]  # fmt: skip


def _tell_total(given: Given, totals: pl.DataFrame, days: pl.DataFrame) -> None:
    for line, text in totals.select("source_line", given.text(_TOTAL_KWH)).iter_rows():
        total = number(text)
        added = sum((number(cell) or Decimal(0) for cell in days[_TOTAL_KWH]), Decimal(0))
        if total is not None and abs(total - added) > max(abs(total) / 1000, Decimal("0.01")):
            given.faults.add("total-differs", line=line, column=given.shown(_TOTAL_KWH), value=text, sum=added)


_SPRUCE = "operational_energy_kwh"
_BILL = {
    "start": ("chargeperiodstart", "line_item_usage_start_date"),
    "end": ("chargeperiodend", "line_item_usage_end_date"),
    "account": ("subaccountid", "line_item_usage_account_id"),
    "service": ("servicename", "line_item_product_code"),
    "cloud_region": ("regionid", "region", "product_region_code"),
    "cloud_provider": ("serviceprovidername", "providername"),
}
_WORDS = (("amazon", "aws"), ("aws", "aws"), ("microsoft", "azure"), ("azure", "azure"), ("google", "gcp"))


def _of_spruce(given: Given) -> list[Made]:
    """Lines of an enriched bill, added up by account, service, region and period."""
    if not given.needs("energy_level", "whether PUE is in the energy depends on how SPRUCE was run", "facility"):
        return []
    energy = given.text(_SPRUCE)
    bare = given.rows.filter(energy.is_null())
    if bare.height:
        given.faults.add("estimate-lines-bare", count=bare.height)
    exact = pl.Decimal(38, 12)
    rows = given.rows.filter(energy.is_not_null()).with_columns(
        *(given.text(*fields).alias(f"#{name}") for name, fields in _BILL.items()),
    )
    rows = rows.with_columns(
        in_unit(rows[_SPRUCE], 1, 12).cast(exact, strict=False).alias("kwh"),
        in_unit(rows[_GRAMS], "0.001", 12).cast(exact, strict=False).alias("kg"),
    )
    wrong = rows.filter(pl.col("kwh").is_null())
    given.tell("number-not-read", wrong.select("source_line", pl.col(_SPRUCE).alias("value")), _SPRUCE)
    if wrong.height:
        return []
    by = [f"#{name}" for name in _BILL]
    added = rows.group_by(by, maintain_order=True).agg(
        pl.col("source_line").min(), pl.col("kwh").sum(), pl.col("kg").sum()
    )
    led = {"energy": given.shown(_SPRUCE), "time": "ChargePeriodStart"}
    return [measured(given, _spruce_rows(given, added), KWH, led)]


_GRAMS = "operational_emissions_co2eq_g"


def _spruce_rows(given: Given, added: pl.DataFrame) -> pl.DataFrame:
    provider = pl.col("#cloud_provider").str.to_lowercase()
    known = pl.coalesce(pl.when(provider.str.contains(word, literal=True)).then(pl.lit(code)) for word, code in _WORDS)
    parts = ("#cloud_provider", "#account", "#service", "#cloud_region")
    return added.select(
        "source_line",
        pl.lit("spruce").alias("source"),
        pl.concat_str((pl.col(name).fill_null("-") for name in parts), separator="/").alias("subject"),
        instants(pl.col("#start"), "UTC").alias("start"),
        instants(pl.col("#end"), "UTC").alias("end"),
        pl.col("#start").alias("time_text"),
        pl.col("kwh").cast(pl.String).alias("energy"),
        pl.lit("total").alias("energy_part"),
        pl.lit(given.choices["energy_level"]).alias("energy_level"),
        pl.lit("model").alias("reading_method"),
        pl.coalesce(known, pl.lit(given.choices.get("cloud_provider"), pl.String)).alias("cloud_provider"),
        pl.col("#cloud_region").alias("cloud_region"),
        pl.col("#account").alias("account"),
        pl.col("kg").cast(pl.String).alias("co2e_kg_stated"),
        pl.lit(float("inf")).alias("most_w"),
    )


FORMS = (
    Form("ccf-footprint", "estimates of Cloud Carbon Footprint", _of_footprint, fits=_is_footprint,
         records=_footprint_records, choices=_PERIOD, kinds=("measurement",)),
    Form("ccf-command", "a table of Cloud Carbon Footprint by day", _of_command,
         headers=(names(f"date_utc {_TOTAL_KWH} {_TOTAL_T}"),), kinds=("measurement",),
         choices={"subject": "whose services they are"}),
    Form("spruce", "a bill enriched by SPRUCE", _of_spruce, headers=(names(f"{_SPRUCE} {_GRAMS}"),),
         kinds=("measurement",), choices={"energy_level": "facility where PUE is in the energy, else it"}),
)  # fmt: skip
