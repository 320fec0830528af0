"""A period recomputed by another engine: written out under the lock, worked on without it."""

from __future__ import annotations

import shutil

from ledger.assurance.recomputed import Recomputed, recomputed, written_out
from ledger.book.verbs.book import Book
from ledger.calculation.engines import engine
from ledger.store import session
from ledger.store.evidence import stage_folder


def recomputed_period(
    ledger: Book, period: str, name: str, connect: str | None, view: str | None, at: int | None
) -> Recomputed:
    """Hold the figures of a period against an engine; see :meth:`ledger.book.Ledger.recompute`."""
    folder = stage_folder(ledger.path)
    try:
        with session(ledger.path) as s:
            of = ledger._period(s, period)  # noqa: SLF001 — one facade in two files
            checkpoint, figures = written_out(s, of, ledger._view(s, view), at, folder)  # noqa: SLF001 — as above
        with engine(name, str(folder), connect) as on:
            return recomputed(on, folder, of, checkpoint, figures)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
