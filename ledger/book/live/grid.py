"""Taking in what a service for grids answers: asked first, then a file, then an upload like any other."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ledger.book.recording.uploading import known_of, uploaded
from ledger.book.results import GridResult, UploadResult
from ledger.book.verbs.book import Book
from ledger.connectors.grid import Wish, answers_of
from ledger.errors import Misuse
from ledger.intake.tables.mapping import Shaping
from ledger.store import session


def connected_grid(ledger: Book, wish: Wish, url: str | None, *, check: bool, keep: Path | None) -> GridResult:
    """Ask for what is wished and take it in; see :meth:`ledger.book.Ledger.connect_grid`."""
    if keep is not None and keep.exists():
        raise Misuse(f"{keep} is there already", "name another; nothing was overwritten, and nothing asked")
    if check:
        known_of(ledger)  # a ledger that is not there is told before anything is asked
    else:
        ledger._check_may("upload")  # noqa: SLF001 — one facade in two files
    answers = answers_of(wish, url)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / answers.name
        file.write_bytes(answers.content)
        if keep is not None:
            with keep.open("xb") as kept:
                kept.write(answers.content)
        done = uploaded(
            ledger, file, kind=None, locale=None, sheet=None, encoding=None, check=check, again=False, reason=None,
            shaping=Shaping(),
        )  # fmt: skip
    return GridResult(wish.zone, wish.source, answers.count, answers.retrieved_at, _recorded(ledger, done), done)


def _recorded(ledger: Book, done: UploadResult) -> int:
    """How many values a batch holds; what the ledger had alike is not among them."""
    if done.status != "accepted":
        return 0
    with session(ledger.path) as s:
        return int(s.one("select count(*) from grid_intensity where batch_no = ?", [done.batch])[0])
