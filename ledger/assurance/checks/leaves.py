"""Every entry hashed again and every batch's tree built again, by statements of this room alone.

Written from the canonical form (docs/canonical.md) and RFC 6962: leaves are reduced four at a time, many small
batches in one statement, a large batch in windows of 2^20 leaves, which are whole subtrees.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TIMESTAMP
from sqlmodel import SQLModel

from ledger.assurance.verification import Faults
from ledger.store import Session
from ledger.store.canonical import hashed_columns
from ledger.store.schema import table_name
from ledger.store.tables import ENTRIES

WINDOW = 1 << 20
_BATCHES_AT_ONCE = 1000
_WIDE = ("activity", "activity_detail")
"""Tables of many rows and columns, most of which hold nothing."""
ENTRY_TABLES: dict[str, type[SQLModel]] = {table_name(table): table for table in ENTRIES}


@dataclass(frozen=True, slots=True)
class Held:
    """What a batch holds of a table: rows, lowest and highest number."""

    rows: int
    first: int
    last: int


@dataclass(slots=True)
class Tree:
    """What the leaves of a batch, as far as its header counts them, give."""

    roots: list[bytes]
    leaves: int = 0
    distinct: bool = True

    def root(self) -> str:
        """The root over the windows, hex."""
        return combined(self.roots).hex()


def held_entries(s: Session) -> dict[int, dict[str, Held]]:
    """Batch → table → what is there, over every table of entries, whether or not a header knows of it."""
    held: dict[int, dict[str, Held]] = {}
    for name in ENTRY_TABLES:
        for batch_no, rows, first, last in s.rows(
            f"select batch_no, count(*), min(seq), max(seq) from {name} group by batch_no"
        ):
            held.setdefault(batch_no, {})[name] = Held(rows, first, last)
    return held


def damaged_batches(
    s: Session, headers: Sequence[dict[str, Any]], held: dict[int, dict[str, Held]], faults: Faults
) -> list[dict[str, Any]]:
    """The headers whose entries do not give their root, each with a finding that says so; rows without a header too."""
    trees = batch_trees(s, headers, held)
    damaged = []
    for header in headers:
        number, count = header["batch_no"], header["entry_count"]
        tables = held.get(number, {})
        rows = sum(table.rows for table in tables.values())
        tree = trees.get(number, Tree([]))
        broken = []
        if rows != count:
            broken.append(f"has {rows} entries where its header counts {count}")
        if rows and (not tree.distinct or tree.leaves != count or rows != tree.leaves):
            broken.append(f"is not numbered from 1 to {count} without gap or repeat")
        if broken:
            faults.add("entry-numbering", f"batch {number} " + " and ".join(broken), entry=f"B{number}")
        differs = tree.root() != header["entries_root"]
        if differs:
            words = f"the entries of batch {number} do not give the root that its header records"
            faults.add("batch-root", words, entry=f"B{number}")
        if differs or broken:
            damaged.append(header)
    return damaged


def tell_orphans(held: dict[int, dict[str, Held]], known: set[int], faults: Faults) -> None:
    """Rows of batches that have no header."""
    for number in sorted(held.keys() - known):
        for name, table in held[number].items():
            words = f"'{name}' holds {table.rows} rows of batch {number}, which has no header"
            faults.add("entry-orphan", words, entry=f"B{number}", value=name)


def batch_trees(s: Session, headers: Sequence[dict[str, Any]], held: dict[int, dict[str, Held]]) -> dict[int, Tree]:
    """The tree over entries 1 … entry_count of each batch."""
    trees: dict[int, Tree] = {}
    for batches, first in _chunks(headers):
        numbers = [header["batch_no"] for header in batches]
        last = min(first + WINDOW - 1, max(header["entry_count"] for header in batches))
        where = f"batch_no between {numbers[0]} and {numbers[-1]} and seq between {first} and {last}"
        present = [name for name in ENTRY_TABLES if any(name in held.get(number, {}) for number in numbers)]
        selects = [leaf_select(s, name, name, where, first) for name in present]
        if not selects:
            continue
        s.run("create or replace temp table leaf as " + " union all ".join(selects))
        if len(batches) > 1:  # rows beyond what a header counts have no place in its tree
            counts = ", ".join(f"({header['batch_no']}, {header['entry_count']})" for header in batches)
            s.run(
                "create or replace temp table leaf as select leaf.* from leaf "
                f"join (values {counts}) counted(b, n) using (b) where i < n"
            )
        for number, root, leaves, distinct in _reduced(s):
            tree = trees.setdefault(number, Tree([]))
            tree.roots.append(root)
            tree.leaves += leaves
            tree.distinct = tree.distinct and distinct
    return trees


def leaf_hashes(s: Session, header: dict[str, Any], held: dict[str, Held], window: int) -> list[bytes]:
    """The leaves of one window of a batch, in order."""
    first = window * WINDOW + 1
    last = min(first + WINDOW - 1, header["entry_count"])
    where = f"batch_no = {header['batch_no']} and seq between {first} and {last}"
    selects = [leaf_select(s, name, name, where, first) for name in ENTRY_TABLES if name in held]
    return [bytes(row[0]) for row in s.rows(f"select h from ({' union all '.join(selects)}) order by i")]


def window_roots(s: Session, header: dict[str, Any], held: dict[str, Held]) -> list[bytes]:
    """The root of each window of a batch."""
    number = header["batch_no"]
    return batch_trees(s, [header], {number: held}).get(number, Tree([])).roots


def leaves_root(s: Session, sources: dict[str, str], number: int, entry_count: int) -> str:
    """The root (hex) that the rows of other sources than the tables give, each with the columns of its table."""
    roots: list[bytes] = []
    for first in range(1, entry_count + 1, WINDOW):
        where = f"batch_no = {number} and seq between {first} and {min(first + WINDOW - 1, entry_count)}"
        selects = [leaf_select(s, name, source, where, first) for name, source in sources.items()]
        if not selects:
            break
        s.run("create or replace temp table leaf as " + " union all ".join(selects))
        roots += [root for _, root, _, _ in _reduced(s)]
    return combined(roots).hex()


def leaf_select(s: Session, name: str, source: str, where: str, first: int) -> str:
    """SQL: batch `b`, place `i` from 0 and leaf hash `h` of the rows of a table, or of a source with its columns."""
    table = ENTRY_TABLES[name]
    empty = _empty_columns(s, table, source, where) if name in _WIDE else set()
    fields: list[str] = []
    for column in hashed_columns(table):
        if column not in empty:
            fields.append(field_sql(table, column))
        elif fields and fields[-1].startswith("'~"):  # one text for neighbours that hold nothing
            fields[-1] = f"{fields[-1][:-1]}~'"
        else:
            fields.append("'~'")
    prefix = f"1:1{len(name)}:{name}"
    hashed = f"unhex(sha256(concat(chr(0), '{prefix}', {', '.join(fields)})))"
    return f"select batch_no as b, seq - {first} as i, {hashed} as h from {source} where {where}"


def field_sql(table: type[SQLModel], column: str) -> str:
    """SQL arguments of `concat` for one field: its length in bytes, a colon, its text; null is a tilde."""
    definition = table.__table__.columns[column]  # type: ignore[attr-defined]
    text = f'"{column}"'
    if isinstance(definition.type, TIMESTAMP):
        text = f"strftime(timezone('UTC', {text}), '%Y-%m-%dT%H:%M:%S.%fZ')"
    if definition.nullable:
        return f"case when \"{column}\" is null then '~' else strlen({text}::varchar)::varchar end, ':' || {text}"
    return f"strlen({text}::varchar), ':', {text}"


def combined(roots: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962 over hashes that are leaves, or whole subtrees of one size with a last smaller one."""
    if not roots:
        return hashlib.sha256(b"").digest()
    if len(roots) == 1:
        return roots[0]
    split = 1 << (len(roots) - 1).bit_length() - 1
    return hashlib.sha256(b"\x01" + combined(roots[:split]) + combined(roots[split:])).digest()


