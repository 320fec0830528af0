"""Reading an upload: bytes, tables, kind, rows and findings, in this order; nothing is written but the stage."""

from __future__ import annotations

import codecs
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import polars as pl

from ledger.errors import Finding, Misuse, known_word
from ledger.intake.activity import Noted
from ledger.intake.ai_files.reading import How, notation_of, record_sources, table_sources
from ledger.intake.cells.convert import Context, context_of
from ledger.intake.cells.locales import Locale, locale_of
from ledger.intake.checks.ai_checks import answer_unknown_energy
from ledger.intake.checks.holdings import tell_holdings
from ledger.intake.faults import Faults, near_words
from ledger.intake.files.csv_file import csv_source
from ledger.intake.files.layout import MAGIC, Bytes, read_bytes
from ledger.intake.files.limits import Limits, limits_set
from ledger.intake.files.parquet_file import parquet_as_csv
from ledger.intake.files.source import Source, UnevenRows
from ledger.intake.files.unpacked import unpacked
from ledger.intake.files.xlsx_file import xlsx_sources
from ledger.intake.following.instead import DERIVING
from ledger.intake.handed_back.proposals import unknown_names
from ledger.intake.known import Known
from ledger.intake.masters import master_frame
from ledger.intake.order import in_order, with_rows
from ledger.intake.staging import Stage, part_columns
from ledger.intake.tables.headers import Matched, matched, near_column, nearest_kind, recognised
from ledger.intake.tables.mapping import Shaping
from ledger.intake.tables.shapes import PIVOTS
from ledger.intake.tables.shaping import shaped, tell_unused
from ledger.intake.upload import PARSER, PARSER_VERSION, Table, Upload
from schemas.kinds import KINDS

_LOCKED = "EncryptedPackage".encode("utf-16-le")
_ZIP = b"PK\x03\x04"


@dataclass(slots=True)
class _Reading:
    """One attempt at a file and what came of it."""

    path: Path
    known: Known
    kind: str | None
    locale: Locale
    stage: Path
    limits: Limits
    sheet: str | None
    encoding: str | None
    wish: Shaping
    faults: Faults
    found: Bytes
    careful: bool = False
    parts: list[Path] = field(default_factory=list)
    frames: dict[str, pl.DataFrame] = field(default_factory=dict)
    totals: dict[str, object] = field(default_factory=dict)
    registers: dict[str, int] = field(default_factory=dict)
    parameters: list[pl.DataFrame] = field(default_factory=list)
    tables: tuple[Table, ...] | None = None
    is_table: bool = True
    rows: int = 0


def read_upload(
    path: Path,
    *,
    known: Known,
    kind: str | None = None,
    locale: str | None = None,
    stage: Path,
    limits: Limits | None = None,
    sheet: str | None = None,
    encoding: str | None = None,
    shaping: Shaping | None = None,
) -> Upload:
    """Read a CSV or XLSX file or an export, check every cell, and give its rows typed, or every fault that it has.

    Args:
        path: the file.
        known: what rows are checked against.
        kind: a name of :data:`schemas.kinds.KINDS`; recognised by the headers where None.
        locale: how numbers and dates are written; without one only plain digits and ISO dates are read.
        stage: a folder for Parquet parts, made where it is missing; emptied again where the file is refused.
        limits: how much is read.
        sheet: the one sheet of a workbook to read; every sheet that holds a table where None.
        encoding: of a text file that does not say it; UTF-8 where None.
        shaping: how a wide table is read, and by which mapping; as the headers say where None.

    Raises Misuse for an unknown kind, pivot, locale or encoding, and FileNotFoundError. Faults are findings.
    """
    limits = limits or limits_set()
    wish = shaping or Shaping()
    _check_words(kind, wish.pivot, encoding)
    conventions = locale_of(locale)
    stage.mkdir(parents=True, exist_ok=True)
    size = path.stat().st_size
    faults = Faults(path.name, limits.findings_per_code)
    if size > limits.bytes:
        faults.add("file-too-large", size=size, limit=limits.bytes)
        return _upload(_Reading(path, known, kind, conventions, stage, limits, sheet, encoding, wish, faults,
                                Bytes("", size, b"", False, False, False, True, False)), kind, None)  # fmt: skip
    found = read_bytes(path)
    if inner := unpacked(path, stage, limits) or parquet_as_csv(path, found, stage, limits, faults):
        how: dict[str, Any] = {"known": known, "kind": kind, "locale": locale, "stage": stage, "limits": limits}
        read = read_upload(inner, sheet=sheet, encoding=encoding, shaping=shaping, **how)
        return replace(read, source_name=path.name, source_sha256=found.sha256, source_bytes=size, is_table=False)
    for careful in (False, True):
        reading = _Reading(path, known, kind, conventions, stage, limits, sheet, encoding, wish, faults, found, careful)
        try:
            return _read(reading)
        except UnevenRows:  # once only: a careful reading tells uneven rows
            faults = Faults(path.name, limits.findings_per_code)
    raise AssertionError  # pragma: no cover — a careful reading raises nothing


