"""Append: one transaction, one batch. It is durable and chained, or nothing of it is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, TypeAlias

import duckdb
from sqlmodel import SQLModel

from ledger.errors import Damage
from ledger.store.canonical import CANONICAL_VERSION, tree_root
from ledger.store.checkpoint import Checkpoint, last_note, signed, write_checkpoint
from ledger.store.control_log import control_log_head
from ledger.store.evidence import DETAILS_PART, KEYS_PART, forget_parts, parts_folder, seal_parts
from ledger.store.keys import Signer, known_signer, recorded_keys, signer_for
from ledger.store.schema import SCHEMA_VERSION, table_name
from ledger.store.session import Session
from ledger.store.tables import Activity, ActivityDetail, Batch, Entry
from ledger.store.tree import EntriesTree, header_leaves

if TYPE_CHECKING:
    import pyarrow as pa
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    Arrow: TypeAlias = pa.Table
else:
    Arrow = Any

FIRST_HEAD = "0" * 64
_UNWRITTEN = (duckdb.IOException, duckdb.TransactionException, duckdb.FatalException, OSError)


@dataclass(frozen=True, slots=True)
class Act:
    """What the header of a batch says of it: who does what, and from which source."""

    kind: str
    actor: str
    role: str
    idempotency_key: str
    control_totals: str = "{}"
    source_name: str | None = None
    source_sha256: str | None = None
    source_bytes: int | None = None
    parser: str | None = None
    parser_version: str | None = None
    locale: str | None = None
    reason: str | None = None


class Writing:
    """An open batch: puts rows into tables and numbers them from 1 without gaps."""

    def __init__(self, s: Session, batch_no: int) -> None:
        self.s = s
        self.batch_no = batch_no
        self.entries = 0
        self.tables: set[type[Entry]] = set()  # those that hold rows of this batch
        self.tree = EntriesTree(s, batch_no)
        self.staged = False  # whether activities and details already lie in evidence as the parts of their upload

    def reserve(self, count: int) -> None:
        """Keep the next ``count`` numbers for rows that carry their own."""
        self.entries += count

    def insert(self, table: type[Entry], select: str, order: str, params: Any = None) -> int:
        """Insert the rows of a SELECT that gives the table's columns by name; gives their count.

        ``order`` is a total order over the selected rows: it numbers them.
        """
        columns = [c.name for c in table.__table__.columns if c.name not in ("batch_no", "seq")]  # type: ignore[attr-defined]
        names = ", ".join(f'"{name}"' for name in columns)
        before = self.entries
        self.s.run(
            f"insert into {table_name(table)} (batch_no, seq, {names}) "
            f"select {self.batch_no}, {before} + row_number() over (order by {order}), {names} from ({select})",
            params,
        )
        self.entries = before + self._count(table, before)
        if self.entries > before:
            self.tables.add(table)
        return self.entries - before

    def insert_rows(self, table: type[Entry], rows: pa.Table, order: str | None = None) -> int:
        """Insert an Arrow table whose columns are (some of) the table's; absent ones become null."""
        if rows.num_rows == 0:
            return 0
        columns = [c.name for c in table.__table__.columns if c.name not in ("batch_no", "seq")]  # type: ignore[attr-defined]
        given = set(rows.column_names)
        rows = rows.append_column("row_order", [list(range(rows.num_rows))])
        select = ", ".join(f'"{name}"' if name in given else f'null as "{name}"' for name in columns)
        with self.s.given(incoming=rows):
            return self.insert(table, f"select {select}, row_order from incoming", order or "row_order")

    def insert_numbered(self, table: type[Entry], select: str, params: Any = None) -> None:
        """Insert rows that carry ``seq`` themselves, out of numbers that were reserved."""
        columns = ", ".join(f'"{c.name}"' for c in table.__table__.columns if c.name != "batch_no")  # type: ignore[attr-defined]
        self.s.run(
            f"insert into {table_name(table)} (batch_no, {columns}) select {self.batch_no}, {columns} from ({select})",
            params,
        )
        self.tables.add(table)

    def insert_placed(self, table: type[Entry], columns: str, source: str) -> int:
        """Insert ``columns`` of what ``source`` gives, numbered by its column ``place``, 1 … n; gives their count.

        So a wide row is not carried through the sort that places it.
        """
        count, before = int(self.s.one(f"select count(*) from {source}")[0]), self.entries
        if count:
            self.reserve(count)
            self.insert_numbered(table, f"select {before} + place as seq, {columns} from {source}")
        return count

    def hash_ahead(self) -> None:
        """Begin to hash the entries: each that has a number by now is in place."""
        self.tree.hash_ahead(self.entries, self.tables)

    def _count(self, table: type[Entry], before: int) -> int:
        return int(
            self.s.one(
                f"select count(*) from {table_name(table)} where batch_no = ? and seq > ?", [self.batch_no, before]
            )[0]
        )


