"""Where the nodes of a cluster stand, by their own labels: cloud, region, zone, and the accelerator that they have.

`topology.kubernetes.io/region` and `zone` are well-known labels of Kubernetes, `nvidia.com/gpu.product` is NVIDIA's GPU
feature discovery's; the cloud is what `spec.providerID` begins with. No place is guessed: a node that does not say its
region stands in the one that was given for its cluster, or in none.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ledger.connectors.kubernetes import words
from ledger.connectors.kubernetes.jobs import ClusterJob

_CLOUDS = {"aws": "aws", "gce": "gcp", "azure": "azure"}
_PINS = (words.NODE_REGION, words.NODE_ZONE, words.NODE_HOST)
"""Selectors that bind a Job to a place."""


@dataclass(frozen=True, slots=True)
class Node:
    """A node: its cloud and region as the ledger names them, and its labels.

    Attributes:
        name: of the node.
        provider: aws, gcp or azure; None on other machines.
        region_label: what its label says; None where it has none.
        place: as a policy names it: `aws:us-east-1`, or a zone or site of one's own; None where nobody says.
        gpu: the accelerator, as NVIDIA's label names it.
        is_open: pods may be put on it.
    """

    name: str
    provider: str | None
    region_label: str | None
    place: str | None
    gpu: str | None
    is_open: bool
    labels: Mapping[str, str]

    def takes(self, selector: Mapping[str, str]) -> bool:
        """Whether a pod with a node selector fits on it."""
        return self.is_open and all(self.labels.get(key) == value for key, value in selector.items())


@dataclass(frozen=True, slots=True)
class Places:
    """The nodes of a cluster."""

    nodes: tuple[Node, ...]

    def of(self, job: ClusterJob) -> frozenset[str | None]:
        """The places of all nodes that a Job fits on; None among them where one of them does not say its own."""
        return frozenset(node.place for node in self.nodes if node.takes(job.node_selector))

    def label_of(self, place: str) -> str | None:
        """The region label of the nodes of a place; None where none has one."""
        return next((node.region_label for node in self.nodes if node.place == place and node.region_label), None)


def is_pinned(job: ClusterJob) -> bool:
    """Whether the Job itself names the region, zone or host that it is to run on."""
    return any(pin in job.node_selector for pin in _PINS)


def places_of(items: Iterable[Mapping[str, Any]], given: str | None = None) -> Places:
    """The nodes of what the API answered; ``given`` is the place of those that do not say theirs."""
    return Places(tuple(_node(item, given) for item in items))


def _node(item: Mapping[str, Any], given: str | None) -> Node:
    head, spec = item.get("metadata") or {}, item.get("spec") or {}
    labels = head.get("labels") or {}
    region = labels.get(words.NODE_REGION)
    provider = _CLOUDS.get(str(spec.get("providerID") or "").partition(":")[0])
    place = f"{provider}:{region}" if provider and region else region or given
    is_open = not spec.get("unschedulable")
    return Node(str(head.get("name")), provider, region, place, labels.get(words.NODE_GPU), is_open, labels)
