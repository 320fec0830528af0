"""The entries tree of a batch and the log tree over batch headers (RFC 6962): texts by SQL, hashes by columns."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import groupby
from typing import TYPE_CHECKING

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

_MANY_ROWS = 50_000
_TRIED = 10_000
"""Rows of which the combinations are counted before those of all rows are made."""
_FROM, _TO = "$from", "$to"


def entries_root(s: Session, batch_no: int, entry_count: int, tables: Collection[type[Entry]] | None = None) -> str:
    """Root (hex) over the leaves of a batch in the order of ``seq``, 1 … ``entry_count``.

    ``tables`` are those that hold rows of the batch; looked for where None. Texts of a window are made by the database
    while those before them are hashed. Raises Damage where they are not numbered without gap or repeat.
    """
    texts = _leaf_texts(s, batch_no, entry_count, tables)
    roots: list[bytes] = []
    with ThreadPoolExecutor(1) as pool:
        hashing: Future[bytes] | None = None
        for first in range(1, entry_count + 1, WINDOW):
            count = min(WINDOW, entry_count - first + 1)
            window = s.arrow(texts.replace(_FROM, str(first)).replace(_TO, str(first + WINDOW - 1)))
            if hashing is not None:
                roots.append(hashing.result())
            hashing = pool.submit(_subtree_root, window, first, count)
        if hashing is not None:
            roots.append(hashing.result())
    s.run("drop table if exists fragment")
    return tree_root(roots).hex()


def header_leaves(s: Session, up_to: int | None = None) -> list[bytes]:
    """Leaf hashes of the batch headers in order, the leaves of the log tree."""
    where = "" if up_to is None else f"where batch_no <= {int(up_to)}"
    return [bytes(row[0]) for row in s.rows(f"select {entry_leaf_sql(Batch)} from batch {where} order by batch_no")]


def _has_rows(s: Session, table: type[Entry], batch_no: int) -> bool:
    return bool(s.rows(f"select 1 from {table_name(table)} where batch_no = ? limit 1", [batch_no]))


def _fragments_made(s: Session, batch_no: int) -> bool:
    """Join the repeating columns of the activities once per combination, where combinations are few."""
    repeating = ", ".join(f'"{name}"' for name in _repeating())
    rows = f"select {repeating} from activity where batch_no = {int(batch_no)}"
    count, tried = s.one(
        f"select (select count(*) from activity where batch_no = {int(batch_no)}), "
        f"(select count(*) from (select distinct * from ({rows} limit {_TRIED})))"
    )
    if count < _MANY_ROWS or tried * 5 > _TRIED:
        return False
    s.run(
        f"create or replace temp table fragment as select *, concat({columns_sql(Activity, _repeating())}) as fragment "
        f"from (select distinct * from ({rows}))"
    )
    return bool(s.one("select count(*) from fragment")[0] * 5 < count)


def _repeating() -> tuple[str, ...]:
    return tuple(name for name in hashed_columns(Activity) if name not in ACTIVITY_VARYING)


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


def _leaf_texts(s: Session, batch_no: int, entry_count: int, tables: Collection[type[Entry]] | None) -> str:
    """SQL: number and text of each leaf of a batch, of a window from `_FROM` to `_TO`.

    Where the repeating columns of its activities have few combinations, the text of these comes by a join.
    """
    present = [table for table in ENTRIES if (table in tables if tables is not None else _has_rows(s, table, batch_no))]
    joined = Activity in present and _fragments_made(s, batch_no)
    selects = []
    for table in present:
        where = f"batch_no = {int(batch_no)} and seq between {_FROM} and {_TO}"
        empty, filled = _looked_into(s, table, batch_no) if entry_count >= _MANY_ROWS else (set(), set())
        if table is Activity and joined:
            matched = s.match_sql("fragment", _repeating(), "a", "f")
            varying = ", ".join(ACTIVITY_VARYING)
            text = leaf_text_sql(table, f"{_fields_sql(table, ACTIVITY_VARYING, empty, filled)}, fragment")
            source = f"(select {varying}, fragment from activity a join fragment f on {matched} where {where})"
            selects.append(f"select seq, {text} as text from {source}")
        else:
            text = leaf_text_sql(table, _fields_sql(table, hashed_columns(table), empty, filled))
            selects.append(f"select seq, {text} as text from {table_name(table)} where {where}")
    return " union all ".join(selects)


def _subtree_root(texts: pa.Table, first: int, count: int) -> bytes:
    """The root over a window of ``count`` leaves from number ``first`` on, given as number and text in any order."""
    if count < MANY:
        ordered = sorted(zip(*(column.to_pylist() for column in texts.columns), strict=True))
        _check_numbering([number for number, _ in ordered] == list(range(first, first + count)))
        return tree_root([hashlib.sha256(text.encode()).digest() for _, text in ordered])
    import polars as pl

    leaves = pl.DataFrame(texts).sort("seq")
    _check_numbering(leaves["seq"].equals(pl.int_range(first, first + count, dtype=pl.Int32, eager=True)))
    return root_of(digests(leaves["text"]))


def _check_numbering(holds: bool) -> None:
    if not holds:
        raise Damage("the entries of a batch are not numbered from 1 without gap or repeat", "give the same again")
