"""The entries tree of a batch and the log tree over batch headers (RFC 6962), made by SQL over sets."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import groupby

from sqlmodel import SQLModel

from ledger.store.canonical import (
    columns_sql,
    entry_leaf_sql,
    hashed_columns,
    leaf_sql,
    prefix_text,
    tree_root,
)
from ledger.store.schema import table_name
from ledger.store.session import Session
from ledger.store.tables import ENTRIES, Activity, Batch, Entry
from ledger.store.tables.activity import ACTIVITY_VARYING

WINDOW = 1 << 20
"""Leaves hashed at a time; an aligned window of a power of two is a whole subtree, so windows combine."""

_MANY_ROWS = 50_000
_FEW_NODES = 32_768


def entries_root(s: Session, batch_no: int, entry_count: int, tables: Collection[type[Entry]] | None = None) -> str:
    """Root (hex) over the leaves of a batch in the order of ``seq``, 1 … ``entry_count``.

    ``tables`` are those that hold rows of the batch; looked for where None.
    """
    present = [table for table in ENTRIES if (table in tables if tables is not None else _has_rows(s, table, batch_no))]
    fragments = Activity in present and _fragments_made(s, batch_no)
    roots = []
    matched = s.match_sql("fragment", _repeating(), "a", "f") if fragments else None
    empty = {table: _empty_columns(s, table, batch_no) if entry_count >= _MANY_ROWS else set() for table in present}
    for first in range(1, entry_count + 1, WINDOW):
        leaves = _window_leaves(batch_no, first, empty, matched)
        roots.append(_reduced(s, leaves, min(WINDOW, entry_count - first + 1)))
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
    count = s.one("select count(*) from activity where batch_no = ?", [batch_no])[0]
    if count < _MANY_ROWS:
        return False
    repeating = ", ".join(f'"{name}"' for name in _repeating())
    s.run(
        f"create or replace temp table fragment as select *, concat({columns_sql(Activity, _repeating())}) as fragment "
        f"from (select distinct {repeating} from activity where batch_no = ?)",
        [batch_no],
    )
    return bool(s.one("select count(*) from fragment")[0] * 5 < count)


def _repeating() -> tuple[str, ...]:
    return tuple(name for name in hashed_columns(Activity) if name not in ACTIVITY_VARYING)


def _empty_columns(s: Session, table: type[Entry], batch_no: int) -> set[str]:
    """The columns that hold nothing in any row of the batch."""
    names = [column.name for column in table.__table__.columns if column.nullable]  # type: ignore[attr-defined]
    if not names:
        return set()
    counts = ", ".join(f'count("{name}")' for name in names)
    found = s.one(f"select {counts} from {table_name(table)} where batch_no = ?", [batch_no])
    return {name for name, count in zip(names, found, strict=True) if not count}


def _fields_sql(table: type[SQLModel], columns: Iterable[str], empty: set[str]) -> str:
    """SQL arguments of ``concat`` for several columns; neighbours that hold nothing are one text of tildes."""
    parts = []
    for holds_nothing, names in groupby(columns, lambda name: name in empty):
        run = list(names)
        parts.append(f"'{'~' * len(run)}'" if holds_nothing else columns_sql(table, run))
    return ", ".join(parts)


def _window_leaves(batch_no: int, first: int, tables: dict[type[Entry], set[str]], matched: str | None) -> str:
    """SQL: number and hash of each leaf of a window.

    ``tables`` are those of the batch with the columns that hold nothing in it; ``matched`` joins activities to their
    fragment, if there are any.
    """
    selects = []
    for table, empty in tables.items():
        where = f"batch_no = {int(batch_no)} and seq >= {first} and seq < {first + WINDOW}"
        if table is Activity and matched is not None:
            text = f"'{prefix_text(Activity)}', {_fields_sql(Activity, ACTIVITY_VARYING, empty)}, fragment"
            varying = ", ".join(ACTIVITY_VARYING)
            selects.append(
                f"select seq - {first} as i, {leaf_sql(text)} as h from "
                f"(select {varying}, fragment from activity a join fragment f on {matched} where {where}) f"
            )
        else:
            leaf = leaf_sql(f"'{prefix_text(table)}', {_fields_sql(table, hashed_columns(table), empty)}")
            selects.append(f"select seq - {first} as i, {leaf} as h from {table_name(table)} where {where}")
    return " union all ".join(selects)


def _reduced(s: Session, leaves: str, count: int) -> bytes:
    """The root of the leaves that a SELECT gives: pairs joined level by level, an odd last one moves up.

    The last few thousand are quicker done here than by a statement a level.
    """
    if count <= _FEW_NODES:
        return tree_root([bytes(row[0]) for row in s.rows(f"select h from ({leaves}) order by i")])
    s.run(f"create or replace temp table level as {leaves}")
    while count > _FEW_NODES:
        s.run(
            "create or replace temp table level as select x.i // 2 as i, "
            "case when y.h is null then x.h else unhex(sha256('\\x01'::blob || x.h || y.h)) end as h "
            "from level x left join level y on y.i = x.i + 1 where x.i % 2 = 0"
        )
        count = (count + 1) // 2
    nodes = [bytes(row[0]) for row in s.rows("select h from level order by i")]
    s.run("drop table level")
    return tree_root(nodes)
