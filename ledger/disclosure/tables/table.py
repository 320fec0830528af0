"""Tables as all documents show them: cells with their shown text, exact value and figure id.

The page, the PDF and the terminal print ``Cell.text``; the workbook and the JSON file take
``Cell.value``. A cell without a value says in words why it has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from ledger.disclosure.words import numbers
from ledger.disclosure.words.texts import text

Unit = Literal["kg", "kwh", "ratio", "count", ""]
Kind = Literal["number", "text", "code", "state"]
RowKind = Literal["line", "group", "sub", "total", "apart"]
_SHOWN: dict[str, Callable[[Decimal], str]] = {
    "kg": numbers.tonnes,
    "kwh": numbers.megawatt_hours,
    "ratio": numbers.percent,
    "count": lambda value: numbers.grouped(value, 0),
}
SHORT_ROWS = 18
# their rows are many lines high
WORDY = {
    "findings", "factors", "datasets", "descriptions", "scope_3_methods", "instruments", "boundary", "coverage",
    "uncertainty", "not_quantified",
}  # fmt: skip
_DECIMALS = {"kg": 1, "kwh": 1, "ratio": 0, "count": 0}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: ``text`` as people read it, ``value`` unrounded in ``unit`` (kg, kWh, ratio)."""

    text: str
    kind: Kind = "text"
    value: Decimal | None = None
    unit: Unit = ""
    figure: str | None = None
    pad: str = ""

    @property
    def exact(self) -> str:
        """The exact value with its unit, for a tooltip; empty where there is none."""
        unit = {"kg": text("unit_kg"), "kwh": text("unit_kwh")}.get(self.unit)
        shown = numbers.amount(self.value)
        return "" if shown is None or not unit else f"{shown} {unit}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head and whether it holds numbers."""

    label: str
    kind: Kind = "number"
    width: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its cells, the first being its label, and how it stands among the others."""

    cells: tuple[Cell, ...]
    kind: RowKind = "line"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its caption, unit, notes, and the key it has in the JSON file."""

    key: str
    caption: str
    unit: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()

    @property
    def short(self) -> bool:
        """Whether the table is short enough to be kept on one page of paper."""
        return len(self.rows) <= SHORT_ROWS and self.key not in WORDY

    def cells(self) -> Iterator[tuple[str, str, Cell]]:
        """Each cell that is a figure, with its row's label and its column's head."""
        for row in self.rows:
            for column, cell in zip(self.columns[1:], row.cells[1:], strict=True):
                if cell.figure is not None:
                    yield row.cells[0].text, column.label, cell


def words(value: str, kind: Kind = "text", longest: int = 200) -> Cell:
    """A cell of words; a text from outside is cut where it would fill pages (JSON and annex have the whole)."""
    return Cell(clipped(value, longest), kind)


def clipped(value: str, longest: int) -> str:
    """A text of at most ``longest`` characters, with an ellipsis where it was cut."""
    return value if len(value) <= longest else value[: longest - 1] + "…"


def number(
    value: Decimal | None,
    unit: Unit,
    figure: str | None = None,
    missing: str | None = None,
    shown: Callable[[Decimal], str] | None = None,
) -> Cell:
    """A cell of a number in ``unit``; without a value it says ``missing``, else a dash."""
    if value is None:
        state = missing or text("not_reported")
        return Cell(state, "state", None, unit, figure)
    written = (shown or _SHOWN[unit])(value)
    # a lone "0" is set back by the width of the decimals it does not have, so that columns align
    pad = "." + "0" * _DECIMALS[unit] if written == "0" and _DECIMALS.get(unit) else ""
    return Cell(written, "number", value, unit, figure, pad)


def difference(value: Decimal | None, unit: Unit) -> Cell:
    """A cell of a change, with its sign."""
    cell = number(value, unit)
    if value is None:
        return cell
    return Cell(numbers.signed(cell.text), "number", value, unit, None, cell.pad)
