"""Activities that follow from records, read and checked like those of any upload, into the stage of theirs."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from ledger.intake.activity import Noted
from ledger.intake.cells.convert import Context, context_of
from ledger.intake.cells.locales import locale_of
from ledger.intake.faults import Faults
from ledger.intake.files.limits import limits_set
from ledger.intake.files.source import Source
from ledger.intake.known import Known
from ledger.intake.staging import Stage, part_columns
from ledger.intake.tables.headers import matched
from ledger.intake.upload import Table


def made_activities(rows: pl.DataFrame, known: Known, faults: Faults, folder: Path) -> list[Path]:
    """Parts of typed activities, numbered from 1.

    Args:
        rows: texts under the columns of an activity upload, with `source_line` and `sheet`.
        known: what they are checked against.
        faults: where findings go; they lead to the lines that the rows were made of.
        folder: where the parts are written; made where it is missing.
    """
    folder.mkdir(parents=True, exist_ok=True)
    names = tuple(name for name in rows.columns if name not in ("source_line", "sheet"))
    contexts = [
        _context(part, names, None if sheet is None else str(sheet), known, faults)
        for (sheet,), part in rows.group_by("sheet", maintain_order=True)
    ]
    stage = Stage(folder, part_columns(contexts))
    noted = Noted()
    try:
        for context in contexts:
            stage.add(context, context.source.chunks, noted)
    finally:
        stage.close()
    return stage.parts


def joined_parts(parts: list[Path], folder: Path) -> list[Path]:
    """Parts of an upload and parts that were made, as one, numbered through; a column that one lacks is null."""
    frames = [pl.read_parquet(part) for part in parts]
    every = pl.concat(frames, how="diagonal").with_columns(seq=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))
    every.write_parquet(folder / "joined.parquet", compression="lz4", statistics=False)
    return [folder / "joined.parquet"]


def _context(rows: pl.DataFrame, names: tuple[str, ...], sheet: str | None, known: Known, faults: Faults) -> Context:
    texts = rows.select(
        pl.col("source_line").cast(pl.UInt32),
        *(pl.col(name).cast(pl.String).alias(f"c{place}") for place, name in enumerate(names)),
    )
    source = Source(Table(sheet, 1, names), iter([texts]), hidden=False, names=names)
    return context_of(source, matched("activity", names), locale_of(None), known, faults, limits_set())
