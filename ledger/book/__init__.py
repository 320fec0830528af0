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

    Each call takes the file for itself only while it reads or writes. What it answers is a record or rows of records,
    and a table too (:class:`ledger.tabular.Tabular`): `.to_polars()`, `.to_arrow()`, amounts exact.

    Words that verbs share:
        period: `2026`, `2026-Q3`, `2026-H1`, `2026-07`, `2026-01-01..2026-06-30`, `FY2026`, `FY2026-Q1`.
        view: operational_control, financial_control, equity_share, esrs_set1 or esrs_revised; the ledger's own
            approach where None. In the life of a period `all`, or a view that was closed by itself.
        at: as the ledger stood at this number of batches; now where None.
        entity: a legal entity, where only its part of a period is meant.
        actor: who acts, by name or id; the user of the system where None.
        file, folder: where to read or write. What is there is not overwritten, but the reports of a folder.
        formats, paper, language: of documents: pdf, xlsx, html, json …, `A4` or `letter`, `en` or `de`.
        narrative: a TOML file of the texts that people give for a statement.
        first, limit: how many are passed over, and how many are told at most.
        check: say what would happen, and write nothing.
        reason, note: why, by a code or in words; on record for good.

    Every verb raises Misuse where there is no such ledger, period, view or size, or the person is unknown; Refused
    where a rule stands against an act, as that none of the person's roles may; Busy where another process holds the
    ledger too long; Damage where it cannot be read.
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

        ``path`` is where; ``organisation`` who reports; ``consolidation`` operational_control, financial_control or
        equity_share (GHG Protocol Corporate Standard, chapter 3); ``gwp`` AR4, AR5 or AR6; ``base_year`` from 1990 on;
        ``fiscal_year_start`` the first day of a month as MM-DD. Raises Misuse where a file is there, or a word is none
        of these.
        """
        from ledger.book.acts.founding import found_ledger

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
        """Put a ledger back from a snapshot, at a path where none is.

        ``snapshot`` is the file, ``path`` where to. Raises Misuse for a file that is no snapshot, or a path that is
        taken.
        """
        from ledger.store.snapshot import restore_snapshot

        restore_snapshot(Path(snapshot), Path(path))
        return cls(path, actor=actor)


__all__ = ["Ledger"]
