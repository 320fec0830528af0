"""A period recomputed by another engine: each posting made again from its row, held against the figures.

The figures fold: quantities are summed by key first and multiplied after. Here every row is multiplied by itself, from
Parquet that was written out of the ledger, by the same view `posting`, on DuckDB or on Spark. An amount of which a
digit differs is named. Nothing is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from ledger.calculation.engines import Engine
from ledger.calculation.sql_text import filled
from ledger.inventory import Period
from ledger.inventory.compile import checked_size
from ledger.inventory.posted import AMOUNTS, make_whole_posted
from ledger.plain import plain
from ledger.store import Checkpoint, Session
from ledger.store.schema import QUANTITY_ROW, posting_view_sql
from ledger.store.session import quoted_text
from ledger.tabular import Tabular

TABLES: Mapping[str, str] = {
    "activity": "select batch_no, seq, key_no, month, legal_entity_id, facility_id, quantity, reverses_batch "
                "from activity where month is null or month between $first and $last",
    "activity_slice": "select * from activity_slice where month between $first and $last",
    "allocation": "select * from allocation where month between $first and $last",
    "choice": "select * from choice",
    "pin": "select month, legal_entity_id, pin, allocation_pin from pin",
}  # fmt: skip
"""What an engine reads: table → its rows of a span of months."""
Line = tuple[str, str, str, str]
"""Book, scope, line and method."""
Sums = Mapping[Line, tuple[Any, ...]]
"""The exact sums of a line, in the order of AMOUNTS; None where nothing of it has that amount."""


@dataclass(frozen=True, slots=True)
class Compared:
    """A line of the figures, and what an engine made of its postings; ``differs`` names the amounts that differ."""

    book: str
    scope: str
    line: str
    method: str
    postings: int
    total_co2e_kg: Decimal | None
    recomputed_kg: Decimal | None
    differs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Recomputed(Tabular):
    """What an engine made of a period, line by line, as the ledger stood at a checkpoint."""

    ROWS = "lines"

    period: Period
    checkpoint: Checkpoint
    engine: str
    lines: tuple[Compared, ...]

    @property
    def ok(self) -> bool:
        """Whether every amount of every line has the same digits."""
        return not any(line.differs for line in self.lines)

    def as_json(self) -> dict[str, Any]:
        """Plain values, amounts as text."""
        size = {"size": self.checkpoint.size, "root": self.checkpoint.root}
        lines = [plain({name: getattr(line, name) for name in line.__slots__}) for line in self.lines]
        return {"ok": self.ok, "period": self.period.label, "checkpoint": size, "engine": self.engine, "lines": lines}


def written_out(s: Session, of: Period, view: str, at: int | None, folder: Path) -> tuple[Checkpoint, Sums]:
    """Write what an engine needs as Parquet into a folder of the stage; gives the figures that it must come to."""
    checkpoint = checked_size(s, view, at)
    make_whole_posted(s, of, view, checkpoint.size)
    bounds = {"first": of.months[0], "last": of.months[-1]}
    for name, select in TABLES.items():
        s.run(f"create or replace temp table written_out as {select}", bounds if "$first" in select else None)
        s.run(f"copy written_out to {quoted_text(str(folder / f'{name}.parquet'))} (format parquet, compression lz4)")
    sums = ", ".join(f"sum({name})::decimal(38,18)" for name in AMOUNTS)
    rows = s.rows(f"select book, scope, line, method, {sums} from posted group by all")
    return checkpoint, {(book, scope, line, method): tuple(rest) for book, scope, line, method, *rest in rows}


def recomputed(on: Engine, folder: Path, of: Period, checkpoint: Checkpoint, figures: Sums) -> Recomputed:
    """The postings of what was written out, added up by an engine, beside the figures."""
    for name in TABLES:
        on.table(name, [str(folder / f"{name}.parquet")])
    on.run(QUANTITY_ROW)
    on.run(posting_view_sql())
    made: dict[Line, tuple[int, tuple[Any, ...]]] = {}
    for row in on.arrow(_sql()).to_pylist():
        key = (row["book"], row["scope"], row["line"], row["method"])
        made[key] = row["postings"], tuple(row[name] for name in AMOUNTS)
    lines = []
    for key in sorted({*figures, *made}):
        there = figures.get(key, (None,) * len(AMOUNTS))
        postings, here = made.get(key, (0, (None,) * len(AMOUNTS)))
        differs = tuple(name for name, one, other in zip(AMOUNTS, there, here, strict=True) if one != other)
        place = AMOUNTS.index("total_co2e_kg")
        lines.append(Compared(*key, postings, there[place], here[place], differs))
    return Recomputed(of, checkpoint, on.title, tuple(lines))


@cache
def _sql() -> str:
    sums = ",\n       ".join(f"sum(p.{name})::decimal(38,18) as {name}" for name in AMOUNTS)
    return filled(Path(__file__).with_suffix(".sql").read_text(encoding="utf-8"), {"sums": sums})
