"""A mapping file proposed for a file: what each header and word probably means, for a person to check."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

import polars as pl

from ledger.intake.cells.locales import Locale, locale_of
from ledger.intake.cells.lookups import lookup_of, near_types
from ledger.intake.cells.numbers import as_plain, decimals
from ledger.intake.files.source import Source
from ledger.intake.known import Known, folded
from ledger.intake.tables.headers import Matched, matched, near_column, nearest_kind
from ledger.intake.tables.mapping import FileMapping, Shaping
from ledger.intake.tables.shapes import Names, names_of, shape_of
from ledger.intake.upload import Table
from ledger.tabular import Tabular
from schemas.columns import COLUMNS
from schemas.kinds import KINDS

_BY_WORDS = ("activity_type", "unit", "facility_id", "country", "currency", "legal_entity_id")
"""Columns that a table's words tell, whatever its header is."""
_MOST, _WORDS = 0.6, 400
"""Share of a column's words that must be known for it to be taken for that column; how many words are looked at."""
_OFTEN_CONSTANT = ("facility_id", "activity_type", "unit", "country", "year", "calorific_basis", "data_basis")

LOOKS_ALIKE = "looks like it"
"""Why of what is alike by its letters alone."""


class Meant(NamedTuple):
    """What a header or a word probably means: ours, why, and whether it is sure enough to stand without a mark."""

    ours: str
    why: str
    likely: bool


