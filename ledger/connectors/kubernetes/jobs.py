"""A Job as its manifest has it: what may be done to it, and until when it may be held at most."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from ledger.connectors.kubernetes import words

State = Literal["held", "running", "finished", "deleted", "queued", "managed", "standby", "moved", "suspended"]
LEFT: Mapping[str, str] = {
    "finished": "it has ended",
    "deleted": "it is being deleted",
    "queued": "Kueue holds and releases it by quota; it is left to Kueue",
    "managed": "another controller manages it (spec.managedBy)",
    "standby": "a copy that waits for its Job to be moved here",
    "moved": "its copy in another cluster was let go instead",
    "suspended": "it had begun and was suspended by somebody else, who may let it go",
}
"""Why a Job of that state is left as it is."""


@dataclass(frozen=True, slots=True)
class ClusterJob:
    """A Job of a cluster at one version.

    Attributes:
        context: the cluster.
        namespace, name, uid, version: which object, and how it stood.
        created: when it was submitted.
        suspended: `spec.suspend`.
        started: it has run at some time (`status.startTime`); its node selector can no longer be changed then.
        state: what may be done to it; see :data:`LEFT`. Only what is `held` is ever let go.
        labels, annotations, node_selector: as they stand.
        cron_job: the CronJob that made it.
    """

    context: str
    namespace: str
    name: str
    uid: str
    version: str
    created: datetime
    suspended: bool
    started: datetime | None
    state: State
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    node_selector: Mapping[str, str]
    cron_job: str | None

    @property
    def shown(self) -> str:
        """Namespace and name, as people say it."""
        return f"{self.namespace}/{self.name}"

    def says(self, label: str) -> bool:
        """Whether a label is set to yes or true."""
        return self.labels.get(label, "").casefold() in (words.YES, "true")

    def bears(self, note: str) -> bool:
        """Whether a note of ours is of this very Job, and did not come with a copied manifest: it ends with its uid."""
        return self.annotations.get(note, "").endswith(f" {self.uid}")

    def instant(self, annotation: str) -> datetime | None:
        """The instant in an annotation; None where there is none. Raises ValueError where it cannot be read."""
        text = self.annotations.get(annotation)
        try:
            return None if text is None else instant_of(text)
        except ValueError as fault:
            raise ValueError(_unreadable(annotation, text)) from fault

    def amount(self, annotation: str) -> Decimal | None:
        """The number in an annotation; None where there is none. Raises ValueError where it is none, or below zero."""
        text = self.annotations.get(annotation)
        if text is None:
            return None
        try:
            value = Decimal(text.strip())
        except InvalidOperation as fault:
            raise ValueError(_unreadable(annotation, text)) from fault
        if not value.is_finite() or value < 0 or (value == 0 and annotation == words.HOURS):
            raise ValueError(_unreadable(annotation, text))
        return value


def _unreadable(annotation: str, text: str | None) -> str:
    return f"the annotation {annotation} cannot be read: '{(text or '')[:60]}'"


def job_of(context: str, item: Mapping[str, Any]) -> ClusterJob:
    """A Job of what the API answered. Raises ValueError, KeyError or TypeError for what is no Job."""
    head, spec, status = item["metadata"], item.get("spec") or {}, item.get("status") or {}
    labels, notes = head.get("labels") or {}, head.get("annotations") or {}
    started = status.get("startTime")
    owners = [one for one in head.get("ownerReferences") or () if one.get("kind") == "CronJob"]
    return ClusterJob(
        context,
        head["namespace"],
        head["name"],
        head["uid"],
        head["resourceVersion"],
        instant_of(head["creationTimestamp"]),
        bool(spec.get("suspend")),
        None if started is None else instant_of(started),
        _state(head, spec, status),
        labels,
        notes,
        ((spec.get("template") or {}).get("spec") or {}).get("nodeSelector") or {},
        owners[0]["name"] if owners else None,
    )


def _state(head: Mapping[str, Any], spec: Mapping[str, Any], status: Mapping[str, Any]) -> State:
    """What may be done to a Job: the first that is so."""
    labels = head.get("labels") or {}
    ends = {one.get("type") for one in status.get("conditions") or () if one.get("status") == "True"}
    began = status.get("startTime") is not None
    may_release = not _of_this(head, words.RELEASED) and (not began or _of_this(head, words.INTERRUPTED))
    cases: tuple[tuple[bool, State], ...] = (
        (head.get("deletionTimestamp") is not None, "deleted"),
        (bool(ends & {"Complete", "Failed", "SuccessCriteriaMet", "FailureTarget"}), "finished"),
        (words.KUEUE in labels, "queued"),
        (spec.get("managedBy") not in (None, words.OWN_CONTROLLER), "managed"),
        (_of_this(head, words.MOVED_TO), "moved"),
        (not spec.get("suspend"), "running"),
        (words.STANDBY in labels, "standby"),
        (not may_release, "suspended"),
    )
    return next((state for is_so, state in cases if is_so), "held")


def _of_this(head: Mapping[str, Any], note: str) -> bool:
    """Whether a note of ours is of this very Job, and did not come with a copied manifest: it ends with its uid."""
    return str((head.get("annotations") or {}).get(note, "")).endswith(f" {head['uid']}")


def note_of(job: ClusterJob, at: datetime, said: str) -> str:
    """A note of ours that counts for this very Job alone: when, what, and of which uid."""
    return f"{utc(at)} {said} {job.uid}"


def instant_of(text: str) -> datetime:
    """An instant with its offset. Raises ValueError for a text that is none, or has no offset."""
    at = datetime.fromisoformat(text.strip())
    if at.tzinfo is None:
        raise ValueError(text)
    return at


def utc(at: datetime) -> str:
    """An instant as annotations hold it: whole seconds of UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class LatestStart:
    """The last moment at which a held Job is let go, whatever the grid is like, and what it rests on."""

    at: datetime
    why: str


