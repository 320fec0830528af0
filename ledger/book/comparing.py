"""Two reports side by side: what each side names, and their comparison."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ledger.book.checking import report_content
from ledger.book.issued import issued_rows
from ledger.book.verbs.book import Book
from ledger.disclosure.checking.claimed import claimed
from ledger.disclosure.comparison.document import COMPARE_FORMATS, comparison_files
from ledger.disclosure.comparison.reading import ComparedReports, Side, read_comparison
from ledger.disclosure.documents.files import checked_formats, put_files
from ledger.errors import LedgerError, Misuse
from ledger.inventory.compile import checked_size
from ledger.store import Session, latest_checkpoint, session

_ENTRY = re.compile(r"B(\d+)(?:-(\d+))?")
_PLACE = re.compile(r"(?P<period>[^/@]+)(?:/(?P<view>[a-z0-9_]+))?(?:@(?P<size>\d+))?")
_FORMS = "an issued report (B52-1), a report's file, 2026-Q3@12, 2026-Q3/equity_share@12, or 2026-Q3 as it is now"


def compared_reports(ledger: Book, a: str, b: str, view: str | None, language: str | None) -> ComparedReports:
    """See :meth:`ledger.book.Ledger.compare_reports`."""
    with session(ledger.path) as s:
        named = [_side(ledger, s, text) for text in (a, b)]
        given = view or next((side.view for side in named if side.view), None)
        sides = []
        for side in named:
            seen = side.view or ledger._view(s, given)  # noqa: SLF001 — one facade in two files
            checked_size(s, seen, side.size)
            sides.append(Side(side.named, side.kind, side.period, seen, side.size, side.entry))
        return read_comparison(s, sides[0], sides[1], language)


def written_comparison(
    ledger: Book, a: str, b: str, view: str | None, formats: Sequence[str], folder: Path, paper: str,
    language: str | None,
) -> dict[str, Path]:  # fmt: skip
    """See :meth:`ledger.book.Ledger.compare_report_files`."""
    wanted, size = checked_formats(formats, paper, COMPARE_FORMATS)
    return put_files(comparison_files(compared_reports(ledger, a, b, view, language), wanted, size), folder)


def _side(ledger: Book, s: Session, text: str) -> Side:
    """What a text names; its view is empty where the text gives none. Raises Misuse where it names nothing."""
    if Path(text).is_file():
        return _of_file(ledger, s, Path(text))
    entry = _ENTRY.fullmatch(text)
    if entry is not None:
        return _of_issue(s, text, int(entry[1]), None if entry[2] is None else int(entry[2]))
    place = _PLACE.fullmatch(text)
    if place is None or Path(text).suffix.lower() in (".pdf", ".html", ".xlsx", ".json"):
        what = f"{text} is not there" if Path(text).suffix or "/" in text else f"'{text}' names no report"
        raise Misuse(what, f"name {_FORMS}")
    of = ledger._period(s, place["period"])  # noqa: SLF001 — one facade in two files
    now = latest_checkpoint(s).size
    size = now if place["size"] is None else int(place["size"])
    return Side(text, "now" if place["size"] is None else "size", of, place["view"] or "", size)


def _of_issue(s: Session, text: str, batch: int, seq: int | None) -> Side:
    rows = [row for row in issued_rows(s) if row.batch == batch and (seq is None or row.entry == text)]
    if not rows:
        raise Misuse(f"{text} is no report that was issued", "ghg report list shows those that were")
    row = rows[0]
    return Side(text, "issued", row.period, row.view, row.checkpoint_size, row.entry)


def _of_file(ledger: Book, s: Session, file: Path) -> Side:
    """What a report's file says it is; its checkpoint must be one of this ledger."""
    try:
        says = claimed(report_content(file))
        of = ledger._period(s, says.period)  # noqa: SLF001 — one facade in two files
        held = latest_checkpoint(s, says.size)
    except (ValueError, LedgerError) as fault:
        raise Misuse(f"{file.name} is no report of this ledger: {fault}", f"name {_FORMS}") from fault
    if (held.size, held.root) != (says.size, says.root):
        raise Misuse(
            f"{file.name} is of another ledger: its checkpoint has size {says.size} and root {says.root[:12]}…, which "
            "this ledger never had",
            "compare it with --ledger naming the ledger that it was made from; two ledgers are not compared",
        )
    return Side(file.name, "file", of, says.view, says.size)
