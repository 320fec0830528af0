"""Readings that meet others of the same subject in the ledger: a run that went on, or the same energy told again.

A tracker that writes as it goes tells of a run all since its start, again and again: uploaded twice, the readings begin
together and end apart. They are the same energy, not more of it: the later counts, the earlier is withdrawn. Any other
reading that reaches into one of the same source, subject and part would count twice, and is refused.
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

Trackers = Callable[[pl.DataFrame], pl.DataFrame]
"""Gives the readings in force that some readings reach into."""
SAME = ["source", "subject", "energy_part"]
_TOGETHER = timedelta(seconds=2)
"""Starts are ends less durations, and ends are whole seconds: those of one run lie within so long of each other."""
_INSTANT = pl.Datetime("us", "UTC")
_COLUMNS: dict[str, Any] = {
    "source_line": pl.UInt32, "entry": pl.String, **dict.fromkeys(SAME, pl.String), "run_id": pl.String,
    "energy_level": pl.String, "reading_method": pl.String, "energy_wh": pl.String, "energy_text": pl.String,
    "start": _INSTANT, "end": _INSTANT, "own_start": _INSTANT, "own_end": _INSTANT,
}  # fmt: skip
_MET = """
with held as (
    select * from measurement where (source, subject) in (select source, subject from incoming)
    qualify row_number() over (partition by source, subject, energy_part, start_utc, end_utc
                               order by batch_no desc, seq desc) = 1 and not withdrawn
)
select i.source_line, 'B' || h.batch_no || '-' || h.seq, h.source, h.subject, h.energy_part, h.run_id, h.energy_level,
       h.reading_method, h.energy_wh::varchar, h.energy_text, h.start_utc, h.end_utc, i.own_start, i.own_end
from incoming i
join held h on h.source = i.source and h.subject = i.subject and h.energy_part = i.energy_part
     and h.start_utc < i.own_end and h.end_utc > i.own_start
where h.start_utc <> i.own_start or h.end_utc <> i.own_end
order by i.source_line, h.start_utc
"""


def trackers_of(path: Path) -> Trackers:
    """A look into a ledger, opened only where a file of readings is read."""

    def looked_up(incoming: pl.DataFrame) -> pl.DataFrame:
        with session(path) as s:
            return met_readings(s, incoming)

    return looked_up


def met_readings(s: Session, incoming: pl.DataFrame) -> pl.DataFrame:
    """Readings in force that overlap with incoming ones of the same source, subject and part, but for the same span.

    ``incoming`` has columns source_line, source, subject, energy_part, own_start and own_end.
    """
    with s.given(incoming=incoming.to_arrow()):
        rows = s.rows(_MET)
    return pl.DataFrame(rows, schema=_COLUMNS, orient="row")


def without_earlier(made: Made, trackers: Trackers | None, faults: Faults, *, told_apart: bool = False) -> Made:
    """The rows with a withdrawal of each earlier reading of their runs, without those that are earlier themselves.

    Readings that reach into others are told, unless a person said that what runs at one time is apart.
    """
    if trackers is None or made.kind != "measurement" or not made.rows.height:
        return made
    when = {name: pl.col(f"{name}_utc").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6fZ", time_unit="us", time_zone="UTC")
            for name in ("start", "end")}  # fmt: skip
    rows = made.rows
    met = trackers(rows.select(
        pl.col("source_line").cast(pl.UInt32), *SAME, when["start"].alias("own_start"), when["end"].alias("own_end")
    ))  # fmt: skip
    if not met.height:
        return made
    together = (pl.col("own_start") - pl.col("start")).abs() <= _TOGETHER
    run = met.filter(together) if made.cumulative else met.clear()
    apart = met.join(run, on=["source_line", "entry"], how="anti")
    if apart.height and not told_apart:
        _tell_overlap(apart, faults, made)
    later = run.filter(pl.col("end") > pl.col("own_end"))["source_line"].unique()
    earlier = run.filter(pl.col("end") < pl.col("own_end"), ~pl.col("source_line").is_in(later.implode()))
    if later.len():
        faults.add("reading-older", count=later.len())
    if earlier.height:
        faults.add("reading-grown", count=earlier.height)
    withdrawn = earlier.select(
        "source_line", *SAME, "run_id", "energy_level", "reading_method", "energy_wh", "energy_text",
        shown_instant(pl.col("start")).alias("start_utc"), shown_instant(pl.col("end")).alias("end_utc"),
        pl.lit("yes").alias("withdrawn"),
    )  # fmt: skip
    kept = rows.filter(~pl.col("source_line").is_in(later.implode()))
    return Made(made.kind, pl.concat([kept, withdrawn], how="diagonal_relaxed"), made.led)


def _tell_overlap(apart: pl.DataFrame, faults: Faults, made: Made) -> None:
    """One finding a line: the first reading of the ledger that it reaches into."""
    first = apart.unique("source_line", keep="first", maintain_order=True)
    told = first.select(
        "source_line", "entry", pl.col("subject").alias("value"),
        *(pl.col(name).dt.strftime("%Y-%m-%d %H:%M:%S").alias(name) for name in ("start", "end")),
    )  # fmt: skip
    faults.add_rows("reading-overlaps", told, made.led.get("time"))
