"""Records that the ledger holds already: alike, or with another value, found by the identity of their kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from ledger.store import Session
from ledger.store.in_force import newest_sql
from ledger.store.tables import AiRun, Entry, HardwareAsset, Measurement
from schemas.kinds import KINDS

if TYPE_CHECKING:
    import pyarrow as pa

RECORDS: Mapping[str, type[Entry]] = {"ai_run": AiRun, "measurement": Measurement, "hardware_asset": HardwareAsset}
"""The kinds of record, each with its table."""
_OF_THE_FILE = frozenset({"batch_no", "seq", "sheet", "source_line", "energy_text", "query", "parser_version"})
"""Columns that tell how a record came, not what it says: a file may bring the same record in another way."""


@dataclass(frozen=True, slots=True)
class Differing:
    """A row of a file whose record the ledger holds with another value: its line, the entry, and what differs."""

    sheet: str | None
    line: int
    entry: str
    differs: str
    withdraws: bool


@dataclass(frozen=True, slots=True)
class Apart:
    """The rows of a file of one kind: those that are new or differ, how many are held alike, and the differing."""

    rows: pl.DataFrame
    alike: int
    differing: tuple[Differing, ...]


def apart(s: Session, kind: str, frame: pl.DataFrame) -> Apart:
    """Hold the rows of a file against the ledger's: compared as one set, by identity.

    ``frame`` has the typed rows of the kind, with sheet and line. A record that was withdrawn differs from any that
    stands.
    """
    rows: pa.Table = frame.to_arrow()
    given = set(frame.columns)
    compared = [
        name for name in RECORDS[kind].model_fields if name not in _OF_THE_FILE and name not in KINDS[kind].identity
    ]
    own = {name: f'g."{name}"' if name in given else "null" for name in compared}
    said = ", ".join(
        f"case when h.\"{name}\" is distinct from {own[name]} then concat('{name} ', coalesce({_text('h.' + name)}, "
        f"'blank'), ' there, ', coalesce({_text(own[name])}, 'blank'), ' here') end"
        for name in compared
    )
    same = " and ".join(f'h."{name}" is not distinct from g."{name}"' for name in KINDS[kind].identity)
    place = "g.sheet" if "sheet" in given else "null::varchar"
    with s.given(given_record=rows):
        found = s.rows(
            f"select g.seq, {place}, g.source_line, 'B' || h.batch_no || '-' || h.seq, g.withdrawn, "
            f"list_filter([{said}], lambda x: x is not null) "
            f"from given_record g join ({newest_sql(kind)}) h on {same} order by g.seq"
        )
    alike = [seq for seq, *_, differs in found if not differs]
    differing = tuple(
        Differing(sheet, line, entry, "; ".join(differs[:3]) + _more(len(differs) - 3), bool(withdrawn))
        for _, sheet, line, entry, withdrawn, differs in found if differs
    )  # fmt: skip
    return Apart(frame.filter(~pl.col("seq").is_in(alike)) if alike else frame, len(alike), differing)


def _text(column: str) -> str:
    """A value as a message says it: no zeros at the end of a decimal."""
    return rf"regexp_replace(regexp_replace({column}::varchar, '(\.\d*?)0+$', '\1'), '\.$', '')"


def _more(count: int) -> str:
    return f"; and {count} more" if count > 0 else ""
