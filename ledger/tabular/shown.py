"""A result as people see it in a notebook or on a prompt: a small table, masses in tonnes, unknown never as zero."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from ledger.plain import grouped_places, visible
from ledger.tabular import SHA256_LETTERS, column_name, unit_of
from schemas.measures import MEASURE_TITLES

if TYPE_CHECKING:
    from ledger.tabular import Tabular

SHOWN_ROWS, SHOWN_COLUMNS, _SHOWN_TEXT = 20, 12, 80
NOT_ADDED = "Location-based and market-based figures are not added."
_THOUSANDS = {"kg CO2e": "t CO₂e", "kg": "t", "kWh": "MWh"}
_BOTH = ("location", "market")
_NOT_NUMBERS = ("year", "scope3_category", "category", "batch", "line", "number")


@dataclass(frozen=True, slots=True)
class Shown:
    """A column as it is shown: its key, its head, whether it holds numbers, what one of its units is of the ledger's.

    ``divisor`` is 1000 where masses are shown in tonnes or energy in MWh; ``places`` are the decimals.
    """

    key: str
    head: str
    numeric: bool
    divisor: int = 1
    places: int | None = None

    def cell(self, row: Mapping[str, Any]) -> str:
        """The cell of a row: a dash where there is nothing, `not quantified` where something was not."""
        value = row.get(self.key)
        if value is None:
            return "not quantified" if self.numeric and row.get("not_quantified_lines") else "—"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float):
            known = math.isfinite(value) and self.divisor != 1
            return _number(Decimal(repr(value)), self.divisor, self.places) if known else _estimate(value)
        if isinstance(value, (int, Decimal)):
            return _number(Decimal(value), self.divisor, self.places) if self.numeric else str(value)
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M")
        words = "; ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
        words = visible(words).replace("\n", " ")
        if len(words) == SHA256_LETTERS:
            return f"{words[:12]}…"
        return words if len(words) <= _SHOWN_TEXT else words[: _SHOWN_TEXT - 1] + "…"


def _number(value: Decimal, divisor: int, places: int | None) -> str:
    """A number with thin spaces between thousands, rounded half away from zero; with all its digits for no places."""
    shown = value / divisor if divisor != 1 else value
    exponent = shown.normalize().as_tuple().exponent
    digits = max(0, -exponent) if isinstance(exponent, int) else 0
    return grouped_places(shown, digits if places is None else places)


def _estimate(value: float) -> str:
    """An estimate at four significant figures; of a whole number all of its digits."""
    if not math.isfinite(value):
        return "—"
    exact = Decimal(repr(value))
    return grouped_places(exact, max(0, 3 - exact.adjusted()) if exact else 0)


def shown_columns(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> list[Shown]:
    """The columns that are shown: those with something in them that fits a cell."""
    names = list(dict.fromkeys((*columns, *(name for row in rows for name in row))))
    largest: dict[str, Decimal] = {}
    for name, value in (pair for row in rows for pair in row.items()):
        if isinstance(value, (Decimal, float)) and (unit := unit_of(column_name(name))) in _THOUSANDS:
            largest[unit] = max(largest.get(unit, Decimal(0)), abs(Decimal(value)))
    made = []
    for name in names:
        values = [row[name] for row in rows if row.get(name) is not None]
        fits = all(isinstance(value, (str, int, float, Decimal, date)) or _is_words(value) for value in values)
        needed = unit_of(column_name(name)) == "kg CO2e" or not rows
        if fits and (values or needed) and name != "not_quantified_lines":
            made.append(_column(name, values, largest))
    return made


def _is_words(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value) and len(value) <= 3


def _column(name: str, values: Sequence[Any], largest: Mapping[str, Decimal]) -> Shown:
    """A column; all masses of a table are shown in one unit, at the decimals that the largest asks for."""
    titled = column_name(name)
    unit = unit_of(titled)
    numeric = bool(unit) if not values else all(
        isinstance(value, (int, float, Decimal)) and not isinstance(value, bool) for value in values
    ) and not f"_{name}".endswith(tuple(f"_{word}" for word in _NOT_NUMBERS))  # fmt: skip
    title = MEASURE_TITLES.get(name) or _title(titled, unit)
    if not numeric or not unit:
        return Shown(name, title, numeric)
    most = largest.get(unit) or Decimal(100_000)
    if unit in _THOUSANDS and most >= 1000:
        places = 1 if most >= 100_000 else 3
        return Shown(name, f"{title} ({_THOUSANDS[unit]})", numeric, 1000, places)
    return Shown(name, f"{title} ({unit.replace('CO2', 'CO₂')})", numeric, 1, 3 if unit in _THOUSANDS else None)


def _title(name: str, unit: str) -> str:
    ends = ("_kg_co2e", "_g_per_kwh", "_kg_per_kwh", "_kwh", "_kg", "_pct")
    end = next((end for end in ends if unit and name.endswith(end)), "")
    words = visible(name).removesuffix(end).replace("_", " ").replace(" based", "-based").replace("scope3", "scope 3")
    return words[:1].upper() + words[1:]


def _parts(held: Tabular) -> tuple[list[Shown], Sequence[Mapping[str, Any]], list[str]]:
    """Columns, the rows that are shown, and the lines under the table."""
    rows = held.table_rows()
    columns = shown_columns(rows, held.table_columns())
    notes = []
    if len(rows) > SHOWN_ROWS:
        notes.append(f"… rows not shown: {len(rows) - SHOWN_ROWS} (to_polars() has all)")
    if len(columns) > SHOWN_COLUMNS:
        notes.append(f"… columns not shown: {len(columns) - SHOWN_COLUMNS} (to_polars() has all)")
    names = " ".join(column.key for column in columns if column.numeric)
    if rows and all(word in names for word in _BOTH):
        notes.append(NOT_ADDED)
    return columns[:SHOWN_COLUMNS], rows[:SHOWN_ROWS], notes


def html_table(held: Tabular) -> str:
    """The result as an HTML table with nothing in it but text."""
    columns, rows, notes = _parts(held)
    aligned = {True: ' style="text-align:right"', False: ' style="text-align:left"'}
    head = "".join(f"<th{aligned[one.numeric]}>{escape(one.head)}</th>" for one in columns)
    body = "".join(
        "<tr>" + "".join(f"<td{aligned[one.numeric]}>{escape(one.cell(row))}</td>" for one in columns) + "</tr>"
        for row in rows
    )
    under = "".join(f"<p><small>{escape(note)}</small></p>" for note in notes)
    caption = f'<caption style="text-align:left">{escape(visible(held.caption()))}</caption>'
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{under}"


def text_table(held: Tabular) -> str:
    """The result as lines of text, columns one under the other."""
    columns, rows, notes = _parts(held)
    cells = [[one.head for one in columns], *([one.cell(row) for one in columns] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(columns))]
    lines = [
        "  ".join(
            cell.rjust(width) if one.numeric else cell.ljust(width)
            for one, cell, width in zip(columns, line, widths, strict=True)
        ).rstrip()
        for line in cells
    ]
    return "\n".join([visible(held.caption()), *(lines if rows else ()), *notes])
