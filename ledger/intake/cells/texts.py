"""Text cells: trimmed, blanks made null, and told where they hide characters that nobody sees."""

from __future__ import annotations

import re

import polars as pl

from ledger.intake.faults import Faults
from ledger.intake.files.limits import Limits

CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
_DIRECTION = "\u202a-\u202e\u2066-\u2069"
INVISIBLE = f"[\u00ad\u180e\u200b-\u200f\u2060-\u2064\ufeff{_DIRECTION}]"
TURNING = f"[{_DIRECTION}]"
_MIXED = r"\p{Latin}[\p{Cyrillic}\p{Greek}]|[\p{Cyrillic}\p{Greek}]\p{Latin}"

FREE = frozenset({"note"})
"""Columns of running text, where joiners are part of some scripts: there only direction marks are refused."""

INPUT_MARKS = ("=", "+", "-", "@")
"""Beginnings that a spreadsheet takes for a formula."""
_GUARD = r"(?s)^'('*\s*[=+\-@\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}].*|'*[\t\r\n].*)$"
"""What :func:`ledger.plain.guarded` makes of such a text in a CSV."""

TOTAL = r"(?i)^\s*((grand|sub)?[\s-]*totals?|sum|summe|gesamt(summe)?|zwischensumme|total général|somme)\b.{0,30}$"


def without_guard(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The columns without the apostrophe by which a CSV of ours keeps a text from becoming a formula."""
    if not columns:
        return frame
    some = frame.select(pl.col(columns).str.starts_with("'").any()).row(0)
    own = [column for column, any_ in zip(columns, some, strict=True) if any_]
    return frame.with_columns(pl.col(own).str.replace(_GUARD, "$1")) if own else frame


def trimmed(frame: pl.DataFrame, columns: list[str]) -> pl.DataFrame:
    """The columns without blanks around them; what is nothing but blanks is null."""
    if not columns:
        return frame
    made = frame.with_columns(pl.col(columns).str.strip_chars())
    blank = made.select((pl.col(columns) == "").any()).row(0)
    emptied = [column for column, some in zip(columns, blank, strict=True) if some]
    return made.with_columns(pl.when(pl.col(column) != "").then(pl.col(column)).alias(column) for column in emptied)


def tell_hidden(frame: pl.DataFrame, column: str, faults: Faults, sheet: str | None, label: str | None = None) -> None:
    """Findings for control characters, invisible ones, and letters of mixed alphabets.

    ``label`` names the column in findings where the frame has it under another name.
    """
    told = label or column
    invisible = TURNING if column in FREE else INVISIBLE
    some = frame.select(
        pl.col(column).str.contains(CONTROL).any().alias("control"),
        pl.col(column).str.contains(invisible).any().alias("invisible"),
        pl.col(column).str.contains(_MIXED).any().alias("mixed"),
    ).row(0, named=True)
    if some["control"]:
        faults.add_rows("text-control", _with(frame, column, CONTROL), told, sheet=sheet)
    if some["invisible"]:
        faults.add_rows("text-invisible", _with(frame, column, invisible), told, sheet=sheet)
    if some["mixed"] and column not in FREE:
        faults.add_rows("text-mixed-scripts", _with(frame, column, _MIXED), told, sheet=sheet)


def tell_long(frame: pl.DataFrame, columns: list[str], limits: Limits, faults: Faults, sheet: str | None) -> None:
    """Findings for cells longer than what is kept."""
    longest = frame.select(pl.col(columns).str.len_bytes().max()).row(0) if columns else ()
    for column, length in zip(columns, longest, strict=True):
        if length is not None and length > limits.cell_characters:
            found = pl.col(column).str.len_chars()
            rows = frame.filter(found > limits.cell_characters).select(
                "source_line", pl.col(column).str.head(40).alias("value"), found.alias("found")
            )
            faults.add_rows("value-too-long", rows, column, sheet=sheet, limit=limits.cell_characters)


def hidden_in(text: str) -> str | None:
    """The code of the finding that a single text makes, or None."""
    if re.search(CONTROL, text):
        return "text-control"
    return "text-invisible" if re.search(INVISIBLE, text) else None


def _with(frame: pl.DataFrame, column: str, pattern: str) -> pl.DataFrame:
    return frame.filter(pl.col(column).str.contains(pattern)).select("source_line", pl.col(column).alias("value"))
