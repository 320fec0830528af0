"""The refused file handed back as a workbook: faulty cells coloured and commented, all findings on the first sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.errors import Finding
from ledger.intake.files.layout import head_of, read_bytes
from ledger.intake.files.limits import Limits
from ledger.intake.handed_back.sheet_text import legal_name, legal_text, put_text
from ledger.intake.upload import Table, Upload

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

ALL_ROWS = 50_000
"""Up to so many rows all are handed back; beyond, the header and the faulty rows."""
SHOWN_COLUMNS = 1_000
"""Cells of a line that are handed back; a sheet has no more than 16,384."""
BOOK_CELLS = 1_000_000
"""A workbook of more cells is not handed back as itself."""
COMMENTS_PER_CELL = 5

_COLOURS = {"error": "FFC7CE", "warning": "FFEB9C", "info": "DDEBF7"}
_LIST_HEADERS = ("Severity", "Code", "Sheet", "Line", "Column", "Value", "What is wrong", "What to do")
_LIST_WIDTHS = (10, 26, 18, 8, 20, 24, 70, 70)


_WORDS: ContextVar[Callable[[str], str]] = ContextVar("marked_words", default=str)


@contextmanager
def marked_in(words: Callable[[str], str]) -> Iterator[None]:
    """Within it, what marked workbooks of this thread say to do is put into such words: a page's, say."""
    before = _WORDS.set(words)
    try:
        yield
    finally:
        _WORDS.reset(before)


def write_marked(file: Path, read: Upload, target: Path) -> Path:
    """Write the workbook and give its path; text that begins with = stays text.

    A workbook comes back as itself with its cells marked, values in place of its formulas, since those would come back
    uncalculated; a CSV as a sheet whose rows are the file's lines; of a file with more than 50,000 rows only the header
    and the faulty rows come back.

    Args:
        file: the file as it was handed in.
        read: what reading it gave.
        target: where the workbook goes; replaced where it is there.
    """
    import openpyxl

    sheets = [table for table in read.tables if table.sheet is not None]
    own = _own_book(file) if sheets and read.rows <= ALL_ROWS else None
    if own is not None:
        book = own
        for table in sheets:
            _mark_in_place(book[table.sheet], read, table)
        listing = book.create_sheet(_free_name(book, "Findings"), 0)
        book.active = 0
    else:
        book = openpyxl.Workbook()
        listing = book.active
        listing.title = "Findings"
        for table in read.tables or _guessed_table(file):
            _write_table(book.create_sheet(_free_name(book, table.sheet or "Data")), file, read, table)
    _write_listing(listing, read)
    book.save(target)
    return target


def _own_book(file: Path) -> Workbook | None:
    """The workbook itself without formulas, macros and links; None where it is large, or is not read once more."""
    import zipfile

    import openpyxl

    try:
        cells = 0
        with zipfile.ZipFile(file) as archive:
            for name in archive.namelist():
                if name.startswith("xl/worksheets/"):
                    with archive.open(name) as part:
                        while cells <= BOOK_CELLS and (piece := part.read(2**20)):
                            cells += piece.count(b"<c ")
        return None if cells > BOOK_CELLS else openpyxl.load_workbook(file, data_only=True, keep_links=False)
    except Exception:  # noqa: BLE001 — what one reader takes another may not; the findings are handed back all the same
        return None


def _free_name(book: Workbook, wanted: str) -> str:
    name = legal_name(wanted)
    return name if name not in book.sheetnames else f"{name[:25]} (new)"


def _mark_in_place(sheet: Worksheet, read: Upload, table: Table) -> None:
    places = _places(table, table.first_column)
    by_line = _by_line(read, table)
    for line, found in by_line.items():
        _mark(sheet, line, found, places, table.first_column)


def _places(table: Table, first: int) -> dict[str, int]:
    """Header → column; of two alike the first."""
    return {header: place for place, header in reversed(list(enumerate(table.headers, start=first)))}


def _by_line(read: Upload, table: Table) -> dict[int, list[Finding]]:
    by_line: dict[int, list[Finding]] = {}
    for finding in read.findings:
        if finding.sheet == table.sheet and finding.line:
            by_line.setdefault(finding.line, []).append(finding)
    return by_line


