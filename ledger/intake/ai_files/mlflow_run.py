"""Runs of MLflow as `ghg connect mlflow` keeps them: each a document with its times, our tags, metrics and histories.

Of each run one energy counts, the first that is there: what `ghg-track` wrote onto it as tags, the total that
CodeCarbon told as a metric, the power of its GPUs over time. All of them see the same machines.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from ledger.intake.ai_files.amounts import MASS_DECIMALS, in_unit
from ledger.intake.ai_files.form import TEXTS, Form, Given, Made
from ledger.intake.ai_files.mlflow import energy_of_power, instant_of
from ledger.intake.ai_files.readings import KWH, instants, measured, shown_instant
from ledger.intake.faults import Faults
from schemas.kinds import KINDS

_OUTCOMES = {"FINISHED": "completed", "FAILED": "failed", "KILLED": "interrupted"}
_RUN = ("run_id", "experiment", "run_name", "status", "start_time", "end_time", "parent_run_id")
_TAG = "ghg_"
_OWN = ("run_id", "attempt", "outcome", "start_utc", "end_utc", "parent_run", "model", "stage", "energy_kwh",
        "energy_level", "withdrawn")  # fmt: skip
"""Columns of a run that are not taken from a tag of that name as they stand."""
_SAID = tuple(name for name in KINDS["ai_run"].columns if name not in _OWN)
_OTHER = ("run_id", "attempt", "start_utc", "end_utc", "stage", "model", "energy_kwh", "energy_level", "estimated",
          "codecarbon_co2e_kg")  # fmt: skip
_METRIC = "metrics_"
_PLACE = ("facility_id", "cloud_provider", "country")
_CHOICES = {
    "stage": "where in the life of the model runs stand that do not say it (tag ghg.stage): tuning, pre_training …",
    "metric": "which metric is the energy of a run in kWh, where several end in energy_consumed",
    "reading_method": "counter where RAPL and NVML were read, else model",
}


def _made(given: Given) -> list[Made]:
    fields = (*_RUN, "record", "key", "value", "timestamp", *(_TAG + name for name in (*_SAID, *_OTHER)))
    lacking = [pl.lit(None, TEXTS).alias(name) for name in dict.fromkeys(fields) if not given.has(name)]
    given = replace(given, rows=given.rows.with_columns(lacking))
    runs = given.rows.filter(pl.col("record") == "run")
    energy, metric = _told_energy(replace(given, rows=runs))
    if energy is None or not _is_said(given, runs):
        return []
    tracked = given.text(_TAG + "energy_kwh").is_not_null()
    by_tag = _by_tag(given, runs.filter(tracked))
    by_metric = _by_metric(given, runs.with_columns(energy).filter(~tracked & pl.col("#energy").is_not_null()), metric)
    told = pl.concat([frame.select("run_id") for frame in (by_tag.rows, by_metric.rows)])["run_id"]
    samples = given.rows.filter((pl.col("record") == "sample") & ~_ledger_id(given).is_in(told.implode()))
    by_power = energy_of_power(replace(given, rows=samples.with_columns(_ledger_id(given).alias("run_id"))))
    place = runs.select(_ledger_id(given).alias("run_id"), *_place_of(given)).unique("run_id", keep="first")
    by_power = [replace(made, rows=made.rows.join(place, on="run_id", how="left")) for made in by_power]
    return [_runs(given, runs), *(made for made in (by_tag, by_metric, *by_power) if made.rows.height)]


def _ledger_id(given: Given) -> pl.Expr:
    return pl.coalesce(given.text(_TAG + "run_id"), given.text("run_id"))


def _runs(given: Given, runs: pl.DataFrame) -> Made:
    """A row for each run: its own tags first, then what MLflow knows of it."""
    said = {name: given.text(_TAG + name).alias(name) for name in _SAID}
    rows = runs.select(
        "source_line", _ledger_id(given).alias("run_id"),
        pl.coalesce(given.text(_TAG + "attempt"), pl.lit("1")).alias("attempt"),
        given.text("parent_run_id").alias("parent_run"),
        pl.coalesce(given.text(_TAG + "stage"), pl.lit(given.choices.get("stage"), TEXTS)).alias("stage"),
        pl.coalesce(given.text(_TAG + "model"), pl.lit(given.choices.get("model"), TEXTS), given.text("experiment"))
        .alias("model"),
        given.text("status").replace_strict(_OUTCOMES, default=None, return_dtype=TEXTS).alias("outcome"),
        *(shown_instant(_when(given, edge)).alias(f"{edge}_utc") for edge in ("start", "end")),
        pl.lit("active").alias("state"), pl.lit("operational").alias("component"),
        *(text for name, text in said.items() if name not in ("state", "component")),
    )  # fmt: skip
    lost = rows.filter(pl.col("start_utc").is_null() | pl.col("end_utc").is_null())
    given.tell("reading-time", lost.select("source_line", pl.lit("blank").alias("value")), "end_time")
    return Made("ai_run", rows, {"start_utc": "start_time", "end_utc": "end_time", "outcome": "status"})


def _when(given: Given, edge: str) -> pl.Expr:
    return pl.coalesce(instants(given.text(f"{_TAG}{edge}_utc"), None), instant_of(given.text(f"{edge}_time")))


def _place_of(given: Given) -> list[pl.Expr]:
    return [given.text(_TAG + name).alias(name) for name in (*_PLACE, "cloud_region", "grid_region", "account")]


def _by_tag(given: Given, runs: pl.DataFrame) -> Made:
    """What ghg-track wrote onto the run, exactly; an estimate where any part of it is one."""
    estimated = given.text(_TAG + "estimated").is_not_null()
    rows = runs.select(
        "source_line", pl.lit("ghg-track").alias("source"), _ledger_id(given).alias("subject"),
        _ledger_id(given).alias("run_id"), _when(given, "start").alias("start"), _when(given, "end").alias("end"),
        given.text("end_time").alias("time_text"), given.text(_TAG + "energy_kwh").alias("energy"),
        pl.lit("total").alias("energy_part"),
        pl.coalesce(given.text(_TAG + "energy_level"), pl.lit("chip")).alias("energy_level"),
        pl.when(estimated).then(pl.lit("model")).otherwise(pl.lit("counter")).alias("reading_method"),
        pl.lit("tag ghg.energy_kwh of the MLflow run").alias("query"),
        given.text(_TAG + "codecarbon_co2e_kg").alias("co2e_kg_stated"), *_place_of(given),
    )  # fmt: skip
    return measured(given, rows, KWH, {"energy": "ghg_energy_kwh", "time": "end_time"})


def _by_metric(given: Given, runs: pl.DataFrame, metric: str) -> Made:
    """The total that CodeCarbon told as a metric, of the run from start to end."""
    emissions = [name for name in runs.columns if name.startswith(_METRIC) and name.endswith("_emissions")]
    stated = runs.with_columns(pl.coalesce(*emissions, pl.lit(None, TEXTS)).alias("#stated"))["#stated"]
    rows = runs.select(
        "source_line", pl.lit("codecarbon").alias("source"), _ledger_id(given).alias("subject"),
        _ledger_id(given).alias("run_id"), _when(given, "start").alias("start"), _when(given, "end").alias("end"),
        given.text("end_time").alias("time_text"), pl.col("#energy").alias("energy"),
        pl.lit("total").alias("energy_part"), pl.lit("it").alias("energy_level"),
        pl.lit(given.choices.get("reading_method", "model")).alias("reading_method"),
        pl.lit(f"metric {metric} of the MLflow run").alias("query"),
        in_unit(stated, 1, MASS_DECIMALS).alias("co2e_kg_stated"), *_place_of(given),
    )  # fmt: skip
    return measured(given, rows, KWH, {"energy": metric, "time": "end_time"})


def _told_energy(given: Given) -> tuple[pl.Expr | None, str]:
    """The metric with the energy of each run, and its name; None, and a finding, where one run has several."""
    found = [name for name in given.rows.columns if name.startswith(_METRIC) and name.endswith("_energy_consumed")]
    chosen = given.choices.get("metric")
    if chosen:
        found = [name for name in found if given.shown(name).removeprefix("metrics.") == chosen]
    spelled = ", ".join(given.shown(name).removeprefix("metrics.") for name in found)
    if not found:
        return pl.lit(None, TEXTS).alias("#energy"), chosen or "energy_consumed"
    several = given.rows.filter(pl.sum_horizontal(given.text(name).is_not_null() for name in found) > 1)
    if several.height:
        given.faults.add("choice-needed", line=int(several["source_line"][0]), choice=f"metric={spelled.split(',')[0]}",
                         what=f"a run has several metrics that may be its energy: {spelled}")  # fmt: skip
        return None, ""
    return pl.coalesce(given.text(name) for name in found).alias("#energy"), spelled


def _is_said(given: Given, runs: pl.DataFrame) -> bool:
    """Whether every run says its stage and its place, or somebody chose them; findings where not."""
    said = True
    lacking = runs.filter(given.text(_TAG + "stage").is_null())
    if lacking.height:
        what = f"run {lacking['run_id'][0]} does not say its stage in the life of the model (tag ghg.stage)"
        said = given.needs("stage", what, "tuning")
    bare = runs.filter(pl.all_horizontal(given.text(_TAG + name).is_null() for name in _PLACE))
    if bare.height and not set(_PLACE) & set(given.choices):
        what = (f"nothing says where run {bare['run_id'][0]} ran, and no grid is taken for granted "
                "(tag ghg.facility_id, ghg.cloud_provider or ghg.country)")  # fmt: skip
        said = given.needs("facility_id", what, "SITE") and said
    return said


def _is_run(document: Any) -> bool:
    own = document.get("mlflow_run") if isinstance(document, Mapping) else None
    return isinstance(own, Mapping) and {"run_id", "status", "start_time"} <= set(own)


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    """A record of the run, and one of each sample of its histories."""
    run = document["mlflow_run"]
    tags = run.get("tags") if isinstance(run.get("tags"), Mapping) else {}
    metrics = run.get("metrics") if isinstance(run.get("metrics"), Mapping) else {}
    ours = {_TAG + name: tags.get(f"ghg.{name}") for name in dict.fromkeys((*_SAID, *_OTHER))}
    who = {"run_id": run["run_id"], _TAG + "run_id": ours.get(_TAG + "run_id")}
    yield {"record": "run", **{name: run.get(name) for name in _RUN}, **ours,
           **{f"metrics.{key}": value for key, value in metrics.items()}}  # fmt: skip
    histories = document.get("history")
    for key, history in histories.items() if isinstance(histories, Mapping) else ():
        for sample in history if isinstance(history, list) else ():
            time, value = sample if isinstance(sample, list) and len(sample) == 2 else (None, None)
            yield {"record": "sample", **who, "key": key, "timestamp": time, "value": value}


FORMS = (
    Form("mlflow-run", "runs of MLflow", _made, fits=_is_run, records=_records, choices=_CHOICES,
         kinds=("ai_run", "measurement")),
)  # fmt: skip
