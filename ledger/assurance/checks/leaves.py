"""Every entry hashed again and every batch's tree built again, by statements and joins of this room alone.

Written from the canonical form (docs/canonical.md) and RFC 6962: many small batches are read by one statement, a large
batch in windows of 2^17 leaves, which are whole subtrees. Only SHA-256 itself is the library's that the writer uses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from sqlalchemy import TIMESTAMP
from sqlmodel import SQLModel

from ledger.assurance.verification import Faults
from ledger.store import Session
from ledger.store.canonical import hashed_columns
from ledger.store.digests import MANY, SIZE, digests
from ledger.store.schema import table_name
from ledger.store.tables import ENTRIES, Activity
from ledger.store.tables.activity import ACTIVITY_VARYING

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa

WINDOW = 1 << 17
_AT_ONCE = 2
"""Windows that one statement reads, each by a thread of its own, and that are hashed at once."""
_BATCHES_AT_ONCE = 1000
_FEW = 1000
"""Hashes of a level that are joined one by one."""
_WIDE = ("activity", "activity_detail")
"""Tables of many rows and columns, most of which hold nothing."""
_SHARED = [column for column in hashed_columns(Activity) if column not in ACTIVITY_VARYING]
_ROWS_A_TEXT = 5
"""Rows for each combination from which on its text is made once and joined."""
_TELL_APART = 4
"""Fewer columns than these are tried to tell combinations apart: a key and a place mostly do."""
_TRIED = 10_000
"""Rows whose combinations are counted before those of all."""
ENTRY_TABLES: dict[str, type[SQLModel]] = {table_name(table): table for table in ENTRIES}


@dataclass(frozen=True, slots=True)
class Held:
    """What a batch holds of a table: rows, lowest and highest number."""

    rows: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Columns:
    """How many rows were looked into, the columns that hold nothing in any of them, and those that have no null."""

    rows: int = 0
    empty: frozenset[str] = frozenset()
    filled: frozenset[str] = frozenset()


@dataclass(slots=True)
class Tree:
    """What the leaves of a batch, as far as its header counts them, give: a root for each window."""

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
    """The tree over entries 1 … entry_count of each batch; texts are made while those before them are hashed."""
    trees: dict[int, Tree] = {}
    hashing: list[Future[dict[int, Tree]]] = []
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for group in _groups(headers):
            counts = {header["batch_no"]: header["entry_count"] for header in group}
            present = [name for name in ENTRY_TABLES if any(name in held.get(number, {}) for number in counts)]
            texts = leaf_texts(s, {name: name for name in present}, f"batch_no between {min(counts)} and {max(counts)}")
            for first in range(1, max(counts.values()) + 1 if present else 1, _AT_ONCE * WINDOW):
                made = _window(s, texts, first, max(counts.values()), _AT_ONCE)
                _add(trees, hashing)
                left = {number: count - first + 1 for number, count in counts.items()}
                begins = range(0, min(_AT_ONCE * WINDOW, max(left.values())), WINDOW)
                hashing = [pool.submit(_trees_of, made, left, begin) for begin in begins]
                del made  # before the next are made beside them
        _add(trees, hashing)
    return trees


def leaf_hashes(s: Session, header: dict[str, Any], held: dict[str, Held], window: int) -> list[bytes]:
    """The leaves of one window of a batch, in order."""
    present = {name: name for name in ENTRY_TABLES if name in held}
    texts = leaf_texts(s, present, f"batch_no = {header['batch_no']}")
    hashes = digests(_ordered(_window(s, texts, window * WINDOW + 1, header["entry_count"]))["text"])
    return [hashes[at : at + SIZE] for at in range(0, len(hashes), SIZE)]


def window_roots(s: Session, header: dict[str, Any], held: dict[str, Held]) -> list[bytes]:
    """The root of each window of a batch."""
    number = header["batch_no"]
    return batch_trees(s, [header], {number: held}).get(number, Tree([])).roots


def leaves_root(s: Session, sources: dict[str, str], number: int, entry_count: int) -> str:
    """The root (hex) that the rows of other sources than the tables give, each with the columns of its table."""
    texts = leaf_texts(s, sources, f"batch_no = {number}")
    windows = range(1, entry_count + 1 if sources else 1, WINDOW)
    roots = [reduced(digests(_ordered(_window(s, texts, first, entry_count))["text"])) for first in windows]
    return combined(roots).hex()


def leaf_texts(s: Session, sources: dict[str, str], of: str) -> str:
    """SQL: batch `b`, place `i` from `$first` on and hashed text of the rows of tables, numbered `$first` to `$last`.

    Each table is read from its source, which has its columns; ``of`` says of which batches.
    """
    return " union all ".join(_leaf_select(s, name, source, of) for name, source in sources.items())


def _window(s: Session, texts: str, first: int, last: int, windows: int = 1) -> pa.Table:
    return s.arrow(texts.replace("$first", str(first)).replace("$last", str(min(first + windows * WINDOW - 1, last))))


def _leaf_select(s: Session, name: str, source: str, of: str) -> str:
    table, where = ENTRY_TABLES[name], f"{of} and seq between $first and $last"
    columns = hashed_columns(table)
    held = _looked_into(s, table, source, of) if name in _WIDE else Columns()
    if name == "activity" and (matched := _shared_made(s, source, of, held)):
        own = [column for column in columns if column not in _SHARED]
        listed = ", ".join(f'a."{column}"' for column in own)
        fields = f"{_fields_sql(table, own, held)}, shared"
        rows = f"(select a.batch_no, {listed}, shared from {source} a join shared_text t on {matched} where {where})"
    else:
        fields, rows = _fields_sql(table, columns, held), f"{source} where {where}"
    text = f"concat(chr(0), '1:1{len(name)}:{name}', {fields})"
    return f"select batch_no as b, seq - $first as i, {text} as text from {rows}"


def _shared_made(s: Session, source: str, where: str, held: Columns) -> str:
    """Temp table `shared_text`: the text of the columns that many activities share, for each combination of them.

    Gives the SQL by which rows (alias a) find theirs (t); none where the combinations are not few.
    """
    given = [column for column in _SHARED if column not in held.empty]
    listed, fields = ", ".join(f'"{column}"' for column in given), _fields_sql(Activity, _SHARED, held)
    tried = f"select distinct * from (select {listed} from {source} where {where} limit {_TRIED})"
    if s.one(f"select count(*) from ({tried})")[0] * _ROWS_A_TEXT > min(_TRIED, held.rows):
        return ""
    s.run(
        f"create or replace temp table shared_text as select *, concat({fields}) as shared "
        f"from (select distinct {listed} from {source} where {where})"
    )
    if s.one("select count(*) from shared_text")[0] * _ROWS_A_TEXT > held.rows:
        return ""
    return " and ".join(
        f'a."{column}" {"=" if column in held.filled else "is not distinct from"} t."{column}"'
        for column in _telling_apart(s, given)
    )


def _telling_apart(s: Session, columns: list[str]) -> list[str]:
    """Of the columns of `shared_text` the first few that tell its combinations apart, if they do; else all."""
    combinations = s.one("select count(*) from shared_text")[0]
    for few in range(1, min(_TELL_APART, len(columns))):
        listed = ", ".join(f'"{column}"' for column in columns[:few])
        if s.one(f"select count(*) from (select distinct {listed} from shared_text)")[0] == combinations:
            return columns[:few]
    return columns


def _fields_sql(table: type[SQLModel], columns: Sequence[str], held: Columns) -> str:
    """SQL arguments of `concat` for the fields of columns; neighbours that hold nothing are one text."""
    fields: list[str] = []
    for column in columns:
        if column not in held.empty:
            fields.append(field_sql(table, column, filled=column in held.filled))
        elif fields and fields[-1].startswith("'~"):
            fields[-1] = f"{fields[-1][:-1]}~'"
        else:
            fields.append("'~'")
    return ", ".join(fields)


def field_sql(table: type[SQLModel], column: str, *, filled: bool = False) -> str:
    """SQL arguments of `concat` for one field: its length in bytes, a colon, its text; null, if any, is a tilde."""
    definition = table.__table__.columns[column]  # type: ignore[attr-defined]
    text = f'"{column}"'
    if isinstance(definition.type, TIMESTAMP):
        text = f"strftime(timezone('UTC', {text}), '%Y-%m-%dT%H:%M:%S.%fZ')"
    if definition.nullable and not filled:
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


def _groups(headers: Sequence[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Batches to hash together: small ones as one window, a large one by itself."""
    group: list[dict[str, Any]] = []
    filled = 0
    for header in headers:
        count = header["entry_count"]
        if group and (filled + count > WINDOW or len(group) >= _BATCHES_AT_ONCE):
            yield group
            group, filled = [], 0
        group.append(header)
        filled += count
    if group:
        yield group


