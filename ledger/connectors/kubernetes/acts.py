"""What is done to a Job of a cluster and told about it, also where another changes it at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.connectors.kubernetes.client import Cluster
from ledger.connectors.kubernetes.faults import ClusterFault, Conflict
from ledger.connectors.kubernetes.jobs import ClusterJob, job_of
from ledger.errors import LedgerError

CONFLICTS = 5
"""How often a Job that another keeps changing is read again within a pass."""


@dataclass(frozen=True, slots=True)
class Act:
    """What a pass did to a Job, or would have done.

    Attributes:
        context, job: which one; of a whole cluster, where ``job`` is blank.
        what: released, held, interrupted, moved, running, left, gone or failed.
        why: in words.
        done: False where nothing was sent, because nothing was to be or because this was a trial.
        at: when it is to begin, of one that is held.
        advice: the id of the advice.
    """

    context: str
    job: str
    what: str
    why: str
    done: bool = False
    at: datetime | None = None
    advice: str | None = None


def read_jobs(context: str, items: list[dict[str, Any]]) -> tuple[list[ClusterJob], list[Act]]:
    """The Jobs of a list in order of time, and an act for each item that cannot be read."""
    found, odd = [], []
    for item in items:
        try:
            found.append(job_of(context, item))
        except (KeyError, TypeError, ValueError, AttributeError) as fault:
            name = str((item.get("metadata") or {}).get("name"))
            odd.append(Act(context, name, "failed", f"the API's answer cannot be read as a Job: {fault!r}"[:200]))
    return sorted(found, key=lambda job: (job.created, job.namespace, job.name)), odd


def patched(
    cluster: Cluster, job: ClusterJob, body_of: Callable[[ClusterJob], dict[str, Any] | None], *, apply: bool
) -> tuple[str, ClusterJob | None]:
    """Change a Job, and say how that went: done, trial, changed (no longer called for), gone, or the fault in words.

    Args:
        cluster: where it is.
        job: as it was read.
        body_of: the patch for the Job as it stands; None where none is called for any more. Asked anew whenever
            another changed the Job meanwhile.
        apply: whether anything is sent at all.
    """
    if not apply:
        return "trial", job
    for _ in range(CONFLICTS):
        body = body_of(job)
        if body is None:
            return "changed", job
        try:
            answer = cluster.patched_job(job.namespace, job.name, body)
            if answer is not None:
                return "done", job_of(job.context, answer)
        except Conflict:
            answer = cluster.job(job.namespace, job.name)
        if answer is None or answer["metadata"]["uid"] != job.uid:
            return "gone", None
        job = job_of(job.context, answer)
    raise ClusterFault(f"{job.context}: {job.shown} is changed by another all the time", "the next pass tries again")


def told(job: ClusterJob, what: str, why: str, outcome: str, **more: Any) -> Act:
    """The act that came of a change: what was meant where it was done or tried, and what else became of it."""
    if outcome == "gone":
        return Act(job.context, job.shown, "gone", "it was deleted while it was held; nothing is left to do")
    if outcome == "changed":
        return Act(job.context, job.shown, "left", "somebody else changed it meanwhile")
    return Act(job.context, job.shown, what, why, outcome == "done", **more)


def failed(context: str, job: str, fault: LedgerError) -> Act:
    """An act that did not come about; a later pass tries again."""
    words = str(fault).removeprefix(f"{context}: ")
    return Act(context, job, "failed", f"{words}; {fault.fix}" if fault.fix else words)
