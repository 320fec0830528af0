"""Running Jobs that are labelled checkpointable are suspended for a while, and by the same notes let go again.

A Job that we let go in pieces stops between them. One that arrived running is asked about once; it is suspended once at
most, for each stop costs work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.acts import Act, patched, told
from ledger.connectors.kubernetes.asking import home_of, policy_for, rest_of
from ledger.connectors.kubernetes.jobs import ClusterJob, note_of, utc
from ledger.connectors.kubernetes.patches import patch
from ledger.connectors.kubernetes.plan import notes_of, plan_of
from ledger.connectors.kubernetes.stations import Station
from ledger.errors import Misuse
from ledger.schedule.options import span_of

if TYPE_CHECKING:
    from ledger.connectors.kubernetes.controller import Adviser, Rules


@dataclass(frozen=True, slots=True)
class Interrupting:
    """What a pass does with the running Jobs of a cluster."""

    station: Station
    rules: Rules
    adviser: Adviser
    now: datetime

    def act(self, job: ClusterJob) -> Act:
        """What becomes of a running Job."""
        if not job.says(words.CHECKPOINTABLE):
            return self._runs(job, "it is not held")
        plan = plan_of(job)
        if plan is not None:
            resumes = plan.resumes(self.now)
            if resumes is None:
                return self._runs(job, "as advised")
            notes: dict[str, str | None] = {words.START: utc(resumes), words.RELEASE_BY: utc(resumes)}
            return self._interrupted(job, notes, resumes, f"until {utc(resumes)}, between two pieces", plan.advice)
        if job.bears(words.RELEASED) or job.started is None or self.station.places is None:
            return self._runs(job, "it was let go")
        try:
            return self._asked(job, job.started)
        except (Misuse, ValueError) as fault:
            return self._runs(job, f"nothing can be decided for it: {fault}")

    def _asked(self, job: ClusterJob, started: datetime) -> Act:
        """Ask once whether the rest of a Job that arrived running had better wait."""
        home = home_of(job, self.station.places, self.rules.policy)  # type: ignore[arg-type]
        request = rest_of(job, home, started, self.now)
        if request is None:
            return self._runs(job, "its duration is not known, or over")
        policy = policy_for(job, self.rules.policy, ())
        advice = self.adviser.advise(request, policy, self.now)
        if self.rules.apply:
            self.adviser.record(advice)
        latest = span_of(request, policy, self.now).latest
        notes = notes_of(job, advice, latest)
        if advice.start_utc > self.now:
            return self._interrupted(job, notes, advice.start_utc, advice.reason, advice.advice_id)

        def body(as_it_stands: ClusterJob) -> dict[str, Any] | None:
            return patch(as_it_stands, notes) if as_it_stands.state == "running" else None

        outcome, _ = patched(self.station.cluster, job, body, apply=self.rules.apply)
        return told(job, "running", advice.reason, outcome, advice=advice.advice_id)

    def _interrupted(
        self, job: ClusterJob, notes: dict[str, str | None], until: datetime, why: str, advice: str
    ) -> Act:
        def body(as_it_stands: ClusterJob) -> dict[str, Any] | None:
            if as_it_stands.state != "running":
                return None
            more = {words.INTERRUPTED: note_of(as_it_stands, self.now, "interrupted"), words.RELEASED: None}
            return patch(as_it_stands, {**notes, **more}, suspend=True)

        outcome, _ = patched(self.station.cluster, job, body, apply=self.rules.apply)
        return told(job, "interrupted", why, outcome, at=until, advice=advice)

    def _runs(self, job: ClusterJob, why: str) -> Act:
        return Act(job.context, job.shown, "running", why)


