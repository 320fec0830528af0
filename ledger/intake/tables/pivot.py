"""Wide tables as long ones: each cell of a month or an activity becomes a row that knows its line and its column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from ledger import units
from ledger.intake.cells import numbers
from ledger.intake.cells.locales import PLAIN_BESIDE_SEMICOLONS, Locale
from ledger.intake.faults import Faults
from ledger.intake.files.source import CELL, CELLS_PER_LINE, SOURCE_COLUMN, Source, cell_line
from ledger.intake.tables.shapes import Names, Shape, place_of_column
from ledger.plain import plain_amount

_ORDER = ("year", "month", "quarter", "activity_type", "stated_scope", "unit")
_OF_ACTIVITY = ("calorific_basis", "classification_code", "stated_scope")
"""Columns of which an activity decides whether they are needed: a finding of theirs is of its cell, not of the line."""
_LAST_LINE = (2**31 - 1 - CELL) // CELLS_PER_LINE - 1


def renamed(source: Source, names: Names, faults: Faults, words: dict[str, dict[str, str]]) -> Source:
    """The source with names in place of headers, and columns for a unit in a header and for constants.

    Args:
        source: the table as the file has it; given back as it is where nothing is to be done.
        names: what its headers are matched as.
        faults: takes a finding where a unit column contradicts the header.
        words: our column → word of the file → what is read in its place.
    """
    table = source.table
    if names.names == table.headers and not names.constants and not words:
        return source
    by_place = {place: words[column] for column in words if (place := place_of_column(names.names, column)) is not None}
    unit_place = place_of_column(names.names, "unit")
    header_unit = next(iter(names.units.items()), None)
    filled = {place: text for name, text in names.constants.items()
              if (place := place_of_column(names.all, name)) is not None}  # fmt: skip
    if header_unit is not None and unit_place is None:
        filled[place_of_column(names.all, "unit") or 0] = header_unit[1]
    added = {"unit": table.headers[header_unit[0]]} if header_unit is not None and unit_place is None else {}
    headers = (*table.headers, *(added.get(name, name) for name in names.all[len(names.names) :]))

    def chunks() -> Iterator[pl.DataFrame]:
        for chunk in source.chunks:
            frame = chunk
            for place, said in by_place.items():
                frame = frame.with_columns(_in_our_words(f"c{place}", said))
            if header_unit is not None and unit_place is not None:
                frame = _with_header_unit(frame, source, faults, unit_place, header_unit)
            made = []
            for place, text in filled.items():
                own = pl.col(f"c{place}") if f"c{place}" in frame.columns else pl.lit(None, pl.String)
                made.append(pl.when(_blank(own)).then(pl.lit(text)).otherwise(own).alias(f"c{place}"))
            yield frame.with_columns(made)

    named = tuple(name if place not in names.labels else "" for place, name in enumerate(names.all))
    return replace(
        source, table=replace(table, headers=headers), chunks=chunks(), names=named,
        made=frozenset({*range(len(table.headers), len(headers)), *names.labels}),
    )  # fmt: skip


def _blank(text: pl.Expr) -> pl.Expr:
    return text.str.strip_chars().fill_null("") == ""


def _in_our_words(column: str, said: dict[str, str]) -> pl.Expr:
    plain = pl.col(column).str.strip_chars().str.replace_all(r"\s+", " ")
    known = plain.is_in(list(said))
    return pl.when(known).then(plain.replace_strict(said, default=None)).otherwise(pl.col(column)).alias(column)


def _with_header_unit(
    frame: pl.DataFrame, source: Source, faults: Faults, place: int, header_unit: tuple[int, str]
) -> pl.DataFrame:
    """Blank units are the header's; one that differs from it is a finding."""
    column, (at, unit) = f"c{place}", header_unit
    texts = frame[column].unique().drop_nulls().to_list()
    other = [text for text in texts if text.strip() and units.code_of(text) != unit]
    headers = source.table.headers
    wrong = frame.filter(pl.col(column).is_in(other)).select("source_line", pl.col(column).alias("value"))
    faults.add_rows("unit-contradicts-header", wrong, headers[place], sheet=source.table.sheet,
                    header=headers[at], unit=unit)  # fmt: skip
    return frame.with_columns(pl.when(_blank(pl.col(column))).then(pl.lit(unit)).otherwise(column).alias(column))