@dataclass(frozen=True, slots=True)
class Appended:
    """A batch that is durably in the ledger; ``already`` when the same act had been recorded before."""

    batch_no: int
    entries: int
    already: bool
    checkpoint: Checkpoint


def append(s: Session, act: Act, fill: Callable[[Writing], None], signer: Signer | None = None) -> Appended:
    """Write one batch in one transaction and sign a checkpoint over it.

    ``fill`` puts the entries in. The same ``idempotency_key`` again gives the earlier batch and writes
    nothing. ``signer`` is another key than the user's own, as when it takes its place in this batch. Raises what
    ``fill`` raises, with everything rolled back; Refused where the user's key was replaced or revoked; Damage where
    the commit is refused.
    """
    leaves, origin = header_leaves(s), ledger_origin(s)
    _check_is_newest(s, leaves, origin)
    earlier = s.rows("select batch_no, entry_count from batch where idempotency_key = ?", [act.idempotency_key])
    if earlier:
        return Appended(earlier[0][0], earlier[0][1], True, _noted_checkpoint(s, known_signer(s, origin)))
    signer = signer or signer_for(s, origin, next_batch_no(s))
    forget_parts(s.path, act.idempotency_key)
    from sqlmodel import Session as Mapper

    committing = False
    with Mapper(s.engine) as mapper:
        try:
            mapper.connection()  # begins the transaction
            writing = Writing(s, next_batch_no(s))
            fill(writing)
            if signer.table is not None and signer.row is not None and signer.public_key not in recorded_keys(s):
                writing.insert_rows(signer.table, as_arrow(signer.table, [signer.row]))
            mapper.add(_header(s, act, writing, leaves))
            mapper.flush()
            _keep_tables(s, act.idempotency_key, writing)
            committing = True
            mapper.commit()
        except BaseException as fault:
            mapper.rollback()
            if not committing:  # a commit that failed may yet have been one; its parts stay
                forget_parts(s.path, act.idempotency_key)
            if isinstance(getattr(fault, "orig", fault), _UNWRITTEN):
                raise _unwritten(fault) from fault
            raise
    try:
        s.run("checkpoint")
        return Appended(writing.batch_no, writing.entries, False, _noted_checkpoint(s, signer.key))
    except (duckdb.Error, OSError) as fault:
        raise _unwritten(fault) from fault


def _check_is_newest(s: Session, leaves: list[bytes], origin: str) -> None:
    """Raises Damage where the file lacks batches of which a checkpoint beside it was signed: nothing is added to it.

    So it is after an older copy was put back, or after DuckDB's log beside the file was cut or deleted.
    """
    note = last_note(s.path)
    if note is None:
        return
    if note.origin != origin:
        raise Damage(
            f"{s.path.name} is not the ledger of the checkpoints beside it: they are of {note.origin}",
            "bring file and side files together that belong to each other; ghg doctor tells more",
        )
    if note.size > len(leaves) or tree_root(leaves[: note.size]).hex() != note.root:
        short = f"it has {len(leaves)} batches" if note.size > len(leaves) else "its history is another"
        raise Damage(
            f"{s.path.name} is not the file over which checkpoint {note.size} was signed: {short}",
            "an older copy was put back, or its log (.wal) deleted: bring the newer file back, or run ghg rebuild; "
            "nothing was written",
        )


def _unwritten(fault: BaseException) -> Damage:
    """A fault on the way to the disk; whether the batch is there shows when the same is given again."""
    words = str(getattr(fault, "orig", fault)).splitlines()[0]
    room = "see that you may write there" if isinstance(fault, PermissionError) else "free some disk space"
    return Damage(
        f"the ledger could not be written to the end: {words}",
        f"{room} and give the same file again: it is taken once, whether or not it is there already",
    )


def _noted_checkpoint(s: Session, key: Ed25519PrivateKey | None) -> Checkpoint:
    """The latest checkpoint, noted in the file with all that came before it and are not: a crash may lose them.

    Without a key that may sign, none is noted.
    """
    latest = latest_checkpoint(s)
    note = last_note(s.path)
    for size in range(latest.size if note is None else note.size + 1, latest.size + 1):
        if key is not None:
            write_checkpoint(s.path, signed(latest if size == latest.size else latest_checkpoint(s, size), key))
    return latest