def tables_of(
    path: Path, *, known: Known, stage: Path, sheet: str | None = None, encoding: str | None = None,
    careful: bool = True,
) -> tuple[list[Source], tuple[Finding, ...]]:  # fmt: skip
    """Every table of a file, of a known kind or not, and what kept any from being read; for a proposal of a mapping."""
    limits = limits_set()
    faults = Faults(path.name, limits.findings_per_code)
    found = read_bytes(path)
    stage.mkdir(parents=True, exist_ok=True)
    if found.head.startswith(_ZIP):
        sources = xlsx_sources(path, stage, faults, limits, None, sheet, Shaping(), known, every=True)
    elif notation := notation_of(found):
        faults.add("file-not-supported", found=f"a file of records ({notation})")
        sources = []
    else:
        source, _ = csv_source(path, found, stage, faults, limits, encoding, careful=careful)
        sources = [source] if source else []
    return sources, faults.listed()


def _check_words(kind: str | None, pivot: str | None, encoding: str | None) -> None:
    """Raises Misuse for a kind, a pivot or an encoding that is not there."""
    if kind is not None:
        known_word("kind of upload", kind, KINDS)
    if pivot is not None:
        known_word("pivot", pivot, PIVOTS)
    try:
        codecs.lookup(encoding or "utf-8")
    except LookupError as fault:
        raise Misuse(f"the encoding '{encoding}' is not known", "for instance utf-8, cp1252 or utf-16") from fault


def _read(reading: _Reading) -> Upload:
    sources, encoding = _sources(reading)
    if reading.tables is None:
        reading.tables = tuple(source.table for source in sources)
    sources = _shaped(reading, sources)
    matches = _matches(reading, sources)
    kinds = in_order(match.kind.name for match in matches)
    activities: list[Context] = []
    for kind in kinds:
        contexts = [
            context_of(source, match, reading.locale, reading.known, reading.faults, reading.limits)
            for source, match in zip(sources, matches, strict=True) if match.kind.name == kind
        ]  # fmt: skip
        if kind == "activity":
            activities += contexts
        elif kind in DERIVING:
            activities += _read_derived(reading, contexts)
        else:
            _read_masters(reading, contexts)
    if activities:
        _read_activities(reading, activities)
    answer_unknown_energy(reading.faults, reading.frames)
    if not reading.rows and not reading.faults.has_errors and not reading.faults.has_held:
        reading.faults.add("file-empty")
    return _upload(reading, "+".join(kinds) or reading.kind, encoding)