def _looked_into(s: Session, table: type[SQLModel], source: str, where: str) -> Columns:
    """What the columns hold in these rows."""
    nullable = {c.name: c.nullable for c in table.__table__.columns}  # type: ignore[attr-defined]
    asked = [name for name, may_be_null in nullable.items() if may_be_null]
    counted = ", ".join(f'count("{name}")' for name in asked)
    rows, *counts = s.one(f"select count(*), {counted} from {source} where {where}")
    held = dict(zip(asked, counts, strict=True))
    filled = frozenset(name for name in nullable if held.get(name, rows) == rows)
    return Columns(rows, frozenset(name for name in asked if not held[name]), filled)


def _ordered(texts: pa.Table) -> pl.DataFrame:
    """Texts of one batch by place."""
    import polars as pl

    return pl.DataFrame(texts).sort("i")


def _trees_of(texts: pa.Table, counts: dict[int, int], begin: int) -> dict[int, Tree]:
    """The tree of each batch over the texts of the window from place ``begin`` on, as far as its count.

    What is beyond the count has no place in its tree.
    """
    if texts.num_rows < MANY:
        return _few_trees_of(texts, counts, begin)
    import polars as pl

    window = pl.DataFrame(texts).filter(pl.col("i").is_between(begin, begin + WINDOW - 1))
    ordered = window.sort("i" if len(counts) == 1 else ["b", "i"])
    if len(counts) > 1:
        named = pl.Series("b", list(counts), ordered["b"].dtype)
        counted = pl.DataFrame([named, pl.Series("n", list(counts.values()), pl.Int64)])
        ordered = ordered.join(counted, on="b", maintain_order="left").filter(pl.col("i") < pl.col("n"))
    hashes = digests(ordered["text"])
    trees, start = {}, 0
    for number, leaves, places in ordered.group_by("b", maintain_order=True).agg(
        pl.len(), pl.col("i").n_unique().alias("places")
    ).iter_rows():  # fmt: skip
        end = start + leaves * SIZE
        trees[number] = Tree([reduced(hashes[start:end])], leaves, leaves == places)
        start = end
    return trees


