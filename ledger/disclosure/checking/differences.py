"""Which figure of a report's file differs from the ledger: cell by cell, token by token, line by line.

A file is held against the same document as it was made (kept when it was issued, or made anew), so that a changed
digit is found wherever it stands; the tables of the report say which figure stands there.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from ledger.disclosure.documents.sheets import sheet_name
from ledger.disclosure.words.numbers import amount
from ledger.disclosure.words.texts import spoken
from ledger.workbook import column_letter
from schemas.measures import FIGURE_MEASURES

if TYPE_CHECKING:
    from ledger.disclosure.documents.document import Document
    from ledger.disclosure.tables.table import Cell, Row

SHOWN = 50
"""How many differences of a file are told; the rest is counted."""
_FIGURE = re.compile(r"[^/\s]+/[a-z0-9_]+/[a-z0-9_]+(?:/[a-z_]+=[^/\s]*)*@\d+")
_NOTHING = "(nothing)"
_MOST_LINES = 2_000
"""Lines of a page up to which they are matched; a page of ours has some hundred."""
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Difference:
    """One place where a file differs: the figure that stands there (None where none does), what it says, what is so."""

    figure: str | None
    where: str
    said: str
    ledger: str


def differences(document: Document, form: str, content: bytes, made: bytes) -> list[Difference]:
    """Every place where a file differs from the document as it was made, those with a figure first.

    Raises ValueError where the file cannot be read.
    """
    found = list(_READERS[form](document, content, made))
    found.sort(key=lambda one: one.figure is None)
    return found


def _json(document: Document, content: bytes, made: bytes) -> Iterator[Difference]:
    """JSON, by path; a headline figure of an inventory has the id of its cell."""
    labels = {
        name: inventory.period.label
        for name, inventory in zip(("current", "comparative", "year_to_date", "base_year"),
                                   document.figures.inventories, strict=True) if inventory is not None
    }  # fmt: skip
    now = document.figures.current
    for path, said, held in _walked((), json.loads(content), json.loads(made)):
        figure = None
        if path[:1] == ("figures",) and len(path) > 1:
            figure = str(path[1])
        elif path[:1] == ("inventories",) and len(path) in (3, 4) and path[1] in labels:
            cut = f"scope_3/category={path[3]}" if path[2] == "scope_3_categories" else path[2]
            if path[2] in ("scope_3_categories", *FIGURE_MEASURES):
                figure = f"{labels[path[1]]}/{now.view}/{cut}@{now.checkpoint.size}"
        yield Difference(figure, ".".join(map(str, path)), _told(said), _told(held))


def _walked(path: tuple[Any, ...], said: Any, held: Any) -> Iterator[tuple[tuple[Any, ...], Any, Any]]:
    if isinstance(said, dict) and isinstance(held, dict):
        for name in sorted({*said, *held}):
            yield from _walked((*path, name), said.get(name, _NOTHING), held.get(name, _NOTHING))
    elif isinstance(said, list) and isinstance(held, list) and len(said) == len(held):
        for place, (one, two) in enumerate(zip(said, held, strict=True)):
            yield from _walked((*path, place), one, two)
    elif said != held or type(said) is not type(held):
        yield path, said, held


def _told(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else text[:199] + "…"


def _xlsx(document: Document, content: bytes, made: bytes) -> Iterator[Difference]:
    """A workbook, cell by cell; where no cell differs, the parts of the file that do (a formula, a format)."""
    placed = dict(_cells_of_sheets(document))
    one, two = _sheets(content), _sheets(made)
    any_cell = False
    for name in list(dict.fromkeys([*two, *one])):
        said, held = one.get(name, []), two.get(name, [])
        for row in range(max(len(said), len(held))):
            for column, (cell, so) in enumerate(_side_by_side(said, held, row)):
                if cell != so:
                    any_cell = True
                    figure = placed.get((name, row, column)) or _figure_in(held[row] if row < len(held) else [])
                    where = f"{name}!{column_letter(column)}{row + 1}"
                    yield Difference(figure, where, cell or "(empty)", so or "(empty)")
    if not any_cell:
        for name in _changed_parts(content, made):
            yield Difference(None, name, "other contents: a formula or a format", "as it was made")


def _side_by_side(
    said: list[tuple[str | None, ...]], held: list[tuple[str | None, ...]], row: int
) -> Iterator[tuple[str | None, str | None]]:
    one = said[row] if row < len(said) else ()
    two = held[row] if row < len(held) else ()
    for column in range(max(len(one), len(two))):
        yield (one[column] if column < len(one) else None), (two[column] if column < len(two) else None)


def _sheets(content: bytes) -> dict[str, list[tuple[str | None, ...]]]:
    """Sheet → rows of cells as text. Raises ValueError where it is no workbook."""
    import fastexcel

    try:
        reader = fastexcel.read_excel(content)
        return {
            name: reader.load_sheet(name, header_row=None, dtypes="string").to_polars().rows()
            for name in reader.sheet_names
        }
    except fastexcel.FastExcelError as fault:
        raise ValueError(str(fault).partition("\n")[0]) from fault


def _cells_of_sheets(document: Document) -> Iterator[tuple[tuple[str, int, int], str]]:
    """(Sheet, row, column) → the figure that stands there, all from 0; the head is row 0."""
    with spoken(document.figures.look.language):
        sheets = {key: sheet_name(key) for key in document.tables}
    for key, sheet in sheets.items():
        for place, row in enumerate(document.tables[key].rows, 1):
            for column, cell in enumerate(row.cells):
                if cell.figure is not None:
                    yield (sheet, place, column), cell.figure


def _figure_in(row: tuple[str | None, ...] | list[str | None]) -> str | None:
    return next((cell for cell in row if cell and _FIGURE.fullmatch(cell)), None)


def _changed_parts(content: bytes, made: bytes) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(content)) as one, zipfile.ZipFile(io.BytesIO(made)) as two:
        names = sorted({*one.namelist(), *two.namelist()})
        held = [{name: archive.getinfo(name).CRC for name in archive.namelist()} for archive in (one, two)]
    return [name for name in names if held[0].get(name) != held[1].get(name)]


class _Page(HTMLParser):
    """The words and titles of a page in order: (line, figure or None, text)."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[list[Any]] = []
        self.figure: str | None = None
        self.depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("data-figure"):
            self.figure, self.depth = given["data-figure"], 0
            self.tokens.append([self.getpos()[0], self.figure, given.get("title") or ""])
        elif self.figure is not None:
            self.depth += tag not in ("br", "col", "meta")

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002
        if self.figure is not None:
            self.depth -= 1
            if self.depth < 0:
                self.figure = None

    def handle_data(self, data: str) -> None:
        if data.strip():
            named = _FIGURE.fullmatch(data.strip())
            if named and self.tokens and self.tokens[-1][1] is None:
                self.tokens[-1][1] = data.strip()  # in the annex the id follows its value
            self.tokens.append([self.getpos()[0], self.figure, data.strip()])


