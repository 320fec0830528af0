"""A mapping file: which header means which column, which word means which of our values, what holds for every row."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ledger.errors import Misuse
from ledger.intake.tables.headers import folded_header
from schemas.columns import COLUMNS

LABEL = "-"
"""What a header is mapped to where its column is a label only: kept in the tags, and not told."""
MOST_BYTES = 2**20
_PARTS = ("headers", "values", "constants", "sheets", "kind")  # the last is of a kind that an extension names


@dataclass(frozen=True, slots=True)
class FileMapping:
    """What a mapping file says, and the digest under which it is kept as evidence.

    ``headers``: folded header → our column, or `-`; ``values``: our column → word of the file → our value;
    ``constants``: our column → its value wherever the file says nothing; ``sheets``: the same of single sheets.
    """

    path: Path
    sha256: str
    headers: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    sheets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def of_sheet(self, sheet: str | None) -> FileMapping:
        """The mapping with what holds for every row of one sheet."""
        own = self.sheets.get(sheet or "", {})
        return replace(self, constants={**self.constants, **own}) if own else self


@dataclass(frozen=True, slots=True)
class Shaping:
    """How a file is read beyond what its headers say: as rows made of columns, of which year, by which mapping.

    ``choices`` are what a person chose where somebody else's format leaves something open.
    """

    pivot: str | None = None
    year: int | None = None
    mapping: FileMapping | None = None
    choices: Mapping[str, str] = field(default_factory=dict)

    @property
    def parts(self) -> dict[str, str]:
        """What was asked for, as it enters the idempotency key and the control totals; empty for an ordinary file."""
        made = {"pivot": self.pivot or "", "year": "" if self.year is None else str(self.year)}
        made["mapping_sha256"] = self.mapping.sha256 if self.mapping else ""
        made["choices"] = json.dumps(dict(sorted(self.choices.items()))) if self.choices else ""
        return {name: text for name, text in made.items() if text}


def read_mapping(path: Path) -> FileMapping:
    """Read a mapping file. Raises Misuse where it is no TOML, or names a part or a column that is not there."""
    if path.stat().st_size > MOST_BYTES:
        raise Misuse(f"{path.name} has more than {MOST_BYTES} bytes", "leave out what the file does not need")
    raw = path.read_bytes()
    try:
        read = tomllib.loads(raw.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise Misuse(f"{path.name} is not read: {fault}", "write it as ghg mapping propose FILE does") from fault
    for part in read:
        if part not in _PARTS or not isinstance(read[part], dict):
            raise Misuse(
                f"{path.name} has a part [{part}]",
                "its parts are [headers], [values.COLUMN], [constants] and [sheets.SHEET]",
            )
    headers = {folded_header(header): _text(path, name) for header, name in read.get("headers", {}).items()}
    constants = {name: _text(path, value) for name, value in read.get("constants", {}).items()}
    values = {
        column: {" ".join(word.split()): text for word, text in words.items()}
        for column, words in _tables(path, read, "values").items()
    }
    sheets = _tables(path, read, "sheets")
    for name in (*headers.values(), *constants, *values, *(name for own in sheets.values() for name in own)):
        _check_column(path, name)
    return FileMapping(path, hashlib.sha256(raw).hexdigest(), headers, values, constants, sheets)


def _tables(path: Path, read: Mapping[str, Any], part: str) -> dict[str, dict[str, str]]:
    """The tables of a part by name, their values as text."""
    for name, words in read.get(part, {}).items():
        if not isinstance(words, dict):
            raise Misuse(f"[{part}] of {path.name} holds {name} without a table", f"write [{part}.{name}]")
    return {
        name: {word: _text(path, value) for word, value in words.items()} for name, words in read.get(part, {}).items()
    }


def _text(path: Path, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Misuse(f"{path.name} holds {value!r}, which is no text", "write values in quotation marks")
    return str(value)


def _check_column(path: Path, name: str) -> None:
    from rapidfuzz import process

    if name == LABEL or name in COLUMNS:
        return
    near = process.extractOne(name, list(COLUMNS), score_cutoff=60)
    raise Misuse(
        f"{path.name} names column “{name}”, which no kind of upload has",
        f"did you mean {near[0]}?" if near else "the columns are listed in docs/formats.md",
    )
