"""One pass over clusters: Jobs are held, let go, interrupted or moved, by what they carry and by what is advised.

Nothing is kept between two passes: what was decided stands on the Jobs, and the advice in the ledger. A pass that is
cut off anywhere is gone on with by the next. Whatever else fails, a Job whose last moment has come is let go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.acts import Act, failed, patched, read_jobs, told
from ledger.connectors.kubernetes.asking import home_of, own_places, policy_for, request_of
from ledger.connectors.kubernetes.client import Cluster
from ledger.connectors.kubernetes.faults import ClusterFault
from ledger.connectors.kubernetes.interrupting import Interrupting
from ledger.connectors.kubernetes.jobs import LEFT, ClusterJob, latest_start, utc
from ledger.connectors.kubernetes.moving import move, moved_before, noted_move, ways_out
from ledger.connectors.kubernetes.overdue import LONGEST_HOLD, SELECTOR, release
from ledger.connectors.kubernetes.patches import patch
from ledger.connectors.kubernetes.places import Places, places_of
from ledger.connectors.kubernetes.plan import Plan, notes_of, plan_of
from ledger.connectors.kubernetes.stations import Station
from ledger.errors import LedgerError, Misuse
from ledger.schedule.decide import Advice
from ledger.schedule.job import Job
from ledger.schedule.options import span_of
from ledger.schedule.policy import Policy

FOR_EVER = timedelta(days=36_525)
"""Longer than any hold: a Job that says nothing of its own then has no last moment but the policy's."""


class Adviser(Protocol):
    """Who decides, and keeps what was decided."""

    def advise(self, job: Job, policy: Policy, now: datetime) -> Advice:
        """The advice for a job at a moment."""

    def record(self, advice: Advice) -> None:
        """Keep an advice before it is acted upon."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a controller goes by.

    Attributes:
        policy: the rules of when and where.
        namespace: the one that it looks after; None: all.
        longest_hold: of a Job that says nothing.
        regions: where the nodes of a cluster stand that do not say so themselves, by context.
        apply: whether anything is changed.
    """

    policy: Policy
    namespace: str | None = None
    longest_hold: timedelta = LONGEST_HOLD
    regions: Mapping[str, str] = field(default_factory=dict)
    apply: bool = False


def controlled(clusters: Sequence[Cluster], rules: Rules, adviser: Adviser, now: datetime) -> list[Act]:
    """One pass: what became of every Job with our label. A fault of one cluster or Job is an act of its own."""
    acts: list[Act] = []
    stations = [found for cluster in clusters if (found := _station(cluster, rules, acts))]
    for station in stations:
        held = _Pass(stations, station, rules, adviser, now)
        acts += [held.act(job) for job in _in_turn(station.jobs, rules)]
    return acts


def _in_turn(jobs: Sequence[ClusterJob], rules: Rules) -> list[ClusterJob]:
    """Jobs that have not ended, what is decided before what is to be: a record takes its time, and an hour may come."""

    def turn(job: ClusterJob) -> tuple[bool, datetime]:
        is_open = job.state == "held" and plan_of(job) is None
        return is_open, latest_start(job, rules.longest_hold).at

    return sorted((job for job in jobs if job.state != "finished"), key=turn)


def _station(cluster: Cluster, rules: Rules, acts: list[Act]) -> Station | None:
    """A cluster as it stands; None where its Jobs cannot be listed. Its nodes may be missing."""
    places: Places | None = None
    try:
        jobs, odd = read_jobs(cluster.context, cluster.jobs(rules.namespace, SELECTOR))
        acts += odd
    except ClusterFault as fault:
        acts.append(failed(cluster.context, "", fault))
        return None
    try:
        places = places_of(cluster.nodes(), rules.regions.get(cluster.context))
    except ClusterFault as fault:
        acts.append(failed(cluster.context, "", fault))
    return Station(cluster, places, jobs)


