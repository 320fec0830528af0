"""Readings of a series that the ledger has already, alike or with another value: one warning for the file."""

from __future__ import annotations

from typing import Any

from ledger.intake.faults import Faults
from ledger.store import Session

# The reading that counts is the one recorded last, as `inventory/hourly/series_hour.sql` takes it.
_BEFORE = """
with newest as (
    select i.source_kind, i.source_id, i.start_utc, i.seconds, i.kwh from "interval" i
    where (i.source_kind, i.source_id) in (select distinct source_kind, source_id from given_interval)
      and i.start_utc >= (select min(start_utc) from given_interval)
      and i.start_utc <= (select max(start_utc) from given_interval)
    qualify row_number() over (
        partition by i.source_kind, i.source_id, i.start_utc order by i.batch_no desc, i.seq desc) = 1
)
select count(*), count(*) filter (where n.kwh <> g.kwh or n.seconds <> g.seconds),
       coalesce(min(g.source_line) filter (where n.kwh <> g.kwh or n.seconds <> g.seconds), min(g.source_line))
from given_interval g join newest n using (source_kind, source_id, start_utc)
"""


def note_intervals_recorded_before(s: Session, readings: Any, faults: Faults) -> None:
    """Add a warning where readings (Arrow, with source_line) replace others of the same series and beginning.

    Its line is the first whose value or length differs, else the first that was recorded before.
    """
    with s.given(given_interval=readings):
        count, other, line = s.one(_BEFORE)
    if count:
        faults.add("interval-recorded-before", line=line, column="start_utc", count=count, other=other)
