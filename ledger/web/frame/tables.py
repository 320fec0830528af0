"""Tables of the pages: one description gives the page's table and its CSV, XLSX and JSON."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

from ledger.disclosure.words import numbers
from ledger.errors import Misuse
from ledger.plain import guarded, plain, plain_amount
from ledger.workbook import Book, Put, exact

Kind = Literal["text", "code", "digest", "day", "time", "number", "exact", "tonnes", "mwh", "percent"]
_NUMERIC = ("number", "exact", "tonnes", "mwh", "percent")
_FILE_UNIT = {"tonnes": "kg CO2e", "mwh": "kWh"}
_WIDTHS = {"text": 32, "code": 24, "digest": 66, "day": 12, "time": 22}
NOT_QUANTIFIED = "not quantified"
NOTHING = "—"
_DIGEST_SHOWN = 12

DOWNLOADS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "json": "application/json",
}
"""The forms of a table, and their media types."""
MEDIA = DOWNLOADS | {
    "pdf": "application/pdf", "html": "text/html; charset=utf-8", "ixbrl": "application/xhtml+xml",
    "svg": "image/svg+xml", "zip": "application/zip",
}  # fmt: skip
"""The media types of everything that is handed out."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: the key of its values, its head, and what it holds.

    ``tonnes`` takes kg CO2e and ``mwh`` kWh: the page divides by a thousand, files carry the unit of the ledger to the
    last digit. ``tonnes`` of something else than CO2e has its unit, like kg or kg CO2. A difference is ``signed``.
    ``exact`` shows every digit, as factors are published; of a ``digest`` the page
    shows the beginning, files all of it. ``places`` are the decimals on the page; ``unknown`` stands where there is no
    value.
    """

    key: str
    title: str
    kind: Kind = "text"
    unit: str = ""
    places: int = 1
    unknown: str = NOTHING
    signed: bool = False

    @property
    def numeric(self) -> bool:
        """Whether it holds numbers, set to the right."""
        return self.kind in _NUMERIC

    @property
    def look(self) -> str:
        """How the page sets it: numbers to the right, ids in another letter, days and times on one line."""
        return "number" if self.numeric else {"text": "", "digest": "code"}.get(self.kind, self.kind)

    @property
    def page_unit(self) -> str:
        """The unit in the head on the page."""
        if self.kind == "tonnes":
            return "t" + (self.unit or "kg CO2e").removeprefix("kg").replace("CO2", "CO₂")
        return "MWh" if self.kind == "mwh" else self.unit

    @property
    def file_title(self) -> str:
        """The head in a file."""
        unit = self.unit or _FILE_UNIT.get(self.kind, "")
        return f"{self.title} ({unit})" if unit else self.title

    def shown(self, value: Any) -> str:
        """A value as the page shows it."""
        if value in (None, "", NOT_QUANTIFIED):
            return value or self.unknown
        return numbers.signed(self._said(value)) if self.signed else self._said(value)

    def _said(self, value: Any) -> str:
        if self.kind == "tonnes":
            return numbers.tonnes(Decimal(value), self.places)
        if self.kind == "mwh":
            return numbers.megawatt_hours(Decimal(value), self.places)
        if self.kind == "percent":
            return numbers.percent(Decimal(value), self.places)
        if self.kind == "exact":
            return plain_amount(value).replace("-", "\u2212") if isinstance(value, Decimal) else str(value)
        if self.kind == "number":
            return _number(Decimal(value), self.places)
        if self.kind == "digest":
            return f"{str(value)[:_DIGEST_SHOWN]}…"
        if isinstance(value, datetime):
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
        return value.isoformat() if isinstance(value, date) else str(value)


def _number(value: Decimal, places: int) -> str:
    """A number at so many decimals at most; a whole one has none."""
    return numbers.grouped(value, 0 if value == value.to_integral_value() else places)


@dataclass(frozen=True, slots=True)
class Linked:
    """A value that leads to another page."""

    value: Any
    href: str


@dataclass(frozen=True, slots=True)
class Row:
    """A row: values by column key (a :class:`Linked` where they lead somewhere), and how it stands out.

    ``look`` is "", total, group, sub, good, attention or wrong.
    """

    cells: Mapping[str, Any]
    look: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table under a key that is unique on its page."""

    key: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    note: str = ""
    empty: str = "Nothing here yet."

    def downloaded(self, form: str, name: str) -> tuple[bytes, str]:
        """The table as a file of a form, and its media type. Raises Misuse for a form that is not known."""
        if form not in DOWNLOADS:
            raise Misuse(f"a table cannot be had as '{form}'", "take one of: " + ", ".join(DOWNLOADS))
        if form == "xlsx":
            return self._xlsx(name), DOWNLOADS[form]
        return self._csv() if form == "csv" else self._json(), DOWNLOADS[form]

    def _values(self) -> list[list[Any]]:
        return [[_bare(row.cells.get(column.key)) for column in self.columns] for row in self.rows]

    def _csv(self) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text)
        writer.writerow([column.file_title for column in self.columns])
        writer.writerows([[_file_text(value) for value in row] for row in self._values()])
        return text.getvalue().encode("utf-8-sig")

    def _json(self) -> bytes:
        keys = [column.key for column in self.columns]
        held = [[None if value == NOT_QUANTIFIED else plain(value) for value in row] for row in self._values()]
        rows = [dict(zip(keys, row, strict=True)) for row in held]
        units = {column.key: column.unit or _FILE_UNIT.get(column.kind, "") for column in self.columns}
        told = {"table": self.title, "units": {key: unit for key, unit in units.items() if unit}, "rows": rows}
        return json.dumps(told, ensure_ascii=False, indent=2, default=str).encode()

    def _xlsx(self, name: str) -> bytes:
        book = Book(datetime.now(UTC), name, len(self.rows))
        columns = [part for column in self.columns for part in ((column, False), (column, True))[: 1 + column.numeric]]
        widths = [18 if column.numeric else _WIDTHS.get(column.kind, 18) for column, _ in columns]
        sheet = book.sheet("Table", widths)
        sheet.head([column.file_title + (", exact" if is_exact else "") for column, is_exact in columns])
        for row in self._values():
            cells = dict(zip([column.key for column in self.columns], row, strict=True))
            sheet.put([_put(cells[column.key], is_exact=is_exact) for column, is_exact in columns])
        return book.finished()


def _put(value: Any, *, is_exact: bool) -> Put | None:
    if value is None or value == "":
        return None
    if is_exact:
        return exact(Decimal(value)) if isinstance(value, (Decimal, int)) else None
    if isinstance(value, (Decimal, int)) and not isinstance(value, bool):
        return Put(value, "quantity")
    return Put(value if isinstance(value, date) and not isinstance(value, datetime) else _file_text(value))


def _bare(value: Any) -> Any:
    return value.value if isinstance(value, Linked) else value


def _file_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return plain_amount(value)
    return value.isoformat() if isinstance(value, date) else guarded(str(value))
