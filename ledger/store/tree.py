"""The entries tree of a batch and the log tree over batch headers (RFC 6962): texts by SQL, hashes by columns."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from sqlmodel import SQLModel

from ledger.errors import Damage
from ledger.store.canonical import (
    columns_sql,
    entry_leaf_sql,
    hashed_columns,
    leaf_text_sql,
    tree_root,
)
from ledger.store.digests import MANY, digests, root_of
from ledger.store.schema import table_name
from ledger.store.session import Session
from ledger.store.tables import ENTRIES, Activity, Batch, Entry
from ledger.store.tables.activity import ACTIVITY_VARYING

if TYPE_CHECKING:
    import pyarrow as pa

WINDOW = 1 << 17
"""Leaves hashed at a time; an aligned window of a power of two is a whole subtree, so windows combine."""

_AT_ONCE = 2
"""Windows whose texts one statement makes, each by a thread of its own, and windows that are hashed at once."""

_MANY_ROWS = 50_000
_TRIED = 10_000
"""Rows of which the combinations are counted before those of all rows are made."""
_REPEATING = tuple(name for name in hashed_columns(Activity) if name not in ACTIVITY_VARYING)
_FROM, _TO = "$from", "$to"


def entries_root(s: Session, batch_no: int, entry_count: int) -> str:
    """Root (hex) over the leaves of a batch in the order of ``seq``, 1 … ``entry_count``.

    Raises Damage where its entries are not numbered without gap or repeat.
    """
    return EntriesTree(s, batch_no).root(entry_count, ENTRIES)


class EntriesTree:
    """The tree over the entries of a batch: the database makes the texts of a window while others are hashed.

    A batch that is being written hashes what is in place already while the rest of it is made.
    """

    def __init__(self, s: Session, batch_no: int) -> None:
        self._s = s
        self._batch_no = batch_no
        self._texts: dict[type[Entry], _Texts] = {}
        self._hashing = ThreadPoolExecutor(_AT_ONCE)
        self._roots: list[Future[bytes]] = []  # of windows, in order

    def hash_ahead(self, entry_count: int, tables: Iterable[type[Entry]]) -> None:
        """Take the whole windows up to an entry; it and every entry before it are in place, in one of ``tables``."""
        if entry_count - entry_count % WINDOW > len(self._roots) * WINDOW:
            self._take(entry_count - entry_count % WINDOW, tables)

    def root(self, entry_count: int, tables: Iterable[type[Entry]]) -> str:
        """The root (hex) over so many entries in these tables, which are all. Raises as :func:`entries_root`."""
        with self._hashing:
            self._take(entry_count, tables)
            self._s.run("drop table if exists fragment")
            _check_numbering(sum(texts.rows for texts in self._texts.values()) == entry_count)
            return tree_root([root.result() for root in self._roots]).hex()

    def _take(self, entry_count: int, tables: Iterable[type[Entry]]) -> None:
        """Have the entries up to one hashed that are not yet."""
        self._look(tables)
        for first in range(len(self._roots) * WINDOW + 1, entry_count + 1, _AT_ONCE * WINDOW):
            texts = self._texts_between(first, first + _AT_ONCE * WINDOW - 1)
            for earlier in self._roots:
                earlier.result()
            for start in range(first, min(first + _AT_ONCE * WINDOW, entry_count + 1), WINDOW):
                count = min(WINDOW, entry_count - start + 1)
                self._roots.append(self._hashing.submit(_subtree_root, texts, start, count))
            del texts  # before the next are made beside them

    def _look(self, tables: Iterable[type[Entry]]) -> None:
        """Make the statements that give the texts; those of tables that got no row since are there already."""
        for table in sorted(tables, key=ENTRIES.index):
            rows = self._s.one(f"select count(*) from {table_name(table)} where batch_no = ?", [self._batch_no])[0]
            if rows and (table not in self._texts or self._texts[table].rows != rows):
                self._texts[table] = _Texts(rows, _text_sql(self._s, table, self._batch_no, rows))

    def _texts_between(self, first: int, last: int) -> pa.Table:
        """Number and text of the leaves from one entry to another, in any order."""
        select = " union all ".join(texts.select for texts in self._texts.values())
        return self._s.arrow(select.replace(_FROM, str(first)).replace(_TO, str(last)))


class _Texts(NamedTuple):
    """Of how many rows of a table a statement gives the texts."""

    rows: int
    select: str


def header_leaves(s: Session, up_to: int | None = None) -> list[bytes]:
    """Leaf hashes of the batch headers in order, the leaves of the log tree."""
    where = "" if up_to is None else f"where batch_no <= {int(up_to)}"
    return [bytes(row[0]) for row in s.rows(f"select {entry_leaf_sql(Batch)} from batch {where} order by batch_no")]


def _fragments_made(s: Session, batch_no: int, count: int, empty: set[str], filled: set[str]) -> bool:
    """Join the repeating columns of so many activities once per combination, where combinations are few."""
    if count < _MANY_ROWS:
        return False
    given = ", ".join(f'"{name}"' for name in _REPEATING if name not in empty)
    rows = f"select {given} from activity where batch_no = {int(batch_no)}"
    tried = s.one(f"select count(*) from (select distinct * from ({rows} limit {_TRIED}))")[0]
    if tried * 5 > _TRIED:
        return False
    s.run(
        "create or replace temp table fragment as "
        f"select *, concat({_fields_sql(Activity, _REPEATING, empty, filled)}) as fragment "
        f"from (select distinct * from ({rows}))"
    )
    return bool(s.one("select count(*) from fragment")[0] * 5 < count)


def _looked_into(s: Session, table: type[Entry], batch_no: int) -> tuple[set[str], set[str]]:
    """The columns that hold nothing in any row of the batch, and those that hold something in every row."""
    names = [column.name for column in table.__table__.columns if column.nullable]  # type: ignore[attr-defined]
    counts = "".join(f', count("{name}")' for name in names)
    rows, *found = s.one(f"select count(*){counts} from {table_name(table)} where batch_no = ?", [batch_no])
    counted = dict(zip(names, found, strict=True))
    return {name for name in names if not counted[name]}, {name for name in names if counted[name] == rows}


def _fields_sql(table: type[SQLModel], columns: Iterable[str], empty: set[str], filled: set[str]) -> str:
    """SQL arguments of ``concat`` for several columns; neighbours that hold nothing are one text of tildes."""
    parts = []
    for holds_nothing, names in groupby(columns, lambda name: name in empty):
        run = list(names)
        parts.append(f"'{'~' * len(run)}'" if holds_nothing else columns_sql(table, run, filled))
    return ", ".join(parts)


def _text_sql(s: Session, table: type[Entry], batch_no: int, count: int) -> str:
    """SQL: number and text of the leaves, ``count``, that a table holds of a batch, of a window `_FROM` to `_TO`.

    Where the repeating columns of its activities have few combinations, the text of these comes by a join.
    """
    where = f"batch_no = {int(batch_no)} and seq between {_FROM} and {_TO}"
    empty, filled = _looked_into(s, table, batch_no) if count >= _MANY_ROWS else (set(), set())
    if table is not Activity or not _fragments_made(s, batch_no, count, empty, filled):
        text = leaf_text_sql(table, _fields_sql(table, hashed_columns(table), empty, filled))
        return f"select seq, {text} as text from {table_name(table)} where {where}"
    matched = s.match_sql("fragment", [name for name in _REPEATING if name not in empty], "a", "f")
    varying = ", ".join(ACTIVITY_VARYING)
    text = leaf_text_sql(table, f"{_fields_sql(table, ACTIVITY_VARYING, empty, filled)}, fragment")
    source = f"(select {varying}, fragment from activity a join fragment f on {matched} where {where})"
    return f"select seq, {text} as text from {source}"


def _subtree_root(texts: pa.Table, first: int, count: int) -> bytes:
    """The root over a window of ``count`` leaves from number ``first`` on; ``texts`` may hold others beside them."""
    if texts.num_rows < MANY:
        rows = zip(*(column.to_pylist() for column in texts.columns), strict=True)
        ordered = sorted(row for row in rows if first <= row[0] < first + count)
        _check_numbering([number for number, _ in ordered] == list(range(first, first + count)))
        return tree_root([hashlib.sha256(text.encode()).digest() for _, text in ordered])
    import polars as pl

    leaves = pl.DataFrame(texts).filter(pl.col("seq").is_between(first, first + count - 1)).sort("seq")
    _check_numbering(leaves["seq"].equals(pl.int_range(first, first + count, dtype=pl.Int32, eager=True)))
    return root_of(digests(leaves["text"]))


def _check_numbering(holds: bool) -> None:
    if not holds:
        raise Damage("the entries of a batch are not numbered from 1 without gap or repeat", "give the same again")