def pivoted(source: Source, shape: Shape, locale: Locale, faults: Faults, amount: str = "quantity") -> Source:
    """The wide table as a long one: the columns that stay, what each header says, the quantity, the header itself.

    ``amount`` is our column that the cells fill. Totals are held against their sums while the rows are read; blank
    cells make no row and are counted.
    """
    headers, names = source.table.headers, source.matched_as
    moved = {cell.place for cell in shape.cells} | set(shape.totals)
    stay = [place for place in range(len(headers)) if place not in moved]
    keys = [name for name in _ORDER if any(name in cell.given for cell in shape.cells)]
    replaced = {key: place for key in keys if (place := place_of_column(names, key)) is not None}
    stay = [place for place in stay if place not in replaced.values()]
    new_headers = (*(headers[place] for place in stay), *keys, amount, SOURCE_COLUMN)
    new_names = (*(names[place] for place in stay), *keys, amount, "")
    filled = len(stay) + len(keys)
    if locale.undeclared and source.table.delimiter == ";":
        locale = PLAIN_BESIDE_SEMICOLONS
    failed = frozenset((cell_line(line, number), filled) for line, place in source.failed
                       for number, cell in enumerate(shape.cells) if cell.place == place)  # fmt: skip
    kept_made = {stay.index(place) for place in source.made if place in stay}

    def chunks() -> Iterator[pl.DataFrame]:
        blank = 0
        for chunk in source.chunks:
            if chunk.filter(pl.col("source_line") > _LAST_LINE).height:
                faults.add("rows-too-many", limit=_LAST_LINE)
                return
            _tell_totals(chunk, source, shape, locale, faults)
            frame, empty = _long(chunk, shape, stay, keys, replaced, headers)
            blank += empty
            yield frame
        if blank:
            faults.add("pivot-blank", sheet=source.table.sheet, count=blank)

    return replace(
        source, table=replace(source.table, headers=new_headers), chunks=chunks(), names=new_names, failed=failed,
        made=frozenset({*kept_made, *range(len(stay), len(new_headers))}),
        cells=tuple(headers[cell.place] for cell in shape.cells),
        of_cell=frozenset({amount, *keys, *(_OF_ACTIVITY if "activity_type" in keys else ())}),
    )  # fmt: skip


def _long(
    chunk: pl.DataFrame, shape: Shape, stay: list[int], keys: list[str], replaced: dict[str, int],
    headers: tuple[str, ...],
) -> tuple[pl.DataFrame, int]:  # fmt: skip
    """The rows of a chunk, in the order of its lines, and how many cells of lines that hold something were blank."""
    frames, empty = [], 0
    text = [name for name, dtype in chunk.schema.items() if dtype == pl.String]
    holds = chunk.filter(pl.any_horizontal(~_blank(pl.col(name)) for name in text))
    numbers_of = {f"n{old}": f"n{new}" for new, old in enumerate(stay) if f"n{old}" in chunk.columns}
    for number, cell in enumerate(shape.cells):
        own = f"c{cell.place}"
        filled = holds.filter(~_blank(pl.col(own)))
        empty += holds.height - filled.height
        given = [_given(filled, cell.given.get(key), replaced.get(key)) for key in keys]
        made = [
            (CELL + CELLS_PER_LINE * pl.col("source_line").cast(pl.Int64) + number).cast(pl.UInt32)
            .alias("source_line"),
            *(pl.col(f"c{old}").alias(f"c{new}") for new, old in enumerate(stay)),
            *(expr.alias(f"c{place}") for place, expr in enumerate(given, start=len(stay))),
            pl.col(own).alias(f"c{len(stay) + len(keys)}"),
            pl.lit(headers[cell.place]).alias(f"c{len(stay) + len(keys) + 1}"),
            *(pl.col(old).alias(new) for old, new in numbers_of.items()),
        ]  # fmt: skip
        if any(f"n{c.place}" in chunk.columns for c in shape.cells):
            flag = pl.col(f"n{cell.place}") if f"n{cell.place}" in chunk.columns else pl.lit(value=False)
            made.append(flag.alias(f"n{len(stay) + len(keys)}"))
        frames.append(filled.select(made))
    return pl.concat(frames).sort("source_line"), empty


