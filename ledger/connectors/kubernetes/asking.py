"""What is asked of the policy for a Job of a cluster: the job as it is known, where it stands, and where it may go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.jobs import ClusterJob
from ledger.connectors.kubernetes.places import Places, is_pinned
from ledger.errors import Misuse
from ledger.schedule.job import Job
from ledger.schedule.policy import Policy

_SIX = Decimal("0.000001")
_MICROSECONDS = 3_600_000_000  # of an hour


def home_of(job: ClusterJob, places: Places, policy: Policy) -> str:
    """Where a Job would run if nobody moved it, as the policy names it.

    Raises Misuse where that is not known: no node that it fits on, a node that says no region, or several regions and
    no word of the Job.
    """
    if (said := job.annotations.get(words.HOME_REGION)) is not None:
        return policy.site(said).region
    found = places.of(job)
    named = sorted(place for place in found if place is not None)
    if len(found) == 1 and named:
        return policy.site(named[0]).region
    if not found:
        raise Misuse("no node is there that its selector fits", f"annotate {words.HOME_REGION}")
    if not named:
        raise Misuse(f"its nodes have no label {words.NODE_REGION}", "label them, or give --region")
    where = ", ".join([*named, *(["others that do not say where"] if None in found else [])])
    raise Misuse(
        f"its nodes stand in several regions ({where}), and it names none",
        f"give it a nodeSelector {words.NODE_REGION}, or annotate {words.HOME_REGION}",
    )


def own_places(job: ClusterJob, places: Places) -> frozenset[str]:
    """Where a Job may run within its own cluster: where its nodes stand, unless it is bound to a place."""
    return frozenset() if is_pinned(job) else frozenset(place for place in places.of(job) if place is not None)


def request_of(job: ClusterJob, home: str) -> Job:
    """The Job as the policy knows it. Raises ValueError for an annotation that cannot be read, Misuse for no job."""
    return Job(
        job_id=run_name(job.namespace, job.name, job.uid),
        submitted_utc=job.created,
        region=home,
        duration_hours=job.amount(words.HOURS),
        energy_kwh=job.amount(words.ENERGY_KWH),
        idle_kwh=job.amount(words.IDLE_KWH),
        portable=job.says(words.PORTABLE),
        checkpointable=job.says(words.CHECKPOINTABLE),
        deadline=job.instant(words.DEADLINE),
        project=job.labels.get(words.PROJECT),
        model=job.labels.get(words.MODEL),
        stage=job.labels.get(words.STAGE),
    )


def rest_of(job: ClusterJob, home: str, started: datetime, now: datetime) -> Job | None:
    """What is left of a Job that runs, as if it were submitted now; None where its duration is not known or over."""
    whole = request_of(job, home)
    if whole.duration_hours is None:
        return None
    run = Decimal((now - started) // (now.resolution)) / _MICROSECONDS
    left = (whole.duration_hours - run).quantize(_SIX, ROUND_HALF_UP)
    if left <= 0:
        return None
    part = left / whole.duration_hours
    energy, idle = (None if kwh is None else (kwh * part).quantize(_SIX) for kwh in (whole.energy_kwh, whole.idle_kwh))
    return replace(
        whole, submitted_utc=now, duration_hours=left, portable=False, energy_kwh=energy, idle_kwh=idle
    )


def policy_for(job: ClusterJob, policy: Policy, reachable: Iterable[str]) -> Policy:
    """The policy with the regions that a Job can be moved to, and with its own longest delay where that is shorter.

    Raises ValueError for an annotation that cannot be read.
    """
    there = set(reachable)
    regions = tuple(name for name in policy.allowed_regions if policy.site(name).region in there)
    delays = [hours for hours in (job.amount(words.MAX_DELAY_HOURS), policy.max_delay_hours) if hours is not None]
    return replace(policy, allowed_regions=regions, max_delay_hours=min(delays, default=None))


def run_name(namespace: str, name: str, uid: str) -> str:
    """The name of a Job or pod as a run of the ledger: names come again in a cluster, so the uid is in it."""
    return f"{namespace}/{name}/{uid[:8]}"
