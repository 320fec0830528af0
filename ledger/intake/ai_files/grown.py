"""Runs that went on since the ledger took a reading of them: the later reading counts, the earlier is withdrawn.

A tracker that writes as it goes tells of a run all since its start, again and again. Uploaded twice, the readings begin
together and end apart: the same energy, not more of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl

from ledger.intake.ai_files.form import Made
from ledger.intake.ai_files.readings import shown_instant
from ledger.intake.faults import Faults
from ledger.store import Session, session

Trackers = Callable[[pl.Series], pl.DataFrame]
"""Gives the readings in force of some runs."""
_TOGETHER = timedelta(seconds=2)
"""Starts are ends less durations, and ends are whole seconds: those of one run lie within so long of each other."""
_COLUMNS: dict[str, Any] = {
    "source": pl.String, "subject": pl.String, "run_id": pl.String, "energy_part": pl.String,
    "energy_level": pl.String, "reading_method": pl.String, "energy_wh": pl.String, "energy_text": pl.String,
    "start": pl.Datetime("us", "UTC"), "end": pl.Datetime("us", "UTC"),
}  # fmt: skip
_HELD = """
select source, subject, run_id, energy_part, energy_level, reading_method, energy_wh::varchar, energy_text, start_utc,
       end_utc
from measurement where run_id in (select run_id from wanted)
qualify row_number() over (partition by source, subject, energy_part, start_utc, end_utc
                           order by batch_no desc, seq desc) = 1 and not withdrawn
"""


def trackers_of(path: Path) -> Trackers:
    """A look into a ledger, opened only where a file of a tracker is read."""

    def looked_up(runs: pl.Series) -> pl.DataFrame:
        with session(path) as s:
            return held_readings(s, runs)

    return looked_up


def held_readings(s: Session, runs: pl.Series) -> pl.DataFrame:
    """Readings in force of some runs."""
    with s.given(wanted=runs.rename("run_id").to_frame().to_arrow()):
        rows = s.rows(_HELD)
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row")


def without_earlier(made: Made, trackers: Trackers | None, faults: Faults) -> Made:
    """The rows with a withdrawal of each earlier reading of their runs, without those that are earlier themselves."""
    if trackers is None or not made.cumulative or not made.rows.height:
        return made
    held = trackers(made.rows["run_id"].drop_nulls().unique())
    if not held.height:
        return made
    when = {name: pl.col(f"{name}_utc").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us", time_zone="UTC")
            for name in ("start", "end")}  # fmt: skip
    rows = made.rows.with_columns(when["start"].alias("#start"), when["end"].alias("#end"))
    same = ["source", "subject", "energy_part"]
    pairs = rows.select("source_line", *same, "#start", "#end").join(held, on=same)
    pairs = pairs.filter((pl.col("#start") - pl.col("start")).abs() <= _TOGETHER)
    later = pairs.filter(pl.col("end") > pl.col("#end"))["source_line"].unique()
    earlier = pairs.filter(pl.col("end") < pl.col("#end"), ~pl.col("source_line").is_in(later.implode()))
    if later.len():
        faults.add("reading-older", count=later.len())
    if earlier.height:
        faults.add("reading-grown", count=earlier.height)
    withdrawn = earlier.select(
        "source_line", *same, "run_id", "energy_level", "reading_method", "energy_wh", "energy_text",
        shown_instant(pl.col("start")).alias("start_utc"), shown_instant(pl.col("end")).alias("end_utc"),
        pl.lit("yes").alias("withdrawn"),
    )  # fmt: skip
    kept = rows.filter(~pl.col("source_line").is_in(later.implode())).drop("#start", "#end")
    return Made(made.kind, pl.concat([kept, withdrawn], how="diagonal"), made.led)
