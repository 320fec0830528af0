"""Migration: an older ledger takes the tables of this version, after a snapshot; no entry and no root changes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ledger.book.acts.people import record_roles_in_effect
from ledger.book.verbs.book import Book
from ledger.errors import Misuse
from ledger.store import Writing, append, session
from ledger.store.schema import SCHEMA_VERSION
from ledger.store.snapshot import write_snapshot
from ledger.store.versions import file_version, migrate_schema
from ledger.tabular import Tabular

ROLES_SINCE = 2
"""The schema version that brought roles for every act; later ledgers have told theirs."""


@dataclass(frozen=True, slots=True)
class Migrated(Tabular):
    """From which schema version to which, the tables that came, the batch that says so, and the snapshot before it.

    ``batch`` and ``snapshot`` are None where there was nothing to do.
    """

    from_version: int
    to_version: int
    tables: tuple[str, ...]
    batch: int | None
    snapshot: Path | None


def _nothing_more(_writing: Writing) -> None:
    """The batch says that the tables came, and holds no entry."""


def migrated(ledger: Book, snapshot: Path | None) -> Migrated:
    """Bring a ledger to this version; see :meth:`ledger.book.Ledger.migrate`."""
    with session(ledger.path) as s:
        version = file_version(s) or SCHEMA_VERSION
    if version == SCHEMA_VERSION:
        return Migrated(version, version, (), None, None)
    if version > SCHEMA_VERSION:
        raise Misuse(
            f"{ledger.path.name} was written by a newer version of the program", "install that version or a newer one"
        )
    kept = snapshot or ledger.path.with_suffix(f".before-schema-{SCHEMA_VERSION}.zip")
    if not kept.exists():  # one that is there is from an attempt that broke off: it holds the same ledger
        write_snapshot(ledger.path, kept)
    with session(ledger.path, "write", any_version=True) as s:
        act = ledger._act(  # noqa: SLF001 — one facade in two files
            s, "migration", key=f"migration:{SCHEMA_VERSION}", reason=f"schema {version} to {SCHEMA_VERSION}"
        )
        tables = migrate_schema(s)
        done = append(s, act, record_roles_in_effect if version < ROLES_SINCE else _nothing_more)
    return Migrated(version, SCHEMA_VERSION, tuple(tables), done.batch_no, kept)
