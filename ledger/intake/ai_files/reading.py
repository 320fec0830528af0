"""Somebody else's file as tables of our own kinds: its records found, its format told, its rows named as ours."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import polars as pl

from ledger.intake.ai_files.form import TEXTS, Form, Given, Made, field_name
from ledger.intake.ai_files.forms import form_of_document, form_of_headers
from ledger.intake.ai_files.green_button import FEED, is_feed, records_of
from ledger.intake.ai_files.grown import without_earlier
from ledger.intake.ai_files.held import without_held
from ledger.intake.ai_files.json_text import Unread, as_records, documents, first_line, log_lines
from ledger.intake.ai_files.metrics import METRICS
from ledger.intake.ai_files.prometheus_text import opens_metrics, samples
from ledger.intake.ai_files.twins import without_twins
from ledger.intake.ai_files.xml_text import root_of
from ledger.intake.faults import Faults
from ledger.intake.files.layout import Bytes
from ledger.intake.files.limits import Limits
from ledger.intake.files.source import Source
from ledger.intake.known import Known
from ledger.intake.tables.headers import recognised
from ledger.intake.tables.mapping import Shaping
from ledger.intake.upload import Table
from schemas.kinds import KINDS


@dataclass(frozen=True, slots=True)
class How:
    """What a reading goes by: where findings go, how much is read, what was asked for, what is known."""

    faults: Faults
    limits: Limits
    wish: Shaping
    known: Known


_OPENS = re.compile(rb"\s*[\[{]")
_MARKUP = re.compile(rb"\s*<[?!a-zA-Z]")
_COUNTERS = re.compile(rb"^#?[ \t]*DCGM_\w+[ \t]*,[ \t]*(gauge|counter)[ \t]*,", re.MULTILINE)  # within one line alone
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SHOWN_KEYS = 12
Notation = Literal["json", "xml", "metrics", "counters"]


def notation_of(found: Bytes) -> Notation | None:
    """What the bytes are written in, by how they begin; None where they may be a table."""
    head = found.head[2:].replace(b"\0", b"") if found.head[:2] in _MARKS else found.head
    head = head.removeprefix(codecs.BOM_UTF8)
    if _OPENS.match(head):
        return "json"
    if _MARKUP.match(head):
        return "xml"
    if opens_metrics(head):
        return "metrics"
    return "counters" if _COUNTERS.search(head) else None


def record_sources(path: Path, found: Bytes, notation: Notation, how: How) -> tuple[list[Source], str | None]:
    """The tables of our kinds that a file of records makes, and its encoding; none where a finding says why."""
    faults, limits = how.faults, how.limits
    if found.size > limits.json_bytes:
        faults.add("file-too-large", size=found.size, limit=limits.json_bytes)
        return [], None
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in _MARKS else "utf-8-sig"
    try:
        text = raw.decode(encoding)
        made = _READERS[notation](text, how)
    except UnicodeDecodeError as fault:
        value = f"0x{fault.object[fault.start:fault.start + 1].hex()}"
        faults.add("encoding-not-known", value=value, encoding=encoding.removesuffix("-sig"))
        return [], None
    except Unread as fault:
        faults.add("records-not-read", reason=str(fault))
        return [], encoding
    return made, encoding


def _of_feed(text: str, how: How) -> list[Source]:
    root = root_of(text)
    if not is_feed(root):
        how.faults.add("records-not-recognised", keys=root.tag.rpartition("}")[2][:80])
        return []
    made = as_records(records_of(root, how.faults), None, how.faults, how.limits)
    return [] if made is None else _sources(FEED, *made, how, None)


def _of_metrics(text: str, how: How) -> list[Source]:
    read = list(islice(samples(text, how.faults), how.limits.foreign_rows + 1))
    if how.faults.has_errors:
        return []
    made = as_records((row for _, row in read), [line for line, _ in read], how.faults, how.limits)
    return [] if made is None else _sources(METRICS, *made, how, None)


def _of_counters(text: str, how: How) -> list[Source]:
    count = sum(1 for line in text.splitlines() if line.startswith("DCGM_"))
    how.faults.add("file-without-readings", title="the DCGM exporter's list of counters", todo="query Prometheus",
                   why=f"it names the {count} metrics to be exported")  # fmt: skip
    return []


def _of_json(text: str, how: How) -> list[Source]:
    faults = how.faults
    found = _documents(text, faults)
    first = found[0][1]
    form = form_of_document(first)
    if form is None or form.records is None:
        faults.add("records-not-recognised", keys=_keys(first))
        return []
    records: list[Mapping[str, Any]] = []
    lines: list[int] = []
    for line, document in found:
        if form_of_document(document) is not form:
            faults.add("records-mixed", line=line, title=form.title, keys=_keys(document))
            return []
        own = list(form.records(document, faults))
        records += own
        lines += [line] * len(own)
    made = as_records(records, lines if len(found) > 1 else None, faults, how.limits)
    if made is None:
        return []
    rows, spelled = made
    return _sources(form, rows, spelled, how, None)


def _documents(text: str, faults: Faults) -> list[tuple[int, Any]]:
    """The documents of a text with their lines; of a log that grows also where a line is damaged, which is told."""
    form = form_of_document(first_line(text))
    if form is None or not form.grows:
        return documents(text)
    found, damaged = log_lines(text)
    for line, length in damaged:
        is_last = line > found[-1][0] and not text.endswith("\n")
        faults.add("line-cut-off" if is_last else "line-damaged", line=line, count=length)
    return found


def _keys(document: Any) -> str:
    """The keys of a document, or of the first of its list, as a message shows them."""
    one = document[0] if isinstance(document, list) and document else document
    return ", ".join(list(one)[:_SHOWN_KEYS]) if isinstance(one, Mapping) and one else "none"


_READERS: Mapping[Notation, Callable[[str, How], list[Source]]] = {
    "json": _of_json, "xml": _of_feed, "metrics": _of_metrics, "counters": _of_counters,
}  # fmt: skip


def table_sources(source: Source, how: How) -> list[Source] | None:
    """The tables of our kinds that a table of somebody else's format makes.

    None where it is no such table, or its headers are those of a kind of ours.
    """
    table, faults, limits, wish = source.table, how.faults, how.limits, how.wish
    form = form_of_headers(table.headers)
    mapped = wish.mapping is not None and (wish.mapping.headers or wish.mapping.values)
    if form is None or recognised(table.headers) or wish.pivot or mapped:
        return None
    if form.refused:
        why, todo = form.refused
        faults.add("file-without-readings", line=table.header_line, title=form.title, why=why, todo=todo)
        return []
    names: dict[str, str] = {}
    for place, header in enumerate(table.headers):
        name = field_name(header) or f"column_{place + 1}"
        if name in names.values():
            faults.add("column-duplicate", line=table.header_line, column=header, value=header, meaning=name,
                       first=next(table.headers[int(c[1:])] for c, n in names.items() if n == name))  # fmt: skip
            return []
        names[f"c{place}"] = name
    chunks = []
    height = 0
    for chunk in source.chunks:
        height += chunk.height
        if height > limits.foreign_rows:
            faults.add("rows-too-many", limit=limits.foreign_rows)
            return []
        chunks.append(chunk.select("source_line", *names).rename(names))
    shown = {name: table.headers[int(cell[1:])] for cell, name in names.items()}
    if faults.has_errors and form.broken:
        form.broken(faults)
    if not chunks or faults.has_errors:
        return []
    rows = pl.concat(chunks)
    filled = pl.any_horizontal(pl.col(name).str.strip_chars().fill_null("") != "" for name in names.values())
    return _sources(form, rows.filter(filled), shown, how, table)


def _sources(
    form: Form, rows: pl.DataFrame, shown: Mapping[str, str], how: How, table: Table | None
) -> list[Source]:
    faults, wish = how.faults, how.wish
    if not rows.height:
        faults.add("file-empty")
        return []
    choices = {**(wish.mapping.constants if wish.mapping else {}), **wish.choices}
    unknown = [name for name in choices if not _is_choice(name, form)]
    for name in unknown:
        listed = ", ".join(form.choices) or "none"
        faults.add("choice-unknown", value=name, title=form.title, choices=listed)
    if unknown:
        return []
    given = Given(rows, shown, faults, choices, table.header_line if table else None)
    made = [one for one in form.made(given) if one.rows.height]
    if made:
        counts = [(one.rows.height, "row" if one.rows.height == 1 else "rows", one.kind) for one in made]
        words = " and ".join(f"{count} {noun} of {kind}" for count, noun, kind in counts)
        faults.add("foreign-file", title=form.title, count=rows.height, made=words)
    made = without_twins(made, how.known.twins, faults)
    apart = choices.get("copies") == "all"
    made = [without_earlier(one, how.known.trackers, faults, told_apart=apart) for one in made]
    made = [without_held(one, how.known.statements, faults) for one in made]
    return [_source(one, choices, table) for one in made]


def _is_choice(name: str, form: Form) -> bool:
    return name in form.choices or any(name in KINDS[kind].columns for kind in form.kinds)


def _source(made: Made, choices: Mapping[str, str], table: Table | None) -> Source:
    """Rows of a kind as a table: what was chosen fills blank cells, and each column leads to a field of the file."""
    kind = KINDS[made.kind]
    rows = made.rows.with_columns(pl.col("source_line").cast(pl.UInt32))
    for name, value in choices.items():
        if name in kind.columns:
            own = pl.col(name) if name in rows.columns else pl.lit(None, TEXTS)
            rows = rows.with_columns(pl.coalesce(own, pl.lit(value)).alias(name))
    kept = rows.columns if made.kind == "activity" else [name for name in rows.columns if name in kind.columns]
    ours = [name for name in kept if name != "source_line"]
    texts = rows.select("source_line", *(pl.col(name).cast(TEXTS).alias(f"c{n}") for n, name in enumerate(ours)))
    headers = tuple(made.led.get(name, name) if name in kind.columns else name for name in ours)
    line = table.header_line if table else 1
    return Source(
        Table(None, line, headers, table.delimiter if table else None), iter([texts]), names=tuple(ours),
        made=frozenset(range(len(ours))), kind=made.kind,
    )  # fmt: skip