def _few_trees_of(texts: pa.Table, counts: dict[int, int], begin: int) -> dict[int, Tree]:
    """The same one by one: loading what hashes many takes longer than a small ledger."""
    rows = sorted(zip(*(texts[name].to_pylist() for name in ("b", "i", "text")), strict=True))
    within = [row for row in rows if begin <= row[1] < min(counts.get(row[0], 0), begin + WINDOW)]
    trees = {}
    for number, own in groupby(within, itemgetter(0)):
        kept = list(own)
        hashes = [hashlib.sha256(text.encode()).digest() for _, _, text in kept]
        trees[number] = Tree([combined(hashes)], len(kept), len({place for _, place, _ in kept}) == len(kept))
    return trees


def _add(trees: dict[int, Tree], hashed: Sequence[Future[dict[int, Tree]]]) -> None:
    """Put the windows to their trees, in order."""
    for number, tree in (told for window in hashed for told in window.result().items()):
        held = trees.setdefault(number, Tree([]))
        held.roots += tree.roots
        held.leaves += tree.leaves
        held.distinct = held.distinct and tree.distinct


def reduced(hashes: bytes) -> bytes:
    """MTH of RFC 6962 over hashes that lie one after the other: every second one is joined to the one before it."""
    import polars as pl
    import pyarrow as pa

    while len(hashes) > _FEW * SIZE:
        count = len(hashes) // SIZE
        held = pa.FixedSizeBinaryArray.from_buffers(pa.binary(SIZE), count, [None, pa.py_buffer(hashes)])
        level = pl.Series("h", pl.from_arrow(held))
        left, right = level.gather_every(2), level.gather_every(2, 1)
        joined = pl.select(pl.lit(b"\x01") + left.head(right.len()) + right).to_series()
        hashes = digests(joined) + (hashes[-SIZE:] if count % 2 else b"")
    return combined([hashes[at : at + SIZE] for at in range(0, len(hashes), SIZE)])
