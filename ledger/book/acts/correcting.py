"""Corrections: an exact negative, and where a row is put right its replacement, in one batch with the reason."""

from __future__ import annotations

import csv
import io
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledger.book.recording.ai_posting import count_again
from ledger.book.results import WriteResult
from ledger.book.verbs.book import Book
from ledger.calculation.recording import add_period_totals, record_activities, stage_parts
from ledger.calculation.reversal import choose_reversed, record_reversal, record_reversed_parts
from ledger.errors import Misuse, Refused
from ledger.inventory.periods.settled_rows import settled_rows
from ledger.plain import plain_amount
from ledger.store import Session, Writing, append, session
from ledger.store.control_log import record_refusal
from ledger.store.evidence import stage_folder
from ledger.store.identity import person_called
from ledger.store.tables.activity import DETAIL_GIVEN

_ENTRY = re.compile(r"B(\d+)(?:-(\d+))?")


def reversed_entry(ledger: Book, entry: str, reason: str, note: str) -> WriteResult:
    """Cancel an entry or a batch; see :meth:`ledger.book.Ledger.reverse`."""
    batch_no, seq = _named(entry)
    stage = stage_folder(ledger.path)
    with (
        _refusal_recorded(ledger, "reversal", entry),
        _removed_at_end(stage),
        session(ledger.path, "write") as s,
    ):
        act = ledger._act(s, "reversal", reason=_why(reason, note))  # noqa: SLF001 — one facade in two files
        count = choose_reversed(s, batch_no, seq)

        def fill(writing: Writing) -> None:
            record_reversal(writing, count)
            count_again(writing, count, stage)
            record_reversed_parts(writing)
            add_period_totals(writing)

        done = append(s, act, fill)
        settled = settled_rows(s, done.batch_no)
    return WriteResult(done.batch_no, done.entries, {"activities": count}, settled)


def corrected_entry(
    ledger: Book, entry: str, changes: dict[str, str], reason: str, note: str, locale: str | None = None
) -> WriteResult:
    """Reverse an entry and put its changed copy beside it; see :meth:`ledger.book.Ledger.correct`.

    What is set is read as an upload of one row would be, numbers and dates by ``locale`` or, without one, only where
    they are unambiguous; then the whole copy is read and checked so.
    """
    from ledger.book.recording.uploading import known_of
    from ledger.intake import read_upload
    from ledger.intake.cells.locales import locale_of

    batch_no, seq = _named(entry)
    if seq is None:
        raise Misuse(f"{entry} is a whole batch", "correct one entry, like B12-3, or reverse the batch")
    ledger._check_may("correction")  # noqa: SLF001 — one facade in two files
    stage = stage_folder(ledger.path)
    with _refusal_recorded(ledger, "correction", entry), _removed_at_end(stage):
        with session(ledger.path) as s:
            row = _as_given(s, batch_no, seq, locale_of(locale).decimal)
        unknown = sorted(set(changes) - set(row))
        if unknown:
            raise Misuse(f"an activity has no column '{unknown[0]}'", "columns: " + ", ".join(sorted(row)))
        file = stage / "correction.csv"
        file.write_text(_one_row_csv({**row, **changes}), encoding="utf-8")
        read = read_upload(file, known=known_of(ledger), kind="activity", locale=locale, stage=stage / "parts")
        if read.has_errors:
            first = next(finding for finding in read.findings if finding.severity == "error")
            raise Refused(f"the corrected row would not hold: {first.message}", first.fix, code=first.code)
        fixed = {"replaces": entry, "reason_code": reason, "note": note or "correction"}
        return _replaced(ledger, (batch_no, seq), read.parts, fixed, _why(reason, note))


def row_as_given(ledger: Book, entry: str) -> dict[str, str]:
    """See :meth:`ledger.book.Ledger.given`; decimals have a point."""
    batch_no, seq = _named(entry)
    if seq is None:
        raise Misuse(f"{entry} is a whole batch", "name one entry, like B12-3")
    with session(ledger.path) as s:
        return _as_given(s, batch_no, seq, ".")


