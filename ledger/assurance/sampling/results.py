"""Filled-in work papers read back: what the auditor wrote, and every line that is not as it was handed out."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ledger.assurance.reviewing.review import TICK_MARKS
from ledger.assurance.sampling.papers import (
    AGREES,
    AUDITED,
    COLUMNS,
    ITEMS,
    NO_EVIDENCE,
    RECOMPUTED,
    TITLE,
    Line,
    heads,
    paper_lines,
    recomputed,
    unguarded,
)
from ledger.assurance.sampling.sample import Sample
from ledger.errors import Finding, Misuse
from ledger.intake.files.limits import Limits
from ledger.intake.files.workbook import Suspicious, sheets_of
from ledger.intake.files.xlsx_file import digits_of
from ledger.plain import plain_amount
from ledger.store import Session

_SHA256 = re.compile(r"[0-9a-f]{64}")
_NEAR = Decimal("1e-9")
_SMALLEST, _LARGEST = Decimal("1e-18"), Decimal("1e20")
_FIXES = {
    "papers-changed": "take the papers as they were handed out, and write into the yellow columns only",
    "papers-line-unknown": "leave lines as they are; what is no item of the sample goes into the log of misstatements",
    "papers-number": "write plain digits, like 1250.5, at most 18 decimals",
    "papers-mark-unknown": "take marks of the legend on the first sheet: " + ", ".join(TICK_MARKS),
    "papers-evidence-unknown": "keep the document first: ghg attach FILE ENTRY; or say in words what it is",
    "papers-agrees-not": f"leave audited kg empty where it '{AGREES}', or write another conclusion",
    "papers-no-value": (
        f"give audited kg, or begin the conclusion with '{NO_EVIDENCE}', or, where kg are recorded, with '{AGREES}'"
    ),
}
"""What is wrong with a line, and what to do."""


class Papers:
    """The lines of a file of papers against those of its sample; ``results`` and ``findings`` are what it gives."""

    def __init__(self, s: Session, sample: Sample, file: Path) -> None:
        self.sample = sample
        self.file = file
        self.findings: list[Finding] = []
        self.results: list[dict[str, Any]] = []
        self._kept = {row[0] for row in s.rows("select distinct sha256 from evidence")}
        self._read()

    def _tell(self, code: str, line: int, column: str, value: str, message: str) -> None:
        sheet = ITEMS if self.file.suffix.lower() == ".xlsx" else None
        self.findings.append(
            Finding(code, "error", message, _FIXES[code], self.file.name, sheet, line, _head(column), value[:200])
        )

    def _read(self) -> None:
        if self.file.suffix.lower() == ".xlsx":
            _check_owner(self.file, self.sample.sample_id)
        expected = {line.item.number: line for line in paper_lines(self.sample)}
        for number, cells in _rows(self.file):
            if not any(cells.values()):
                continue
            place = cells["item"]
            item = int(place) if place.isdecimal() else 0
            line = expected.pop(item, None)
            if line is None:
                words = f"line {number}: '{place}' is no item of {self.sample.sample_id}, or stands there twice"
                self._tell("papers-line-unknown", number, "item", place, words)
                continue
            if self._is_as_it_was(number, line, cells):
                self._take(number, line, cells)

    def _is_as_it_was(self, number: int, line: Line, cells: dict[str, str]) -> bool:
        """Whether all outside the auditor's columns is what was handed out; a finding for each cell that is not."""
        product = recomputed(line.item)
        known: dict[str, Any] = dict(line.cells)
        if product is not None:
            known |= {"recomputed_kg": product, "difference_kg": Decimal(0)}
        before = len(self.findings)
        for name in COLUMNS:
            if name in AUDITED or (name in RECOMPUTED and cells[name] == ""):
                continue
            if not _same(known.get(name), cells[name]):
                was = plain_amount(known[name]) if isinstance(known.get(name), Decimal) else str(known.get(name, ""))
                words = f"item {line.item.number}: '{_head(name)}' was '{was[:80]}' and is '{cells[name][:80]}'"
                self._tell("papers-changed", number, name, cells[name], words)
        return len(self.findings) == before

    def _take(self, number: int, line: Line, cells: dict[str, str]) -> None:
        """The result of a line, where the auditor wrote anything."""
        item, words = line.item, cells["conclusion"].strip()
        if not any(cells[name].strip() for name in AUDITED):
            return
        before = len(self.findings)
        audited = self._audited(number, line, cells["audited_kg"].strip(), words)
        marks = re.split(r"[,;\s]+", cells["tick_mark"].strip()) if cells["tick_mark"].strip() else []
        for mark in marks:
            if mark not in TICK_MARKS:
                self._tell("papers-mark-unknown", number, "tick_mark", mark, f"item {item.number}: no mark '{mark}'")
        evidence = cells["evidence"].strip()
        is_digest = _SHA256.fullmatch(evidence.lower()) is not None
        if is_digest and evidence.lower() not in self._kept:
            told = f"item {item.number}: no document {evidence[:12]}… is kept by this ledger"
            self._tell("papers-evidence-unknown", number, "evidence", evidence, told)
        if len(self.findings) > before:
            return
        outcome = "agrees" if audited == item.kg else "differs"
        if words.casefold().startswith(NO_EVIDENCE) and not cells["audited_kg"].strip():
            outcome = "no_evidence"
        self.results.append(
            {
                "sample_id": self.sample.sample_id, "item": item.number, "about": item.about, "outcome": outcome,
                "recorded_kg": item.kg, "audited_kg": audited,
                "evidence_sha256": evidence.lower() if is_digest else None,
                "evidence": None if is_digest else evidence or None, "tick_mark": " ".join(marks) or None,
                "note": words or None,
            }
        )  # fmt: skip

    def _audited(self, number: int, line: Line, text: str, words: str) -> Decimal | None:
        """Audited kg; of a number that shows as the recorded one, the recorded one with every digit."""
        recorded = line.item.kg
        if not text:
            if words.casefold().startswith(NO_EVIDENCE):
                return Decimal(0)
            if words.casefold().startswith(AGREES) and recorded is not None:
                return recorded
            told = f"item {line.item.number}: something was written, but not what the item ought to be"
            if words.casefold().startswith(AGREES):
                told = f"item {line.item.number}: it has no recorded kg that something could agree with"
            self._tell("papers-no-value", number, "audited_kg", "", told)
            return None
        try:
            value = Decimal(text)
            fits = value.is_finite() and abs(value) < _LARGEST and value == value.quantize(_SMALLEST)
        except InvalidOperation:
            fits = False
        if not fits:
            self._tell("papers-number", number, "audited_kg", text, f"item {line.item.number}: '{text}' is no kg")
            return None
        if recorded is not None and digits_of(str(float(recorded))) == digits_of(text):
            return recorded
        if words.casefold().startswith(AGREES) and value != recorded:
            told = f"item {line.item.number}: it '{AGREES}', and {text} kg are not what is recorded"
            self._tell("papers-agrees-not", number, "audited_kg", text, told)
            return None
        return value


