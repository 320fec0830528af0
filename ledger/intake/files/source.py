"""A table found in a file: its headers, and its cells as text in chunks, each row with its line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from ledger.intake.upload import Table

CELL = 2**30
CELLS_PER_LINE = 256
"""A row made of one cell of a line is numbered ``CELL + 256 × line + cell``, so that its findings lead to the cell."""
SOURCE_COLUMN = "source_column"
"""The label of a row's tags that names the column of its cell."""


class UnevenRows(Exception):
    """A quick reading met rows with more or fewer cells than the header; a careful one is needed."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a table lies, and a single walk over it.

    ``chunks`` have a column `source_line` and text columns `c0`, `c1`, … by position; a blank cell is null. In a
    workbook a column `n3` beside `c3` tells which cells are numbers there. ``hidden`` tells whether cells may hold
    anything beyond printable ASCII; ``failed`` names cells (line, position) that already have a finding.

    ``names`` are the headers as they are matched, where that is not how the file has them. Positions in ``made`` were
    filled by the reading, not by the file. Where rows are made of single cells, ``cells`` are the headers of those, and
    ``of_cell`` our columns that belong to the cell and not to its whole line. ``kind`` is that of rows which the
    reading made from somebody else's format.
    """

    table: Table
    chunks: Iterator[pl.DataFrame]
    hidden: bool = True
    workbook: bool = False
    epoch_1904: bool = False
    failed: frozenset[tuple[int, int]] = frozenset()
    names: tuple[str, ...] = ()
    made: frozenset[int] = frozenset()
    cells: tuple[str, ...] = ()
    of_cell: frozenset[str] = frozenset()
    kind: str | None = None

    @property
    def matched_as(self) -> tuple[str, ...]:
        """The headers as they are matched against our columns."""
        return self.names or self.table.headers


def cell_line(line: int, cell: int) -> int:
    """The number of a row made of one cell of a line."""
    return CELL + CELLS_PER_LINE * line + cell


def line_and_cell(number: int) -> tuple[int, int | None]:
    """The line of a row, and which of the line's cells it was made of; None where it is the whole line."""
    return divmod(number - CELL, CELLS_PER_LINE) if number >= CELL else (number, None)


def true_lines(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with the lines of the file in place of the numbers of rows made of cells."""
    number = pl.col("source_line")
    return frame.with_columns(
        pl.when(number >= CELL).then((number - CELL) // CELLS_PER_LINE).otherwise(number).cast(pl.Int32)
        .alias("source_line")
    )  # fmt: skip
