"""The Ledger: what people hold. Every verb is in `verbs`, a few lines each; command line and page only call it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ledger.book.verbs.beside import Beside
from ledger.book.verbs.clusters import Clusters
from ledger.book.verbs.completeness import Coverage
from ledger.book.verbs.computing import Computing
from ledger.book.verbs.connections import Connections
from ledger.book.verbs.contracts import Contracts
from ledger.book.verbs.documents import Documents
from ledger.book.verbs.estimates import Estimates
from ledger.book.verbs.figures import Figures
from ledger.book.verbs.grounds import Grounds
from ledger.book.verbs.keys import Keys
from ledger.book.verbs.periods import Periods
from ledger.book.verbs.persons import Persons
from ledger.book.verbs.recording import Recording
from ledger.book.verbs.review import Review
from ledger.book.verbs.safekeeping import Safekeeping
from ledger.book.verbs.sampling import Sampling
from ledger.book.verbs.schedule import Schedule
from ledger.book.verbs.telemetry import TelemetryVerbs


class Ledger(
    Recording,
    Figures,
    Beside,
    Contracts,
    Documents,
    Coverage,
    Periods,
    Safekeeping,
    Keys,
    Grounds,
    Persons,
    Review,
    Sampling,
    Estimates,
    Computing,
    Connections,
    Clusters,
    Schedule,
    TelemetryVerbs,
):
    """A ledger file and the person who acts on it.

    Each call takes the file for itself only while it reads or writes. Raises Misuse where there is no such
    ledger or the person is unknown, Busy where another process holds it too long.
    """

    __slots__ = ()

    @classmethod
    def init(
        cls,
        path: Path | str,
        *,
        organisation: str,
        consolidation: str = "operational_control",
        gwp: str = "AR6",
        base_year: int | None = None,
        fiscal_year_start: str = "01-01",
        actor: str | None = None,
        datasets: Sequence[str] = (),
    ) -> Ledger:
        """Make a ledger: its tables, settings, its first person, and the shipped factors, each as a batch.

        With ``datasets`` only those are published; others follow by :meth:`publish_factors`.
        """
        from ledger.book.founding import found_ledger

        ledger = cls(path, actor=actor)
        settings = {
            "organisation": organisation,
            "consolidation": consolidation,
            "gwp": gwp,
            "base_year": "" if base_year is None else str(base_year),
            "fiscal_year_start": fiscal_year_start,
        }
        found_ledger(ledger.path, ledger.actor, settings, datasets)
        return ledger

    @classmethod
    def restore(cls, snapshot: Path | str, path: Path | str, *, actor: str | None = None) -> Ledger:
        """Put a ledger back from a snapshot, at a path where none is."""
        from ledger.store.snapshot import restore_snapshot

        restore_snapshot(Path(snapshot), Path(path))
        return cls(path, actor=actor)


__all__ = ["Ledger"]
