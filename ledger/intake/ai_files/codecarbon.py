"""CodeCarbon: `emissions.csv` of every version, its files by task, and what its server takes.

Source: the class `EmissionsData` of releases 1.2.0 to 3.3.2. Columns are matched by name, since their order and number
change between versions. Emissions are location-based by the tracker's own grid average: they are kept beside the energy
and never posted. Where `pue` is not 1 the tracker has multiplied the energy by it already.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import polars as pl

from ledger.intake.ai_files.amounts import MASS_DECIMALS, in_unit
from ledger.intake.ai_files.form import Form, Given, Made, names
from ledger.intake.ai_files.readings import (
    KWH,
    NODE,
    ZONE,
    has_local_times,
    instants,
    measured,
    seconds,
    shown_instant,
    zone_chosen,
)
from ledger.intake.faults import Faults

SOURCE = "codecarbon"
_TOGETHER = timedelta(seconds=2)
"""Rows without a run id that begin within so long of each other are taken as flushes of one run."""
_OF_ROWS = {
    "blank_runs": "rows without run_id: by_start (those that begin together are one run), each, or leave_out",
    "copies": "runs of one machine at one time: one (they are copies of one reading) or all (they are machines apart)",
    "reading_method": "how the energy came about: counter where RAPL and NVML were read, else model (taken)",
}
_CHOICES = ZONE | NODE | _OF_ROWS | {"stage": "makes a run of each, too: pre_training, tuning, inference …"}
_MACHINE = ("cpu_model", "cpu_count", "gpu_model", "gpu_count", "ram_total_size")


def _of_csv(given: Given) -> list[Made]:
    zone = None
    if has_local_times(given, "timestamp"):
        zone = zone_chosen(given, "timestamps are clock times of the machine, without a time zone")
        if zone is None:
            return []
    end = instants(given.text("timestamp"), zone)
    rows = given.rows.select(
        "source_line",
        given.text("run_id").alias("run_id"),
        given.text("task_name").alias("task"),
        given.text("project_name").alias("project"),
        (end - seconds(given.text("duration"))).alias("start"),
        end.alias("end"),
        given.text("timestamp").alias("time_text"),
        given.text("energy_consumed").alias("energy"),
        given.text("emissions").alias("emissions"),
        given.text("pue").alias("pue"),
        given.text("tracking_mode").alias("mode"),
        *(given.text(name).alias(name) for name in _MACHINE),
        *_places(given),
    )
    kept = _with_runs(given, rows)
    if kept is None:
        return []
    last = _last_of_runs(given, kept)
    alone = _without_copies(given, last)
    if alone is None:
        return []
    reading = measured(given, _named(given, alone), KWH, _LED)
    return [*_runs(given, alone), replace(reading, cumulative=True)]


_LED = {"energy": "energy_consumed", "time": "timestamp", "co2e_kg_stated": "emissions", "country": "country_iso_code",
        "pue_inside": "pue"}  # fmt: skip


def _runs(given: Given, rows: pl.DataFrame) -> list[Made]:
    """The runs themselves, where their stage was chosen: the file knows machines and times, and no stage or model."""
    if "stage" not in given.choices:
        if "model" in given.choices:
            given.needs("stage", "a run of a model needs its stage", "pre_training")
        return []
    sound = rows.filter(pl.col("start").is_not_null() & pl.col("task").is_null())
    counted = sound["gpu_model"].str.extract(r"^(\d+) x ", 1)
    runs = sound.select(
        "source_line",
        "run_id",
        pl.lit(given.choices["stage"]).alias("stage"),
        pl.lit("active").alias("state"),
        pl.lit("operational").alias("component"),
        "project",
        "cloud_provider",
        "cloud_region",
        "country",
        pl.col("gpu_model").str.replace(r"^\d+ x ", "").alias("hardware_id"),
        pl.when(pl.col("gpu_model").is_not_null())
        .then(pl.coalesce(counted, pl.col("gpu_count").str.replace(r"\.0+$", ""))).alias("hardware_count"),
        shown_instant(pl.col("start")).alias("start_utc"),
        shown_instant(pl.col("end")).alias("end_utc"),
    )  # fmt: skip
    return [Made("ai_run", runs, {"hardware_id": "gpu_model", "hardware_count": "gpu_count"})]


def _places(given: Given) -> list[pl.Expr]:
    """Cloud and country. The province, longitude and latitude are left: they say where a person sat."""
    on_cloud = given.text("on_cloud").str.to_uppercase() != "N"
    return [
        pl.when(on_cloud.fill_null(value=True)).then(given.text("cloud_provider")).alias("cloud_provider"),
        pl.when(on_cloud.fill_null(value=True)).then(given.text("cloud_region")).alias("cloud_region"),
        given.text("country_iso_code").alias("country"),
    ]


def _named(given: Given, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows as readings. Energy of a machine is at IT level; with a PUE inside it is that of the facility."""
    method = given.choices.get("reading_method", "model")
    pue = in_unit(rows["pue"], 1)
    return rows.with_columns(
        pl.lit(SOURCE).alias("source"),
        pl.coalesce(pl.lit(given.choices.get("subject"), pl.String), pl.concat_str("run_id", "task", separator="/",
                                                                                   ignore_nulls=True)).alias("subject"),
        pue.alias("pue"),
        pl.lit("total").alias("energy_part"),
        pl.lit(method).alias("reading_method"),
        in_unit(rows["emissions"], 1, MASS_DECIMALS).alias("co2e_kg_stated"),
    ).with_columns(
        pl.when(pl.col("pue") == "1").then(None).otherwise(pl.col("pue")).alias("pue_inside"),
    ).with_columns(
        pl.when(pl.col("pue_inside").is_null()).then(pl.lit("it")).otherwise(pl.lit("facility")).alias("energy_level"),
    ).drop("task", "project", "emissions", "pue", "mode", *_MACHINE)  # fmt: skip