def _html(document: Document, content: bytes, made: bytes) -> Iterator[Difference]:
    """A page, token by token."""
    one, two = _tokens(content), _tokens(made)
    shown = _by_shown(document)
    if len(one) != len(two):
        place = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a[2] != b[2]), len(two))
        said = one[place][2] if place < len(one) else "(the end)"
        held = two[place][2] if place < len(two) else "(the end)"
        line = one[place][0] if place < len(one) else one[-1][0] if one else 0
        yield Difference(None, f"line {line}", _told(said), _told(held))
        return
    any_token = False
    for (line, _, said), (_, figure, held) in zip(one, two, strict=True):
        if said != held:
            any_token = True
            yield Difference(figure or _named(shown, said, held), f"line {line}", _told(said), _told(held))
    if not any_token:
        rows = zip(content.splitlines(), made.splitlines(), strict=False)
        line = next((n for n, (a, b) in enumerate(rows, 1) if a != b), len(made.splitlines()))
        yield Difference(None, f"line {line}", "other markup, style or drawing", "as it was made")


def _tokens(content: bytes) -> list[list[Any]]:
    page = _Page()
    page.feed(content.decode("utf-8"))
    page.close()
    return page.tokens


def _pdf(document: Document, content: bytes, made: bytes) -> Iterator[Difference]:
    """A PDF, by the lines of its pages; where no line differs, its bytes do."""
    one, two = pdf_pages(content), pdf_pages(made)
    shown, rows = _by_shown(document), list(_rows_of_tables(document))
    any_line = False
    for page in range(max(len(one), len(two))):
        said = one[page].splitlines() if page < len(one) else []
        held = two[page].splitlines() if page < len(two) else []
        for line, so in _other_lines(said, held):
            any_line = True
            figure = _figure_of_line(line, so, rows) or _named(shown, line, so)
            yield Difference(figure, f"page {page + 1}", _told(line.strip()), _told(so.strip()))
    if not any_line:
        yield Difference(None, "its bytes", "other bytes, and the same words", "as it was made")


