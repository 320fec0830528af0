"""Taking in what live systems wrote: every file through the upload, so that its bytes are evidence."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ledger.book.recording.uploading import uploaded
from ledger.book.results import SpoolResult
from ledger.book.verbs.book import Book
from ledger.connectors.spool import spool_of
from ledger.intake.tables.mapping import Shaping


def connected_spool(
    ledger: Book, folder: Path, choices: Mapping[str, str], *, check: bool, replace_earlier: bool, reason: str | None
) -> SpoolResult:
    """Take in the files of a folder of `ghg-track`; see :meth:`ledger.book.Ledger.connect_spool`."""
    spool = spool_of(folder)
    done = tuple(
        uploaded(
            ledger, path, kind=None, locale=None, sheet=None, encoding=None, check=check, again=False, reason=reason,
            shaping=Shaping(choices=choices), replace_earlier=replace_earlier,
        )
        for path in spool.ready
    )  # fmt: skip
    return SpoolResult(
        files=done, begun=tuple(path.name for path in spool.begun), foreign=tuple(path.name for path in spool.foreign)
    )
