"""A workbook as ours are written: formats, heads, and cells that keep text as text.

Thin over XlsxWriter; a text never becomes a formula or a link, an amount stands as a number beside
its exact text, and the file bears the time of the checkpoint, not of its making.
"""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledger.plain import plain_amount

LONGEST_TEXT = 32_000  # Excel holds 32,767 characters in a cell
_LINE_HEIGHT, _HIGHEST = 13.5, 400.0  # points; Excel takes rows up to 409
_FULL = 0.9  # of a column's width that wrapped words fill on average
LARGE = 20_000  # rows from which the file is written row by row instead of from memory
_GREY, _GREEN, _RULE = "#5b6670", "#14694e", "#d9dee3"
_FORMATS: dict[str, dict[str, Any]] = {
    "text": {"valign": "top"},
    "head": {
        "bold": True,
        "font_color": _GREY,
        "bottom": 1,
        "bottom_color": _RULE,
        "text_wrap": True,
        "valign": "bottom",
    },
    "title": {"bold": True, "font_size": 16},
    "state": {"font_color": _GREY, "align": "right"},
    "bold": {"bold": True, "top": 1, "top_color": _RULE},
    "link": {"font_color": _GREEN, "underline": 0},
    "wrap": {"text_wrap": True, "valign": "top"},
    "exact": {"font_color": _GREY, "font_name": "IBM Plex Mono", "font_size": 9},
    "date": {"num_format": "yyyy-mm-dd"},
    "t": {"num_format": "#,##0.000"},
    "kg": {"num_format": "#,##0"},
    "count": {"num_format": "#,##0"},
    "ratio": {"num_format": "0.0%"},
    "plain": {"num_format": "0.###############"},
    "quantity": {"num_format": "#,##0.######"},
    "input": {"bg_color": "#fff8e1", "border": 1, "border_color": _RULE, "valign": "top"},
}
_BASE: dict[str, Any] = {"font_name": "IBM Plex Sans", "font_size": 10, "valign": "top"}
_FORMATS["head_number"] = _FORMATS["head"] | {"align": "right"}
_TOTAL: dict[str, Any] = {"bold": True, "top": 1, "top_color": _RULE}


@dataclass(frozen=True, slots=True)
class Put:
    """What goes into a cell: text, a number read from the ledger (grey), or a formula with its value."""

    value: Any
    style: str = "text"
    formula: str | None = None
    total: bool = False


class Book:
    """A workbook in the making; ``finished`` gives its bytes."""

    def __init__(self, created: datetime, title: str, rows: int) -> None:
        import xlsxwriter

        self._file = io.BytesIO()
        options = {
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "constant_memory": rows > LARGE,
            "in_memory": rows <= LARGE,
        }
        self.book = xlsxwriter.Workbook(self._file, options)
        self.book.set_properties({"created": created.replace(tzinfo=None), "title": title, "author": "ghg-ledger"})
        self._formats: dict[tuple[str, bool, bool], Any] = {}

    def format(self, style: str, *, total: bool = False, grey: bool = False) -> Any:
        """The format of a style, made once; totals are bold, values read from the ledger grey."""
        key = (style, total, grey)
        if key not in self._formats:
            look = _BASE | _FORMATS[style] | ({"font_color": _GREY} if grey else {}) | (_TOTAL if total else {})
            self._formats[key] = self.book.add_format(look)
        return self._formats[key]

    def sheet(self, name: str, widths: Sequence[float], *, freeze: tuple[int, int] = (1, 1)) -> Sheet:
        """A new sheet with its column widths, frozen head and print titles."""
        sheet = self.book.add_worksheet(name)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.hide_gridlines(2)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        if freeze != (0, 0):
            sheet.freeze_panes(*freeze)
            sheet.repeat_rows(freeze[0] - 1)
        return Sheet(self, sheet, tuple(widths))

    def finished(self) -> bytes:
        """The bytes of the workbook."""
        self.book.close()
        return self._file.getvalue()


class Sheet:
    """A sheet written from the top, row by row."""

    def __init__(self, book: Book, sheet: Any, widths: tuple[float, ...] = ()) -> None:
        self.book = book
        self.sheet = sheet
        self.widths = widths
        self.row = 0

    def head(self, labels: Sequence[str]) -> None:
        """The row of heads."""
        self.put([Put(label, "head") for label in labels])

    def put(self, cells: Sequence[Put | None]) -> int:
        """Write a row, as high as its wrapped words need; gives its index. None leaves a cell empty."""
        lines = max((_lines(cell, width) for cell, width in zip(cells, self.widths, strict=False)), default=1)
        if lines > 1:
            self.sheet.set_row(self.row, min(lines * _LINE_HEIGHT, _HIGHEST))
        for column, cell in enumerate(cells):
            if cell is not None:
                self._write(column, cell)
        self.row += 1
        return self.row - 1

    def link(self, name: str, words: str) -> None:
        """A row that links to a sheet, with what it holds."""
        self.sheet.write_url(self.row, 0, f"internal:'{name}'!A1", self.book.format("link"), name)
        self.sheet.write_string(self.row, 1, words, self.book.format("text"))
        self.row += 1

    def _write(self, column: int, cell: Put) -> None:
        value, row = cell.value, self.row
        if cell.formula is None and (value is None or value == ""):
            return
        grey = isinstance(value, Decimal) and cell.formula is None  # read from the ledger, not computed here
        look = self.book.format(cell.style, total=cell.total, grey=grey)
        if cell.formula is not None:
            cached = float(value) if isinstance(value, Decimal) else value
            self.sheet.write_formula(row, column, cell.formula, look, cached)
        elif isinstance(value, (Decimal, int, float)):
            self.sheet.write_number(row, column, float(value), look)
        elif isinstance(value, date):
            moment = datetime(value.year, value.month, value.day)  # noqa: DTZ001  a day has no zone
            self.sheet.write_datetime(row, column, moment, self.book.format("date"))
        else:
            self.sheet.write_string(row, column, cut(str(value)), look)


def _lines(cell: Put | None, width: float) -> int:
    """How many lines a cell's words take in a column of this width; programs do not all work it out themselves."""
    if cell is None or cell.style != "wrap" or not isinstance(cell.value, str):
        return 1
    return max(1, math.ceil(len(cell.value) / max(width * _FULL, 1)))


def cut(words: str) -> str:
    """A text that fits a cell; what is cut off is said."""
    return words if len(words) <= LONGEST_TEXT else words[:LONGEST_TEXT] + f" … ({len(words)} characters)"


def exact(value: Decimal | None) -> Put | None:
    """The ledger's own digits as text; None leaves the cell empty."""
    return None if value is None else Put(plain_amount(value), "exact")


def column_letter(place: int) -> str:
    """The name of a column, from its place: 0 is A, 26 is AA."""
    from xlsxwriter.utility import xl_col_to_name

    name: str = xl_col_to_name(place)
    return name
