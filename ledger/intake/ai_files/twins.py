"""One tracker that is told twice, by its own table and by the lines of ghg-track: the same energy, which counts once.

CodeCarbon writes its `emissions.csv` beside every other output unless it is told not to. Its run id is the tracker of
the lines, which stands at the end of a reading's `query`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import polars as pl

from ledger.intake.ai_files.form import Made
from ledger.intake.faults import Faults
from ledger.store import Session, session

Twins = Callable[[pl.Series], pl.DataFrame]
"""Gives of some trackers how the ledger knows them: tracker, and whether by_lines."""
_TRACKER = r"tracker (\S+)$"
_HELD = r"""
with reading as (
    select *, nullif(regexp_extract(coalesce(query, ''), 'tracker (\S+)$', 1), '') as line_of
    from measurement where source = 'codecarbon'
    qualify row_number() over (partition by source, subject, energy_part, start_utc, end_utc
                               order by batch_no desc, seq desc) = 1
)
select distinct coalesce(line_of, run_id), line_of is not null from reading
where not withdrawn and coalesce(line_of, run_id) in (select tracker from wanted) order by all
"""


def twins_of(path: Path) -> Twins:
    """A look into a ledger, opened only where a file of readings is read."""

    def looked_up(trackers: pl.Series) -> pl.DataFrame:
        with session(path) as s:
            return held_trackers(s, trackers)

    return looked_up


def held_trackers(s: Session, trackers: pl.Series) -> pl.DataFrame:
    """Which of some trackers of CodeCarbon have readings in force, by lines of ghg-track or by their own table."""
    with s.given(wanted=trackers.rename("tracker").to_frame().to_arrow()):
        rows = s.rows(_HELD)
    return pl.DataFrame(rows, schema={"tracker": pl.String, "by_lines": pl.Boolean}, orient="row")


def without_twins(made: list[Made], twins: Twins | None, faults: Faults) -> list[Made]:
    """The rows of a tracker's table without runs whose lines the ledger has; lines whose table it has are refused."""
    readings = next((one.rows for one in made if one.kind == "measurement" and "run_id" in one.rows.columns), None)
    if twins is None or readings is None or not readings.height:
        return made
    by_lines = "query" in readings.columns and bool(readings["query"].str.contains(_TRACKER).any())
    own = readings["query"].str.extract(_TRACKER) if by_lines else readings["run_id"]
    held = twins(own.drop_nulls().unique())
    other = held.filter(pl.col("by_lines") != by_lines)["tracker"]
    if by_lines:
        for tracker in other:
            faults.add("reading-twin", value=tracker)
        return made
    left = other.implode()
    count = readings.filter(pl.col("run_id").is_in(left)).height
    if not count:
        return made
    faults.add("reading-twin-left", count=count)
    kept = [replace(one, rows=one.rows.filter(~pl.col("run_id").is_in(left).fill_null(value=False))) for one in made]
    return [one for one in kept if one.rows.height]
