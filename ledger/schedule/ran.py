"""The run of an advised job as the ledger records it: its stretches, their energy, and what was done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger.errors import Misuse
from ledger.schedule.job import Job
from ledger.schedule.saving import ZERO, Segment
from ledger.schedule.sites import site_of
from ledger.schedule.steps import EXACT, QUOTIENT
from ledger.store import Session
from ledger.store.in_force import in_force

_RUNS = """
with {run},
{site}
select r.attempt, r.outcome, r.start_utc, r.end_utc, r.energy_kwh, r.steps_kept, r.steps_redone, r.zone,
       r.cloud_provider, r.cloud_region, coalesce(r.country, f.country)
from run r asof left join site f on f.facility_id = r.facility_id and f.valid_from <= r.start_utc::date
where r.run_id = $run and r.component = 'operational' and r.state = 'active' and not r.withdrawn
order by r.start_utc, r.attempt
"""
_READINGS = """
with {reading},
{reading_decision}
select m.start_utc, m.end_utc, (m.energy_wh * 0.001::decimal(4,3))::decimal(38,9)
from reading m join reading_decision d on d.record_batch = m.batch_no and d.record_seq = m.seq
where m.run_id = $run and not m.withdrawn and d.decision in ('posted', 'breakdown')
  and m.reading_method in ('counter', 'integrated_power')
order by 1, 2, 3
"""
LOST = ("failed", "superseded")
"""Outcomes of which no work was kept: another attempt did it again."""
_US = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A row of the run in state active: one attempt, or a part of it."""

    start: datetime
    end: datetime
    zone: str | None
    kwh: Decimal | None
    kept: Decimal


@dataclass(frozen=True, slots=True)
class Ran:
    """The run of a job with the readings of it that count."""

    run_id: str
    stretches: tuple[Stretch, ...]
    readings: tuple[tuple[datetime, datetime, Decimal], ...]

    @property
    def start(self) -> datetime:
        """When it began."""
        return self.stretches[0].start

    @property
    def end(self) -> datetime:
        """When it ended."""
        return max(stretch.end for stretch in self.stretches)

    @property
    def zones(self) -> tuple[str, ...]:
        """The zones it ran in, each once."""
        return tuple(dict.fromkeys(stretch.zone for stretch in self.stretches if stretch.zone))


def ran(s: Session, run_id: str, size: int) -> Ran | None:
    """The run of a name at a size; None where the ledger holds no active row of it."""
    given = {"run": run_id, "size": size}
    rows = s.rows(in_force(_RUNS), given)
    if not rows:
        return None
    return Ran(run_id, tuple(map(_stretch, rows)), tuple((a, b, c) for a, b, c in s.rows(in_force(_READINGS), given)))


def _stretch(row: Sequence[Any]) -> Stretch:
    _, outcome, start, end, kwh, kept, redone, *place = row
    share = Decimal(1)
    if outcome in LOST:
        share = ZERO
    elif redone and kept is not None:
        share = QUOTIENT.divide(kept, kept + redone)
    return Stretch(start, end, _zone(*place), kwh, share)


def _zone(zone: str | None, provider: str | None, region: str | None, country: str | None) -> str | None:
    """The zone that a run names, else that of its cloud region, else its country's; None where nothing tells."""
    if zone:
        return zone
    if provider and region:
        try:
            return site_of(f"{provider}:{region}").zone
        except Misuse:
            return None
    return country


def segments_of(run: Ran, job: Job, idle_kwh: Decimal | None) -> tuple[Segment, ...] | str:
    """The segments of a run with measured energy and idle, or why there are none.

    Args:
        run: as recorded.
        job: as it was advised: its idle energy over its duration is the idle power.
        idle_kwh: idle energy of the whole run as it was measured, before the job's own.
    """
    if any(stretch.zone is None for stretch in run.stretches):
        return "the run names no place, so its grid is not known"
    parts = list(_parts(run))
    if not parts or any(kwh is None for *_, kwh in parts):
        return "the energy of the run is not measured, and an estimate claims nothing"
    active = sum(((stretch.end - stretch.start) // _US for stretch in run.stretches), 0)
    if not active:
        return "the run took no time"
    idle = idle_kwh if idle_kwh is not None else _idle_over(job, active)
    if idle is None:
        return "how much of its energy is idle was not said (idle_kwh of the job, or --idle-kwh)"
    spans: dict[tuple[datetime, datetime], Decimal] = {}
    for start, end, _, _, kwh in parts:
        spans[start, end] = spans.get((start, end), ZERO) + (kwh or ZERO)
    whole = EXACT.create_decimal(sum((end - start) // _US for start, end in spans))
    made, begun = [], {(start, end): (stretch, since) for start, end, stretch, since, _ in parts}
    for (start, end), kwh in sorted(spans.items()):
        stretch, since = begun[start, end]
        share = QUOTIENT.divide(EXACT.multiply(idle, Decimal((end - start) // _US)), whole)
        made.append(Segment(start, end, since, str(stretch.zone), kwh, share, stretch.kept))
    return tuple(made)


def _parts(run: Ran) -> list[tuple[datetime, datetime, Stretch, timedelta, Decimal | None]]:
    """Readings where there are any, else the run's own rows, each with its stretch and its place in the job's work."""
    found: list[tuple[datetime, datetime, Stretch, timedelta, Decimal | None]] = []
    worked = timedelta(0)
    for stretch in run.stretches:
        inside = [r for r in run.readings if r[0] >= stretch.start and r[1] <= stretch.end and r[0] < r[1]]
        if inside:
            found += [(a, b, stretch, worked + (a - stretch.start), kwh) for a, b, kwh in inside]
        else:
            found.append((stretch.start, stretch.end, stretch, worked, stretch.kwh))
        if stretch.kept:
            worked += stretch.end - stretch.start
    return found


def _idle_over(job: Job, active: int) -> Decimal | None:
    """The job's idle energy at its own power over so many microseconds; None where it was not said."""
    if job.idle_kwh is None:
        return None
    if job.duration_hours is None:
        return job.idle_kwh
    hours = QUOTIENT.divide(Decimal(active), Decimal(3_600_000_000))
    return QUOTIENT.divide(EXACT.multiply(job.idle_kwh, hours), job.duration_hours)
