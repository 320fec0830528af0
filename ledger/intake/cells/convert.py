"""A chunk of text cells becomes typed columns named as ours; every cell that cannot be read is a finding.

Nothing is guessed and nothing is coerced: a cell that is not read is null, and its finding says where.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from ledger.intake.cells import dates, numbers, texts
from ledger.intake.cells.groups import facility_or_group, unknown_in
from ledger.intake.cells.locales import PLAIN_BESIDE_SEMICOLONS, Locale
from ledger.intake.cells.lookups import Lookup, Meaning, lookup_of, meanings
from ledger.intake.faults import Faults
from ledger.intake.files.limits import Limits
from ledger.intake.files.source import Source
from ledger.intake.handed_back.proposals import REGISTERS
from ledger.intake.known import Known
from ledger.intake.tables.headers import Matched
from schemas.column import DECIMALS, Column
from schemas.frame import SIMPLE

_OWN_NAMES = {
    "facility": frozenset({"facility_id"}),
    "legal_entity": frozenset({"legal_entity_id"}),
    "factor": frozenset({"factor_id"}),
    "metric": frozenset({"unit"}),  # persons, requests, tokens: not units of activity data
    "claim": frozenset({"unit"}),  # rows of a file, too
}
"""Columns that name the row itself or anything at all in a kind, and are not looked up there."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a conversion goes by: the table's columns, its locale, what is known, and where findings go."""

    source: Source
    match: Matched
    locale: Locale
    known: Known
    faults: Faults
    limits: Limits
    lookups: dict[str, Lookup] = field(default_factory=dict)

    @property
    def sheet(self) -> str | None:
        """The sheet's name, in a workbook."""
        return self.source.table.sheet

    @property
    def columns(self) -> dict[str, Column]:
        """Our columns that the table has."""
        return {name: self.match.kind.column(name) for name in self.match.columns if name}

    def place(self, name: str) -> int:
        """The position of one of our columns in the table."""
        return self.match.columns.index(name)


def context_of(source: Source, match: Matched, locale: Locale, known: Known, faults: Faults, limits: Limits) -> Context:
    """The context of a table, with the lookups of its columns."""
    if locale.undeclared and source.table.delimiter == ";":
        locale = PLAIN_BESIDE_SEMICOLONS
    own = _OWN_NAMES.get(match.kind.name, frozenset())
    found = {name: lookup_of(match.kind.column(name), known) for name in match.columns if name and name not in own}
    lookups = {name: lookup for name, lookup in found.items() if lookup is not None}
    if match.kind.name == "activity" and "facility_id" in lookups:
        lookups["facility_id"] = functools.partial(facility_or_group, known)
    return Context(source, match, locale, known, faults, limits, lookups)


def named_cells(context: Context, chunk: pl.DataFrame) -> pl.DataFrame:
    """The chunk with our names on the columns that are ours, without its blank rows."""
    names = {f"c{place}": name for place, name in enumerate(context.match.columns) if name}
    flags = {f"n{place}": f"{name}#number" for place, name in enumerate(context.match.columns) if name}
    given = set(chunk.columns)
    frame = chunk.rename({old: new for old, new in (names | flags).items() if old in given})
    if not context.source.workbook:
        frame = texts.without_guard(frame, [name for name, dtype in frame.schema.items() if dtype == pl.String])
    if frame[context.match.kind.required[0]].null_count() == 0:
        return frame
    cells = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    return frame.filter(pl.any_horizontal(pl.col(name).str.strip_chars().fill_null("") != "" for name in cells))


