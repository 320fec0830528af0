"""Records of a CSV, told exactly: on which line each begins, how many cells it has, whether a quotation stays open.

Needed only where a file has quotation marks or uneven rows: the reader counts records, people count lines.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from ledger.intake.files.layout import Head

LONGEST_QUOTATION = 1_000_000
"""Characters after which a quotation that is still open is taken as never closed."""
_UNEVEN = ("record", "source_line", "found")
_QUOTED = '"[^"]*"'


@dataclass(frozen=True, slots=True)
class Records:
    """The records below the header.

    ``first_lines`` gives the line of each record where some record spans several lines, else None; ``uneven`` has
    columns record (from 0), source_line, found (cells) for rows with more or fewer cells than the header; ``open_from``
    is the line of a quotation that is never closed.
    """

    count: int
    first_lines: pl.Series | None
    uneven: pl.DataFrame
    open_from: int | None


def records_of(path: Path, head: Head) -> Records:
    """Walk the lines of a UTF-8 file below its header; memory is that of one chunk and a number per record."""
    expected = len(head.cells)
    starts: list[pl.Series] = []
    uneven: list[pl.DataFrame] = []
    odd, before = 0, 0
    carried = pl.DataFrame(schema={"source_line": pl.UInt32, "line": pl.String})
    for chunk in _lines(path, head.last_line):
        quotes = chunk["line"].str.count_matches('"', literal=True).fill_null(0)
        parity = (quotes.cum_sum() + odd) % 2
        begins = parity.shift(1, fill_value=odd) == 0
        odd = int(parity[-1])
        grouped = pl.concat([carried, chunk.select("source_line", "line")])
        begins = pl.concat([pl.Series([True] * carried.height, dtype=pl.Boolean).head(1), begins])
        whole, carried = _whole_records(grouped, begins, keep_last=odd == 1)
        starts.append(whole["source_line"])
        uneven.append(_uneven(whole, head.delimiter, expected, before))
        before += whole.height
        if carried.height and len(carried["line"][0]) > LONGEST_QUOTATION:
            break
    first_lines = pl.concat(starts) if starts else pl.Series([], dtype=pl.UInt32)
    spans = before > 0 and int(first_lines[-1]) - int(first_lines[0]) != before - 1
    return Records(
        before,
        first_lines if spans else None,
        pl.concat(uneven) if uneven else pl.DataFrame(schema=dict.fromkeys(_UNEVEN, pl.UInt32)),
        int(carried["source_line"][0]) if carried.height else None,
    )


def _lines(path: Path, skipped: int) -> Iterator[pl.DataFrame]:
    lines = pl.scan_lines(path, name="line", row_index_name="source_line", row_index_offset=1, glob=False)
    return lines.slice(skipped).collect_batches(chunk_size=500_000, maintain_order=True)


def _whole_records(lines: pl.DataFrame, begins: pl.Series, *, keep_last: bool) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Lines joined to records; the last, unfinished one is handed back as the carry, itself joined to one line."""
    numbered = lines.with_columns(begins.cast(pl.UInt32).cum_sum().alias("record"))
    if int(numbered["record"][-1]) != lines.height:
        numbered = numbered.group_by("record", maintain_order=True).agg(
            pl.col("source_line").first(), pl.col("line").fill_null("").str.join("\n")
        )
    joined = numbered.select("source_line", "line")
    if keep_last:
        return joined.head(-1), joined.tail(1)
    return joined, joined.clear()


def _uneven(records: pl.DataFrame, delimiter: str, expected: int, before: int) -> pl.DataFrame:
    bare = pl.col("line").str.replace_all(_QUOTED, "")
    found = bare.str.count_matches(delimiter, literal=True) + 1
    return (
        records.with_row_index("record", before)
        .filter(pl.col("line").str.strip_chars().fill_null("") != "")
        .select("record", "source_line", found.alias("found"))
        .filter(pl.col("found") != expected)
    )
