"""Whether the ledger holds, and how it is kept: trace, verify, copies."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.verbs.book import Book
from ledger.tabular import Rows

if TYPE_CHECKING:
    from ledger.assurance.doctor import Check
    from ledger.assurance.rebuild import Rebuilt
    from ledger.assurance.recomputed import Recomputed
    from ledger.assurance.tracing.batch import BatchRecord
    from ledger.assurance.tracing.sought import Lines, Sought
    from ledger.assurance.tracing.trace import Trace
    from ledger.assurance.verify import Verification
    from ledger.book.acts.migrating import Migrated
    from ledger.book.packing import Packed
    from ledger.store import Checkpoint
    from ledger.store.snapshot import Snapshot


class Safekeeping(Book):
    """Whether the ledger holds, and how it is kept: trace, verify, copies."""

    __slots__ = ()

    def trace(self, what: str, *, limit: int = 20, first: int = 0) -> Trace:
        """Follow a figure's id, or an entry, down to choice, activity, batch, file and line.

        A figure's ``limit`` largest postings are told, after the ``first`` so many.

        ``what`` is that id (`2026-Q3/operational_control/scope_1@14`, or by :meth:`Inventory.figure_id`) or entry.
        Amounts in kg CO2e or kWh, as ``unit`` of the answer says; lines and rest add up to the figure exactly. Raises
        Misuse where it is neither.
        """
        from ledger.assurance.tracing.trace import trace
        from ledger.store import session

        with session(self.path) as s:
            return trace(s, what, limit=limit, first=first)

    def lines(
        self,
        period: str,
        sought: Sought,
        *,
        view: str | None = None,
        at: int | None = None,
        first: int = 0,
        limit: int = 100,
    ) -> Lines:
        """The postings of a period that are looked for, ``limit`` of them after the ``first`` so many.

        ``sought`` says what is looked for. Amounts in kg CO2e or kWh. Raises Misuse for a ``first`` beyond those that
        can be had.
        """
        from ledger.assurance.tracing.sought import sought_lines
        from ledger.store import session

        with session(self.path) as s:
            return sought_lines(s, self._period(s, period), self._view(s, view), at, sought, first=first, limit=limit)

    def batch(self, number: int, *, first: int = 0, limit: int = 100) -> BatchRecord:
        """A batch: its header, what it holds, ``limit`` of its entries after the ``first`` so many, and its file.

        ``number`` is 12 for B12. Raises Misuse where there is none.
        """
        from ledger.assurance.tracing.batch import batch_record
        from ledger.store import session

        with session(self.path) as s:
            return batch_record(s, number, first=first, limit=limit)

    def verify(
        self,
        *,
        checkpoint: Path | str | None = None,
        since: int | None = None,
        entry: str | None = None,
        public_key: str | Sequence[str] | None = None,
        timestamp_ca: Path | str | None = None,
        auditor_key: str | None = None,
    ) -> Verification:
        """Recompute every digest and every posting from what an auditor can read; lists every fault.

        ``checkpoint`` is a file that you kept, ``since`` a batch after which all is checked, ``entry`` one to be
        proved alone; ``public_key`` who may have signed, ``timestamp_ca`` the certificates and ``auditor_key`` the
        auditor's key that you trust. Source: RFC 6962, 2.1; docs/detections.md.
        """
        from ledger.assurance.verify import verify

        kept = None if checkpoint is None else Path(checkpoint)
        certificates = None if timestamp_ca is None else Path(timestamp_ca)
        return verify(
            self.path, checkpoint=kept, since=since, entry=entry, public_key=public_key, timestamp_ca=certificates,
            auditor_key=auditor_key,
        )  # fmt: skip

    def recompute(
        self, period: str, *, engine: str = "duckdb", connect: str | None = None, view: str | None = None,
        at: int | None = None,
    ) -> Recomputed:  # fmt: skip
        """Make every posting of a period again, row by row, on an engine; hold the sums against the figures.

        The ledger is read and closed before the engine begins, and nothing is written to it.

        Args:
            period: 2026, 2026-Q3, 2026-07 …
            engine: duckdb or spark.
            connect: address of a Spark Connect server that sees the ledger's folder.
            view: whose closed periods are read at their pin; amounts are of whole facilities.
            at: a number of batches.
        """
        from ledger.book.recomputing import recomputed_period

        return recomputed_period(self, period, engine, connect, view, at)

    def snapshot(self, file: Path | str, *, people: bool = True) -> Snapshot:
        """Copy the ledger with all that lies beside it into one file; without the names where it goes to others.

        ``people`` says with the names. Raises Misuse where the file is there.
        """
        from ledger.store.snapshot import write_snapshot

        return write_snapshot(self.path, Path(file), people=people)

    def migrate(self, snapshot: Path | str | None = None) -> Migrated:
        """Bring a ledger of an earlier version to this one, after a snapshot; every root stays what it was.

        ``snapshot`` is where that goes, beside the ledger where None. Raises Misuse for a ledger of a newer version.
        """
        from ledger.book.acts.migrating import migrated

        return migrated(self, None if snapshot is None else Path(snapshot))

    def pack(
        self,
        period: str,
        file: Path | str,
        *,
        view: str | None = None,
        at: int | None = None,
        formats: Sequence[str] = ("pdf", "xlsx", "html", "json"),
    ) -> Packed:
        """The evidence pack of a period: its report, and all from which a stranger recomputes it, in one file.

        Raises Misuse where the file is there, or the period has nothing to prove.
        """
        from ledger.book.packing import write_pack
        from ledger.store import session

        with session(self.path) as s:
            return write_pack(s, self._period(s, period), self._view(s, view), at, Path(file), tuple(formats))

    def rebuild(self, new: Path | str) -> Rebuilt:
        """Make the ledger's file anew from its evidence folder; the damaged one is left as it is.

        ``new`` is where to. Raises Misuse where a file is there, or evidence has no rows of a ledger.
        """
        from ledger.assurance.rebuild import rebuild

        return rebuild(self.path, Path(new))

    def doctor(self) -> Rows[Check]:
        """What stands in the way of daily work: file, lock, side files, keys, disk, version; nothing is changed."""
        from ledger.assurance.doctor import Check, examine

        return Rows(examine(self.path), Check)

    def checkpoint(self) -> Checkpoint:
        """Size and root of the log as it stands.

        Source: RFC 6962, 2.1.
        """
        from ledger.store import latest_checkpoint, session

        with session(self.path) as s:
            return latest_checkpoint(s)
