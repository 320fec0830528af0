"""Whether the file of a report is ours and unchanged; and where not, which figure differs from the ledger."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.book.issued import IssuedRow, issued_rows, issued_state
from ledger.book.verbs.book import Book
from ledger.disclosure.checking.claimed import Claimed, claimed
from ledger.disclosure.checking.differences import SHOWN, Difference, differences
from ledger.disclosure.documents.document import Document
from ledger.disclosure.figures.record import TEMPLATE_VERSION
from ledger.disclosure.kinds import kinds, read_document
from ledger.disclosure.quarterly.document import QUARTERLY
from ledger.disclosure.requirements.narrative import Told, read_narrative
from ledger.errors import LedgerError, Misuse
from ledger.store import Session, latest_checkpoint, session
from ledger.store.append import software_version
from ledger.store.evidence import evidence_folder

if TYPE_CHECKING:
    from ledger.inventory import Period

_LARGEST = 512 * 2**20  # bytes
FINE = ("issued", "draft")


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """What a file turned out to be.

    ``verdict``: issued (the bytes of an issued report), draft (not issued, and the ledger makes the same bytes),
    changed (it differs, where ``differences`` say), unrecorded (it says that it was issued, and no such issue is on
    record), untold (it holds texts of people that are not at hand, so it cannot be made again), other_version (its
    figures agree; its bytes were made by another version), foreign (no report of this ledger). ``entry`` is the issued
    report it is, or ought to be; ``state`` what became of that one.
    """

    file: Path
    verdict: str
    words: str
    claimed: Claimed | None = None
    entry: str | None = None
    state: str | None = None
    differences: tuple[Difference, ...] = ()
    more: int = 0

    @property
    def ok(self) -> bool:
        """Whether the file is ours and unchanged."""
        return self.verdict in FINE


@dataclass(frozen=True, slots=True)
class _Desk:
    """What files are held against: the ledger, what was issued of it, texts that are given, documents made so far."""

    s: Session
    ledger: Book
    kind: str | None
    rows: tuple[IssuedRow, ...]
    told: Told | None
    with_postings: bool
    read: dict[tuple[object, ...], Document] = field(default_factory=dict)


def checked_files(
    ledger: Book, kind: str | None, files: Sequence[Path], narrative: Path | None = None
) -> tuple[CheckedFile, ...]:
    """See :meth:`ledger.book.Ledger.check_reports`."""
    contents = [(file, report_content(file)) for file in files]
    told = None if narrative is None else read_narrative(narrative)
    with session(ledger.path) as s:
        books = any(content.startswith(b"PK") for _, content in contents)
        desk = _Desk(s, ledger, kind, issued_rows(s), told, books)
        return tuple(_checked(desk, file, content) for file, content in contents)


def report_content(file: Path) -> bytes:
    """The bytes of a report's file. Raises Misuse where none is there, or it is larger than any report."""
    if not file.is_file():
        raise Misuse(f"{file} is not there", "name the file of a report: PDF, XLSX, HTML or JSON")
    if file.stat().st_size > _LARGEST:
        raise Misuse(f"{file} is larger than any report", "name the file of a report: PDF, XLSX, HTML or JSON")
    return file.read_bytes()


def _checked(desk: _Desk, file: Path, content: bytes) -> CheckedFile:
    sha256 = hashlib.sha256(content).hexdigest()
    issued = next((row for row in desk.rows if sha256 in row.files.values()), None)
    if issued is not None:
        state = issued_state(desk.s, issued, desk.rows)
        words = f"issued as {issued.entry} from checkpoint {issued.checkpoint_size}, and unchanged"
        return CheckedFile(file, "issued", words, None, issued.entry, state.state)
    try:
        says = claimed(content)
        of = desk.ledger._period(desk.s, says.period)  # noqa: SLF001 — one facade in two files
        _check_place(desk.s, says, desk.kind)
    except (ValueError, LedgerError) as fault:
        return CheckedFile(file, "foreign", f"no report of this ledger: {fault}")
    told = _told(desk, says, content)
    if told is None and says.kind != QUARTERLY:
        words = "it holds texts of people that are not at hand, so it cannot be made again: name them with --narrative"
        return CheckedFile(file, "untold", f"{words} FILE (SHA-256 {', '.join(sorted(says.digests))})", says)
    own = [row for row in reversed(desk.rows) if _is_of(row, says, of)]
    return _held_against(desk, file, content, says, own, _document(desk, says, of, told))


def _held_against(
    desk: _Desk, file: Path, content: bytes, says: Claimed, rows: Sequence[IssuedRow], document: Document
) -> CheckedFile:
    """What a file is beside the document of its own words: the kept one of the same issue, or one made anew."""
    own, kept = _kept(desk, says, rows)
    made = kept or document.made((says.form,), says.paper)[says.form]
    if made == content:
        return _same(file, says, own)
    try:
        found = differences(document, says.form, content, made)
    except ValueError as fault:
        return CheckedFile(file, "changed", f"it is not what the ledger makes, and cannot be read: {fault}", says)
    if says.versions not in (None, (software_version(), TEMPLATE_VERSION)) and kept is None:
        return _other_version(file, says, found)
    entry = own.entry if own and says.issued else None
    against = f"what the ledger makes at {says.size}" if kept is None else f"what was issued as {entry}"
    told, more = tuple(found[:SHOWN]), max(0, len(found) - SHOWN)
    return CheckedFile(file, "changed", f"changed: it differs from {against}", says, entry, None, told, more)