def _other_lines(said: list[str], held: list[str]) -> Iterator[tuple[str, str]]:
    """The lines of a page that differ, side by side; a line more or less does not make others of those below it."""
    if max(len(said), len(held)) > _MOST_LINES:
        pairs = zip_longest(said, held, fillvalue=_NOTHING)
        yield from ((line, so) for line, so in pairs if line != so)
        return
    for what, first, last, begin, end in SequenceMatcher(None, said, held, autojunk=False).get_opcodes():
        if what != "equal":
            yield from zip_longest(said[first:last], held[begin:end], fillvalue=_NOTHING)


def pdf_pages(content: bytes) -> list[str]:
    """The text of each page. Raises ValueError where it is no PDF, or nothing is there that reads one."""
    try:
        import pypdf
        from pypdf.errors import PyPdfError
    except ImportError as missing:
        raise ValueError("the words of a PDF are read with the package pypdf, which is not installed") from missing
    try:
        return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, OSError) as fault:
        raise ValueError(f"it cannot be read as a PDF ({fault})") from fault


def _rows_of_tables(document: Document) -> Iterator[Row]:
    for table in document.tables.values():
        yield from table.rows


def _figure_of_line(said: str, held: str, rows: list[Row]) -> str | None:
    """The figure of a line that differs: its id in the annex, or the cell of the row at the first other character."""
    named = _FIGURE.search(held)
    if named:
        return named[0]
    one, two = _bare(said), _bare(held)
    place = next((n for n, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), min(len(one), len(two)))
    for row in rows:
        if _bare("".join(cell.text for cell in row.cells)) != two:
            continue
        end = 0
        for cell in row.cells:
            end += len(_bare(cell.text))
            if place < end:
                return cell.figure
    return None


def _bare(text: str) -> str:
    return _SPACE.sub("", text)


def _by_shown(document: Document) -> Mapping[str, str]:
    """What is shown of a figure → its id, of this quarter first; for places that carry no id of their own."""
    found: dict[str, str] = {}
    cells: list[Cell] = [cell for row in _rows_of_tables(document) for cell in row.cells if cell.figure is not None]
    label = document.figures.current.period.label + "/"
    for cell in sorted(cells, key=lambda cell: not str(cell.figure).startswith(label)):
        if cell.value is not None:
            found.setdefault(cell.text, str(cell.figure))
            found.setdefault(str(amount(cell.value)), str(cell.figure))
    return found


def _named(shown: Mapping[str, str], said: str, held: str) -> str | None:
    """The figure that is shown in a text, in the words by which it differs from what a file says."""
    others = set(said.split(" "))
    return next((shown[word] for word in held.split(" ") if word not in others and word in shown), None)


_READERS = {"json": _json, "xlsx": _xlsx, "html": _html, "pdf": _pdf}
