"""Sessions: take our lock, open DuckDB locked down, do one thing, close."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import duckdb

from ledger.errors import Busy, Damage, Misuse, Refused
from ledger.store.bounds import memory_set, threads_set, wait_set
from ledger.store.kept_open import answers_meanwhile, is_kept_open
from ledger.store.lock import Mode, locked, process_named, real_path

if TYPE_CHECKING:
    import pyarrow as pa
    from sqlalchemy import Engine

_Answer = TypeVar("_Answer")
LOCK_TIMEOUT_S = wait_set()
"""How long to wait for others. A write takes about half a second: some hundred may stand in line."""

_TELL_APART = 4
"""Fewer columns than these are tried to tell combinations apart."""

_MAGIC_AT, _MAGIC = 8, b"DUCK"
"""Where every file of DuckDB says what it is."""

_CONFIGURING = threading.Lock()
_BROKEN = (duckdb.FatalException, duckdb.IOException, duckdb.InternalException, duckdb.SerializationException)


class Session:
    """An open ledger: plain SQL in, rows or Arrow out. Made by :func:`session` only."""

    def __init__(
        self, path: Path, con: duckdb.DuckDBPyConnection, *, answered: dict[Any, Any] | None = None
    ) -> None:
        self.path = path
        self.con = con
        self._engine: Engine | None = None
        self._read = answered

    def once(self, question: Hashable, answer: Callable[[], _Answer]) -> _Answer:
        """The answer to a question that a report or a page asks many times: asked once while nobody can write.

        Whoever is given it changes nothing of it.
        """
        if self._read is None:
            return answer()
        if question not in self._read:
            self._read[question] = answer()
        made: _Answer = self._read[question]
        return made

    def rows(self, sql: str, params: Sequence[Any] | dict[str, Any] | None = None) -> list[tuple[Any, ...]]:
        """All rows of a query; decimals as Decimal."""
        return self.con.execute(sql, params).fetchall()

    def one(self, sql: str, params: Sequence[Any] | dict[str, Any] | None = None) -> tuple[Any, ...]:
        """The first row of a query that always has one."""
        rows = self.con.execute(sql, params).fetchall()
        if not rows:
            raise Damage("a query that must have a row has none", "run ghg verify")
        return tuple(rows[0])

    def arrow(self, sql: str, params: Sequence[Any] | dict[str, Any] | None = None) -> pa.Table:
        """All rows of a query as an Arrow table; decimals as decimal128."""
        return self.con.sql(sql, params=params).to_arrow_table()

    def run(self, sql: str, params: Sequence[Any] | dict[str, Any] | None = None) -> None:
        """Run a statement for its effect; its result is taken, so that the connection is free again."""
        self.con.execute(sql, params).fetchall()

    def attempted(self, sql: str) -> str | None:
        """Run a statement over files that may be damaged; gives what is wrong with them, None where nothing is."""
        try:
            self.run(sql)
        except duckdb.Error as fault:
            return str(fault).splitlines()[0]
        return None

    def match_sql(self, combinations: str, names: Sequence[str], left: str, right: str) -> str:
        """SQL: rows of alias ``left`` agree with alias ``right``, a table of distinct combinations, in all names.

        Columns that are the same in every combination need no comparison, those without nulls no null-safe one, and
        where a few tell the combinations apart the others follow: on a million rows that is half of the join.
        """
        parts = []
        if names:
            counted = ", ".join(f'count(distinct "{name}"), count("{name}")' for name in names)
            total, *counts = self.one(f"select count(*), {counted} from {combinations}")
            held = dict(zip(names, zip(counts[::2], counts[1::2], strict=True), strict=True))
            differing = [name for name, (distinct, filled) in held.items() if distinct > 1 or filled not in (0, total)]
            for name in self._telling_apart(combinations, differing, total):
                alike = "=" if held[name][1] == total else "is not distinct from"
                parts.append(f'{left}."{name}" {alike} {right}."{name}"')
        return " and ".join(parts) or "true"

    def _telling_apart(self, combinations: str, names: list[str], total: int) -> list[str]:
        """Of the columns the first few that tell all combinations apart, if so few do; else all."""
        for few in range(1, min(_TELL_APART, len(names))):
            listed = ", ".join(f'"{name}"' for name in names[:few])
            if self.one(f"select count(*) from (select distinct {listed} from {combinations})")[0] == total:
                return names[:few]
        return names

    @contextmanager
    def given(self, **tables: Any) -> Iterator[None]:
        """Arrow tables that statements may read by these names."""
        for name, table in tables.items():
            self.con.register(name, table)
        try:
            yield
        finally:
            for name in tables:
                with suppress(duckdb.Error):  # an aborted transaction takes no more words; its rollback will
                    self.con.unregister(name)

    @contextmanager
    def beside(self) -> Iterator[Session]:
        """A second connection to what is open, for reading at the same time: it sees what is committed."""
        other = Session(self.path, self.con.cursor())
        try:
            _look_at_version(other, "read", any_version=True)
            yield other
        finally:
            other.con.close()

    @property
    def engine(self) -> Engine:
        """SQLAlchemy over this very connection, for the mapper: same transaction, same lock."""
        if self._engine is None:
            from duckdb_sqlalchemy import ConnectionWrapper
            from sqlalchemy import create_engine
            from sqlalchemy.pool import StaticPool

            self._engine = create_engine("duckdb://", creator=lambda: ConnectionWrapper(self.con), poolclass=StaticPool)
        return self._engine


def quoted_name(name: str) -> str:
    """SQL: a name that a file brings with it, of a table or of the database, in quotation marks."""
    return '"' + name.replace('"', '""') + '"'


def is_damage(fault: BaseException) -> bool:
    """Whether a fault of the database means that the file cannot be read or written, not that a statement is wrong."""
    return isinstance(fault, _BROKEN)


def quoted_text(text: str) -> str:
    """SQL: a text where no parameter can stand, such as the name of a file."""
    return "'" + text.replace("'", "''") + "'"


@contextmanager
def session(
    path: Path | str,
    mode: Mode = "read",
    *,
    create: bool = False,
    any_version: bool = False,
    timeout_s: float = LOCK_TIMEOUT_S,
) -> Iterator[Session]:
    """Open the ledger for one short piece of work.

    Args:
        path: the ledger's DuckDB file.
        mode: "read" shares the file with other readers, "write" has it alone.
        create: make the file if it is not there (``init`` only).
        any_version: write to a file of another schema version too (``snapshot`` and ``migrate`` only).
        timeout_s: seconds to wait for the lock.

    Raises:
        Misuse: no such ledger, or one to write that is of another version, has two names, or may not be written to.
        Busy: held by another process. Damage: not a readable ledger.
    """
    path = real_path(Path(path))
    if not create:
        look_at_file(path, mode)
    with _refusals_recorded(path), _held(path, mode, timeout_s), opened(path, mode) as s:
        if not create:
            _look_at_version(s, mode, any_version=any_version)
        yield s


def _held(path: Path, mode: Mode, timeout_s: float) -> AbstractContextManager[object]:
    """The lock for a session; nothing where :func:`ledger.store.kept_open.kept_open` holds it for reading."""
    if mode == "read" and is_kept_open(path, lambda: _left_open(path, timeout_s)):
        return nullcontext()
    return locked(path, mode, timeout_s)


@contextmanager
def _left_open(path: Path, timeout_s: float) -> Iterator[None]:
    """The shared lock, and a connection that keeps the file's blocks for those that come after."""
    with locked(path, "read", timeout_s), closing(_connect(path, read_only=True)):
        yield


