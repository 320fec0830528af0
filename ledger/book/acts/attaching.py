"""Documents of the book: a file is kept by its SHA-256 and linked to the entries that it shows, in one batch."""

from __future__ import annotations

import hashlib
import mimetypes
import re
from pathlib import Path

from ledger.assurance.reviewing.documents import Attachment, attachments
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.errors import Misuse
from ledger.store import Session, Writing, append, as_arrow, session
from ledger.store.evidence import keep_file
from ledger.store.tables import Evidence, EvidenceLink

_ENTRY = re.compile(r"B(\d+)-(\d+)")


def attached(ledger: Book, file: Path, entries: tuple[str, ...], note: str) -> WriteResult:
    """Keep a file and link it to entries; see :meth:`ledger.book.Ledger.attach`."""
    named = tuple(dict.fromkeys(entry_named(entry) for entry in entries))
    sha256, size = _digest(file)
    with session(ledger.path, "write") as s:
        act = ledger._act(  # noqa: SLF001 — one facade in two files
            s, "attach", reason=note or None, source_name=file.name, source_sha256=sha256, source_bytes=size
        )
        for entry in named:
            _check_entry(s, entry)
        known = bool(s.rows("select 1 from evidence where sha256 = ? limit 1", [sha256]))
        linked = set(s.rows("select entry_batch, entry_seq from evidence_link where sha256 = ?", [sha256]))
        new = [entry for entry in named if entry not in linked]
        counts = {"documents": int(not known), "links": len(new), "already": len(named) - len(new)}
        if known and not new:
            return WriteResult(None, 0, counts)
        keep_file(ledger.path, file, sha256)

        def fill(writing: Writing) -> None:
            if not known:
                media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
                row = {"sha256": sha256, "name": file.name, "bytes": size, "media_type": media_type}
                writing.insert_rows(Evidence, as_arrow(Evidence, [row]))
            links = [{"sha256": sha256, "entry_batch": batch_no, "entry_seq": seq, "note": note or None}
                     for batch_no, seq in new]  # fmt: skip
            writing.insert_rows(EvidenceLink, as_arrow(EvidenceLink, links))

        done = append(s, act, fill)
    return WriteResult(done.batch_no, done.entries, counts)


def attachments_of(ledger: Book, entry: str | None) -> tuple[Attachment, ...]:
    """See :meth:`ledger.book.Ledger.attachments`."""
    named = None if entry is None else entry_named(entry)
    with session(ledger.path) as s:
        if named is not None:
            _check_entry(s, named)
        return attachments(s, named)


def entry_named(text: str) -> tuple[int, int]:
    """Batch and number of an entry's id. Raises Misuse where the text is none, a whole batch included."""
    match = _ENTRY.fullmatch(text.strip())
    if match is None:
        whole = re.fullmatch(r"B\d+", text.strip())
        fix = f"name entries of it, like {text.strip()}-1" if whole else "write B12-3; ghg trace shows entries"
        raise Misuse(f"'{text}' is {'a whole batch' if whole else 'not an entry'}", fix)
    return int(match[1]), int(match[2])


def _check_entry(s: Session, entry: tuple[int, int]) -> None:
    held = s.rows("select entry_count from batch where batch_no = ?", [entry[0]])
    if not held or not 1 <= entry[1] <= held[0][0]:
        has = f"batch {entry[0]} has {held[0][0]} entries" if held else f"it has no batch {entry[0]}"
        raise Misuse(f"this ledger has no entry B{entry[0]}-{entry[1]}: {has}", "ghg trace FIGURE shows entries")


def _digest(file: Path) -> tuple[str, int]:
    """SHA-256 and length in bytes of a file. Raises Misuse where there is none, or nothing in it."""
    if not file.is_file():
        what = "is a folder" if file.is_dir() else "is not there"
        raise Misuse(f"{file} {what}", "name the document itself: a PDF, an image, a letter")
    size = file.stat().st_size
    if not size:
        raise Misuse(f"{file} is empty", "an empty file shows nothing; look for the right one")
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest(), size
