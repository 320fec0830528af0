"""Lines of `ghg-track`: runs that end, and readings of their energy by part, which never change once written.

Source: the package `ghg_track` of this repository, format 1 (`"v": 1`, `docs/track.md`). Each reading is the energy
since the reading before it; `total_wh` is the sum so far, by which lost or changed lines are found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import polars as pl

from ledger.intake.ai_files.amounts import DECIMALS
from ledger.intake.ai_files.form import TEXTS, Form, Given, Made
from ledger.intake.ai_files.readings import instants, measured
from ledger.intake.faults import Faults
from schemas.kinds import KINDS

FORMAT = "1"
_READING = {
    "energy_part": "part", "reading_method": "method", "energy_level": "level", "query": "program",
    "intensity_g_per_kwh_stated": "intensity_g_per_kwh",
}  # fmt: skip
"""Our column of a reading → its field, where it has another name."""
_LED = {"energy": "energy_wh", "time": "end_utc", **_READING}
_OWN = ("run_id", "attempt", "outcome", "start_utc", "end_utc", "wall_seconds")
"""Fields of the last line that are of the run itself; what a person said of it has our columns' names."""
_FIELDS = (*_OWN, "name", "model", "stage", "rank", "line", "part", "tracker", "energy_wh", "total_wh")
"""Fields that are looked for, of which a file of few lines may have none."""
_PLACE = ("facility_id", "cloud_provider", "country")
_RUN = ["run_id", "attempt"]
_CHOICES = {
    "stage": "where in the life of the model runs stand that do not say it: tuning, pre_training …",
    "unfinished": "interrupted: take runs without a last line as ended at their last reading (they were killed)",
}


def _made(given: Given) -> list[Made]:
    lacking = [pl.lit(None, TEXTS).alias(name) for name in _FIELDS if not given.has(name)]
    given = replace(given, rows=given.rows.with_columns(lacking))
    later = given.rows.filter(given.text("v") != FORMAT)
    given.tell("track-format", later.select("source_line", given.text("v").alias("value")).head(1), "v")
    if later.height:
        return []
    unfinished = given.choices.get("unfinished", "interrupted")
    if unfinished != "interrupted":
        given.faults.add("choice-not-read", column="unfinished", value=unfinished, allowed="interrupted")
        return []
    readings = _lines(given, "reading")
    _tell_gaps(given, readings)
    runs = _runs(given, readings)
    if not readings.height and not runs.height:
        given.faults.add("track-nothing-yet")
        return []
    if not _is_said(given, runs, readings):
        return []
    return [Made("ai_run", runs), _of_readings(given, readings)]


def _lines(given: Given, line: str) -> pl.DataFrame:
    return given.rows.filter(given.text("line") == line)


def _of_readings(given: Given, rows: pl.DataFrame) -> Made:
    """Readings as rows of ours."""
    apart = ("start_utc", "end_utc", "energy_wh")
    names = [name for name in KINDS["measurement"].columns if name in rows.columns and name not in apart]
    named = {name: given.text(_READING.get(name, name)).alias(name) for name in (*names, *_READING)}
    named["query"] = pl.concat_str(given.text("program"), pl.lit(", tracker "), given.text("tracker")).alias("query")
    frame = rows.select(
        "source_line", *named.values(),
        instants(given.text("start_utc"), None).alias("start"), instants(given.text("end_utc"), None).alias("end"),
        given.text("end_utc").alias("time_text"), given.text("energy_wh").alias("energy"),
    )  # fmt: skip
    return measured(given, frame, Decimal(1), _LED)


def _runs(given: Given, readings: pl.DataFrame) -> pl.DataFrame:
    """A row for each run and attempt that ended, by the last line of its rank 0; and, if chosen, for those killed."""
    first = given.text("rank") == "0"
    ends = _lines(given, "end").filter(first)
    starts = _lines(given, "start").filter(first)
    bare = starts.join(ends, on=_RUN, how="anti", nulls_equal=True)
    rows = ends
    if "unfinished" in given.choices:
        last = readings.filter(first).group_by(_RUN).agg(pl.col("end_utc").max())
        killed = bare.drop("end_utc", "outcome", strict=False).join(last, on=_RUN, maintain_order="left")
        rows = pl.concat([ends, killed.with_columns(pl.lit("interrupted").alias("outcome"))], how="diagonal")
        bare = bare.join(last, on=_RUN, how="anti")
    given.tell("track-without-end", bare.select("source_line", pl.col("run_id").alias("value"), "attempt"))
    said = [name for name in KINDS["ai_run"].columns if name in rows.columns and name not in (*_OWN, "model")]
    bare_text = {name: pl.col(name).str.strip_chars() for name in (*_OWN, *said)}
    return rows.select(
        "source_line", *bare_text.values(), pl.coalesce("model", "name").alias("model"),
        pl.lit("active").alias("state"), pl.lit("operational").alias("component"),
    )  # fmt: skip


def _is_said(given: Given, runs: pl.DataFrame, readings: pl.DataFrame) -> bool:
    """Whether every run says its stage and every line its place, or somebody chose them; findings where not."""
    lacking = runs.filter(pl.col("stage").is_null())
    said = True
    if lacking.height:
        what = f"run {lacking['run_id'][0]} does not say its stage in the life of the model"
        said = given.needs("stage", what, "tuning")
    chosen = set(_PLACE) & set(given.choices)
    bare = [frame.filter(pl.all_horizontal(given.text(name).is_null() for name in _PLACE)).height
            for frame in (given.rows.join(runs.select("source_line"), on="source_line"), readings)]  # fmt: skip
    if any(bare) and not chosen:
        what = "nothing says where it ran, and no grid is taken for granted (facility_id, cloud_provider or country)"
        said = given.needs("facility_id", what, "SITE") and said
    return said


def _tell_gaps(given: Given, readings: pl.DataFrame) -> None:
    """Findings where a part's sums do not follow from each other: lines between were lost, or one was changed."""
    amount = pl.Decimal(18, DECIMALS)
    by = [*_RUN, "rank", "tracker", "part"]
    steps = readings.with_columns(
        pl.col("total_wh").cast(amount, strict=False).alias("sum"), pl.col("energy_wh").cast(amount, strict=False)
    ).with_columns(
        (pl.col("sum") - pl.col("energy_wh") - pl.col("sum").shift(1).over(by).fill_null(0)).alias("missing")
    )  # fmt: skip
    told = steps.filter(pl.col("missing") != 0).select("source_line", pl.col("missing").cast(TEXTS).alias("value"),
                                                       "part")  # fmt: skip
    given.tell("track-gap", told, "total_wh")


def _is_track(document: Any) -> bool:
    return isinstance(document, Mapping) and {"v", "line", "run_id", "attempt", "rank"} <= set(document)


def _records(document: Any, _: Faults) -> Iterator[Mapping[str, Any]]:
    """The line; its sums by part are of no column."""
    yield {name: value for name, value in document.items() if not isinstance(value, Mapping)}


FORMS = (
    Form("ghg-track", "lines of ghg-track", _made, fits=_is_track, records=_records, choices=_CHOICES,
         kinds=("ai_run", "measurement"), grows=True),
)  # fmt: skip