def _given(frame: pl.DataFrame, said: str | None, place: int | None) -> pl.Expr:
    """What a header says; where it says nothing, the table's own column."""
    own = pl.col(f"c{place}") if place is not None and f"c{place}" in frame.columns else pl.lit(None, pl.String)
    return own if said is None else pl.lit(said)


def _tell_totals(chunk: pl.DataFrame, source: Source, shape: Shape, locale: Locale, faults: Faults) -> None:
    """A finding for each total that is not the sum of its cells, to the decimals that it is written with.

    A line one of whose cells is no number has another finding and is passed over.
    """
    headers = source.table.headers
    failed = [line for line, place in source.failed if place in {cell.place for cell in shape.cells}]
    chunk = chunk.filter(~pl.col("source_line").is_in(failed)) if failed else chunk
    for place, members in shape.totals.items():
        places = (place, *members)
        plain = [_plain(chunk, at, locale).alias(f"p{at}") for at in places]
        raw = [_blank(pl.col(f"c{at}")).alias(f"blank{at}") for at in members]
        frame = chunk.select("source_line", pl.col(f"c{place}").alias("value"), *plain, *raw)
        kind = pl.Decimal(38, 6)
        read = [numbers.decimals(pl.col(f"p{at}").str.replace(r"(\.\d{6})\d+$", "${1}"), "quantity").cast(kind)
                .alias(f"d{at}") for at in places]  # fmt: skip
        frame = frame.with_columns(read)
        filled = pl.all_horizontal(pl.col(f"d{at}").is_not_null() | pl.col(f"blank{at}") for at in members)
        total = pl.sum_horizontal(pl.col(f"d{at}").fill_null(0) for at in members).cast(kind)
        frame = frame.with_columns(filled.alias("read"), total.alias("sum"))
        frame = frame.filter(pl.col(f"d{place}").is_not_null() & pl.col("read"))
        rows = [
            {"source_line": row["source_line"], "value": row["value"], "sum": plain_amount(row["sum"])}
            for row in frame.iter_rows(named=True)
            if not _agrees(row[f"p{place}"], row["sum"])
        ]
        if rows:
            table = pl.DataFrame(rows, schema={"source_line": pl.Int64, "value": pl.String, "sum": pl.String})
            faults.add_rows("pivot-total-differs", table, headers[place], sheet=source.table.sheet)


def _agrees(total: str, exact: Decimal) -> bool:
    """Whether a total is its exact sum, rounded half away from zero to the decimals that the total has."""
    given = Decimal(total)
    decimals = min(6, -int(given.as_tuple().exponent)) if "." in total else 0
    step = Decimal(1).scaleb(-decimals)
    return given.quantize(step, ROUND_HALF_UP) == exact.quantize(step, ROUND_HALF_UP)


def _plain(chunk: pl.DataFrame, place: int, locale: Locale) -> pl.Expr:
    flag = pl.col(f"n{place}") if f"n{place}" in chunk.columns else None
    return numbers.as_plain(pl.col(f"c{place}").str.strip_chars(), locale, 6, flag)
