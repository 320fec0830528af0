"""What was uploaded before, and the mappings that people confirmed with it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ledger.errors import LedgerError
from ledger.intake.master import register_tables
from ledger.intake.named_kinds import named_kinds
from ledger.intake.tables.headers import folded_header
from ledger.intake.tables.mapping import FileMapping, read_mapping
from ledger.store import Session, session
from ledger.store.session import side_folder
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from ledger.book.verbs.book import Book

_MAPPINGS_LOOKED_AT = 50


@dataclass(frozen=True, slots=True)
class HeldUpload:
    """A file that was recorded: which batch, when, by whom (a name, or the id of who has none), what it held."""

    batch: int
    recorded_at: datetime
    person: str
    source_name: str
    source_bytes: int
    kinds: tuple[str, ...]
    rows: int


@dataclass(frozen=True, slots=True)
class HeldMapping(Tabular):
    """A mapping that somebody confirmed: with which batch, and what it says."""

    batch: int
    mapping: FileMapping


def uploads(ledger: Book) -> tuple[HeldUpload, ...]:
    """The files that were recorded, the last one first."""
    from ledger.book.acts.people import people_of

    with session(ledger.path) as s:
        names = {person["person"]: person["name"] or person["person"] for person in people_of(s)}
        kinds = _kinds(s)
        rows = s.rows(
            "select batch_no, recorded_at, actor, source_name, source_bytes, control_totals from batch "
            "where kind = 'upload' and source_name is not null order by batch_no desc"
        )
    return tuple(
        HeldUpload(batch, at, names.get(actor, actor), name, size, *_held(json.loads(totals), kinds.get(batch, {})))
        for batch, at, actor, name, size, totals in rows
    )


def _held(totals: Mapping[str, Any], found: Mapping[str, int]) -> tuple[tuple[str, ...], int]:
    """The kinds of an upload and its rows: by its control totals, and where they name no kind by its tables."""
    registers = totals.get("registers", {})
    own = (*(("activity",) if "quantity" in totals else ()), *registers) or tuple(found)
    return own, int(totals.get("rows", 0)) + sum(map(int, registers.values()))


def _kinds(s: Session) -> dict[int, dict[str, int]]:
    """Batch → kind → rows, of the registers and records."""
    held: dict[int, dict[str, int]] = {}
    for kind, table in register_tables().items():
        for batch, count in s.rows(f"select batch_no, count(*) from {table} group by 1"):
            held.setdefault(batch, {})[kind] = count
    return held


def remembered_mapping(ledger: Book, headers: Sequence[str]) -> HeldMapping | None:
    """The last mapping by which this person's files were recorded, all of whose headers a file has; None for none."""
    from ledger.book.acts.people import person_acting

    there = {folded_header(header) for header in headers}
    with session(ledger.path) as s:
        person, _ = person_acting(s, ledger.actor)
        rows = s.rows(
            "select batch_no, control_totals::json ->> 'mapping_sha256' as sha256 from batch where kind = 'upload' "
            "and actor = ? and sha256 is not null order by batch_no desc limit ?",
            [person, _MAPPINGS_LOOKED_AT],
        )
    of_extensions = {kind.mapping.sha256 for kind in named_kinds().values()}  # known by themselves
    for batch, sha256 in rows:
        if sha256 in of_extensions:
            continue
        mapping = _kept(side_folder(ledger.path, "evidence") / sha256)
        if mapping is not None and mapping.headers and there.issuperset(mapping.headers):
            return HeldMapping(batch, mapping)
    return None


def _kept(path: Path) -> FileMapping | None:
    """A mapping in evidence; None where it lies there no more, or is of another version."""
    try:
        return read_mapping(path)
    except (OSError, LedgerError):
        return None
