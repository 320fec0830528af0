"""Whether the file has the declared shape: tables, columns, keys, triggers, views, and nothing beside them.

Catalogue functions are called by their full name: a function of the file's own could stand in for any other.
"""

from __future__ import annotations

import re
from typing import Any, TypeAlias

from sqlalchemy import TIMESTAMP, BigInteger, Boolean, Date, Integer

from ledger.assurance.verification import Faults
from ledger.store import Session
from ledger.store.schema import QUANTITY_ROW, SCHEMA_VERSION, posting_view_sql, table_name
from ledger.store.session import quoted_name
from ledger.store.tables import SINCE_VERSION, TABLES
from ledger.store.tables.columns import Exact
from ledger.store.versions import file_version

_BATCH_KEYS = {"PRIMARY KEY(batch_no)", "UNIQUE(idempotency_key)", "UNIQUE(previous_head)"}
Column: TypeAlias = tuple[Any, ...]
"""Name, type, whether null may be, default."""

_VIEWS = ("quantity_row", "posting")
_TYPES = ((TIMESTAMP, "TIMESTAMP WITH TIME ZONE"), (BigInteger, "BIGINT"), (Integer, "INTEGER"), (Boolean, "BOOLEAN"),
          (Date, "DATE"))  # fmt: skip


def check_shape(s: Session, faults: Faults) -> bool:
    """Hold the file's catalogue against the declared one; True where every table, column and view is there.

    For what is missing a temporary view stands in, with nulls or without rows, so that everything else is checked.
    """
    _check_functions(s, faults)
    version = _check_version(s, faults)
    _check_tables(s, version, faults)
    held = _held_columns(s)
    complete = _check_columns(s, held, version, faults)
    _check_triggers(s, version, faults)
    complete = complete and _check_views(s, faults)
    if "refusal" in held and s.one("select count(*) from main.refusal")[0]:
        faults.add("refusal-filled", "the table 'refusal', in which nothing can be kept, holds rows")
    return complete


def own_objects(s: Session, kind: str, columns: str, where: str = "true") -> list[tuple[Any, ...]]:
    """What the file's own catalogue lists of a kind (tables, views, …), temporary objects left out."""
    rows = s.rows(f"select database_name, {columns} from system.main.duckdb_{kind}() where {where}")
    return [row[1:] for row in rows if row[0] not in ("system", "temp")]


def _check_functions(s: Session, faults: Faults) -> None:
    for schema, name in own_objects(s, "functions", "schema_name, function_name", "not internal"):
        faults.add("function-undeclared", f"the file holds a function of its own, {schema}.{name}", value=name)


def _check_version(s: Session, faults: Faults) -> int:
    """The schema version that the headers speak of: an older file has fewer tables, and that is no fault."""
    version = file_version(s) or SCHEMA_VERSION
    if version < SCHEMA_VERSION:
        words = f"the ledger is of schema {version}; this program writes {SCHEMA_VERSION}, and reads both"
        faults.add("schema-older", words, severity="info")
    return version


def _of_version(version: int) -> list[Any]:
    """The tables that a file of this version must have."""
    return [table for table in TABLES if SINCE_VERSION.get(table, 1) <= version]


def _check_tables(s: Session, version: int, faults: Faults) -> None:
    tables = {(schema, name) for schema, name in own_objects(s, "tables", "schema_name, table_name")}
    listed = own_objects(s, "views", "schema_name, view_name, internal")
    views = {(schema, name) for schema, name, internal in listed if not internal}
    declared = {("main", table_name(table)) for table in TABLES} | {("main", "refusal")}
    wanted = {("main", table_name(table)) for table in _of_version(version)} | {("main", "refusal")}
    for _, name in sorted(wanted - tables):
        what = "is a view instead" if ("main", name) in views else "is missing"
        faults.add("table-missing", f"the table '{name}' {what}", value=name)
    for schema, name in sorted(tables - declared):
        rows = s.one(f"select count(*) from {quoted_name(schema)}.{quoted_name(name)}")[0]
        faults.add("table-undeclared", f"the table {schema}.{name} is not declared; it holds {rows} rows", value=name)
    for schema, name in sorted(views - {("main", name) for name in _VIEWS} - declared):
        faults.add("view-undeclared", f"the view {schema}.{name} is not declared", value=name)


def _held_columns(s: Session) -> dict[str, list[Column]]:
    """The columns of each table of the file, in order; views are left out."""
    tables = {row[1] for row in own_objects(s, "tables", "schema_name, table_name") if row[0] == "main"}
    held: dict[str, list[Column]] = {name: [] for name in tables}
    columns = own_objects(s, "columns", "schema_name, table_name, column_name, data_type, is_nullable, column_default")
    for schema, table, *column in columns:
        if schema == "main" and table in tables:
            held[table].append(tuple(column))
    return held


