"""A table found in a file: its headers, and its cells as text in chunks, each row with its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ledger.intake.upload import Table


class UnevenRows(Exception):
    """A quick reading met rows with more or fewer cells than the header; a careful one is needed."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table lies, and a single walk over it.

    ``chunks`` have a column `source_line` and text columns `c0`, `c1`, … by position; a blank cell is null. In a
    workbook a column `n3` beside `c3` tells which cells are numbers there. ``hidden`` tells whether cells may hold
    anything beyond printable ASCII; ``failed`` names cells (line, position) that already have a finding.
    """

    table: Table
    chunks: Iterator[pl.DataFrame]
    hidden: bool = True
    workbook: bool = False
    epoch_1904: bool = False
    failed: frozenset[tuple[int, int]] = frozenset()
