"""How much of a file is read. Beyond it the file is refused with a finding; each limit can be set by environment."""

from __future__ import annotations

import os
from dataclasses import dataclass, fields

from ledger.errors import Misuse

_MEGABYTE = 2**20


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is read; beyond it a file is refused with a finding.

    ``chunk_rows`` are held at a time and make a part. They are as many as a row group of DuckDB, so that a part goes
    into the ledger's file as it is: with others the file of ten million rows is half as large again.

    ``json_bytes`` holds for JSON, XML and metrics in text, which are read at once; ``foreign_rows`` for the records of
    a format that is not ours.

    A workbook is read in a process of its own, which may use ``workbook_memory_bytes`` of address space,
    ``workbook_cpu_seconds`` of a processor and ``workbook_seconds`` by the clock.
    """

    bytes: int = 4 * 2**30
    rows: int = 20_000_000
    columns: int = 200
    cell_characters: int = 4_000
    header_lines: int = 30
    chunk_rows: int = 122_880
    findings_per_code: int = 1_000
    json_bytes: int = 64 * _MEGABYTE
    foreign_rows: int = 2_000_000
    workbook_bytes: int = 200 * _MEGABYTE
    workbook_members: int = 1_000
    workbook_expanded_bytes: int = 512 * _MEGABYTE
    workbook_ratio: int = 100
    workbook_cells: int = 12_000_000
    workbook_memory_bytes: int = 4 * 2**30
    workbook_cpu_seconds: int = 120
    workbook_seconds: int = 300


FROM_ENVIRONMENT = tuple(
    field.name for field in fields(Limits) if field.name not in ("header_lines", "chunk_rows", "findings_per_code")
)
"""Limits that a person may set: `GHG_MAX_ROWS` sets ``rows``, and so on."""


def limits_set() -> Limits:
    """The limits, those replaced that the environment sets. Raises Misuse for a value that is no number above zero."""
    given = {}
    for name in FROM_ENVIRONMENT:
        text = os.environ.get(variable_of(name), "").strip()
        if not text:
            continue
        if not text.isascii() or not text.isdigit() or not int(text):
            raise Misuse(f"{variable_of(name)} is '{text}'", "set it to a whole number above zero, or not at all")
        given[name] = int(text)
    return Limits(**given)


def variable_of(name: str) -> str:
    """The environment variable of a limit."""
    return f"GHG_MAX_{name.upper()}"