@contextmanager
def _refusal_recorded(ledger: Book, what: str, entry: str) -> Iterator[None]:
    """A refused act leaves the ledger as it is and stands in the control log."""
    try:
        yield
    except Refused as refused:
        if refused.act is not None:  # the session has put it on record
            raise
        details = {"entry": entry, "code": refused.code, "message": str(refused)}
        record_refusal(ledger.path, what, person_called(ledger.path, ledger.actor), details)
        raise


@contextmanager
def _removed_at_end(folder: Path) -> Iterator[None]:
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _replaced(ledger: Book, entry: tuple[int, int], parts: list[Path], fixed: dict[str, str], why: str) -> WriteResult:
    with session(ledger.path, "write") as s:
        act = ledger._act(s, "correction", reason=why)  # noqa: SLF001 — one facade in two files
        choose_reversed(s, *entry)

        def fill(writing: Writing) -> None:
            record_reversal(writing, 1)
            writing.reserve(stage_parts(s, parts, after=1, given=fixed))
            record_activities(writing)
            record_reversed_parts(writing)
            add_period_totals(writing)

        done = append(s, act, fill)
        settled = settled_rows(s, done.batch_no)
    return WriteResult(done.batch_no, done.entries, {"activities": 2}, settled)


def _named(entry: str) -> tuple[int, int | None]:
    match = _ENTRY.fullmatch(entry.strip())
    if match is None:
        raise Misuse(f"'{entry}' is not an entry", "write B12-3 for an entry or B12 for a whole batch")
    return int(match[1]), None if match[2] is None else int(match[2])


def _why(reason: str, note: str) -> str:
    if not reason.strip():
        raise Misuse("a reversal needs a reason", "give one with --reason")
    return f"{reason}: {note}" if note else reason


def _as_given(s: Session, batch_no: int, seq: int, mark: str) -> dict[str, str]:
    """An activity as an upload would give it: our column names, texts with a decimal ``mark``, blanks for nulls."""
    from ledger.intake.cells.fields import UPLOAD_FIELDS

    result = s.con.execute(f"select a.*, {DETAIL_GIVEN}", {"batch": batch_no, "seq": seq})
    names = [column[0] for column in result.description]
    rows = result.fetchall()
    if not rows:
        raise Refused(f"there is no activity B{batch_no}-{seq}", "ghg trace shows the entries of a figure")
    held: dict[str, Any] = dict(zip(names, rows[0], strict=True))
    given = {field: _text(held.get(column), mark) for field, column in UPLOAD_FIELDS.items()}
    return given | _terms_as_given(s, batch_no, seq, mark, derived=held.get("formula") is not None)


def _terms_as_given(s: Session, batch_no: int, seq: int, mark: str, *, derived: bool) -> dict[str, str]:
    """The terms of a derived activity, beside which its quantity stays blank: it follows from them."""
    from schemas.term_columns import TERM_COLUMNS

    rows = s.rows(
        "select name, value, basis, source from activity_parameter where activity_batch = ? and activity_seq = ?",
        [batch_no, seq],
    )
    terms = {column.name: "" for column in TERM_COLUMNS} | {name: _text(value, mark) for name, value, *_ in rows}
    if not derived:
        return terms
    basis, source = (rows[0][2], rows[0][3]) if rows else (None, None)
    return terms | {"quantity": "", "term_basis": _text(basis, mark), "term_source": _text(source, mark)}


def _text(value: Any, mark: str) -> str:
    if isinstance(value, Decimal):
        return plain_amount(value).replace(".", mark)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _one_row_csv(row: dict[str, str]) -> str:
    filled = {name: value for name, value in row.items() if value != ""}
    out = io.StringIO()
    writer = csv.DictWriter(out, list(filled))
    writer.writeheader()
    writer.writerow(filled)
    return out.getvalue()
