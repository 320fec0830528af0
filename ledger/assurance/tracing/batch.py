"""One batch of the ledger: its header, what it holds table by table, its entries in pages, what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ledger.errors import Misuse
from ledger.store import Session
from ledger.store.evidence import evidence_folder
from ledger.store.schema import table_name
from ledger.store.tables import ENTRIES
from ledger.tabular import Tabular

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class EntryTold:
    """An entry of a batch: its id, its table, and the columns that are filled."""

    entry: str
    table: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BatchRecord(Tabular):
    """A batch: ``header`` by column, how many entries of which table, and those of one page.

    ``reversed_by`` are later batches with how many of its rows each took back. ``kept_at`` is where the bytes of the
    file that it came from lie; None where it came from none, or the file is not kept.
    """

    ROWS = "entries"

    header: dict[str, Any]
    tables: dict[str, int]
    entries: tuple[EntryTold, ...]
    reversed_by: dict[int, int]
    kept_at: Path | None


def batch_record(s: Session, number: int, *, first: int = 0, limit: int = 100) -> BatchRecord:
    """A batch with ``limit`` of its entries after the ``first`` so many.

    Raises Misuse for a number that is not there.
    """
    header = _row(s, "select * from batch where batch_no = ?", [number])
    if header is None:
        held = s.one("select coalesce(max(batch_no), 0) from batch")[0]
        raise Misuse(f"this ledger has no batch {number}", f"it has batches 1 to {held}")
    tables: dict[str, int] = {}
    entries: list[EntryTold] = []
    for table in ENTRIES:
        name = table_name(table)
        if count := s.one(f"select count(*) from {name} where batch_no = ?", [number])[0]:
            tables[name] = count
            sql = f"select * exclude (batch_no) from {name} where batch_no = ? and seq between ? and ? order by seq"
            for row in s.arrow(sql, [number, first + 1, first + limit]).to_pylist():
                values = {key: value for key, value in row.items() if value is not None and key != "seq"}
                entries.append(EntryTold(f"B{number}-{row['seq']}", name, values))
    reversals = "select batch_no, count(*) from activity where reverses_batch = ? group by 1 order by 1"
    kept = evidence_folder(s.path) / str(header["source_sha256"]) if header["source_sha256"] else None
    return BatchRecord(
        header, tables, tuple(sorted(entries, key=lambda one: int(one.entry.partition("-")[2]))),
        dict(s.rows(reversals, [number])), kept if kept is not None and kept.is_file() else None,
    )  # fmt: skip


def _row(s: Session, sql: str, given: list[Any]) -> dict[str, Any] | None:
    return next(iter(s.arrow(sql, given).to_pylist()), None)