def latest_checkpoint(s: Session, size: int | None = None) -> Checkpoint:
    """The checkpoint of the log as it stands, or as it stood at an earlier size (batches)."""

    def at_size() -> Checkpoint:
        leaves = header_leaves(s, size)
        return Checkpoint(ledger_origin(s), len(leaves), tree_root(leaves).hex())

    return s.once(("checkpoint", size), at_size)


def ledger_origin(s: Session) -> str:
    """The stable name of this ledger, given at its making."""
    row = s.rows("select value from setting where name = 'origin' order by batch_no, seq limit 1")
    return f"ghg-ledger/{row[0][0]}" if row else "ghg-ledger/unnamed"


@cache
def software_version() -> str:
    """The version of this package, for headers and reports."""
    try:
        return version("ghg-ledger")
    except PackageNotFoundError:
        return "0+unknown"


def as_arrow(table: type[Entry], rows: Iterable[dict[str, Any]]) -> pa.Table:
    """Rows of a small table as Arrow, typed by its class; keys that a row lacks are null."""
    import pyarrow as pa
    from sqlalchemy import TIMESTAMP, BigInteger, Boolean, Date, Integer

    from ledger.store.tables.columns import Exact

    def arrow_type(kind: Any) -> pa.DataType:
        if isinstance(kind, Exact):
            return pa.decimal128(kind.precision, kind.scale)
        for cls, made in ((TIMESTAMP, pa.timestamp("us", tz="UTC")), (BigInteger, pa.int64()), (Integer, pa.int32()),
                          (Boolean, pa.bool_()), (Date, pa.date32())):  # fmt: skip
            if isinstance(kind, cls):
                return made
        return pa.string()

    columns = [c for c in table.__table__.columns if c.name not in ("batch_no", "seq")]  # type: ignore[attr-defined]
    schema = pa.schema([(c.name, arrow_type(c.type)) for c in columns])
    return pa.Table.from_pylist(list(rows), schema=schema)


def _keep_tables(s: Session, key: str, writing: Writing) -> None:
    """Keep the batch's rows and header as Parquet in evidence: what a changed entry is later held against by name.

    Activities that came through a stage are there already with their details, as the parts of their upload; they lack
    only their keys and numbers.
    """
    folder = parts_folder(s.path, key)
    tables: list[type[SQLModel]] = [Batch, *writing.tables]
    for table in tables:
        name = table_name(table)
        rows, part = f"select * from {name} where batch_no = {writing.batch_no}", f"{name}.parquet"
        if table is Activity and writing.staged:
            rows, part = f"select seq, key_no from activity where batch_no = {writing.batch_no}", KEYS_PART
        elif table is ActivityDetail and writing.staged:
            rows = f"select seq, activity_seq from activity_detail where batch_no = {writing.batch_no}"
            part = DETAILS_PART
        kept = str(folder / part).replace("'", "''")
        s.run(f"copy ({rows}) to '{kept}' (format parquet, compression lz4)")
    seal_parts(s.path, key)


def next_batch_no(s: Session) -> int:
    """The number of the batch that is written next."""
    return int(s.one("select coalesce(max(batch_no), 0) + 1 from batch")[0])


def _header(s: Session, act: Act, writing: Writing, leaves: list[bytes]) -> Batch:
    """The header of the open batch, chained to those that hash to ``leaves``."""
    last = s.rows("select first_seq + entry_count, recorded_at from batch order by batch_no desc limit 1")
    return Batch(
        batch_no=writing.batch_no,
        kind=act.kind,
        actor=act.actor,
        role=act.role,
        recorded_at=_now_after(last[0][1] if last else None),
        source_name=act.source_name,
        source_sha256=act.source_sha256,
        source_bytes=act.source_bytes,
        parser=act.parser,
        parser_version=act.parser_version,
        locale=act.locale,
        idempotency_key=act.idempotency_key,
        reason=act.reason,
        control_totals=act.control_totals,
        first_seq=last[0][0] if last else 1,
        entry_count=writing.entries,
        entries_root=writing.tree.root(writing.entries, writing.tables),
        previous_head=leaves[-1].hex() if leaves else FIRST_HEAD,
        control_log_head=control_log_head(s.path),
        software_version=software_version(),
        schema_version=SCHEMA_VERSION,
        canonical_version=CANONICAL_VERSION,
    )


def _now_after(last: datetime | None) -> datetime:
    """The server's time, never before the last batch's: a clock that was set back does not reorder history."""
    now = datetime.now(UTC)
    if last is not None and now <= last:
        return last + timedelta(microseconds=1)
    return now
