"""A workbook's tables as chunks of text: every sheet that holds one, numbers with the digits that the file stores."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Context
from pathlib import Path
from typing import Any

import polars as pl

from ledger.intake.faults import Faults
from ledger.intake.headers import matched, nearest_kind
from ledger.intake.known import Known
from ledger.intake.layout import TEMPLATE_SHEETS
from ledger.intake.mapping import Shaping
from ledger.intake.period_headers import period_header, without_unit
from ledger.intake.shapes import holds_table, is_total, names_of, shape_score
from ledger.intake.source import Source
from ledger.intake.upload import Limits, Table
from ledger.intake.workbook import SheetXml, Suspicious, number_cells, sheets_of, tell_failed_cells, width_of
from schemas.column import DECIMALS
from schemas.columns import COLUMNS
from schemas.kinds import KINDS

_FIFTEEN_DIGITS = Context(prec=15, rounding=ROUND_HALF_UP)  # what a spreadsheet shows of a double
_SHORT = r"^-?\d{1,9}(\.\d{1,6})?$"
_IDENTIFIERS = ("external_id", "invoice_id", "meter_id", "contract_id")


def xlsx_sources(
    path: Path, faults: Faults, limits: Limits, kind: str | None, sheet: str | None, wish: Shaping, known: Known,
    *, every: bool = False,
) -> list[Source]:  # fmt: skip
    """The tables of a workbook, one a sheet; sheets that hold none are told and passed over.

    ``kind`` and ``sheet`` narrow what is looked for; ``wish`` and ``known`` say which wide tables are tables. With
    ``every`` no sheet is passed over but the template's own. A workbook that is refused gives none, and a finding.
    """
    import fastexcel

    try:
        sheets, epoch_1904 = sheets_of(path, limits)
        wanted = [found for found in sheets if sheet is None or found.name == sheet]
        widths = {found.number: width_of(found, limits) for found in wanted}
        reader = fastexcel.read_excel(path)
    except Suspicious as fault:
        faults.add("workbook-suspicious", reason=str(fault))
        return []
    except fastexcel.FastExcelError as fault:
        faults.add("file-not-read", reason=str(fault).partition("\n")[0])
        return []
    if not wanted:
        faults.add("sheet-missing", value=sheet, names=", ".join(found.name for found in sheets))
        return []
    sources: list[Source] = []
    best: tuple[str, ...] = ()
    for found in wanted:
        first, width = widths[found.number]
        cells = _cells(reader, found) if width else pl.DataFrame()
        row = _header_row(cells, limits, wish)
        headers = tuple(_header(cell) for cell in cells.row(row)) if cells.height else ()
        best = max(best, headers, key=functools.partial(shape_score, mapping=wish.mapping))
        is_ours = found.name in TEMPLATE_SHEETS
        wanted_anyway = every and any(headers) and not is_ours
        if not wanted_anyway and not holds_table(headers, kind, wish, known):
            if not is_ours:  # the template's own pages are nobody's surprise
                faults.add("sheet-skipped", sheet=found.name, value=found.name)
            continue
        if row:
            faults.add("title-rows-skipped", sheet=found.name, line=1, count=row)
        sources.append(_source(found, cells, row, first, headers, (faults, limits, epoch_1904, wish)))
    if not sources:
        _tell_none(faults, best, kind)
    return sources


def _cells(reader: Any, sheet: SheetXml) -> pl.DataFrame:
    loaded = reader.load_sheet(
        sheet.number, header_row=None, dtypes="string", skip_rows=0, skip_whitespace_tail_rows=True
    )
    cells: pl.DataFrame = loaded.to_polars()
    return cells.rename({name: f"c{place}" for place, name in enumerate(cells.columns)})


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


def _source(
    sheet: SheetXml,
    cells: pl.DataFrame,
    row: int,
    first: int,
    headers: tuple[str, ...],
    context: tuple[Faults, Limits, bool, Shaping],
) -> Source:
    faults, limits, epoch_1904, wish = context
    used = {first + place: header for place, header in enumerate(headers)}
    failed = tell_failed_cells(sheet, faults, used, row + 1)
    body = cells[row + 1 :].with_row_index("source_line", row + 2)
    for place in _number_columns(headers, wish):
        body = _with_stored_numbers(body, sheet, place, first)
    _tell_cut_identifiers(body, sheet, headers, first, faults)
    return Source(
        Table(sheet.name, row + 1, headers, first_column=first + 1),
        _slices(body, limits),
        hidden=True,
        workbook=True,
        epoch_1904=epoch_1904,
        failed=frozenset((line, column - first) for line, column in failed),
    )


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


def _with_stored_numbers(body: pl.DataFrame, sheet: SheetXml, place: int, first: int) -> pl.DataFrame:
    """Number cells of a column as the digits that the file stores; column `n…` tells which cells those are."""
    found = number_cells(sheet, first + place)
    stored = pl.DataFrame(
        {"source_line": [line for line, _ in found], "stored": [text for _, text in found]},
        schema={"source_line": pl.UInt32, "stored": pl.String},
    ).unique("source_line", keep="first")
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


def digits_of(stored: str) -> str:
    """A stored double as plain text of at most 15 significant digits: 0.30000000000000004 is 0.3, 1E+3 is 1000."""
    value = _FIFTEEN_DIGITS.create_decimal(stored)
    if not value.is_finite():
        return stored
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _tell_cut_identifiers(
    body: pl.DataFrame, sheet: SheetXml, headers: tuple[str, ...], first: int, faults: Faults
) -> None:
    """A warning for number cells with more digits than a double keeps, where the column holds identifiers."""
    for place, header in enumerate(headers):
        if matched("activity", [header]).columns[0] not in _IDENTIFIERS:
            continue
        long = body.filter(pl.col(f"c{place}").str.contains(r"^\d{16,}$"))
        if long.is_empty():
            continue
        numbers = pl.Series([line for line, _ in number_cells(sheet, first + place)], dtype=pl.UInt32)
        cut = long.filter(pl.col("source_line").is_in(numbers.implode()))
        faults.add_rows(
            "identifier-cut", cut.select("source_line", pl.col(f"c{place}").alias("value")), header, sheet=sheet.name
        )