def latest_start(job: ClusterJob, longest_hold: timedelta, unknown: timedelta = timedelta()) -> LatestStart:
    """Until when a Job may be held, from its own words alone: no forecast, no policy and no ledger is asked.

    It is the earliest of what the controller wrote (`release-by`), the deadline less the duration, and the longest
    delay of its own; where there is none of them, the longest hold after it was submitted. A text that cannot be read
    is a reason to let go at once.

    Args:
        job: the Job.
        longest_hold: for a Job that says nothing.
        unknown: what is kept free before a deadline where the duration is not known.
    """
    found: list[LatestStart] = []
    begun = job.bears(words.INTERRUPTED)  # a part of it is done: only the controller knew how much is left
    for read in (_written, _at_deadline) if begun else (_written, _before_deadline, _after_delay):
        try:
            at = read(job, unknown)
        except (ValueError, OverflowError) as fault:
            return LatestStart(job.created, str(fault))
        if at is not None:
            found.append(at)
    if not found:
        hours = longest_hold / timedelta(hours=1)
        found = [LatestStart(job.created + longest_hold, f"held for {hours:g} h, the longest without a deadline")]
    return min(found, key=lambda one: one.at)


def _written(job: ClusterJob, _unknown: timedelta) -> LatestStart | None:
    at = job.instant(words.RELEASE_BY) if job.bears(words.ADVISED_AT) else None
    return None if at is None else LatestStart(at, f"the last moment that was set for it, {utc(at)}")


def _before_deadline(job: ClusterJob, unknown: timedelta) -> LatestStart | None:
    deadline, hours = job.instant(words.DEADLINE), job.amount(words.HOURS)
    if deadline is None:
        return None
    length = unknown if hours is None else _span(hours)
    said = "its duration is not known" if hours is None else f"it runs {hours} h"
    return LatestStart(deadline - length, f"its deadline is {utc(deadline)} and {said}")

def _at_deadline(job: ClusterJob, _unknown: timedelta) -> LatestStart | None:
    deadline = job.instant(words.DEADLINE)
    return None if deadline is None else LatestStart(deadline, f"its deadline is {utc(deadline)}")


def _after_delay(job: ClusterJob, _unknown: timedelta) -> LatestStart | None:
    hours = job.amount(words.MAX_DELAY_HOURS)
    return None if hours is None else LatestStart(job.created + _span(hours), f"it waits for {hours} h at most")


def _span(hours: Decimal) -> timedelta:
    """Hours as a span of time, to the microsecond below."""
    return timedelta(microseconds=int(hours * 3_600_000_000))