def _with_runs(given: Given, rows: pl.DataFrame) -> pl.DataFrame | None:
    """Rows with the run of each; None where some have none and it was not chosen what they are."""
    blank = rows.filter(pl.col("run_id").is_null())
    if not blank.height:
        return rows
    way = given.choices.get("blank_runs")
    if way not in ("by_start", "each", "leave_out"):
        given.faults.add("choice-needed", line=int(blank["source_line"][0]), choice="blank_runs=by_start", what=(
            f"{blank.height} rows have no run_id, and rows of one run rise together: which are one run is open "
            "(by_start: those that begin together; each: every row; leave_out)"))  # fmt: skip
        return None
    if way == "leave_out":
        return rows.filter(pl.col("run_id").is_not_null())
    ordered = blank.sort("project", "start", nulls_last=True)
    if way == "by_start":
        begins = ((pl.col("start") - pl.col("start").shift(1)).fill_null(timedelta.max) > _TOGETHER) | (
            pl.col("project").ne_missing(pl.col("project").shift(1))
        )
        ordered = ordered.with_columns(begins.cum_sum().alias("#run"))
    else:
        ordered = ordered.with_columns(pl.int_range(pl.len()).alias("#run"))
    first = pl.col("source_line").min().over("#run").cast(pl.String)
    place = given.faults.file
    named = ordered.with_columns(pl.concat_str(pl.lit(f"{place} line "), first).alias("run_id")).drop("#run")
    return pl.concat([rows.filter(pl.col("run_id").is_not_null()), named]).sort("source_line")


def _last_of_runs(given: Given, rows: pl.DataFrame) -> pl.DataFrame:
    """Of each run (and task) the last row: its numbers rise from flush to flush, and are never added."""
    by = ["run_id", "task"]
    filled = rows.filter(pl.col("energy").is_not_null())
    latest = filled.filter(pl.col("end").eq_missing(pl.col("end").max().over(by)))
    last = latest.unique(by, keep="last", maintain_order=True)
    flushes = filled.height - last.height
    if flushes:
        given.faults.add("reading-flushes", count=flushes)
    silent = rows.filter(pl.col("energy").is_null())
    given.tell("reading-blank", silent.select("source_line"), "energy_consumed")
    return last


