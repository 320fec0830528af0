"""A Job is moved to another cluster by letting go its copy there: nothing is created, and nothing deleted.

The copy has the same namespace and name, is suspended, and is labelled `standby`, so that it is never let go by
itself. It is let go first and the Job is marked after it, so that a pass cut off in between is seen by the next: the
copy's note names the Job's uid. The other way round a Job could be lost.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.acts import Act, patched, told
from ledger.connectors.kubernetes.faults import ClusterFault
from ledger.connectors.kubernetes.jobs import ClusterJob, note_of, utc
from ledger.connectors.kubernetes.patches import patch
from ledger.connectors.kubernetes.stations import Station


def ways_out(
    job: ClusterJob, station: Station, stations: Sequence[Station], place: str | None = None
) -> dict[str, tuple[Station, ClusterJob]]:
    """Places in other clusters that a portable Job can be moved to, each with the copy that waits there."""
    if not job.says(words.PORTABLE):
        return {}
    found: dict[str, tuple[Station, ClusterJob]] = {}
    for other, copy in _copies(job, station, stations):
        if copy.state != "standby" or copy.started is not None or not copy.says(words.PORTABLE) or other.places is None:
            continue
        there = other.places.of(copy)
        if len(there) == 1 and (named := next(iter(there))) is not None and place in (None, named):
            found.setdefault(named, (other, copy))
    return found


def _copies(job: ClusterJob, station: Station, stations: Sequence[Station]) -> Iterator[tuple[Station, ClusterJob]]:
    for other in stations:
        if other is not station:
            yield from ((other, copy) for copy in other.jobs if copy.shown == job.shown)


def moved_before(job: ClusterJob, stations: Sequence[Station]) -> str | None:
    """The cluster in which the copy of a held Job was let go by an earlier pass that did not come to mark the Job."""
    for other in stations:
        for copy in other.jobs:
            note = copy.annotations.get(words.RELEASED, "")
            if other.context != job.context and copy.bears(words.RELEASED) and _mark(job) in note.split():
                return other.context
    return None


def _mark(job: ClusterJob) -> str:
    return f"moved-from:{job.uid}"


def move(
    job: ClusterJob, place: str, station: Station, stations: Sequence[Station], now: datetime, why: str, advice: str,
    *, apply: bool,
) -> Act:  # fmt: skip
    """Let go the copy of a Job in another place, and mark the Job. Raises ClusterFault where the copy is not there."""
    target, copy = ways_out(job, station, stations, place)[place]

    def body(as_it_stands: ClusterJob) -> dict[str, Any] | None:
        if as_it_stands.state != "standby":
            return None
        notes = {words.ADVICE: advice, words.RELEASED: note_of(as_it_stands, now, f"{job.context} {_mark(job)}")}
        return patch(as_it_stands, notes, suspend=False)

    outcome, _ = patched(target.cluster, copy, body, apply=apply)
    if outcome in ("gone", "changed"):
        raise ClusterFault(f"its copy in {target.context} is not there any more, or not suspended", "it is asked anew")
    if not apply:
        return told(job, "moved", f"to {place} in {target.context}: {why}", "trial", advice=advice)
    done = noted_move(job, target.context, station, now, apply=apply)
    return told(job, "moved", f"to {place} in {target.context}: {why}", "done" if done.done else "trial", advice=advice)


def noted_move(job: ClusterJob, context: str, station: Station, now: datetime, *, apply: bool) -> Act:
    """Mark a Job whose copy was let go, so that it is never let go itself."""

    def body(as_it_stands: ClusterJob) -> dict[str, Any] | None:
        is_held = as_it_stands.state == "held"
        return patch(as_it_stands, {words.MOVED_TO: note_of(as_it_stands, now, context)}) if is_held else None

    outcome, _ = patched(station.cluster, job, body, apply=apply)
    return told(job, "moved", f"its copy in {context} was let go at {utc(now)} or before", outcome)