def _chunks(headers: Sequence[dict[str, Any]]) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Batches to hash together, with the first number of the window: small ones in groups, large ones in windows."""
    group: list[dict[str, Any]] = []
    filled = 0
    for header in headers:
        count = header["entry_count"]
        if group and (filled + count > WINDOW or len(group) >= _BATCHES_AT_ONCE):
            yield group, 1
            group, filled = [], 0
        if count <= WINDOW:
            group.append(header)
            filled += count
        else:
            for first in range(1, count + 1, WINDOW):
                yield [header], first
    if group:
        yield group, 1


def _empty_columns(s: Session, table: type[SQLModel], source: str, where: str) -> set[str]:
    """Columns that hold nothing in these rows: their field is a tilde without looking."""
    names = [c.name for c in table.__table__.columns if c.nullable]  # type: ignore[attr-defined]
    counts = s.one("select " + ", ".join(f'count("{name}")' for name in names) + f" from {source} where {where}")
    return {name for name, count in zip(names, counts, strict=True) if not count}


def _reduced(s: Session) -> list[tuple[int, bytes, int, bool]]:
    """The root of each batch in temp table `leaf`, how many leaves it has, and whether each place is taken once."""
    s.run(
        f"create or replace temp table node as select b, i // 4 as i, {_FOUR}, count(*) as n, "
        "bit_or(1 << (i % 4)::integer) as taken from leaf group by b, i // 4"
    )
    counted = s.rows("select b, sum(n)::bigint, bool_and(bit_count(taken) = n), max(i) from node group by b")
    s.run(f"create or replace temp table leaf as {_joined('node')}")
    widest = max((row[3] for row in counted), default=0)
    while widest:
        s.run(
            "create or replace temp table leaf as "
            + _joined(f"(select b, i // 4 as i, {_FOUR} from leaf group by b, i // 4)")
        )
        widest //= 4
    roots = {number: bytes(root) for number, root in s.rows("select b, h from leaf where h is not null")}
    return [(number, roots.get(number, b""), leaves, distinct) for number, leaves, distinct, _ in counted]


def _joined(source: str) -> str:
    """SQL: the parent of four neighbours h0 … h3; what has no right neighbour moves up as it is."""
    pairs = f"{_node_sql('h0', 'h1')} as h_left, {_node_sql('h2', 'h3')} as h_right"
    return f"select b, i, {_node_sql('h_left', 'h_right')} as h from (select b, i, {pairs} from {source})"


def _node_sql(left: str, right: str) -> str:
    return f"case when {right} is null then {left} else unhex(sha256('\\x01'::blob || {left} || {right})) end"


_FOUR = ", ".join(f"any_value(h) filter (where i % 4 = {place}) as h{place}" for place in range(4))