def _sources(reading: _Reading) -> tuple[list[Source], str | None]:
    head = reading.found.head
    if reading.faults.has_errors:  # what is inside of it was not read
        return [], None
    unsupported = next((name for magic, name in MAGIC if head.startswith(magic)), None)
    if unsupported and _LOCKED in head:
        unsupported = "a workbook that is locked with a password"
    if unsupported:
        reading.faults.add("file-not-supported", found=unsupported)
        return [], None
    if not reading.found.size:
        reading.faults.add("file-empty")
        return [], None
    if head.startswith(_ZIP):
        if reading.found.size > reading.limits.workbook_bytes:
            reading.faults.add("file-too-large", size=reading.found.size, limit=reading.limits.workbook_bytes)
            return [], None
        sources = xlsx_sources(
            reading.path, reading.stage, reading.faults, reading.limits, reading.kind, reading.sheet, reading.wish,
            reading.known,
        )
        return sources, None
    how = How(reading.faults, reading.limits, reading.wish, reading.known)
    if notation := notation_of(reading.found):
        reading.is_table, reading.tables = False, ()
        return record_sources(reading.path, reading.found, notation, how)
    source, encoding = csv_source(
        reading.path, reading.found, reading.stage, reading.faults, reading.limits, reading.encoding,
        careful=reading.careful, mapping=reading.wish.mapping,
    )  # fmt: skip
    if source is not None and reading.kind is None:
        made = table_sources(source, how)
        if made is not None:
            reading.tables = (source.table,)
            return made, encoding
    return ([source] if source else []), encoding


def _shaped(reading: _Reading, sources: list[Source]) -> list[Source]:
    """The tables as they are matched; those that a finding offers to read in another way are left out."""
    if any(source.kind for source in sources):  # rows of somebody else's format are named as ours already
        return sources
    tell_unused(reading.wish, sources, reading.faults)
    made = [
        shaped(source, reading.wish, reading.kind, reading.known, reading.locale, reading.faults) for source in sources
    ]
    if sources and reading.wish.pivot and not any(was for _, was in made):
        where = sources[0].table
        reading.faults.add("pivot-not-possible", sheet=where.sheet, line=where.header_line, pivot=reading.wish.pivot)
    return [source for source, _ in made if source is not None]


def _matches(reading: _Reading, sources: list[Source]) -> list[Matched]:
    """Which kind each table is; none where a finding says why that cannot be told."""
    matches = []
    for source in sources:
        match = _match(reading, source)
        if match is None:
            return []
        for first, second in match.clashes:
            headers = source.table.headers
            reading.faults.add("column-duplicate", sheet=source.table.sheet, line=source.table.header_line,
                               column=headers[second], value=headers[second], first=headers[first],
                               meaning=match.columns[first])  # fmt: skip
        matches.append(match)
    return matches


def _match(reading: _Reading, source: Source) -> Matched | None:
    table, faults = source.table, reading.faults
    kind = source.kind or reading.kind or ("activity" if source.cells else None)
    if kind is not None:
        match = matched(kind, source.matched_as)
        for missing in match.missing:
            meant = _near_header(match, table.headers, missing)
            faults.add("column-missing", sheet=table.sheet, line=table.header_line, column=missing,
                       kind=match.kind.name, missing=missing, near=meant)  # fmt: skip
        return None if match.missing else match
    found = recognised(source.matched_as)
    if len(found) == 1:
        return found[0]
    if found:
        names = [match.kind.name for match in found]
        faults.add(
            "kind-ambiguous", sheet=table.sheet, line=table.header_line, kinds=" and ".join(names), first=names[0]
        )
        return None
    near = nearest_kind(source.matched_as)
    faults.add("kind-not-recognised", sheet=table.sheet, line=table.header_line, kind=near.kind.name,
               missing=", ".join(near.missing), value=", ".join(table.headers))  # fmt: skip
    return None


def _near_header(match: Matched, headers: tuple[str, ...], missing: str) -> str:
    """The header that was probably meant for a missing column, in words."""
    unknown = [header for header, column in zip(headers, match.columns, strict=True) if column is None]
    wanted = missing.replace("+", " or ").split(" or ")
    near = [header for header in unknown if near_column(header, match.kind.name, match.named) in wanted]
    return (
        f"; column {near_words([f'“{near[0]}”']).removeprefix('did you mean ').strip('? ')} looks like it"
        if near
        else ""
    )