def _told(desk: _Desk, says: Claimed, content: bytes) -> Told | None:
    """The texts of people that stand in a statement: given, kept, in the file itself, or none; None if not at hand.

    They are those whose digest the file names. A file that names none was made before files did: what is given counts.
    """
    if says.kind == QUARTERLY:
        return None
    at_hand = (*((desk.told,) if desk.told else ()), Told(), *_texts_at_hand(desk, says, content))
    return at_hand[0] if not says.digests else next((one for one in at_hand if one.sha256 in says.digests), None)


def _texts_at_hand(desk: _Desk, says: Claimed, content: bytes) -> Iterator[Told]:
    """The texts in a statement's own JSON, and those that were kept when statements were issued."""
    if says.form == "json":
        own = json.loads(content)
        yield from _as_told(own.get("texts"), own.get("said_none"))
    for row in desk.rows:
        digest = (row.inputs or {}).get("narrative_sha256")
        kept = evidence_folder(desk.s.path) / str(digest)
        if digest in says.digests and kept.is_file():
            held = json.loads(kept.read_bytes())
            yield from _as_told(held.get("texts"), held.get("none"))


def _as_told(texts: object, none: object) -> Iterator[Told]:
    if isinstance(texts, dict) and isinstance(none, list):
        yield Told({str(name): str(words) for name, words in texts.items()}, frozenset(map(str, none)))


def _check_place(s: Session, says: Claimed, kind: str | None) -> None:
    """The checkpoint is one of this ledger, and the document one that is made again here. Raises ValueError if not."""
    if says.kind not in kinds():
        raise ValueError(f"it is a report '{says.kind}', which is not made here")
    if kind is not None and says.kind != kind:
        raise ValueError(f"it is a report '{says.kind}', not '{kind}'")
    held = latest_checkpoint(s, says.size)
    if held.size < says.size:
        raise ValueError(f"its checkpoint has size {says.size}, and this ledger has {held.size} batches")
    if held.root != says.root:
        raise ValueError(f"its root is {says.root[:12]}…, and at size {says.size} this ledger has {held.root[:12]}…")


def _is_of(row: IssuedRow, says: Claimed, of: Period) -> bool:
    return (row.report, row.checkpoint_size, row.view, row.period.start, row.period.end) == (
        says.kind, says.size, says.view, of.start, of.end,
    )  # fmt: skip


def _document(desk: _Desk, says: Claimed, of: Period, told: Told | None) -> Document:
    """The document of the file's kind, period, view, checkpoint and language, made once for all files of it."""
    texts = None if told is None else told.sha256
    key = (says.kind, of.start, of.end, says.view, says.size, says.language, says.issued, texts)
    if key not in desk.read:
        desk.read[key] = read_document(
            desk.s, says.kind, of, says.view, says.size, told, with_postings=desk.with_postings, issued=says.issued,
            language=says.language,
        )  # fmt: skip
    return desk.read[key]


def _kept(desk: _Desk, says: Claimed, rows: Sequence[IssuedRow]) -> tuple[IssuedRow | None, bytes | None]:
    """The issue that a file says it is, and its kept bytes in the file's format; the latest one in its language."""
    if not says.issued:
        return (rows[0] if rows else None), None
    for row in rows:
        if (row.inputs or {}).get("language", says.language) != says.language:
            continue
        for name, sha256 in row.files.items():
            kept = evidence_folder(desk.s.path) / sha256
            if name.endswith(f".{says.form}") and kept.is_file():
                content = kept.read_bytes()
                if hashlib.sha256(content).hexdigest() == sha256:
                    return row, content
    return (rows[0] if rows else None), None


def _same(file: Path, says: Claimed, own: IssuedRow | None) -> CheckedFile:
    """The bytes are those that the ledger makes, and are on record nowhere."""
    if says.issued:
        words = "it says that it was issued, and no such issue is on record; its figures are those of the ledger"
        return CheckedFile(file, "unrecorded", words, says, own.entry if own else None)
    words = f"not issued: the ledger makes the same bytes at checkpoint {says.size}"
    return CheckedFile(file, "draft", words, says)


def _other_version(file: Path, says: Claimed, found: list[Difference]) -> CheckedFile:
    """A document of another version of the program: its bytes cannot be compared, its figures can."""
    versions = f"ghg-ledger {says.versions[0]}, template {says.versions[1]}" if says.versions else "another version"
    own = tuple(one for one in found if one.figure is not None)
    if own:
        return CheckedFile(file, "changed", f"made by {versions}; figures differ", says, None, None, own[:SHOWN],
                           max(0, len(own) - SHOWN))  # fmt: skip
    return CheckedFile(file, "other_version", f"made by {versions}: its figures agree, its bytes cannot be told", says)
