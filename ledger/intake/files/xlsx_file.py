"""A workbook's tables as chunks of text: every sheet that holds one, numbers with the digits that the file stores."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context
from pathlib import Path

import polars as pl

from ledger.intake.faults import Faults
from ledger.intake.files.layout import TEMPLATE_SHEETS
from ledger.intake.files.limits import Limits
from ledger.intake.files.source import Source
from ledger.intake.files.workbook_reader import Sheet, Unreadable, Workbook
from ledger.intake.known import Known
from ledger.intake.tables.headers import matched, nearest_kind
from ledger.intake.tables.mapping import Shaping
from ledger.intake.tables.period_headers import period_header, without_unit
from ledger.intake.tables.shapes import holds_table, is_total, names_of, shape_score
from ledger.intake.upload import Table
from schemas.column import DECIMALS
from schemas.columns import COLUMNS
from schemas.kinds import KINDS

_FIFTEEN_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)  # what a spreadsheet shows of a double
_SHORT = r"^-?\d{1,9}(\.\d{1,6})?$"
_LIKE_A_TABLE = 3  # columns of a kind from which on a sheet that is not read is no mere notes
_IDENTIFIERS = ("external_id", "invoice_id", "meter_id", "contract_id")


def xlsx_sources(
    path: Path, stage: Path, faults: Faults, limits: Limits, kind: str | None, sheet: str | None, wish: Shaping,
    known: Known, *, every: bool = False,
) -> list[Source]:  # fmt: skip
    """The tables of a workbook, one a sheet; sheets that hold none are told and passed over.

    ``stage`` is a folder for tables on their way from the process that reads the workbook. ``kind`` and ``sheet``
    narrow what is looked for; ``wish`` and ``known`` say which wide tables are tables. With ``every`` no sheet is
    passed over but the template's own. A workbook that is refused gives none, and a finding.
    """
    try:
        with Workbook(path, stage, limits, sheet) as book:
            sheets, held = book.opened()
            wanted = [found for found in sheets if sheet is None or found.name == sheet]
            if not wanted:
                faults.add("sheet-missing", value=sheet, names=", ".join(found.name for found in sheets))
                return []
            if held["macros"]:
                faults.add("macros-ignored")
            if held["links"]:
                faults.add("links-ignored", count=held["links"])
            reading = _Reading(book, faults, limits, wish, epoch_1904=held["epoch_1904"])
            return _sources(reading, wanted, kind, known, every=every)
    except Unreadable as fault:
        fault.tell(faults)
        return []


@dataclass(frozen=True, slots=True)
class _Reading:
    """What the sheets of one workbook share while they are read."""

    book: Workbook
    faults: Faults
    limits: Limits
    wish: Shaping
    epoch_1904: bool


def _sources(reading: _Reading, wanted: list[Sheet], kind: str | None, known: Known, *, every: bool) -> list[Source]:
    faults, limits, wish = reading.faults, reading.limits, reading.wish
    sources: list[Source] = []
    best: tuple[str, ...] = ()
    for found in wanted:
        cells = _cells(reading.book, found) if found.width else pl.DataFrame()
        looked_at = cells[:, : limits.columns + 1]
        row = _header_row(looked_at, limits, wish)
        headers = tuple(_header(cell) for cell in looked_at.row(row)) if cells.height else ()
        best = max(best, headers, key=functools.partial(shape_score, mapping=wish.mapping))
        is_ours = found.name in TEMPLATE_SHEETS
        wanted_anyway = every and any(headers) and not is_ours
        if not wanted_anyway and not holds_table(headers, kind, wish, known):
            if not is_ours:  # the template's own pages are nobody's surprise
                _tell_skipped(faults, found.name, headers)
            continue
        if row:
            faults.add("title-rows-skipped", sheet=found.name, line=1, count=row)
        cells = _without_blank_columns(cells)
        if cells.width > limits.columns:
            faults.add("columns-too-many", sheet=found.name, line=row + 1, found=cells.width, limit=limits.columns)
            continue
        headers = tuple(_header(cell) for cell in cells.row(row))
        sources.append(_source(reading, found, cells, row, headers))
    if not sources and not faults.has_errors:
        _tell_none(faults, best, kind)
    return sources


def _tell_skipped(faults: Faults, sheet: str, headers: tuple[str, ...]) -> None:
    """A sheet that was not read: notes, or rows of a kind whose other columns it lacks, which nobody should miss."""
    near = nearest_kind(headers)
    if len(near.named) >= _LIKE_A_TABLE and near.missing:
        missing = ", ".join(near.missing)
        faults.add("sheet-not-read", sheet=sheet, value=sheet, kind=near.kind.name, missing=missing)
    else:
        faults.add("sheet-skipped", sheet=sheet, value=sheet)


def _cells(book: Workbook, sheet: Sheet) -> pl.DataFrame:
    cells = pl.DataFrame(book.cells(sheet))
    return cells.rename({name: f"c{place}" for place, name in enumerate(cells.columns)})


def _without_blank_columns(cells: pl.DataFrame) -> pl.DataFrame:
    """The cells without the columns behind the last one that holds anything."""
    filled = [cells[name].null_count() < cells.height for name in cells.columns]
    blank = sum(1 for _ in itertools.takewhile(lambda some: not some, reversed(filled)))
    return cells[:, : cells.width - blank]


def _header(cell: str | None) -> str:
    """A header's text; of a date cell the day alone, since nobody wrote its midnight."""
    return (cell or "").strip().removesuffix(" 00:00:00")


