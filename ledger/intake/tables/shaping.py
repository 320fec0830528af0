"""A table as it will be matched: its mapping applied, its header's unit taken, its cells made rows where asked."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import replace

from ledger.intake.cells.locales import Locale
from ledger.intake.faults import Faults, near_words
from ledger.intake.files.source import Source
from ledger.intake.known import Known
from ledger.intake.tables.headers import folded_header
from ledger.intake.tables.history import labelled
from ledger.intake.tables.mapping import Shaping
from ledger.intake.tables.pivot import pivoted, renamed
from ledger.intake.tables.shapes import Shape, fits, history_pivot, names_of, shape_of


def shaped(
    source: Source, wish: Shaping, kind: str | None, known: Known, locale: Locale, faults: Faults
) -> tuple[Source | None, bool]:
    """The table to be matched, and whether it was pivoted; None where a finding offers how it may be read.

    Args:
        source: the table as the file has it.
        wish: what was asked for.
        kind: of upload, where it was said.
        known: the catalogue, for activities in headers.
        locale: how totals are written.
        faults: takes the findings.
    """
    mapping = wish.mapping.of_sheet(source.table.sheet) if wish.mapping else None
    wish = replace(wish, mapping=mapping)
    headers = source.table.headers
    names = names_of(headers, kind, mapping)
    words = {column: dict(said) for column, said in mapping.values.items()} if mapping else {}
    ready = renamed(source, names, faults, words)
    for place, unit in names.units.items():
        faults.add("unit-from-header", sheet=source.table.sheet, line=source.table.header_line, column=headers[place],
                   value=headers[place], unit=unit)  # fmt: skip
    history = history_pivot(headers, kind, wish, known)
    if history is not None:
        option = f" --pivot {history}" if history and history != wish.pivot else ""
        faults.add("history-offered", sheet=source.table.sheet, line=source.table.header_line, pivot=option)
        return None, True
    if kind not in (None, "activity", "history") or (wish.pivot is None and fits(names.all, kind)):
        return _finished(ready, kind), False
    shape = shape_of(headers, names, wish, known, kind)
    if shape is None:
        return _finished(ready, kind), False
    if wish.pivot is None:
        _offer(source, shape, faults)
        return None, False
    if not _is_clear(source, shape, faults):
        return None, True
    amount = "emissions" if kind == "history" else "quantity"
    return _finished(pivoted(ready, shape, locale, faults, amount), kind), True


def _finished(source: Source, kind: str | None) -> Source:
    """History with its labels read; any other table as it is."""
    return labelled(source) if kind == "history" else source


def tell_unused(wish: Shaping, sources: list[Source], faults: Faults) -> None:
    """A finding for each header of the mapping that no table has, since a misspelt one would change what is read."""
    if wish.mapping is None:
        return
    there = {folded_header(header) for source in sources for header in source.table.headers}
    for header in wish.mapping.headers:
        if header not in there:
            faults.add("mapping-unused", what="header", value=header, mapping=wish.mapping.path.name)
    for sheet in wish.mapping.sheets:
        if sheet not in {source.table.sheet for source in sources}:
            faults.add("mapping-unused", what="sheet", value=sheet, mapping=wish.mapping.path.name)


def _offer(source: Source, shape: Shape, faults: Faults) -> None:
    table = source.table
    listed = [f"“{table.headers[cell.place]}” → {_said(cell.given)}" for cell in shape.cells]
    short = shape.pivot != "activities" and len(listed) > 3
    words = f"{listed[0]} … {listed[-1]}" if short else ", ".join(listed)
    if shape.totals:
        words += "; checked as a total: " + ", ".join(f"“{table.headers[place]}”" for place in shape.totals)
    if shape.unsure:
        words += "; not sure: " + ", ".join(f"“{table.headers[place]}”" for place in shape.unsure)
    hint = _year_hint(source, faults.file)
    year = f" --year {hint or 'YYYY'}" if shape.year_missing else ""
    faults.add("pivot-offered", sheet=table.sheet, line=table.header_line, what=shape.pivot, mapping=words,
               pivot=shape.pivot, year=year)  # fmt: skip


def _said(given: Mapping[str, str]) -> str:
    """What a header says, in a word or two."""
    period = next((given[name] for name in ("month", "quarter", "year") if name in given), None)
    unit = f" in {given['unit']}" if "unit" in given else ""
    return f"{period or given.get('activity_type', '')}{unit}"


def _year_hint(source: Source, file: str) -> str | None:
    """The one year that the file's or the sheet's name holds."""
    years = set(re.findall(r"(?<!\d)(?:19|20)\d\d(?!\d)", f"{file} {source.table.sheet or ''}"))
    return years.pop() if len(years) == 1 else None


def _is_clear(source: Source, shape: Shape, faults: Faults) -> bool:
    """Whether every column of the shape says one thing; findings where one does not."""
    table = source.table
    tell = functools.partial(faults.add, sheet=table.sheet, line=table.header_line)
    for place, near in shape.unsure.items():
        header = table.headers[place]
        tell("pivot-column-unsure", column=header, value=header, near=near_words(near))
    if shape.year_missing:
        hint = _year_hint(source, faults.file)
        first = next(cell.place for cell in shape.cells)
        tell("pivot-year-missing", column=table.headers[first], value=table.headers[first],
                   pivot=shape.pivot, year=hint or "YYYY")  # fmt: skip
    if shape.repeated is not None:
        one, again = (table.headers[place] for place in shape.repeated)
        tell("pivot-column-twice", column=again, value=again, first=one)
    if len(shape.cells) > 256:
        tell("columns-too-many", found=len(shape.cells), limit=256)
    return not (shape.unsure or shape.year_missing or shape.repeated or len(shape.cells) > 256)
