"""What became of a file that was read: its rows in typed parts, or the findings that refuse it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.errors import Finding
from ledger.intake.tables.mapping import Shaping

if TYPE_CHECKING:
    import polars as pl

PARSER = "ghg-ledger intake"
PARSER_VERSION = "1"
"""Raised whenever the same bytes would be read into other rows."""


@dataclass(frozen=True, slots=True)
class Table:
    """Where a table lies in its file: sheet, line and first column (from 1) of the header, headers left to right."""

    sheet: str | None
    header_line: int
    headers: tuple[str, ...]
    delimiter: str | None = None
    first_column: int = 1


@dataclass(frozen=True, slots=True)
class Unknown:
    """A name that a register does not have: of a facility, legal entity or instrument, with the country beside it."""

    kind: str
    name: str
    country: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """A file read and checked.

    ``parts`` are Parquet files of the rows of an activity upload, typed and named as the ledger's columns, ``seq``
    numbered from 1 over all of them; ``frames`` hold the rows of the other kinds, by kind. Both are empty where a
    finding is an error. ``more_findings`` counts by code what was found beyond the findings kept. ``unknown`` are names
    that the registers do not have, for a proposal of what to add to them. ``parameters`` are terms of formulas by sheet
    and line, and where a line makes several rows by what else tells them apart. ``is_table`` is false where lines are
    numbers of records, which no marked copy can show.
    """

    kind: str | None
    source_name: str
    source_sha256: str
    source_bytes: int
    parser: str
    parser_version: str
    locale: str | None
    rows: int
    parts: list[Path]
    frames: Mapping[str, pl.DataFrame]
    findings: tuple[Finding, ...]
    more_findings: Mapping[str, int]
    control_totals: Mapping[str, object]
    tables: tuple[Table, ...] = field(default_factory=tuple)
    encoding: str | None = None
    shaping: Shaping = field(default_factory=Shaping)
    unknown: tuple[Unknown, ...] = ()
    parameters: pl.DataFrame | None = None
    is_table: bool = True

    @property
    def has_errors(self) -> bool:
        """Whether a finding refuses the file."""
        return any(finding.severity == "error" for finding in self.findings)
