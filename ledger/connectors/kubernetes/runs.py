"""Pods of Jobs that have ended, as runs: when, where, on which accelerators, for what. Energy is what others read.

The start is that of the first container and the end that of the last (`containerStatuses[].state.terminated`); a pod
whose containers were restarted counts from `status.startTime`. Pods of one Job that ran side by side are one row, one
after another are rows of their own: accelerators held and accelerator-seconds are summed.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.asking import run_name
from ledger.connectors.kubernetes.jobs import instant_of, utc
from ledger.connectors.kubernetes.places import Node, Places
from ledger.errors import known_word
from schemas.kinds import KINDS

POD_SELECTOR = f"{words.JOB_OF_POD},{words.STAGE}"
"""Pods of Jobs whose template says the stage: backups and other chores are no runs of AI."""
COLUMNS = (
    "run_id", "stage", "outcome", "model", "project", "tenant", "cloud_provider", "cloud_region", "zone", "hardware_id",
    "hardware_count", "start_utc", "end_utc", "reserved_accelerator_seconds", "run_boundary", "state", "component",
)  # fmt: skip
_ACCELERATORS = ("nvidia.com/gpu", "amd.com/gpu")
_TAKEN_AWAY = {"Evicted", "Preempted", "Preempting", "NodeShutdown", "Terminated"}


@dataclass(frozen=True, slots=True)
class Pod:
    """A pod that has ended."""

    run_id: str
    job: str
    namespace: str
    labels: Mapping[str, str]
    start: datetime
    end: datetime
    outcome: str
    accelerators: int
    node: Node | None


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of a cluster.

    Attributes:
        rows: as a file of kind `ai_run` has them, in order of time.
        running: Jobs that have not ended, of which nothing is taken yet.
        unread: pods that have ended and say no times.
    """

    rows: tuple[dict[str, str], ...]
    running: tuple[str, ...]
    unread: tuple[str, ...]

    def csv(self, choices: Mapping[str, str]) -> bytes:
        """The rows as a CSV, the same bytes for the same pods and choices: what a person chose fills what is blank.

        Raises Misuse for a choice that is no column of a run.
        """
        for name in choices:
            known_word("column of a run", name, KINDS["ai_run"].columns)
        out = io.StringIO()
        writer = csv.DictWriter(out, dict.fromkeys((*COLUMNS, *choices)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {name: row.get(name) or text for name, text in choices.items()} for row in self.rows)
        return out.getvalue().encode()


def runs_of(context: str, pods: Iterable[Mapping[str, Any]], places: Places) -> Runs:
    """The runs of pods as the API answered. Of a Job that still has a pod at work nothing is taken."""
    ended: dict[str, list[Pod]] = {}
    running, unread = set(), []
    for item in pods:
        owner = next((one for one in item["metadata"].get("ownerReferences") or () if one.get("kind") == "Job"), None)
        if owner is None:
            continue
        shown = f"{item['metadata']['namespace']}/{owner['name']}"
        if (item.get("status") or {}).get("phase") not in ("Succeeded", "Failed"):
            running.add(shown)
        elif (pod := _pod(item, owner, places)) is None:
            unread.append(f"{item['metadata']['namespace']}/{item['metadata']['name']}")
        else:
            ended.setdefault(pod.run_id, []).append(pod)
    rows = [
        _row(context, together)
        for own in ended.values()
        if f"{own[0].namespace}/{own[0].job}" not in running
        for together in _side_by_side(own)
    ]
    rows.sort(key=lambda row: (row["start_utc"], row["run_id"]))
    return Runs(tuple(rows), tuple(sorted(running)), tuple(sorted(unread)))


def _pod(item: Mapping[str, Any], owner: Mapping[str, Any], places: Places) -> Pod | None:
    """A pod that has ended; None where it says no times."""
    head, spec, status = item["metadata"], item["spec"], item["status"]
    held = status.get("containerStatuses") or ()
    ends = [state for one in held if (state := (one.get("state") or {}).get("terminated"))]
    starts = [one["startedAt"] for one in ends if one.get("startedAt")]
    if any(one.get("restartCount") for one in held) and status.get("startTime"):
        starts.append(status["startTime"])
    finished = [one["finishedAt"] for one in ends if one.get("finishedAt")]
    if not starts or not finished:
        return None
    return Pod(
        run_name(head["namespace"], owner["name"], owner["uid"]),
        owner["name"],
        head["namespace"],
        head.get("labels") or {},
        min(map(instant_of, starts)),
        max(map(instant_of, finished)),
        _outcome(status),
        sum(_count(one) for one in spec.get("containers") or ()),
        _node(spec.get("nodeName"), places),
    )


def _node(name: str | None, places: Places) -> Node | None:
    """The node of a pod; of one that is gone, another of the cluster where all stand in one region."""
    for node in places.nodes:
        if node.name == name:
            return node
    kept = {(node.provider, node.place) for node in places.nodes}
    if len(kept) != 1:
        return None
    one = places.nodes[0]
    return Node(str(name), one.provider, one.region_label, one.place, None, False, {})


def _count(container: Mapping[str, Any]) -> int:
    limits = (container.get("resources") or {}).get("limits") or {}
    return sum(int(limits[name]) for name in _ACCELERATORS if str(limits.get(name, "")).isdecimal())


def _outcome(status: Mapping[str, Any]) -> str:
    if status["phase"] == "Succeeded":
        return "completed"
    kinds = {one.get("type") for one in status.get("conditions") or () if one.get("status") == "True"}
    return "interrupted" if "DisruptionTarget" in kinds or status.get("reason") in _TAKEN_AWAY else "failed"


def _side_by_side(pods: Sequence[Pod]) -> list[list[Pod]]:
    """Pods of one Job in groups that ran at the same time."""
    groups: list[list[Pod]] = []
    for pod in sorted(pods, key=lambda one: (one.start, one.end)):
        if groups and pod.start < max(one.end for one in groups[-1]):
            groups[-1].append(pod)
        else:
            groups.append([pod])
    return groups


def _row(context: str, pods: Sequence[Pod]) -> dict[str, str]:
    """The row of pods that ran side by side; what they do not agree on is blank."""
    labels = pods[0].labels
    last = max(pods, key=lambda one: (one.end, one.outcome))
    cloud = {(pod.node.provider, pod.node.region_label) for pod in pods if pod.node and pod.node.provider}
    provider, region = next(iter(cloud)) if len(cloud) == 1 and all(pod.node for pod in pods) else (None, None)
    zones = {pod.node.place if pod.node and not pod.node.provider else None for pod in pods}
    parts = {pod.node.gpu if pod.node else None for pod in pods}
    seconds = sum(pod.accelerators * int((pod.end - pod.start).total_seconds()) for pod in pods)
    counted = "1 pod" if len(pods) == 1 else f"{len(pods)} pods"
    row = {
        "run_id": pods[0].run_id, "stage": labels.get(words.STAGE), "outcome": last.outcome,
        "model": labels.get(words.MODEL), "project": labels.get(words.PROJECT), "tenant": pods[0].namespace,
        "cloud_provider": provider, "cloud_region": region, "zone": next(iter(zones)) if len(zones) == 1 else None,
        "hardware_id": next(iter(parts)) if len(parts) == 1 and seconds else None,
        "hardware_count": str(_most_at_once(pods)) if seconds else None, "start_utc": utc(min(p.start for p in pods)),
        "end_utc": utc(last.end), "reserved_accelerator_seconds": str(seconds) if seconds else None,
        "run_boundary": f"accelerators held by {counted} of Job {pods[0].job} in {context}",
        "state": "active", "component": "operational",
    }  # fmt: skip
    return {name: value or "" for name, value in row.items()}


def _most_at_once(pods: Sequence[Pod]) -> int:
    """The most accelerators that were held at one moment."""
    return max(sum(one.accelerators for one in pods if one.start <= pod.start < one.end) for pod in pods)
