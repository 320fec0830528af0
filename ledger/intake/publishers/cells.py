"""The cells of a publisher's file as text, and the check of its headers: what is missing or renamed is told by cell."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path

from ledger.intake.faults import Faults
from ledger.intake.files.cell_text import BLANKS
from ledger.intake.files.limits import limits_set
from ledger.intake.files.workbook_reader import Unreadable, Workbook

HEADER_LINES = 40


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet (or a text file, without a name): its cells by row, trimmed; line 1 is ``rows[0]``."""

    name: str | None
    rows: list[list[str]]

    def cell(self, line: int, column: int) -> str:
        """The text of a cell, both counted from 0; blank where the row is shorter."""
        row = self.rows[line] if line < len(self.rows) else []
        return row[column] if column < len(row) else ""

    def place(self, line: int, column: int) -> str:
        """How a cell is named in a source: `Factors by Category!I7`."""
        named = cell_name(line, column)
        return named if self.name is None else f"{self.name}!{named}"


@dataclass(frozen=True, slots=True)
class Header:
    """A header row that was found: its line (from 0), and the column of each name that the table has."""

    line: int
    columns: Mapping[str, int]


def cell_name(line: int, column: int) -> str:
    """A cell as a spreadsheet names it; both counted from 0."""
    letters, rest = "", column + 1
    while rest:
        rest, place = divmod(rest - 1, 26)
        letters = chr(65 + place) + letters
    return f"{letters}{line + 1}"


def sheets(path: Path, faults: Faults) -> list[Sheet]:
    """Every sheet of a workbook, or a CSV as one; none, and a finding, where it cannot be read."""
    limits = limits_set()
    with path.open("rb") as file:
        is_workbook = file.read(2) == b"PK"
    if (size := path.stat().st_size) > limits.workbook_bytes:
        faults.add("file-too-large", size=size, limit=limits.workbook_bytes)
        return []
    if not is_workbook:
        return _text_sheet(path, faults)
    try:
        with tempfile.TemporaryDirectory() as folder, Workbook(path, Path(folder), limits) as book:
            book.opened()
            return [Sheet(title, rows) for title, rows in book.texts()]
    except Unreadable as fault:
        fault.tell(faults)
        return []


def _text_sheet(path: Path, faults: Faults) -> list[Sheet]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as fault:
        faults.add("encoding-not-known", value=hex(fault.object[fault.start]), encoding="UTF-8")
        return []
    delimiter = ";" if text.partition("\n")[0].count(";") > text.partition("\n")[0].count(",") else ","
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines(), delimiter=delimiter)]
    except csv.Error as fault:
        faults.add("file-not-read", reason=str(fault))
        return []
    return [Sheet(None, rows)]


def plain_name(text: str) -> str:
    """A header as it is compared: without case and doubled blanks."""
    return BLANKS.sub(" ", text.replace("\N{SUBSCRIPT TWO}", "2")).strip().casefold()


def header_row(sheet: Sheet, columns: Mapping[str, str]) -> Header | None:
    """The row in which most columns stand, where that is at least half of them; ``columns``: name → pattern."""
    best: Header | None = None
    for line in range(min(HEADER_LINES, len(sheet.rows))):
        found: dict[str, int] = {}
        for place, text in enumerate(sheet.rows[line]):
            for name, pattern in columns.items():
                if name not in found and re.fullmatch(pattern, plain_name(text)):
                    found[name] = place
                    break
        if 2 * len(found) >= len(columns) and (best is None or len(found) > len(best.columns)):
            best = Header(line, found)
    return best


def checked_header(
    sheet: Sheet,
    columns: Mapping[str, str],
    shown: Mapping[str, str],
    faults: Faults,
    optional: frozenset[str] = frozenset(),
) -> Header | None:
    """The header with every column that is needed; a finding for each one that is missing or renamed, and then None.

    Args:
        sheet: the sheet.
        columns: name → pattern, in the order in which the publisher has them.
        shown: name → the header as the publisher prints it.
        faults: where findings go.
        optional: names that may be missing.
    """
    header = header_row(sheet, columns)
    if header is None:
        faults.add("publisher-header-missing", sheet=sheet.name, expected=", ".join(shown[name] for name in columns))
        return None
    order = list(columns)
    offset = min(place - order.index(name) for name, place in header.columns.items())
    missing = [name for name in order if name not in header.columns and name not in optional]
    for name in missing:
        place = order.index(name) + offset
        if place in header.columns.values():
            place = len(sheet.rows[header.line])
        faults.add(
            "publisher-column-differs", sheet=sheet.name, line=header.line + 1, column=cell_name(header.line, place),
            value=sheet.cell(header.line, place) or None, expected=shown[name],
            found=sheet.cell(header.line, place) or "nothing",
        )  # fmt: skip
    return None if missing else header


def number(text: str) -> Decimal | None:
    """A printed number as a decimal; None where it is none (blank, N/A, n.a., a dash)."""
    try:
        value = Decimal(text.replace("\N{NO-BREAK SPACE}", "").replace(" ", ""))
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def numbered(
    sheet: Sheet,
    header: Header,
    line: int,
    name: str,
    faults: Faults,
    *,
    blank: Callable[[str], bool] = lambda _: False,
) -> Decimal | None:
    """The number in a named column of a row; a finding where it is neither a number nor what may stand for none."""
    text = sheet.cell(line, header.columns[name])
    value = number(text)
    if value is None and not (text == "" or blank(text)):
        column = cell_name(line, header.columns[name])
        faults.add("publisher-number-not-read", sheet=sheet.name, line=line + 1, column=column, value=text)
    return value