@dataclass
class _Pass:
    """The pass over one cluster."""

    stations: Sequence[Station]
    station: Station
    rules: Rules
    adviser: Adviser
    now: datetime

    def act(self, job: ClusterJob) -> Act:
        """What becomes of a Job; a fault is told, and kept from the others."""
        try:
            if job.state == "held":
                return self._held(job)
            if job.state == "running":
                return Interrupting(self.station, self.rules, self.adviser, self.now).act(job)
            return Act(job.context, job.shown, "left", LEFT[job.state])
        except LedgerError as fault:
            return failed(job.context, job.shown, fault)

    def _held(self, job: ClusterJob) -> Act:
        """Let go when its last moment or its hour has come, else advised."""
        if (target := moved_before(job, self.stations)) is not None:
            return noted_move(job, target, self.station, self.now, apply=self.rules.apply)
        latest, plan = latest_start(job, self.rules.longest_hold), plan_of(job)
        if plan is not None and plan.start <= self.now:
            try:
                return self._go(job, plan.region, f"its chosen hour, {utc(plan.start)}, has come", plan.advice)
            except LedgerError:
                if latest.at > self.now:
                    raise
        if latest.at <= self.now:
            return self._release(job, latest.why, "deadline", plan.region if plan else None)
        if job.started is not None or self.station.places is None:
            until = latest.at if plan is None else min(plan.start, latest.at)
            return self._told_held(job, f"until {utc(until)}", "trial", plan, until)
        try:
            return self._advised(job, plan)
        except (Misuse, ValueError) as fault:
            return self._release(job, f"nothing can be decided for it: {fault}", "undecided", None)

    def _advised(self, job: ClusterJob, plan: Plan | None) -> Act:
        """Ask what to do with a Job: anew where a newer forecast was issued since. Raises Misuse where nothing can be.

        An advice is on record before the Job is changed; one that cannot be recorded is no reason to hold.
        """
        places = self.station.places or Places(())
        home = home_of(job, places, self.rules.policy)
        reachable = {*own_places(job, places), *ways_out(job, self.station, self.stations)}
        request = request_of(job, home)
        policy = policy_for(job, self.rules.policy, reachable)
        advice = self.adviser.advise(request, policy, self.now)
        if plan is not None and not any(forecast.issued_at > plan.advised_at for forecast in advice.forecasts):
            return self._told_held(job, f"until {utc(plan.start)}, as advised before", "trial", plan, plan.start)
        goes_now = advice.start_utc <= self.now
        told_too = self._recorded(advice)
        if goes_now:
            return self._go(job, advice.region, advice.reason + told_too, advice.advice_id)
        if told_too:
            raise ClusterFault(f"{job.shown} stays as it is{told_too}", "the next pass asks again")
        release_by = min(span_of(request, policy, self.now).latest, latest_start(job, FOR_EVER).at)

        def body(as_it_stands: ClusterJob) -> dict[str, Any] | None:
            notes = notes_of(as_it_stands, advice, release_by)
            return patch(as_it_stands, notes) if as_it_stands.state == "held" else None

        outcome, _ = patched(self.station.cluster, job, body, apply=self.rules.apply)
        return self._told_held(job, advice.reason, outcome, plan, advice.start_utc, advice.advice_id)

    def _recorded(self, advice: Advice) -> str:
        """Nothing where an advice is on record, or only tried; else why not, in words."""
        if not self.rules.apply:
            return ""
        try:
            self.adviser.record(advice)
        except LedgerError as fault:
            return f" (the advice could not be recorded: {fault})"
        return ""

    def _told_held(
        self, job: ClusterJob, why: str, outcome: str, plan: Plan | None, at: datetime, advice: str | None = None
    ) -> Act:
        named = advice or (plan.advice if plan else None)
        waits = self.station.waiting_words(job)
        words = f"{why.removesuffix('.')}. {waits}" if waits else why
        return told(job, "held", words, outcome, at=at, advice=named)

    def _go(self, job: ClusterJob, place: str, why: str, advice: str) -> Act:
        """Let a Job go where it is to run: here, in a region of its cluster, or as its copy in another cluster."""
        places = self.station.places or Places(())
        here = {one for one in places.of(job) if one is not None}
        if place in here:
            return self._release(job, why, f"advice {advice}", place, advice)
        if not ways_out(job, self.station, self.stations, place):
            gone = f"; no copy of it waits in {place}" if job.says(words.PORTABLE) else ""
            return self._release(job, why + gone, f"advice {advice}", None, advice)
        return move(job, place, self.station, self.stations, self.now, why, advice, apply=self.rules.apply)

    def _release(self, job: ClusterJob, why: str, note: str, place: str | None, advice: str | None = None) -> Act:
        """Let a Job go, bound to a region where its cluster has several and one was chosen."""
        places = self.station.places or Places(())
        several = len(places.of(job)) > 1
        label = places.label_of(place) if several and place is not None else None

        def body(as_it_stands: ClusterJob) -> dict[str, Any] | None:
            may_bind = as_it_stands.started is None
            is_held = as_it_stands.state == "held"
            return release(as_it_stands, self.now, note, label if may_bind else None) if is_held else None

        outcome, _ = patched(self.station.cluster, job, body, apply=self.rules.apply)
        bound = f"; bound to {label}" if label else ""
        return told(job, "released", why + bound, outcome, advice=advice)