def _without_copies(given: Given, rows: pl.DataFrame) -> pl.DataFrame | None:
    """One run of those that measured the same machine at the same time; None where that was not chosen.

    In machine mode each process of a distributed training measures the whole node: eight ranks are eight copies.
    """
    whole = rows.filter((pl.col("mode") == "machine") & pl.col("start").is_not_null()).sort("start", "source_line")
    same = [*_MACHINE, "cloud_region", "country"]
    ends = pl.col("end").cum_max().shift(1).over(same)
    apart = (pl.col("start") >= ends).fill_null(value=True)
    grouped = whole.with_columns(apart.cum_sum().over(same).alias("#together"))
    by = [*same, "#together"]
    grouped = grouped.with_columns(pl.len().over(by).alias("#n"))
    copies = grouped.filter(pl.col("#n") > 1)
    if not copies.height:
        return rows
    way = given.choices.get("copies")
    if way not in ("one", "all"):
        told = copies.select("source_line", pl.col("run_id").alias("value"), (pl.col("#n") - 1).alias("others"))
        given.tell("reading-copies", told, "run_id")
        return None
    if way == "all":
        return rows
    amount = pl.col("energy").cast(pl.Float64, strict=False)  # a float that only chooses which copy stays
    kept = copies.sort(amount, descending=True, nulls_last=True).unique(by, keep="first", maintain_order=True)
    dropped = copies.filter(~pl.col("source_line").is_in(kept["source_line"].implode()))["source_line"]
    given.faults.add("reading-copies-left", count=dropped.len())
    return rows.filter(~pl.col("source_line").is_in(dropped.implode()))


def _shifted(faults: Faults) -> None:
    """What uneven rows most likely are: a writer of 3.2.9 and 3.3.0 lost the blank columns of rows that it appended."""
    if faults.counts["ragged-row"]:
        faults.add("codecarbon-shifted", count=faults.counts["ragged-row"])


def _of_server(given: Given) -> list[Made]:
    """What the server takes: each record is the energy since the record before, so all of them count."""
    zone = None
    if has_local_times(given, "timestamp"):
        zone = zone_chosen(given, "timestamps have no offset")
        if zone is None:
            return []
    end = instants(given.text("timestamp"), zone)
    rows = given.rows.select(
        "source_line",
        pl.lit(SOURCE).alias("source"),
        pl.coalesce(pl.lit(given.choices.get("subject"), pl.String), given.text("run_id")).alias("subject"),
        given.text("run_id").alias("run_id"),
        (end - seconds(given.text("duration"))).alias("start"),
        end.alias("end"),
        given.text("timestamp").alias("time_text"),
        given.text("energy_consumed").alias("energy"),
        pl.lit("total").alias("energy_part"),
        pl.lit("it").alias("energy_level"),
        pl.lit(given.choices.get("reading_method", "model")).alias("reading_method"),
        given.text("emissions_sum").alias("co2e_kg_stated"),
    )
    rows = rows.with_columns(in_unit(rows["co2e_kg_stated"], 1, MASS_DECIMALS).alias("co2e_kg_stated"))
    return [measured(given, rows, KWH, {**_LED, "co2e_kg_stated": "emissions_sum"})]


def _listed(document: Any) -> list[Any]:
    return document if isinstance(document, list) else [document]


def _is_server(document: Any) -> bool:
    rows = _listed(document)
    keys = {"run_id", "emissions_sum", "energy_consumed", "timestamp"}
    return bool(rows) and all(isinstance(row, Mapping) and keys <= set(row) for row in rows)


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    yield from _listed(document)


FORMS = (
    Form(
        "codecarbon-csv", "an emissions file of CodeCarbon", _of_csv,
        headers=(names("timestamp duration emissions energy_consumed country_name"),), choices=_CHOICES,
        kinds=("measurement", "ai_run"), broken=_shifted,
    ),
    Form("codecarbon-server", "records of the CodeCarbon server", _of_server, fits=_is_server, records=_records,
         choices=ZONE | NODE | {"reading_method": _OF_ROWS["reading_method"]}, kinds=("measurement",)),
)  # fmt: skip
