"""Every body with which a Job is ever changed: `suspend`, notes of our own, and the region while it has never run.

The API takes a change of `nodeSelector` from a Job that is suspended and has never begun, and from no other (Kubernetes
documentation, "Jobs", mutable scheduling directives). The version that was read goes with each body, so that nothing
is written over what another changed meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.jobs import ClusterJob


def patch(
    job: ClusterJob,
    notes: Mapping[str, str | None],
    *,
    suspend: bool | None = None,
    region_label: str | None = None,
) -> dict[str, Any]:
    """The merge patch of a Job.

    Args:
        job: as it was read.
        notes: annotations of ours; None takes one away.
        suspend: what `spec.suspend` becomes; None leaves it.
        region_label: region of the nodes that it is bound to; None leaves the selector.

    Raises ValueError for a note that is none of ours, and for a node selector of a Job that has run.
    """
    if foreign := set(notes) - words.OURS:
        raise ValueError(f"annotations that are not ours: {sorted(foreign)}")
    spec: dict[str, Any] = {} if suspend is None else {"suspend": suspend}
    if region_label is not None:
        if not job.suspended or job.started is not None:
            raise ValueError(f"{job.shown} has run: its node selector stays")
        spec["template"] = {"spec": {"nodeSelector": {words.NODE_REGION: region_label}}}
    body: dict[str, Any] = {"metadata": {"resourceVersion": job.version, "annotations": dict(notes)}}
    return {**body, "spec": spec} if spec else body
