"""Held Jobs whose time has come are let go: without forecast, policy or ledger, so that nothing else need be alive."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.acts import Act, failed, patched, read_jobs, told
from ledger.connectors.kubernetes.client import Cluster
from ledger.connectors.kubernetes.faults import ClusterFault
from ledger.connectors.kubernetes.jobs import LEFT, ClusterJob, latest_start, note_of, utc
from ledger.connectors.kubernetes.patches import patch

SELECTOR = f"{words.SHIFT} in ({words.YES}, true)"
LONGEST_HOLD = timedelta(hours=24)
"""How long a Job that names no deadline is held at most, where nothing else is said."""


def overdue_released(
    cluster: Cluster, namespace: str | None, now: datetime, longest_hold: timedelta = LONGEST_HOLD, *, apply: bool
) -> list[Act]:
    """Let go every held Job whose last moment has come, and say of the others until when they are held.

    Args:
        cluster: where they are.
        namespace: None for all of them.
        now: the time.
        longest_hold: for a Job without a deadline to which no controller has written a last moment.
        apply: whether it is done, or only told.

    Raises ClusterFault where the Jobs cannot be listed; a Job that cannot be changed is an act of its own.
    """
    jobs, acts = read_jobs(cluster.context, cluster.jobs(namespace, SELECTOR))
    for job in jobs:
        try:
            acts.append(_act(cluster, job, now, longest_hold, apply=apply))
        except ClusterFault as fault:
            acts.append(failed(cluster.context, job.shown, fault))
    return acts


def _act(cluster: Cluster, job: ClusterJob, now: datetime, longest_hold: timedelta, *, apply: bool) -> Act:
    if job.state == "running":
        return Act(job.context, job.shown, "running", "it is not held")
    if job.state != "held":
        return Act(job.context, job.shown, "left", LEFT[job.state])
    latest = latest_start(job, longest_hold)
    if latest.at > now:
        return Act(job.context, job.shown, "held", f"until {utc(latest.at)} at the latest: {latest.why}", at=latest.at)

    def body(as_it_stands: ClusterJob) -> dict[str, Any] | None:
        is_due = as_it_stands.state == "held" and latest_start(as_it_stands, longest_hold).at <= now
        return release(as_it_stands, now, "deadline") if is_due else None

    outcome, _ = patched(cluster, job, body, apply=apply)
    return told(job, "released", latest.why, outcome)


def release(job: ClusterJob, now: datetime, why: str, region_label: str | None = None) -> dict[str, Any]:
    """The patch that lets a Job go, with a note of when and why."""
    return patch(job, {words.RELEASED: note_of(job, now, why)}, suspend=False, region_label=region_label)
