"""JSON of unknown origin: documents and lines within bounds, every number as the text it was written in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import polars as pl

from ledger.intake.ai_files.form import field_name
from ledger.intake.faults import Faults
from ledger.intake.files.limits import Limits

DEPTH = 24
"""Objects within objects; no export of a program has more."""


class Unread(Exception):
    """Why JSON is not read, in words that end a sentence."""


def documents(text: str) -> list[tuple[int, Any]]:
    """The documents of a text with the line on which each begins: one, or one a line (JSON Lines).

    Raises Unread where a document is damaged, nests too deep, or has a key twice.
    """
    try:
        return [(1, _parsed(text))]
    except json.JSONDecodeError as fault:
        lines = [(line, row) for line, row in enumerate(text.split("\n"), start=1) if row.strip()]
        if len(lines) < 2 or not fault.msg.startswith("Extra data"):
            raise Unread(f"{fault.msg}, line {fault.lineno}, column {fault.colno}") from fault
        return list(_of_lines(lines))


def log_lines(text: str) -> tuple[list[tuple[int, Any]], list[tuple[int, int]]]:
    """The documents of a log, one a line, and the lines that are damaged with their lengths in characters.

    Raises Unread where a line nests too deep or has a key twice: no log writes such.
    """
    whole_lines: list[tuple[int, Any]] = []
    damaged: list[tuple[int, int]] = []
    for line, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            whole_lines.append((line, _parsed(row)))
        except json.JSONDecodeError:
            damaged.append((line, len(row)))
    return whole_lines, damaged


def first_line(text: str) -> Any:
    """The first line that is a document of its own; None where none of the first lines is."""
    for row in text.split("\n", 8)[:8]:
        try:
            return _parsed(row)
        except (json.JSONDecodeError, Unread):
            continue
    return None


def _of_lines(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, Any]]:
    for line, row in lines:
        try:
            yield line, _parsed(row)
        except json.JSONDecodeError as fault:
            raise Unread(f"{fault.msg}, line {line}, column {fault.colno}") from fault


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_once)
    except RecursionError as fault:
        raise Unread(f"it nests more than {DEPTH} deep") from fault


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        seen: set[str] = set()
        twice = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise Unread(f"an object has the key “{twice[:60]}” twice")
    return made


def as_records(found: Iterable[Mapping[str, Any]], lines: Iterable[int] | None, faults: Faults, limits: Limits
               ) -> tuple[pl.DataFrame, dict[str, str]] | None:  # fmt: skip
    """Records as a frame of text by field name with `source_line`, and how each field is spelled in the file.

    ``lines`` numbers the records, from 1 where None. Values within a record are named by their path; lists are left
    out. None where a finding says why not.
    """
    rows: list[dict[str, str | None]] = []
    spelled: dict[str, str] = {}
    numbers = iter(lines) if lines is not None else None
    for place, record in enumerate(found, start=1):
        if place > limits.foreign_rows:
            faults.add("rows-too-many", limit=limits.foreign_rows)
            return None
        row: dict[str, str | None] = {}
        for path, value in _flat(record, (), 0):
            shown = ".".join(path)
            name = field_name(shown)
            spelled.setdefault(name, shown)
            row[name] = value
        row["source_line"] = str(next(numbers)) if numbers is not None else str(place)
        rows.append(row)
    if len(spelled) > limits.columns:
        faults.add("columns-too-many", found=len(spelled), limit=limits.columns)
        return None
    schema = dict.fromkeys(("source_line", *(name for name in spelled if name != "source_line")), pl.String)
    frame = pl.DataFrame(rows, schema=schema, orient="row").with_columns(pl.col("source_line").cast(pl.UInt32))
    return frame, spelled


def _flat(record: Mapping[str, Any], path: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """Path and text of each value; raises Unread for what nests too deep or is no text."""
    if depth > DEPTH:
        raise Unread(f"it nests more than {DEPTH} deep")
    for key, value in record.items():
        if isinstance(value, Mapping):
            yield from _flat(value, (*path, key), depth + 1)
        elif value is None or isinstance(value, str | bool):
            yield (*path, whole(key)), None if value is None else _text(value)


def _text(value: str | bool) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else whole(value)


def whole(text: str) -> str:
    """The text itself; raises Unread where it holds half a character, which no encoding can write."""
    try:
        text.encode()
    except UnicodeEncodeError as fault:
        raise Unread("a text holds half of a pair of surrogates") from fault
    return text