class Looked(NamedTuple):
    """A table as it was looked at: the kind it is nearest to, what each header means by its name, its first rows."""

    table: Table
    kind: str
    columns: tuple[str | None, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(slots=True)
class MappingProposal(Tabular):
    """What the headers and words of a file probably mean, for a person to check.

    ``headers``: header → meaning, of those whose name is not known; ``values``: our column → word of the file →
    meaning; ``constants``: our column that the file lacks → an example; ``sheets``: sheet → activity type.
    """

    ROWS = "tables"

    tables: list[Looked] = field(default_factory=list)
    headers: dict[str, Meant] = field(default_factory=dict)
    values: dict[str, dict[str, Meant]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    sheets: dict[str, Meant] = field(default_factory=dict)


def mapping_proposal(
    sources: Sequence[Source],
    known: Known,
    kind: str | None = None,
    locale: str | None = None,
    mapping: FileMapping | None = None,
    *,
    chunks: int | None = None,
    shown: int = 0,
) -> MappingProposal:
    """What the headers and words of a file's tables probably mean.

    What ``mapping`` says of headers is taken as said. ``chunks`` bounds how much of each table is looked at, all of it
    where None; ``shown`` is how many of its first rows are given back. Raises Misuse for an unknown locale.
    """
    conventions = locale_of(locale)
    made = MappingProposal()
    for source in sources:
        cells = pl.concat(list(islice(source.chunks, chunks)) or [pl.DataFrame()])
        headers = source.table.headers
        names = names_of(headers, kind, mapping)
        best = matched(kind, names.all) if kind else nearest_kind(names.all)
        if kind is None and (not best.named or shape_of(headers, names, Shaping(), known)):
            best = matched("activity", names.all)
        made.tables.append(Looked(source.table, best.kind.name, best.columns[: len(headers)],
                                  _first_rows(cells, len(headers), shown)))  # fmt: skip
        _propose_headers(made, source, cells, best, names, known)
        meant = dict(zip(headers, best.columns, strict=False))
        meant |= {header: column for header, (column, _, sure) in made.headers.items() if sure}
        free = [header for header in headers if not meant.get(header)]
        numeric = _numeric_columns(headers, cells, free, conventions)
        if len(numeric) == 1 and best.kind.name == "activity" and "quantity" not in meant.values():
            made.headers[numeric[0]] = Meant("quantity", "the only column of numbers", likely=True)
        _propose_values(made, headers, cells, meant, best.kind.name, known)
        _propose_unsure(made, headers, names, known)
        _propose_constants(made, source, best, known)
    return made


def _first_rows(cells: pl.DataFrame, width: int, shown: int) -> tuple[tuple[str | None, ...], ...]:
    columns = [f"c{place}" for place in range(width) if f"c{place}" in cells.columns]
    return tuple(cells.head(shown).select(columns).iter_rows()) if shown and columns else ()


def _propose_constants(made: MappingProposal, source: Source, best: Matched, known: Known) -> None:
    """What a table lacks and may hold for every row; the sheet's name may be its activity type."""
    there = {*best.named, *(column for column, _, _ in made.headers.values())}
    if source.table.sheet and best.kind.name == "activity" and "activity_type" not in there:
        codes = known.type_spellings.get(folded(source.table.sheet), ())
        if len(codes) == 1:
            made.sheets[source.table.sheet] = Meant(codes[0], "by the sheet's name", likely=True)
    wanted = _OFTEN_CONSTANT if best.kind.name == "activity" else best.missing
    for name in wanted:
        if name not in there and name in COLUMNS:
            made.constants.setdefault(name, COLUMNS[name].example)


def _propose_headers(
    made: MappingProposal, source: Source, cells: pl.DataFrame, best: Matched, names: Names, known: Known
) -> None:
    headers = source.table.headers
    shape = shape_of(headers, names, Shaping(), known) if best.kind.name == "activity" else None
    wide = {cell.place for cell in shape.cells} | {*shape.totals, *shape.unsure} if shape else set()
    taken = set(best.named)
    for place, header in enumerate(headers):
        if not header or best.columns[place] or place in wide:
            continue
        near = near_column(header, best.kind.name, frozenset(taken))
        why = LOOKS_ALIKE
        if near is None and best.kind.name == "activity":
            near, why = _by_words(_words(cells, place), taken, known), "by its words"
        if near is not None:
            taken.add(near)
            made.headers[header] = Meant(near, why, likely=True)
        else:
            made.headers.setdefault(header, Meant("-", "a label only, or one of our columns", likely=False))


def _words(cells: pl.DataFrame, place: int) -> list[str]:
    column = f"c{place}"
    if column not in cells.columns:
        return []
    plain = cells[column].drop_nulls().str.strip_chars().unique(maintain_order=True)
    return [" ".join(text.split()) for text in plain.head(_WORDS).to_list() if text]


def _by_words(words: list[str], taken: Iterable[str], known: Known) -> str | None:
    """The column most of whose words are known under that column, and under no other."""
    found = []
    for name in _BY_WORDS:
        lookup = lookup_of(COLUMNS[name], known)
        if name in taken or lookup is None or not words:
            continue
        share = sum(1 for word in words if lookup(word).code is None) / len(words)
        if share >= _MOST:
            found.append((share, name))
    best = max(found, default=(0.0, ""))
    return best[1] if [share for share, _ in found].count(best[0]) == 1 else None


def _numeric_columns(headers: Sequence[str], cells: pl.DataFrame, free: Iterable[str], locale: Locale) -> list[str]:
    """Free columns most of whose cells are numbers of the locale."""
    found = []
    for header in free:
        column = f"c{headers.index(header)}"
        if column not in cells.columns or not header:
            continue
        texts = cells.select(pl.col(column).str.strip_chars().alias("t")).filter(pl.col("t").fill_null("") != "")
        read = texts.select(decimals(as_plain(pl.col("t"), locale, 6, None), "quantity").alias("d"))
        if texts.height and read["d"].null_count() <= texts.height * (1 - _MOST):
            found.append(header)
    return found


def _propose_values(
    made: MappingProposal,
    headers: Sequence[str],
    cells: pl.DataFrame,
    meant: Mapping[str, str | None],
    kind: str,
    known: Known,
) -> None:
    """Words of looked-up columns that are not known, with the likeliest of ours."""
    for header, column in meant.items():
        if column not in _BY_WORDS or column not in KINDS[kind].columns:
            continue
        if (kind, column) in (("facility", "facility_id"), ("legal_entity", "legal_entity_id")):
            continue
        lookup = lookup_of(COLUMNS[column], known)
        for word in _words(cells, headers.index(header)) if lookup else []:
            meaning = lookup(word) if lookup else None
            if meaning is None or meaning.code is None:
                continue
            near = _nearest(meaning.words)
            if meaning.code == "activity-type-ambiguous":
                near = meaning.words["meanings"].split(" or ")
            why = _others(near) if near else "one of our values"
            made.values.setdefault(column, {})[word] = Meant(near[0] if near else "", why, len(near) == 1)


def _nearest(words: Mapping[str, str]) -> list[str]:
    said = words.get("near", "").removeprefix("did you mean ").rstrip("? ")
    return [text for text in said.split(" or ") if text]


def _others(near: Sequence[str]) -> str:
    return LOOKS_ALIKE if len(near) == 1 else "or " + ", ".join(near[1:])


def _propose_unsure(made: MappingProposal, headers: Sequence[str], names: Names, known: Known) -> None:
    """Columns of a table with activities across that are no activity type for sure."""
    shape = shape_of(headers, names, Shaping("activities"), known)
    for place in shape.unsure if shape else ():
        near = list(shape.unsure[place]) if shape else near_types(known, headers[place])
        line = Meant(near[0] if near else "", _others(near) if near else "an activity type", likely=False)
        made.values.setdefault("activity_type", {})[headers[place]] = line


def mapping_text(
    headers: Mapping[str, str], values: Mapping[str, Mapping[str, str]], constants: Mapping[str, str]
) -> str:
    """The text of a mapping file (:mod:`ledger.intake.tables.mapping`) that says what somebody confirmed."""
    lines = ["[headers]", *(f"{_quoted(header)} = {_quoted(column)}" for header, column in headers.items())]
    for column, words in values.items():
        lines += ["", f"[values.{_quoted(column)}]"]
        lines += [f"{_quoted(word)} = {_quoted(ours)}" for word, ours in words.items()]
    lines += ["", "[constants]", *(f"{_quoted(name)} = {_quoted(text)}" for name, text in constants.items())]
    return "\n".join(lines) + "\n"


def mapping_file_text(made: MappingProposal) -> str:
    """The text of a mapping file (TOML): what is likely stands as a line, what is not known as a comment to fill in.

    Nothing of it is used until the file is given with `--mapping`.
    """
    lines = [
        "# What the headers and words of the file mean. Check each line; remove the # of those that hold.",
        '# "-" keeps a column as a label. Then: ghg upload FILE --mapping THIS',
        "",
        "[headers]",
        *(_line(*item) for item in made.headers.items()),
    ]
    for column, words in made.values.items():
        lines += ["", f"[values.{column}]", *(_line(*item) for item in words.items())]
    for sheet, (code, why, _) in made.sheets.items():
        lines += ["", f"[sheets.{_quoted(sheet)}]", _line("activity_type", Meant(code, why, likely=True))]
    lines += ["", "[constants]", "# what holds for every row whose own cell is blank or missing"]
    lines += [f"# {name} = {json.dumps(example, ensure_ascii=False)}" for name, example in made.constants.items()]
    return "\n".join(lines) + "\n"


def _line(key: str, said: Meant) -> str:
    value, why, likely = said
    text = f"{_quoted(key)} = {_quoted(value)}  # {why}"
    return text if likely else f"# {text}"


def _quoted(text: str) -> str:
    """A TOML basic string; JSON escapes what TOML needs escaped but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