def _head(name: str) -> str:
    return heads()[COLUMNS.index(name)]


def _same(known: Any, text: str) -> bool:
    """Whether a cell holds what was handed out; numbers as a spreadsheet keeps them."""
    if known is None:
        return text == ""
    if isinstance(known, str):
        return text.replace("\r\n", "\n") == known.replace("\r\n", "\n")
    try:
        value = Decimal(text)
    except InvalidOperation:
        return False
    return value.is_finite() and abs(value - known) <= _NEAR * max(Decimal(1), abs(known))


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line and cells by column of every line. Raises Misuse where the file is no work papers."""
    is_workbook = file.suffix.lower() == ".xlsx"
    rows = _of_workbook(file) if is_workbook else _of_csv(file)
    first = next(rows, (1, []))[1]
    if list(first) != heads():
        raise Misuse(
            f"{file.name} is no work papers: its heads are others", "give what ghg review sample -o wrote, filled in"
        )
    for number, cells in rows:
        padded = [*cells, *[""] * (len(COLUMNS) - len(cells))]
        if any(padded[len(COLUMNS) :]):
            padded[0] = "a column too many"
        yield number, dict(zip(COLUMNS, padded[: len(COLUMNS)], strict=True))


def _check_owner(file: Path, sample_id: str) -> None:
    """Raises Misuse where the first sheet names another sample than the one whose results are taken."""
    title = next(_of_workbook(file, "Summary"), (1, [""]))[1][0]
    if title.removeprefix(TITLE) != sample_id:
        raise Misuse(f"{file.name} holds '{title[:80]}', not those of {sample_id}", "give the papers of that sample")


def _of_workbook(file: Path, sheet: str = ITEMS) -> Iterator[tuple[int, list[str]]]:
    import fastexcel

    try:
        sheets_of(file, Limits())
        reader = fastexcel.read_excel(file)
        loaded = reader.load_sheet(sheet, header_row=None, dtypes="string", skip_rows=0)
    except (Suspicious, fastexcel.FastExcelError) as fault:
        words = str(fault).partition("\n")[0]
        raise Misuse(f"{file.name} cannot be read: {words}", "give the work papers as .xlsx or .csv") from fault
    for number, row in enumerate(loaded.to_polars().iter_rows(), 1):
        yield number, [cell or "" for cell in row]


def _of_csv(file: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Misuse(f"{file.name} is no UTF-8 text", "save it as CSV, UTF-8, or give the workbook") from fault
    for number, row in enumerate(csv.reader(io.StringIO(text, newline="")), 1):
        yield number, [unguarded(cell) for cell in row]
