"""MLflow: histories of system metrics (power of GPUs), and tables of runs with metrics that CodeCarbon logged.

Source: `mlflow/system_metrics/metrics` of MLflow 3. Power is a mean over some seconds, rounded to 0.1 W; energy is its
integral over the times of the samples. Only GPUs are seen, so the reading is at chip level.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl

from ledger.intake.ai_files.amounts import MASS_DECIMALS, in_unit
from ledger.intake.ai_files.form import Form, Given, Made, names
from ledger.intake.ai_files.readings import KWH, measured
from ledger.intake.ai_files.series import by_hour, integrated, readable
from ledger.intake.faults import Faults

_POWER = r"^(?:system/)?((.+)/)?gpu_(\d+)_power_usage_watts$"
"""Of several machines each has its name before the number of the GPU."""
_WH = Decimal(1) / 7_200_000
"""Watt hours in a watt times a millisecond, twice over."""
_ENERGY, _EMISSIONS = "energy_consumed", "emissions"


def _of_history(given: Given) -> list[Made]:
    """Watts of each GPU over milliseconds since 1970, as readings by hour."""
    run = given.text("run_id", "run_uuid")
    if given.rows.select(run.is_null().any()).item() and not given.needs("run_id", "the samples do not say their run",
                                                                         "4f2a"):  # fmt: skip
        return []
    power = given.rows.filter(given.text("key").str.contains(_POWER))
    if not power.height:
        given.faults.add("metrics-without-energy", value=", ".join(sorted(given.rows["key"].drop_nulls().unique())[:8]),
                         names="system/gpu_0_power_usage_watts …")  # fmt: skip
        return []
    chosen = pl.lit(given.choices.get("run_id"), pl.String)
    return energy_of_power(replace(given, rows=power.with_columns(pl.coalesce(run, chosen).alias("run_id"))))


def energy_of_power(given: Given) -> list[Made]:
    """Readings by hour of samples of power, each with its `run_id`; none, and a finding, where a time is not read."""
    timed = given.rows.filter(given.text("key").str.contains(_POWER)).with_columns(
        given.text("run_id").alias("run"),
        pl.concat_str(given.text("key").str.extract(_POWER, 1).fill_null(""), pl.lit("gpu "),
                      given.text("key").str.extract(_POWER, 3)).alias("gpu"),
        pl.from_epoch(given.text("timestamp").cast(pl.Int64, strict=False), time_unit="ms").dt.replace_time_zone("UTC")
        .dt.cast_time_unit("us").alias("time"),
    )  # fmt: skip
    lost = timed.filter(pl.col("time").is_null())
    given.tell("reading-time", lost.select("source_line", pl.col("timestamp").alias("value")), "timestamp")
    if lost.height or not timed.height:
        return []
    steps = integrated(given, readable(given, timed), ["run", "gpu"])
    hours = by_hour(steps, ["run", "gpu"], _WH)
    rows = hours.with_columns(
        pl.lit("mlflow").alias("source"),
        pl.concat_str(pl.col("run"), pl.lit("/"), pl.col("gpu")).alias("subject"),
        pl.col("run").alias("run_id"),
        pl.lit("gpu").alias("energy_part"),
        pl.lit("chip").alias("energy_level"),
        pl.lit("integrated_power").alias("reading_method"),
        pl.lit("gpu_power_usage_watts").alias("query"),
    ).drop("run", "gpu")
    return [measured(given, rows, Decimal(1), {"energy": "value", "time": "timestamp"})]


def _is_history(document: Any) -> bool:
    rows = document.get("metrics") if isinstance(document, Mapping) else document
    keys = {"key", "value", "timestamp"}
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, Mapping) and keys <= set(row) for row in rows)


def _history_records(document: Any, faults: Faults) -> Iterator[Mapping[str, Any]]:
    if isinstance(document, Mapping) and document.get("next_page_token"):
        faults.add("answer-goes-on", column="next_page_token")
    yield from document["metrics"] if isinstance(document, Mapping) else document


def _of_runs(given: Given) -> list[Made]:
    """A table of runs: `energy_consumed` as CodeCarbon logs it, whatever its prefix, of each run from start to end."""
    field = _metric(given, _ENERGY)
    if field is None:
        return []
    rows = given.rows.filter(given.text(field).is_not_null())
    other = _metric(given, _EMISSIONS, tell=False)
    stated = rows.with_columns((given.text(other) if other else pl.lit(None, pl.String)).alias("#stated"))["#stated"]
    made = rows.select(
        "source_line",
        pl.lit("codecarbon").alias("source"),
        given.text("run_id").alias("subject"),
        given.text("run_id").alias("run_id"),
        instant_of(given.text("start_time")).alias("start"),
        instant_of(given.text("end_time")).alias("end"),
        given.text("start_time").alias("time_text"),
        given.text(field).alias("energy"),
        pl.lit("total").alias("energy_part"),
        pl.lit("it").alias("energy_level"),
        pl.lit(given.choices.get("reading_method", "model")).alias("reading_method"),
        in_unit(stated, 1, MASS_DECIMALS).alias("co2e_kg_stated"),
    )
    bare = given.rows.height - rows.height
    if bare:
        given.faults.add("estimate-lines-bare", count=bare)
    return [measured(given, made, KWH, {"energy": given.shown(field), "time": given.shown("end_time")})]


def _metric(given: Given, name: str, *, tell: bool = True) -> str | None:
    """The one column of metrics that ends in a name; a finding where there are several or none."""
    found = [field for field in given.rows.columns if field.startswith("metrics_") and field.endswith(f"_{name}")]
    chosen = given.choices.get("metric")
    if chosen and tell:
        found = [field for field in found if given.shown(field) == chosen]
    if len(found) == 1:
        return found[0]
    if tell:
        listed = ", ".join(given.shown(field) for field in found) or "none"
        given.faults.add("choice-needed", line=given.line, choice=f"metric={listed.partition(',')[0]}",
                         what=f"several columns may be the energy of the run, or none is: {listed}")  # fmt: skip
    return None


def instant_of(text: pl.Expr) -> pl.Expr:
    """Milliseconds since 1970, or an ISO time with its offset."""
    millis = pl.from_epoch(text.cast(pl.Int64, strict=False), time_unit="ms").dt.replace_time_zone("UTC")
    plain = text.str.replace(" ", "T", literal=True).str.replace(r"[Zz]$", "+00:00")
    told = plain.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%#z", time_unit="us", time_zone="UTC", strict=False)
    return pl.coalesce(told, millis.dt.cast_time_unit("us"))


FORMS = (
    Form("mlflow-history", "a history of MLflow metrics", _of_history,
         headers=(names("key value timestamp step"),), fits=_is_history, records=_history_records,
         kinds=("measurement",), choices={"run_id": "the run of samples that do not say it"}),
    Form("mlflow-runs", "a table of MLflow runs", _of_runs,
         headers=(names("run_id experiment_id status start_time end_time"),), kinds=("measurement",),
         choices={"metric": "which column is the energy of the run, in kWh",
                  "reading_method": "counter where RAPL and NVML were read, else model"}),
)  # fmt: skip