@contextmanager
def opened(path: Path, mode: Mode) -> Iterator[Session]:
    """Open the file for who holds its lock already."""
    con = _connect(path, read_only=mode == "read")
    try:
        yield Session(path, con, answered=answers_meanwhile(path) if mode == "read" else None)
    except _BROKEN as fault:
        raise Damage(
            f"{path.name} cannot be read or written: {str(fault).splitlines()[0]}",
            "see that the disk has room, then run ghg verify; a damaged file is restored from its last snapshot",
        ) from fault
    finally:
        con.close()


def log_path(path: Path) -> Path:
    """DuckDB's log beside the file, `x.duckdb.wal`: what was committed and not yet folded in, as after a crash."""
    return path.with_name(f"{path.name}.wal")


def read_only_place(path: Path) -> Misuse:
    """What is said where the folder of a ledger may not be written to."""
    return Misuse(
        f"{path.parent.resolve()} is read-only, it cannot be written to: figures can be read, nothing can be recorded",
        "copy the ledger and its side files to where you may write",
    )


def look_at_file(path: Path, mode: Mode) -> None:
    """Raises Misuse where there is no such file, or it cannot be used so."""
    if not path.is_file():
        what = "a folder" if path.is_dir() else "no ledger"
        raise Misuse(f"there is {what} at {path.absolute()}", "name one with --ledger, or make one with: ghg init")
    if not os.access(path, os.R_OK):
        raise Misuse(f"{path} cannot be read by you", "ask its owner for the right to read it")
    check_is_database(path)
    if mode == "write" and not os.access(path, os.W_OK):
        raise Misuse(
            f"{path} is read-only: figures can be read, nothing can be recorded",
            f"take the protection off (chmod u+w {path.name}), or copy the ledger and its side files elsewhere",
        )
    if mode == "write" and not os.access(path.parent, os.W_OK):
        raise read_only_place(path)
    if mode == "write" and path.stat().st_nlink > 1:
        raise Misuse(
            f"{path} has a second name (a hard link): what lies beside it would be divided between the two",
            "remove the other name, and make copies with ghg snapshot; reading works with both",
        )


