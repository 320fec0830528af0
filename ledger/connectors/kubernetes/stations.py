"""A cluster as a pass finds it: its Jobs, its nodes, and the CronJobs that wait for Jobs that are held."""

from __future__ import annotations

from dataclasses import dataclass, field

from ledger.connectors.kubernetes.client import Cluster
from ledger.connectors.kubernetes.faults import ClusterFault
from ledger.connectors.kubernetes.jobs import ClusterJob
from ledger.connectors.kubernetes.places import Places

_WAITS = {
    "Forbid": "While it is held the CronJob {name} makes no other Job (concurrencyPolicy Forbid).",
    "Replace": "The CronJob {name} deletes it when the next is due (concurrencyPolicy Replace).",
}
"""What `spec.concurrencyPolicy` of a CronJob does while a Job of it is held: a suspended Job counts as active."""


@dataclass
class Station:
    """A cluster in a pass.

    Attributes:
        cluster: to speak to it.
        places: where its nodes stand; None where they could not be read.
        jobs: those with our label, in order of time.
    """

    cluster: Cluster
    places: Places | None
    jobs: list[ClusterJob]
    _policies: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def context(self) -> str:
        """The name of the cluster."""
        return self.cluster.context

    def waiting_words(self, job: ClusterJob) -> str:
        """What a CronJob does while its Job is held, as a sentence; nothing where it does not matter."""
        if job.cron_job is None:
            return ""
        key = (job.namespace, job.cron_job)
        if key not in self._policies:
            try:
                found = self.cluster.cron_job(*key) or {}
                self._policies[key] = str((found.get("spec") or {}).get("concurrencyPolicy") or "Allow")
            except ClusterFault:
                self._policies[key] = ""
        words = _WAITS.get(self._policies[key])
        return "" if words is None else words.format(name=job.cron_job)
