"""Versions of the file's schema: an older ledger is read as it is, and written only after it was migrated.

A new version only adds tables (`SINCE_VERSION`), so every leaf, root and head that was signed before stays what it was.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb

from ledger.errors import Misuse

if TYPE_CHECKING:
    from ledger.store.session import Session


def file_version(s: Session) -> int | None:
    """The highest schema version under which a batch of this file was written; None where there is none."""
    try:
        version = s.rows("select max(schema_version) from batch")[0][0]
    except (duckdb.CatalogException, duckdb.BinderException, duckdb.ConversionException):
        return None  # not a ledger, or no longer: verify says so
    return None if version is None else int(version)


def check_writable(s: Session, version: int | None) -> None:
    """Raises Misuse where the file is of another version than this program writes."""
    from ledger.store.schema import SCHEMA_VERSION

    if version is not None and version > SCHEMA_VERSION:
        raise Misuse(
            f"{s.path.name} was written by a newer version of the program (schema {version}, this knows "
            f"{SCHEMA_VERSION})",
            "install that version or a newer one; reading and ghg verify go on working here",
        )
    if version is not None and version < SCHEMA_VERSION:
        raise Misuse(
            f"{s.path.name} was made by an earlier version of the program (schema {version}, this writes "
            f"{SCHEMA_VERSION})",
            "run ghg migrate once: it takes a snapshot first and changes no entry; reading works without it",
        )


def stand_in_newer_tables(s: Session, version: int | None) -> None:
    """Empty temporary tables for those that came after the file's version, so that every question can be asked."""
    from ledger.store.schema import SCHEMA_VERSION

    if version is None or version >= SCHEMA_VERSION:
        return
    for statement in _newer(s, version):
        s.run(statement.replace("CREATE TABLE", "CREATE TEMP TABLE", 1))


def migrate_schema(s: Session) -> list[str]:
    """Make the tables that this version brings, with their triggers, and checkpoint; gives their names.

    It can be run again after a crash: what is there already is left alone.
    """
    from ledger.store.schema import table_name, trigger_sql
    from ledger.store.tables import SINCE_VERSION

    held = _held(s)
    names = [table_name(table) for table in SINCE_VERSION if table_name(table) not in held]
    for statement in _newer(s, 0):
        s.run(statement)
    for name in names:
        for statement in trigger_sql(name):
            s.run(statement)
    s.run("checkpoint")  # a schema change is never left to the log
    return names


def _held(s: Session) -> set[str]:
    return {row[0] for row in s.rows("select table_name from duckdb_tables() where not internal and not temporary")}


def _newer(s: Session, version: int) -> list[str]:
    """The statements that make the tables newer than a version which the file lacks."""
    from sqlalchemy.schema import CreateTable

    from ledger.store.schema import table_name
    from ledger.store.tables import SINCE_VERSION

    held = _held(s)
    missing: list[Any] = [t for t, since in SINCE_VERSION.items() if since > version and table_name(t) not in held]
    return [str(CreateTable(table.__table__).compile(dialect=s.engine.dialect)).strip() for table in missing]