def check_is_database(path: Path) -> None:
    """Raises where a file is not DuckDB's: Damage for a ledger that was one, Misuse for another program's file.

    It is looked at before it is opened: of a file of SQLite the database would fetch a reader from the network.
    """
    with path.open("rb") as file:
        if file.read(_MAGIC_AT + len(_MAGIC))[_MAGIC_AT:] == _MAGIC:
            return
    if side_folder(path, "evidence").is_dir():
        raise Damage(
            f"{path.name} cannot be opened: it does not begin as a ledger's file does",
            f"restore the last snapshot, or make it anew from its evidence: ghg rebuild NEW.duckdb --ledger {path}",
        )
    raise _other_program(path, "it is not a file of DuckDB")


def _other_program(path: Path, why: str) -> Misuse:
    return Misuse(
        f"{path} is no ledger: {why}",
        "name the ledger with --ledger; a new one is made beside it by: ghg init --ledger NEW.duckdb",
    )


@contextmanager
def _refusals_recorded(path: Path) -> Iterator[None]:
    """An act that was refused within stands in the log of refusals, once the lock is free for it."""
    from ledger.store.control_log import record_refusal

    try:
        yield
    except Refused as refused:
        if refused.act is not None:
            record_refusal(path, refused.act.what, refused.act.actor, refused.act.details)
        raise


def _look_at_version(s: Session, mode: Mode, *, any_version: bool) -> None:
    from ledger.store.versions import check_writable, file_version, stand_in_newer_tables

    version = file_version(s)
    if version is None:
        check_is_ledger(s)
    if mode == "read":
        stand_in_newer_tables(s, version)
    elif not any_version:
        check_writable(s, version)


def check_is_ledger(s: Session) -> None:
    """Raises Misuse for a database that never was a ledger: it has no batches, and nothing lies beside it."""
    if side_folder(s.path, "evidence").is_dir():
        return
    if not s.rows("select 1 from duckdb_tables() where table_name = 'batch' limit 1"):
        raise _other_program(s.path, "it is a database of another program")


def side_folder(path: Path, name: str) -> Path:
    """A side folder or file of the ledger: `x.evidence` for `x.duckdb`."""
    return real_path(path).with_suffix(f".{name}")


def _connect(path: Path, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """A connection that can do nothing but its work. Readers of one process share an instance, locked by the first."""
    bounds: dict[str, Any] = {"threads": threads_set(), "memory_limit": memory_set()}
    with _CONFIGURING:  # an instance that two threads open at a time lacks its functions in the one that came second
        try:
            con = duckdb.connect(str(path), read_only=read_only, config=bounds)
        except duckdb.Error as fault:
            raise _not_opened(path, fault) from fault
        if con.execute("select current_setting('lock_configuration')").fetchall() != [(True,)]:
            _lock_down(con, path)
    return con


def _not_opened(path: Path, fault: duckdb.Error) -> Busy | Damage:
    if held := re.search(r"Conflicting lock is held(?: in .*)? \(PID (\d+)\)", str(fault)):
        return Busy(
            f"{path.name} is open in process {process_named(int(held[1]))}, which is not of ours",
            "close it there: nothing but ghg may hold the file while somebody works; nothing was written",
        )
    return Damage(
        f"{path.name} cannot be opened: {str(fault).splitlines()[0]}",
        "restore the last snapshot, or rebuild the ledger from its evidence folder",
    )


def _lock_down(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    folders = [str(side_folder(path, name).resolve()) for name in ("stage", "evidence")]
    quoted = ", ".join("'" + folder.replace("'", "''") + "'" for folder in folders)
    spill = str(side_folder(path, "spill").resolve()).replace("'", "''")
    for statement in (
        "set global TimeZone = 'UTC'",
        "set enable_progress_bar = false",  # it would stand on standard output, in the middle of an answer
        "set checkpoint_threshold = '1TB'",  # a checkpoint comes after the commit, never in the middle
        f"set temp_directory = '{spill}'",
        "set autoinstall_known_extensions = false",
        "set autoload_known_extensions = false",
        "set allow_community_extensions = false",
        "set python_enable_replacements = false",
        f"set allowed_directories = [{quoted}]",
        "set enable_external_access = false",
        "set lock_configuration = true",
    ):
        con.execute(statement)