def typed_columns(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """All our columns typed, beside source_line, the raw extra columns, and `<name>#text` of each decimal."""
    faults, sheet = context.faults, context.sheet
    columns = context.columns
    free = [
        name
        for name, column in columns.items()
        if column.type in ("text", "json", "instant") and name not in context.lookups
    ]
    frame = texts.trimmed(frame, free)
    if context.source.hidden:
        for name in free:
            texts.tell_hidden(frame, name, faults, sheet)
    texts.tell_long(frame, free, context.limits, faults, sheet)
    frame = looked_up(context, frame)
    for name, column in columns.items():
        if column.type in DECIMALS:
            frame = _with_decimals(context, frame, column)
        elif column.type == "date":
            frame = _with_dates(context, frame, name)
    for name, column in columns.items():
        if column.type == "instant":
            frame = frame.with_columns(dates.instants(frame, name, faults, sheet))
    return frame


def looked_up(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """Columns with lookups: each distinct text is looked up once, rows are mapped where anything changes."""
    names = [name for name in context.lookups if name in frame.columns]
    if not names:
        return frame
    distinct = frame.select(names).unique()
    made = []
    for name in names:
        texts_ = distinct[name].unique().drop_nulls().to_list()
        found = meanings([text for text in texts_ if text.strip()], context.lookups[name])
        _tell_meanings(context, frame, name, found)
        dtype = SIMPLE[context.match.kind.column(name).type]
        values = {text: found[text].value if text in found else None for text in texts_}
        if not values:
            made.append(pl.lit(None, dtype).alias(name))
        elif dtype != pl.String or any(text != value for text, value in values.items()):
            made.append(pl.col(name).replace_strict(list(values), list(values.values()), return_dtype=dtype))
    return frame.with_columns(made)


def _tell_meanings(context: Context, frame: pl.DataFrame, name: str, found: Mapping[str, Meaning]) -> None:
    """The findings of texts that were looked up, each row once; a file may hold as many texts as rows."""
    faults = context.faults
    told: dict[str, list[str]] = {}
    for text, meaning in found.items():
        if meaning.code is not None:
            told.setdefault(meaning.code, []).append(text)
    for code, texts_ in told.items():
        rows = faults.once_a_line(frame.filter(pl.col(name).is_in(texts_)).select("source_line", name), name)
        room = max(0, faults.limit - faults.counts[code])
        for line, text in rows.head(room).iter_rows():
            faults.add(code, sheet=context.sheet, line=line, column=name, value=text, **found[text].words)
        faults.counts[code] += max(0, rows.height - room)
        _note_unknown(context, frame, name, texts_, code)


def _note_unknown(context: Context, frame: pl.DataFrame, column: str, unknown: list[str], code: str) -> None:
    """Keep names that a register lacks, with the countries that their rows give, for a proposal."""
    if code not in REGISTERS:
        return
    noted = context.faults.unknown.setdefault(code, {})
    grouped = column == "facility_id"
    for name in (part for text in unknown for part in (unknown_in(context.known, text) if grouped else [text])):
        noted.setdefault(" ".join(name.split()), set())
    if "country" in frame.columns and column != "country":
        rows = frame.filter(pl.col(column).is_in(unknown)).select(column, "country").drop_nulls().unique()
        for text, country in rows.iter_rows():
            noted.get(" ".join(text.split()), set()).add(country)


def _with_decimals(context: Context, frame: pl.DataFrame, column: Column) -> pl.DataFrame:
    """A column of decimals, quickly where every cell is a plain number, with findings where one is not."""
    name, scale = column.name, DECIMALS[column.type][1]
    if column.type == "count":
        frame = frame.with_columns(numbers.without_exponent(frame[name].str.strip_chars()))
    flag = f"{name}#number" if f"{name}#number" in frame.columns else None
    number_cell = pl.col(flag) if flag else None
    text = pl.col(name)
    quick = numbers.decimals(numbers.as_plain(text, context.locale, scale, number_cell), column.type)
    typed = frame.with_columns(quick.alias(name), text.alias(f"{name}#text"))
    if typed[name].null_count() == frame[name].null_count():
        return typed.drop(flag, strict=False) if flag else typed
    frame = texts.trimmed(frame, [name])
    plain = frame.select(numbers.as_plain(text, context.locale, scale, number_cell))[name]
    if flag:
        rounded = numbers.rounded_cells(plain.set(~frame[flag].fill_null(value=False), None), column.type)
        told = frame.filter(rounded.is_not_null()).select("source_line", pl.col(name).alias("value"))
        context.faults.add_rows("number-rounded", told, name, sheet=context.sheet, scale=scale)
        plain = rounded.fill_null(plain)
    typed = frame.with_columns(text.alias(f"{name}#text")).with_columns(plain.alias(name))
    typed = typed.with_columns(numbers.decimals(text, column.type).alias(name))
    unread = typed.filter(pl.col(name).is_null() & pl.col(f"{name}#text").is_not_null())
    _tell_unread_numbers(context, unread.select("source_line", pl.col(f"{name}#text").alias("value")), column)
    return typed.drop(flag) if flag else typed


def _tell_unread_numbers(context: Context, rows: pl.DataFrame, column: Column) -> None:
    hidden = pl.col("value").str.contains(texts.CONTROL) | pl.col("value").str.contains(texts.INVISIBLE)
    if context.source.hidden and not rows.filter(hidden).is_empty():
        texts.tell_hidden(rows.rename({"value": column.name}), column.name, context.faults, context.sheet)
        rows = rows.filter(~hidden)
    if not rows.is_empty():
        numbers.tell_numbers(rows, column.name, column.type, context.locale, context.faults, context.sheet)


def _with_dates(context: Context, frame: pl.DataFrame, name: str) -> pl.DataFrame:
    """A column of dates, quickly where all are ISO, with findings where one is not."""
    faults, sheet = context.faults, context.sheet
    typed = frame.with_columns(dates.iso_dates(pl.col(name)))
    if typed[name].null_count() != frame[name].null_count():
        frame = texts.trimmed(frame, [name])
        raw = pl.col(name)
        made = pl.coalesce(dates.iso_dates(raw), dates.other_dates(raw, context.locale))
        if context.source.workbook:
            serial = dates.serial_dates(raw, epoch_1904=context.source.epoch_1904)
            some = frame.filter(made.is_null() & serial.is_not_null())
            if some.height:
                first = some.row(0, named=True)
                faults.add("date-from-serial", sheet=sheet, line=first["source_line"], column=name, value=first[name])
            made = pl.coalesce(made, serial)
        typed = frame.with_columns(made.alias(name))
        unread = frame.filter(typed[name].is_null() & frame[name].is_not_null())
        if unread.height:
            rows = unread.select("source_line", raw.alias("value"))
            dates.tell_dates(rows, name, context.locale, faults, sheet)
    return dates.without_far_dates(typed, name, faults, sheet)
