"""BoAmps: a report of what a task of AI took, as JSON (format 0.1 and later), each of its measures a reading.

Source: the BoAmps data model (Boavizta). Powers are energies in kWh; times are clock times of the machine.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from ledger.intake.ai_files.form import Form, Given, Made
from ledger.intake.ai_files.readings import (
    KWH,
    ZONE,
    has_local_times,
    instants,
    measured,
    seconds,
    zone_chosen,
)
from ledger.intake.faults import Faults

_LEVELS = {"codecarbon": "it", "carbontracker": "it", "wattmeter": "wall"}
_COUNTED = ("nvml", "rapl", "wattmeter")


def _of_reports(given: Given) -> list[Made]:
    method = given.text("measurementmethod").str.to_lowercase()
    level = method.replace_strict(_LEVELS, default=None, return_dtype=pl.String)
    told = given.rows.select(level.is_null().any()).item()
    if told and not given.needs("energy_level", "the method of a measure does not tell what its energy takes in", "it"):
        return []
    zone = None
    if has_local_times(given, "measurementdatetime"):
        zone = zone_chosen(given, "times of measures are clock times, without a time zone")
        if zone is None:
            return []
    end = instants(given.text("measurementdatetime"), zone)
    modes = [given.text(name).str.to_lowercase() for name in ("cputrackingmode", "gputrackingmode")]
    counted = pl.all_horizontal(mode.is_in(_COUNTED) for mode in modes) | (method == "wattmeter")
    rows = given.rows.select(
        "source_line",
        method.fill_null("boamps").alias("source"),
        given.text("reportid").alias("subject"),
        given.text("reportid").alias("run_id"),
        (end - seconds(given.text("measurementduration"))).alias("start"),
        end.alias("end"),
        given.text("measurementdatetime").alias("time_text"),
        given.text("powerconsumption").alias("energy"),
        pl.lit("total").alias("energy_part"),
        pl.coalesce(level, pl.lit(given.choices.get("energy_level"), pl.String)).alias("energy_level"),
        pl.when(counted.fill_null(value=False)).then(pl.lit("counter")).otherwise(pl.lit("model"))
        .alias("reading_method"),
        given.text("cloudprovider").alias("cloud_provider"),
        given.text("country").alias("country"),
        pl.lit("BoAmps report").alias("query"),
    )  # fmt: skip
    return [measured(given, rows, KWH, {"energy": "powerConsumption", "time": "measurementDateTime"})]


def _is_report(document: Any) -> bool:
    return (
        isinstance(document, Mapping)
        and isinstance(document.get("header"), Mapping)
        and isinstance(document.get("measures"), list)
        and isinstance(document.get("task"), Mapping)
    )


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    """A record for each measure, with the report's number and the place."""
    place, machines = document.get("environment"), document.get("infrastructure")
    above = {
        "reportId": document["header"].get("reportId"),
        "country": place.get("country") if isinstance(place, Mapping) else None,
        "cloudProvider": machines.get("cloudProvider") if isinstance(machines, Mapping) else None,
    }
    for measure in document["measures"]:
        if isinstance(measure, Mapping):
            yield {**measure, **above}


FORMS = (
    Form("boamps", "a BoAmps report", _of_reports, fits=_is_report, records=_records, kinds=("measurement",),
         choices=ZONE | {"energy_level": "chip, it, wall or facility, for methods that do not tell it"}),
)  # fmt: skip