def _write_listing(sheet: Worksheet, read: Upload) -> None:
    from openpyxl.styles import Font

    errors = sum(1 for found in read.findings if found.severity == "error")
    _put(sheet, 1, 1, f"{read.source_name}: {errors} error{'' if errors == 1 else 's'}; nothing was recorded")
    sheet.cell(1, 1).font = Font(bold=True, size=13)
    for column, (title, width) in enumerate(zip(_LIST_HEADERS, _LIST_WIDTHS, strict=True), start=1):
        _put(sheet, 3, column, title)
        sheet.cell(3, column).font = Font(bold=True)
        sheet.column_dimensions[sheet.cell(3, column).column_letter].width = width
    sheet.freeze_panes = "A4"
    for row, found in enumerate(read.findings, start=4):
        cells = (
            found.severity,
            found.code,
            found.sheet,
            found.line,
            found.column,
            found.value,
            found.message,
            _WORDS.get()(found.fix),
        )
        for column, value in enumerate(cells, start=1):
            _put(sheet, row, column, value, wrap=column > 5)
        _colour(sheet, row, 1, found.severity)
    for row, (code, count) in enumerate(read.more_findings.items(), start=4 + len(read.findings)):
        _put(sheet, row, 2, code)
        _put(sheet, row, 7, f"and {count} more of this code, not listed")


def _write_table(sheet: Worksheet, file: Path, read: Upload, table: Table) -> None:
    """The rows of a table; where not all are there, the first column says the line of each."""
    from openpyxl.styles import Font

    by_line = _by_line(read, table)
    whole = read.rows <= ALL_ROWS
    first = 1 if whole else 2
    places = _places(table, first)
    row = 0
    for line, cells in _records(file, read, table):
        if not whole and line not in by_line and line != table.header_line:
            continue
        row += 1
        if whole and row > ALL_ROWS:  # lines that were no rows; their findings are listed
            break
        if not whole:
            _put(sheet, row, 1, "line" if line == table.header_line else line)
        for column, cell in enumerate(cells[:SHOWN_COLUMNS], start=first):
            _put(sheet, row, column, cell)
        if line == table.header_line:
            for column in range(1, len(cells[:SHOWN_COLUMNS]) + first):
                sheet.cell(row, column).font = Font(bold=True)
            sheet.freeze_panes = sheet.cell(row + 1, first)
        _mark(sheet, row, by_line.get(line, ()), places, 1)


def _mark(sheet: Worksheet, row: int, findings: Iterable[Finding], places: dict[str, int], first: int) -> None:
    from openpyxl.comments import Comment

    texts: dict[int, list[str]] = {}
    for finding in sorted(findings, key=lambda found: list(_COLOURS).index(found.severity), reverse=True):
        column = min(places.get(finding.column or "", first), SHOWN_COLUMNS + first)
        _colour(sheet, row, column, finding.severity)
        texts.setdefault(column, []).insert(0, f"{finding.message}.\n→ {_WORDS.get()(finding.fix)}.")
    for column, said in texts.items():
        if column > SHOWN_COLUMNS:
            continue
        comment = Comment(legal_text("\n".join(said[:COMMENTS_PER_CELL])), "ghg-ledger")
        comment.width, comment.height = 360, 60 + 45 * min(len(said), COMMENTS_PER_CELL)
        sheet.cell(row, column).comment = comment


def _records(file: Path, read: Upload, table: Table) -> Iterator[tuple[int, list[Any]]]:
    """The rows of a table with their lines, from the first line of the file on."""
    if table.delimiter is None:
        yield from _sheet_rows(file, table)
    else:
        yield from _csv_records(file, read, table.delimiter)


def _sheet_rows(file: Path, table: Table) -> Iterator[tuple[int, list[Any]]]:
    import fastexcel

    loaded = fastexcel.read_excel(file).load_sheet(table.sheet or 0, header_row=None, dtypes="string", skip_rows=0)
    for line, cells in enumerate(loaded.to_polars().iter_rows(), start=1):
        yield line, list(cells)


def _csv_records(file: Path, read: Upload, delimiter: str) -> Iterator[tuple[int, list[Any]]]:
    import csv

    errors = "replace"
    with file.open(encoding=read.encoding or "utf-8-sig", errors=errors, newline="") as text:
        reader = csv.reader((line.replace("\0", "\ufffd") for line in text), delimiter=delimiter)
        line = 1
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1


def _guessed_table(file: Path) -> list[Table]:
    """The table of a text file that was refused before its header was read; none of anything else."""
    found = read_bytes(file)
    if found.head[:2] in (b"PK", b"\xd0\xcf", b"%P", b"\xff\xfe", b"\xfe\xff") or not found.newlines:
        return []
    head = head_of(file, Limits())
    return [] if head is None else [Table(None, head.first_line, head.cells, head.delimiter)]


def _put(sheet: Worksheet, row: int, column: int, value: Any, *, wrap: bool = False) -> None:
    """A cell's value as it is: text that begins with = stays text."""
    from openpyxl.styles import Alignment

    if value is None:
        return
    cell = put_text(sheet, row, column, value) if isinstance(value, str) else sheet.cell(row, column, value)
    if wrap:
        cell.alignment = Alignment(wrap_text=True, vertical="top")


def _colour(sheet: Worksheet, row: int, column: int, severity: str) -> None:
    from openpyxl.styles import PatternFill

    sheet.cell(row, column).fill = PatternFill("solid", start_color=_COLOURS[severity])