def _header_row(cells: pl.DataFrame, limits: Limits, wish: Shaping) -> int:
    """The row (from 0) of which most cells are known headers; the first where none is."""
    rows = cells.head(limits.header_lines).rows()
    scores = [shape_score([cell or "" for cell in row], wish.mapping) for row in rows]
    return scores.index(max(scores)) if scores else 0


def _tell_none(faults: Faults, headers: tuple[str, ...], kind: str | None) -> None:
    """No sheet holds a table: what the nearest one lacks."""
    if not any(headers):
        faults.add("file-empty")
    elif kind:
        for missing in matched(kind, headers).missing:
            faults.add("column-missing", column=missing, kind=kind, missing=missing)
    else:
        near = nearest_kind(headers)
        faults.add("kind-not-recognised", kind=near.kind.name, missing=", ".join(near.missing))


def _source(reading: _Reading, sheet: Sheet, cells: pl.DataFrame, row: int, headers: tuple[str, ...]) -> Source:
    faults, limits, wish = reading.faults, reading.limits, reading.wish
    first = sheet.first or 0
    failed = _tell_inside(reading, sheet, {first + place: header for place, header in enumerate(headers)}, row + 1)
    body = cells[row + 1 :].with_row_index("source_line", row + 2)
    for place in _number_columns(headers, wish):
        body = _with_stored_numbers(body, reading.book, sheet, place)
    _tell_cut_identifiers(body, reading.book, sheet, headers, faults)
    return Source(
        Table(sheet.name, row + 1, headers, first_column=first + 1),
        _slices(body, limits),
        hidden=True,
        workbook=True,
        epoch_1904=reading.epoch_1904,
        failed=frozenset((line, column - first) for line, column in failed),
    )


def _tell_inside(
    reading: _Reading, sheet: Sheet, columns: dict[int, str], header_row: int
) -> set[tuple[int, int]]:
    """Findings for what a reader of cells does not show; gives (row, column) of cells that failed.

    ``columns`` are the used columns (from 0) and their headers.
    """
    faults = reading.faults
    inside = reading.book.inside(sheet, header_row)
    if sheet.hidden:
        faults.add("sheet-hidden", sheet=sheet.name, value=sheet.name)
    if (read := inside.formulas - len(inside.failed)) > 0:
        faults.add("formulas-read", sheet=sheet.name, value=sheet.name, count=read)
    if inside.merged:
        faults.add("cells-merged", sheet=sheet.name, value=sheet.name, place=inside.merged)
    failed: set[tuple[int, int]] = set()
    for line, column, code, value in inside.failed:
        if column in columns and line > header_row:
            faults.add(code, sheet=sheet.name, line=line, column=columns[column], value=value)
            failed.add((line, column))
    return failed


def _slices(body: pl.DataFrame, limits: Limits) -> Iterator[pl.DataFrame]:
    yield from body.iter_slices(limits.chunk_rows)


def _number_columns(headers: tuple[str, ...], wish: Shaping) -> list[int]:
    """Places whose header may mean a column of decimals, in any kind of upload, or a month, a unit, a total."""
    names = names_of(headers, None, wish.mapping).names
    return [
        place
        for place, (header, name_) in enumerate(zip(headers, names, strict=True))
        if period_header(header)
        or without_unit(header)[1]
        or is_total(header)
        or header.isdigit()
        or any((name := matched(kind, [name_]).columns[0]) and COLUMNS[name].type in DECIMALS for kind in KINDS)
    ]


def _with_stored_numbers(body: pl.DataFrame, book: Workbook, sheet: Sheet, place: int) -> pl.DataFrame:
    """Number cells of a column as the digits that the file stores; column `n…` tells which cells those are."""
    stored = _numbers(book, sheet, place).unique("source_line", keep="first").filter(pl.col("stored") != "")
    long = stored.filter(~pl.col("stored").str.contains(_SHORT))["stored"].unique()
    plain = {text: digits_of(text) for text in long}
    stored = stored.with_columns(pl.col("stored").replace_strict(plain, default=pl.col("stored")))
    return (
        body.join(stored, on="source_line", how="left", maintain_order="left")
        .with_columns(
            pl.coalesce("stored", f"c{place}").alias(f"c{place}"), pl.col("stored").is_not_null().alias(f"n{place}")
        )
        .drop("stored")
    )


def _numbers(book: Workbook, sheet: Sheet, place: int) -> pl.DataFrame:
    """The number cells of a column of the table: source_line and stored."""
    return pl.DataFrame(book.numbers(sheet, (sheet.first or 0) + place))


def digits_of(stored: str) -> str:
    """A stored double as plain text of at most 15 significant digits: 0.30000000000000004 is 0.3, 1E+3 is 1000."""
    value = _FIFTEEN_DIGITS.create_decimal(stored)
    if not value.is_finite():
        return stored
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _tell_cut_identifiers(
    body: pl.DataFrame, book: Workbook, sheet: Sheet, headers: tuple[str, ...], faults: Faults
) -> None:
    """A warning for number cells with more digits than a double keeps, where the column holds identifiers."""
    for place, header in enumerate(headers):
        if matched("activity", [header]).columns[0] not in _IDENTIFIERS:
            continue
        long = body.filter(pl.col(f"c{place}").str.contains(r"^\d{16,}$"))
        if long.is_empty():
            continue
        cut = long.filter(pl.col("source_line").is_in(_numbers(book, sheet, place)["source_line"].implode()))
        faults.add_rows(
            "identifier-cut", cut.select("source_line", pl.col(f"c{place}").alias("value")), header, sheet=sheet.name
        )
