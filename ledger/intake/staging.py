"""The rows of an activity upload as Parquet parts: numbered, validated, summed, and searched for duplicates."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple, TypeAlias

import polars as pl

from ledger.intake.activity import STAGED, Noted, staged_rows
from ledger.intake.cells.convert import Context
from ledger.intake.checks.validate import failures, tell_invalid
from ledger.intake.files.source import true_lines
from ledger.intake.following.sharing import with_shares
from ledger.intake.progress import tell_rows
from schemas.activity import SCHEMA

_NOT_COMPARED = frozenset({"seq", "source_line", "sheet"})
_MADE = frozenset(
    {
        *("source_line", "activity_type", "kind", "quantity_text", "quantity", "unit_given", "calorific_basis"),
        *("period_start", "period_end", "month", "data_basis", "primary_data"),
    }
)
"""Columns that every part has, whatever the file has."""
_OF_TAX = frozenset({"formula", "gross_amount", "tax_rate_pct", "term_source"})
"""Columns by which money with its tax is brought to money without it."""
_TOO_MANY = "rows-too-many"


_Sums: TypeAlias = dict[tuple[str, str | None], Decimal]


class _Chunk(NamedTuple):
    """A chunk that was converted and is being validated."""

    context: Context
    rows: pl.DataFrame
    raw: pl.DataFrame
    numbered: pl.DataFrame
    failures: Future[pl.DataFrame | None]


class Stage:
    """Parts of one upload in a folder: a chunk is converted while that before it is validated, summed and written."""

    def __init__(self, folder: Path, columns: list[str]) -> None:
        self.folder = folder
        self.columns = columns
        self.parts: list[Path] = []
        self.rows = 0
        self.sums: _Sums = {}
        self.terms: list[pl.DataFrame] = []
        self._hashes: list[pl.Series] = []
        self._validator, self._writer = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
        self._validating: _Chunk | None = None
        self._writing: Future[tuple[_Sums, pl.Series]] | None = None

    def add(self, context: Context, chunks: Iterable[pl.DataFrame], noted: Noted) -> None:
        """Convert, validate and write the chunks of a table."""
        for chunk in chunks:
            ahead = context.faults.aside()  # of a chunk whose turn to be told comes after that which is validated
            frame, raw = staged_rows(replace(context, faults=ahead), chunk, noted)
            self._take_validated()
            if context.faults.counts[_TOO_MANY]:
                return
            context.faults.take(ahead)
            if not frame.is_empty():
                numbered = self._numbered(frame)
                found = self._validator.submit(failures, context.match.kind.name, numbered)
                self._validating = _Chunk(context, frame, raw, numbered, found)
                del numbered, found
            del chunk, frame, raw  # before the next is read beside them
        self._take_validated()

    def _take_validated(self) -> None:
        """Tell what is wrong with the chunk that was given to be validated, and keep it where nothing is."""
        if self._validating is None:
            return
        (context, frame, raw, numbered, found), self._validating = self._validating, None
        tell_invalid(context, numbered, raw, found.result())
        frame, terms = with_shares(context, frame, raw)
        if terms is not None:
            self.terms.append(terms)
            numbered = self._numbered(frame)
        self.rows += frame.height
        tell_rows(self.rows)
        if self.rows > context.limits.rows:
            context.faults.add(_TOO_MANY, limit=context.limits.rows)
        elif not context.faults.has_errors:
            self._keep(true_lines(numbered) if context.source.cells else numbered)

    def _numbered(self, frame: pl.DataFrame) -> pl.DataFrame:
        seq = pl.int_range(self.rows + 1, self.rows + frame.height + 1, dtype=pl.Int32).alias("seq")
        absent = [
            pl.lit(None, SCHEMA.columns[name].dtype.type).alias(name)
            for name in self.columns
            if name not in frame.columns
        ]
        return frame.with_columns(seq, *absent).select("seq", *self.columns)

    def _keep(self, frame: pl.DataFrame) -> None:
        self._wait()
        part = self.folder / f"{len(self.parts):05d}.parquet"
        self._writing = self._writer.submit(_written, frame, part)
        self.parts.append(part)

    def _wait(self) -> None:
        if self._writing is None:
            return
        try:
            sums, hashes = self._writing.result()
        except pl.exceptions.ComputeError as fault:
            raise _disk_fault(fault) from fault
        for of, total in sums.items():
            self.sums[of] = self.sums.get(of, Decimal(0)) + total
        self._hashes.append(hashes)
        self._writing = None

    def close(self) -> None:
        """Wait for the last part; no thread is left, whatever became of it."""
        with self._validator, self._writer:
            self._wait()

    def duplicates(self) -> pl.DataFrame:
        """Rows that equal an earlier one in every field: sheet, source_line, first (line of the earlier one)."""
        hashes, self._hashes = self._hashes, []  # eight bytes a row, each copy
        if not hashes or _unique(pl.concat(hashes, rechunk=False)):
            return pl.DataFrame(schema={"sheet": pl.String, "source_line": pl.Int32, "first": pl.Int32})
        compared = [name for name in self.columns if name not in _NOT_COMPARED]
        rows = pl.scan_parquet(self.parts, glob=False)
        hashed = rows.select("seq", pl.struct(compared).hash().alias("hash")).collect(engine="streaming")
        twice = hashed.filter(pl.col("hash").is_duplicated())["seq"]
        suspects = rows.filter(pl.col("seq").is_in(twice.implode())).collect().sort("seq")
        first = pl.col("source_line").first().over(compared)
        nth = pl.int_range(pl.len()).over(compared)
        sheet = pl.col("sheet") if "sheet" in self.columns else pl.lit(None, pl.String).alias("sheet")
        return (
            suspects.filter(nth > 0)
            .select(sheet, "source_line")
            .with_columns(suspects.select(first.alias("first"), nth.alias("nth")).filter(pl.col("nth") > 0)["first"])
        )

    def control_totals(self) -> dict[str, object]:
        """Rows, the sum of quantities by unit as plain text, and those of a calorific basis by unit and it."""
        by_unit: dict[str, Decimal] = {}
        by_basis: dict[str, Decimal] = {}
        for (unit, basis), total in self.sums.items():
            by_unit[unit] = by_unit.get(unit, Decimal(0)) + total
            if basis not in (None, "na"):
                by_basis[f"{unit} {basis}"] = total
        told = {"quantity": by_unit} | ({"calorific": by_basis} if by_basis else {})
        return {"rows": self.rows} | {
            name: {of: _plain(total) for of, total in sorted(sums.items())} for name, sums in told.items()
        }


def part_columns(contexts: list[Context]) -> list[str]:
    """The columns of the parts: those that any table of the file gives, in the order of the schema."""
    given = set(_MADE)
    for context in contexts:
        named = set(context.match.named)
        given |= named & set(STAGED)
        if None in context.match.columns or {"spend", "quantity"} <= named or "tags" in named:
            given.add("tags")
        if "tax_included" in named:
            given |= _OF_TAX
        if "shared_by" in named:
            given.add("note")  # which tells each share
        if context.sheet is not None:
            given.add("sheet")
    return [name for name in STAGED if name in given and name != "seq"]


def _written(frame: pl.DataFrame, part: Path) -> tuple[_Sums, pl.Series]:
    """Write a part; gives its sums by unit and calorific basis, and a hash a row."""
    frame.write_parquet(part, compression="lz4", statistics=False, row_group_size=frame.height)
    sums = frame.group_by("unit_given", "calorific_basis").agg(pl.col("quantity").sum())
    return {(unit, basis): total for unit, basis, total in sums.iter_rows()}, _hash_of(frame)


def _hash_of(frame: pl.DataFrame) -> pl.Series:
    """A hash a row: of its identifier where each row has one, else of all that is compared."""
    if "external_id" in frame.columns and frame["external_id"].null_count() == 0:
        return frame["external_id"].hash()
    return frame.select(pl.struct(name for name in frame.columns if name not in _NOT_COMPARED).hash()).to_series()


def _unique(hashes: pl.Series) -> bool:
    ordered = hashes.sort()
    return not (ordered.slice(1) == ordered.slice(0, ordered.len() - 1)).any()


def _plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _disk_fault(fault: Exception) -> Exception:
    """What the disk said, where a write failed by it; else the fault itself."""
    number = re.search(r"os error (\d+)", str(fault))
    return OSError(int(number[1]), os.strerror(int(number[1]))) if number else fault
