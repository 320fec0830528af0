"""Kubernetes clusters: Jobs that wait for cleaner hours, and pods that have ended as runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.book.live.clusters import ClusterRuns
    from ledger.connectors.kubernetes.acts import Act
    from ledger.connectors.kubernetes.controller import Rules


class Clusters(Book):
    """Kubernetes clusters: Jobs that wait for cleaner hours, and pods that have ended as runs."""

    __slots__ = ()

    def control(
        self, rules: Rules, contexts: Sequence[str | None] = (None,), *, kubeconfig: Path | None = None,
        now: datetime | None = None,
    ) -> Rows[Act]:  # fmt: skip
        """One pass over clusters: every Job with our label is held, let go, interrupted or moved, and said why.

        Nothing is changed unless ``rules.apply``. What was decided stands on the Jobs and in the ledger, so that a pass
        needs nothing of the one before.

        Args:
            rules: the policy and what goes with it.
            contexts: of the kubeconfig; None is the current one, or the pod's own cluster.
            kubeconfig: the file, where it is another than kubectl's.
            now: the time; the clock's when left out.

        Raises Misuse for a context or kubeconfig that cannot be used; faults of a cluster are acts.
        """
        from ledger.book.live.clusters import controlled_clusters
        from ledger.connectors.kubernetes.acts import Act

        return Rows(controlled_clusters(self, contexts, rules, kubeconfig, now), Act)

    def connect_kubernetes(
        self, context: str | None = None, *, kubeconfig: Path | None = None, namespace: str | None = None,
        labels: str | None = None, region: str | None = None, choices: Mapping[str, str] | None = None,
        check: bool = False,
    ) -> ClusterRuns:  # fmt: skip
        """Take in the pods of Jobs that have ended as runs, exactly once, by a CSV whose bytes are kept as evidence.

        Args:
            context: of the kubeconfig; None is the current one, or the pod's own cluster.
            kubeconfig: the file, where it is another than kubectl's.
            namespace: None: all.
            labels: which pods of Jobs; those that say `ghg-ledger/stage` when left out.
            region: where nodes stand that do not say so.
            choices: what the pods leave open: `stage`, `facility_id`, `country` …
            check: say what would happen and write nothing.

        Raises Misuse for a context or kubeconfig that cannot be used, ClusterFault where the cluster does not answer.
        """
        from ledger.book.live.clusters import connected_cluster

        return connected_cluster(self, context, kubeconfig, namespace, labels, region, choices or {}, check=check)
