"""Whether the file of a report is ours and unchanged; and where not, which figure differs from the ledger."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.book.issued import IssuedRow, issued_rows, issued_state
from ledger.book.verbs.book import Book
from ledger.disclosure.claimed import Claimed, claimed
from ledger.disclosure.compared import SHOWN, Difference, differences
from ledger.disclosure.documents import QUARTERLY, report_bytes
from ledger.disclosure.figures import TEMPLATE_VERSION, QuarterlyFigures
from ledger.disclosure.quarterly import quarterly_figures
from ledger.disclosure.statement.layout import layout, layouts
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
    record), other_version (its figures agree; its bytes were made by another version), foreign (no report of this
    ledger). ``entry`` is the issued report it is, or ought to be; ``state`` what became of that one.
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


def checked_files(ledger: Book, kind: str | None, files: Sequence[Path]) -> tuple[CheckedFile, ...]:
    """See :meth:`ledger.book.Ledger.check_reports`."""
    contents = [(file, report_content(file)) for file in files]
    with session(ledger.path) as s:
        rows = issued_rows(s)
        read: dict[Any, QuarterlyFigures] = {}
        return tuple(_checked(s, ledger, kind, (file, content), rows, read) for file, content in contents)


def report_content(file: Path) -> bytes:
    """The bytes of a report's file. Raises Misuse where none is there, or it is larger than any report."""
    if not file.is_file():
        raise Misuse(f"{file} is not there", "name the file of a report: PDF, XLSX, HTML or JSON")
    if file.stat().st_size > _LARGEST:
        raise Misuse(f"{file} is larger than any report", "name the file of a report: PDF, XLSX, HTML or JSON")
    return file.read_bytes()


def _checked(
    s: Session, ledger: Book, kind: str | None, given: tuple[Path, bytes], rows: tuple[IssuedRow, ...],
    read: dict[Any, QuarterlyFigures],
) -> CheckedFile:  # fmt: skip
    file, content = given
    sha256 = hashlib.sha256(content).hexdigest()
    issued = next((row for row in rows if sha256 in row.files.values()), None)
    if issued is not None:
        state = issued_state(s, issued, rows)
        words = f"issued as {issued.entry} from checkpoint {issued.checkpoint_size}, and unchanged"
        return CheckedFile(file, "issued", words, None, issued.entry, state.state)
    kind = kind or _kind_said(content)
    if kind != QUARTERLY:
        unknown = f"no {layout(kind).kind} that was issued has these bytes"
        return CheckedFile(file, "unrecorded", f"{unknown}; hold it against one made again with the same texts")
    try:
        says = claimed(content)
        of = ledger._period(s, says.period)  # noqa: SLF001 — one facade in two files
        _check_place(s, says, kind)
    except (ValueError, LedgerError) as fault:
        return CheckedFile(file, "foreign", f"no report of this ledger: {fault}")
    own = next((row for row in reversed(rows) if _is_of(row, says, of)), None)
    figures = _figures(s, says, of, read)
    made, kept = _made(s, says, own, figures)
    if made == content:
        return _same(file, says, own)
    try:
        found = differences(figures, says.form, content, made)
    except ValueError as fault:
        return CheckedFile(file, "changed", f"it is not what the ledger makes, and cannot be read: {fault}", says)
    if says.versions not in (None, (software_version(), TEMPLATE_VERSION)) and not kept:
        return _other_version(file, says, found)
    entry = own.entry if own and says.issued else None
    against = f"what was issued as {entry}" if kept else f"what the ledger makes at {says.size}"
    told, more = tuple(found[:SHOWN]), max(0, len(found) - SHOWN)
    return CheckedFile(file, "changed", f"changed: it differs from {against}", says, entry, None, told, more)


def _kind_said(content: bytes) -> str:
    """The kind of report that a file says it is; the quarterly one, and its words on it, where it says none of ours."""
    try:
        said = claimed(content).kind
    except ValueError:
        return QUARTERLY
    return said if said in layouts() else QUARTERLY


def _check_place(s: Session, says: Claimed, kind: str) -> None:
    """The checkpoint is one of this ledger, and the document one that is made again here. Raises ValueError if not."""
    if says.kind != kind:
        raise ValueError(f"it is a report '{says.kind}', not '{kind}'")
    held = latest_checkpoint(s, says.size)
    if held.size < says.size:
        raise ValueError(f"its checkpoint has size {says.size}, and this ledger has {held.size} batches")
    if held.root != says.root:
        raise ValueError(f"its root is {says.root[:12]}…, and at size {says.size} this ledger has {held.root[:12]}…")


def _is_of(row: IssuedRow, says: Claimed, of: Period) -> bool:
    return (row.checkpoint_size, row.view, row.period.start, row.period.end) == (
        says.size, says.view, of.start, of.end,
    )  # fmt: skip


def _figures(s: Session, says: Claimed, of: Period, read: dict[Any, QuarterlyFigures]) -> QuarterlyFigures:
    """The figures of the file's period, view and checkpoint, read once for all files of it."""
    key = (of.start, of.end, says.view, says.size, says.language)
    with_postings = says.form == "xlsx"
    if key not in read or (with_postings and read[key].postings is None):
        read[key] = quarterly_figures(
            s, of, says.view, says.size, with_postings=with_postings, language=says.language
        )
    return replace(read[key], issued=says.issued)


def _made(s: Session, says: Claimed, own: IssuedRow | None, figures: QuarterlyFigures) -> tuple[bytes, bool]:
    """The document to compare with: the kept one of the same issue, else one that is made anew; and whether kept."""
    for name, sha256 in (own.files if own is not None and says.issued else {}).items():
        kept = evidence_folder(s.path) / sha256
        if name.endswith(f".{says.form}") and kept.is_file():
            content = kept.read_bytes()
            if hashlib.sha256(content).hexdigest() == sha256:
                return content, True
    return report_bytes(figures, (says.form,), says.paper)[says.form], False


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
