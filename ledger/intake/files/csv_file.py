"""A CSV file as chunks of text with the line of each row: quickly where it is even, carefully where it is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from ledger.intake.faults import Faults
from ledger.intake.files.layout import BLOCK, Bytes, Head, as_utf8, encoding_of, head_of
from ledger.intake.files.limits import Limits
from ledger.intake.files.records import Records, records_of
from ledger.intake.files.source import Source, UnevenRows
from ledger.intake.tables.mapping import FileMapping
from ledger.intake.upload import Table

_NOTHING = b' \t\r\n,;|"\0\xef\xbb\xbf\xff\xfe'
MANY_NULS = 16
"""One NUL in so many bytes of the head makes a file something other than text of one byte a letter."""


def csv_source(
    path: Path,
    found: Bytes,
    stage: Path,
    faults: Faults,
    limits: Limits,
    encoding: str | None,
    *,
    careful: bool,
    mapping: FileMapping | None = None,
) -> tuple[Source | None, str | None]:
    """The table of a CSV and the encoding it was read in; None where a finding says why it cannot be read.

    Args:
        path: the file.
        found: what its bytes told.
        stage: a folder for a copy in UTF-8, where one is needed.
        faults: takes the findings.
        limits: how much is read.
        encoding: as declared, or None.
        careful: walk the records first; a quick reading raises UnevenRows while its chunks are taken.
        mapping: what headers mean, where a mapping file was given.
    """
    marked = found.head[:2] in (b"\xff\xfe", b"\xfe\xff") or (encoding or "").casefold().startswith("utf-16")
    if found.nul and not marked:
        _tell_nuls(path, found, faults)
        return None, None
    used = encoding_of(path, found, encoding, faults)
    if used is None:
        return None, None
    text = as_utf8(path, found, used, stage / "source.csv")
    head = head_of(text, limits, mapping)
    if head is None:
        if found.head.strip(_NOTHING):
            faults.add("file-not-read", reason="no row of headers is found in its first lines")
        else:
            faults.add("file-empty")
        return None, used
    if len(head.cells) > limits.columns:
        faults.add("columns-too-many", line=head.first_line, found=len(head.cells), limit=limits.columns)
        return None, used
    if head.first_line > 1:
        faults.add("title-rows-skipped", line=1, count=head.first_line - 1)
    table = Table(None, head.first_line, tuple(cell.strip() for cell in head.cells), head.delimiter)
    chunks = _chunks(text, head, found, faults, limits, careful=careful or found.quoted)
    return Source(table, chunks, hidden=found.hidden), used


def _tell_nuls(path: Path, found: Bytes, faults: Faults) -> None:
    if found.head.count(b"\0") * MANY_NULS > len(found.head):
        faults.add("file-not-supported", found="no text, or UTF-16 text without its byte order mark")
        return
    with path.open("rb") as file:
        for line, raw in enumerate(file, start=1):
            if b"\0" in raw:
                faults.add("nul-byte", line=line)


def _chunks(
    path: Path, head: Head, found: Bytes, faults: Faults, limits: Limits, *, careful: bool
) -> Iterator[pl.DataFrame]:
    if not careful:
        yield from _quick(path, head, limits)
        return
    records = records_of(path, head)
    if records.open_from is not None:
        faults.add("unclosed-quote", line=records.open_from)
        return
    uneven = records.uneven.select("source_line", "found", pl.lit(None, pl.String).alias("value"))
    faults.add_rows("ragged-row", uneven, None, expected=len(head.cells))
    yield from _careful(path, head, records, faults, limits, quoted=found.quoted)


def _quick(path: Path, head: Head, limits: Limits) -> Iterator[pl.DataFrame]:
    """Chunks of a file without quotation marks. Raises UnevenRows where a row is too long or too short."""
    rows, last_blank = 0, False
    last = f"c{len(head.cells) - 1}"
    try:
        for chunk in _batches(path, head, limits, quoted=False, truncate=False):
            rows += chunk.height
            last_blank = last_blank or chunk[last].null_count() > 0
            yield chunk
            del chunk  # before the next is read beside it
    except (pl.exceptions.ComputeError, pl.exceptions.SchemaError) as fault:
        raise UnevenRows from fault
    # A short row arrives with nulls at its end: where the last column has some, the delimiters are counted.
    if last_blank and _delimiters(path, head) != rows * (len(head.cells) - 1):
        raise UnevenRows


def _careful(
    path: Path, head: Head, records: Records, faults: Faults, limits: Limits, *, quoted: bool
) -> Iterator[pl.DataFrame]:
    """Chunks without the uneven rows, with the true line of each."""
    rows = 0
    bad = records.uneven.select("record")
    try:
        for chunk in _batches(path, head, limits, quoted=quoted, truncate=True):
            rows += chunk.height
            record = pl.col("source_line") - (head.last_line + 1)
            kept = chunk.with_columns(record.cast(pl.UInt32).alias("record"))
            if bad.height:
                kept = kept.join(bad, on="record", how="anti", maintain_order="left")
            if records.first_lines is not None and rows <= records.count:
                kept = kept.with_columns(records.first_lines.gather(kept["record"]).alias("source_line"))
            yield kept.drop("record")
    except (pl.exceptions.ComputeError, pl.exceptions.SchemaError) as fault:
        faults.add("file-not-read", reason=str(fault).partition("\n")[0])
        return
    if rows != records.count:
        faults.add("file-not-read", reason="quotation marks are not used in the same way throughout")


def _batches(path: Path, head: Head, limits: Limits, *, quoted: bool, truncate: bool) -> Iterator[pl.DataFrame]:
    return pl.scan_csv(
        path,
        has_header=False,
        skip_lines=head.last_line,
        schema={f"c{place}": pl.String for place in range(len(head.cells))},
        infer_schema=False,
        glob=False,
        separator=head.delimiter,
        quote_char='"' if quoted else None,
        truncate_ragged_lines=truncate,
        extra_columns="ignore" if truncate else "raise",
        missing_columns="insert" if truncate else "raise",
        row_index_name="source_line",
        row_index_offset=head.last_line + 1,
    ).collect_batches(chunk_size=limits.chunk_rows, maintain_order=True)


def _delimiters(path: Path, head: Head) -> int:
    """How many delimiters stand below the header."""
    mark = head.delimiter.encode()
    total = 0
    with path.open("rb") as file:
        for _ in range(head.last_line):
            file.readline()
        while block := file.read(BLOCK):
            total += block.count(mark)
    return total