def _read_activities(reading: _Reading, contexts: list[Context]) -> None:
    stage = Stage(reading.stage, part_columns(contexts))
    noted = Noted()
    try:
        for context in contexts:
            _lead_findings(reading, context)
            stage.add(context, context.source.chunks, noted)
    finally:
        stage.close()
    reading.faults.headers, reading.faults.cells = {}, ()
    _tell_noted(reading, noted)
    reading.rows += stage.rows
    if reading.faults.has_errors:
        return
    for (sheet,), rows in stage.duplicates().group_by("sheet", maintain_order=True):
        reading.faults.add_rows("row-duplicate", rows.drop("sheet"), None, sheet=sheet if sheet is None else str(sheet))
    reading.parts = stage.parts
    reading.parameters += stage.terms
    reading.totals |= stage.control_totals()


def _lead_findings(reading: _Reading, context: Context) -> None:
    """Findings name the columns and cells of this table from now on."""
    reading.faults.headers = _headers(context)
    reading.faults.cells, reading.faults.of_cell = context.source.cells, context.source.of_cell


def _headers(context: Context) -> dict[str, str]:
    pairs = zip(context.match.columns, context.source.table.headers, strict=True)
    return {column: header for column, header in pairs if column}


def _tell_noted(reading: _Reading, noted: Noted) -> None:
    if noted.blank_rows:
        reading.faults.add("row-blank", count=noted.blank_rows)
    for code, count in noted.counts.items():
        if count:
            reading.faults.add(code, count=count)


def _read_masters(reading: _Reading, contexts: list[Context]) -> None:
    noted = Noted()
    frames = []
    for context in contexts:
        _lead_findings(reading, context)
        frames.append(master_frame(context, noted))
    frame = pl.concat(frames, how="diagonal") if frames else pl.DataFrame()
    if contexts[0].match.kind.name == "holding":
        tell_holdings(reading.faults, reading.known, frame)
    kind = contexts[0].match.kind.name
    reading.faults.headers = {}
    _tell_noted(reading, noted)
    reading.rows += frame.height
    reading.registers[kind] = frame.height
    reading.known = with_rows(reading.known, kind, frame)
    if frame.height:
        reading.frames[kind] = frame.with_columns(seq=pl.int_range(1, pl.len() + 1, dtype=pl.Int32))


def _read_derived(reading: _Reading, contexts: list[Context]) -> list[Context]:
    """The activities that follow from tables of readings or of stated years; none where those have errors."""
    noted = Noted()
    frames = []
    for context in contexts:
        _lead_findings(reading, context)
        frames.append(master_frame(context, noted))
    _tell_noted(reading, noted)
    kind = contexts[0].match.kind.name
    reading.registers[kind] = sum(frame.height for frame in frames)
    filled = [place for place, frame in enumerate(frames) if frame.height]
    if reading.faults.has_errors or not filled:
        return []
    made, parameters = DERIVING[kind]([contexts[place] for place in filled], [frames[place] for place in filled])
    reading.parameters.extend(parameters)
    return made


def _totals(reading: _Reading) -> dict[str, object]:
    """Rows and sums; of several kinds the rows of each register, and how the file was asked to be read."""
    registers = reading.registers
    alone = len(registers) == 1 and not reading.totals
    totals: dict[str, object] = {"rows": sum(registers.values())} if alone else dict(reading.totals)
    if registers and not alone:
        totals["registers"] = dict(registers)
    return totals | reading.wish.parts


def _upload(reading: _Reading, kind: str | None, encoding: str | None) -> Upload:
    if reading.faults.has_errors:
        shutil.rmtree(reading.stage, ignore_errors=True)
    refused: dict[str, Any] = {"parts": [], "frames": {}} if reading.faults.has_errors else {}
    made: dict[str, Any] = {"parts": reading.parts, "frames": reading.frames} | refused
    return Upload(
        kind=kind,
        source_name=reading.path.name,
        source_sha256=reading.found.sha256,
        source_bytes=reading.found.size,
        parser=PARSER,
        parser_version=PARSER_VERSION,
        locale=reading.locale.code or None,
        rows=reading.rows,
        findings=reading.faults.listed(),
        more_findings=reading.faults.more(),
        control_totals=_totals(reading),
        tables=reading.tables or (),
        is_table=reading.is_table,
        encoding=encoding,
        shaping=reading.wish,
        unknown=unknown_names(reading.faults),
        parameters=pl.concat(reading.parameters, how="diagonal") if reading.parameters else None,
        **made,
    )