def _check_columns(s: Session, held: dict[str, list[Column]], version: int, faults: Faults) -> bool:
    complete = True
    keys: dict[str, set[str]] = {}
    for table, text, kind in own_objects(s, "constraints", "table_name, constraint_text, constraint_type"):
        if kind != "NOT NULL":
            keys.setdefault(table, set()).add(text)
    for cls in _of_version(version):
        name = table_name(cls)
        declared: list[Column] = [(c.name, sql_type(c.type), bool(c.nullable), None) for c in cls.__table__.columns]
        if name in held:
            _compare_columns(name, declared, held[name], faults)
            if keys.get(name, set()) != (_BATCH_KEYS if name == "batch" else set()):
                said = ", ".join(sorted(keys.get(name, set()))) or "none"
                faults.add("table-changed", f"the keys of '{name}' are not the declared ones: {said}", value=name)
        names = {column[0] for column in held.get(name, [])}
        if not {column[0] for column in declared} <= names:
            _stand_in(s, name, declared, names)
            complete = False
    return complete


def _compare_columns(name: str, declared: list[Column], held: list[Column], faults: Faults) -> None:
    for missing in [column for column in declared if column not in held]:
        faults.add("table-changed", f"'{name}' has no column {_said(missing)}", value=name, column=missing[0])
    for extra in [column for column in held if column not in declared]:
        faults.add("table-changed", f"'{name}' has a column {_said(extra)}", value=name, column=extra[0])
    if declared != held and sorted(declared, key=str) == sorted(held, key=str):
        faults.add("table-changed", f"the columns of '{name}' stand in another order", value=name)


def _stand_in(s: Session, name: str, declared: list[Column], held: set[str]) -> None:
    columns = ", ".join(f'"{c[0]}"' if c[0] in held else f'null::{c[1]} as "{c[0]}"' for c in declared)
    file = s.one("select database_name from system.main.duckdb_databases() where not internal")[0]
    source = f"from {quoted_name(file)}.main.{name}" if held else "where false"
    s.run(f"create temp view {name} as select {columns} {source}")


def _said(column: Column) -> str:
    name, kind, nullable, default = column
    return f"'{name}' {kind}{'' if nullable else ' NOT NULL'}{'' if default is None else f' DEFAULT {default}'}"


def sql_type(kind: Any) -> str:
    """The type of a column as the file's catalogue writes it."""
    if isinstance(kind, Exact):
        return f"DECIMAL({kind.precision},{kind.scale})"
    return next((name for cls, name in _TYPES if isinstance(kind, cls)), "VARCHAR")


def _check_triggers(s: Session, version: int, faults: Faults) -> None:
    held = {_plain(row[0]) for row in own_objects(s, "triggers", "sql")}
    declared = {_plain(sql): (table, verb) for table, verb, sql in _declared_triggers(version)}
    for sql in sorted(declared.keys() - held):
        table, verb = declared[sql]
        faults.add("trigger-missing", f"'{table}' has no trigger that refuses {verb}, or a changed one", value=table)
    for sql in sorted(held - declared.keys()):
        faults.add("trigger-undeclared", f"a trigger is not declared: {sql}")


def _declared_triggers(version: int) -> list[tuple[str, str, str]]:
    made = []
    for cls in _of_version(version):
        name = table_name(cls)
        for verb in ("update", "delete"):
            words = f"append-only: {verb} of {name} is refused; add a correction instead"
            sql = (
                f"create trigger {name}_no_{verb} before {verb} on {name} for each statement "
                f"insert into refusal select error('{words}')"
            )
            made.append((name, verb, sql))
    return made


def _plain(sql: str) -> str:
    """A statement without what does not change its sense: case, quotes, line ends, the last semicolon."""
    return re.sub(r"\s+", " ", sql.lower().replace('"', "").rstrip("; \n")).strip()


def _check_views(s: Session, faults: Faults) -> bool:
    """The declared definitions are given to DuckDB as temporary views, which prints them in its own way."""
    listed = own_objects(s, "views", "schema_name, view_name, sql")
    held = {name: sql for schema, name, sql in listed if schema == "main"}
    for name, sql in (("quantity_row", QUANTITY_ROW), ("posting", posting_view_sql())):
        if name not in held:
            faults.add("view-changed", f"the view '{name}' is missing", value=name)
            continue
        s.run(sql.replace(f"create view {name}", f"create or replace temp view declared_{name}", 1))
        printed = s.one("select sql from system.main.duckdb_views() where view_name = ?", [f"declared_{name}"])[0]
        s.run(f"drop view declared_{name}")
        if held[name].split(" AS ", 1)[1] != printed.split(" AS ", 1)[1]:
            faults.add("view-changed", f"the view '{name}' is not defined as declared", value=name)
    return set(_VIEWS) <= held.keys()
