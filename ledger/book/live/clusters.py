"""Clusters and the ledger: Jobs are advised by it, and pods that have ended become runs in it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.book.acts.advising import forecasts_held
from ledger.book.recording.uploading import uploaded
from ledger.book.results import UploadResult
from ledger.book.verbs.book import Book
from ledger.connectors.kubernetes.acts import Act
from ledger.connectors.kubernetes.client import cluster_of
from ledger.connectors.kubernetes.controller import Rules, controlled
from ledger.connectors.kubernetes.kubeconfig import access_of
from ledger.connectors.kubernetes.places import places_of
from ledger.connectors.kubernetes.runs import POD_SELECTOR, Runs, runs_of
from ledger.connectors.kubernetes.words import JOB_OF_POD
from ledger.intake.tables.mapping import Shaping
from ledger.schedule.decide import Advice, advise
from ledger.schedule.options import sites_for
from ledger.store import session
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from ledger.schedule.forecast import Forecast
    from ledger.schedule.job import Job
    from ledger.schedule.policy import Policy


@dataclass(frozen=True, slots=True)
class ClusterRuns(Tabular):
    """What became of the pods of a cluster: the upload of their runs (None: there was none), and what was left."""

    upload: UploadResult | None
    runs: Runs

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg connect kubernetes --json`."""
        told = None if self.upload is None else self.upload.as_json()
        left = {"running": list(self.runs.running), "unread": list(self.runs.unread)}
        return {"upload": told, "runs": len(self.runs.rows), **left}


@dataclass(slots=True)
class _Desk:
    """The ledger as who decides and keeps what was decided; within a pass it is asked once for the same zones."""

    ledger: Any
    _held: dict[frozenset[str], dict[str, Forecast]] = field(default_factory=dict)

    def advise(self, job: Job, policy: Policy, now: datetime) -> Advice:
        """By the forecasts and budgets that the ledger holds."""
        own, sites, _ = sites_for(job, policy)
        zones = frozenset(site.zone for site in (own, *sites))
        if zones not in self._held:
            with session(self.ledger.path) as s:
                self._held[zones] = forecasts_held(s, job, policy, now)
        if job.project not in policy.budget_kg:
            return advise(job, policy, self._held[zones], now)
        made: Advice = self.ledger.advise(job, policy, now=now, forecasts=self._held[zones])
        return made

    def record(self, advice: Advice) -> None:
        """On record before anything is done."""
        self.ledger.record_advice(advice)


def controlled_clusters(
    ledger: Book, contexts: Sequence[str | None], rules: Rules, kubeconfig: Path | None, now: datetime | None
) -> list[Act]:
    """One pass over clusters; see :meth:`ledger.book.Ledger.control`."""
    with ExitStack() as stack:
        clusters = [stack.enter_context(cluster_of(access_of(name, kubeconfig))) for name in contexts]
        return controlled(clusters, rules, _Desk(ledger), now or datetime.now(UTC))


def connected_cluster(
    ledger: Book, context: str | None, kubeconfig: Path | None, namespace: str | None, labels: str | None,
    region: str | None, choices: Mapping[str, str], *, check: bool,
) -> ClusterRuns:  # fmt: skip
    """Take in the pods of a cluster that have ended; see :meth:`ledger.book.Ledger.connect_kubernetes`."""
    with cluster_of(access_of(context, kubeconfig)) as cluster:
        places = places_of(cluster.nodes(), region)
        wanted = POD_SELECTOR if labels is None else f"{JOB_OF_POD},{labels}"
        runs = runs_of(cluster.context, cluster.pods(namespace, wanted), places)
    if not runs.rows:
        return ClusterRuns(None, runs)
    name = "".join(char if char.isalnum() or char in "-_." else "-" for char in cluster.context)[:80]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"kubernetes-{name}.csv"
        path.write_bytes(runs.csv(choices))
        done = uploaded(
            ledger, path, kind="ai_run", locale=None, sheet=None, encoding=None, check=check, again=False, reason=None,
            shaping=Shaping(),
        )  # fmt: skip
    return ClusterRuns(replace(done, marked=None), runs)  # what is wrong is in the cluster, not in a file to mend
