"""The shape of the file: what the classes say is what the tables are, small enough to be wrong by hand."""

from __future__ import annotations

import duckdb
import pytest
from sqlalchemy import TIMESTAMP, BigInteger, Boolean, Date, Float, Integer

from ledger.store import schema, session
from ledger.store.tables import ENTRIES, TABLES
from ledger.store.tables.activity import ACTIVITY_VARYING, Activity
from ledger.store.tables.columns import Exact


def sql_type(kind) -> str:
    if isinstance(kind, Exact):
        return f"DECIMAL({kind.precision},{kind.scale})"
    types = (
        (TIMESTAMP, "TIMESTAMP WITH TIME ZONE"),
        (BigInteger, "BIGINT"),
        (Integer, "INTEGER"),
        (Boolean, "BOOLEAN"),
        (Date, "DATE"),
    )
    return next((name for cls, name in types if isinstance(kind, cls)), "VARCHAR")


def test_a_schema_is_there_whole_or_not_at_all(tmp_path, monkeypatch):
    """A statement that fails at the end leaves no table of those before it."""
    monkeypatch.setattr(schema, "posting_view_sql", lambda: "create view posting as select nothing from nowhere")
    with pytest.raises(duckdb.CatalogException), session(tmp_path / "new.duckdb", "write", create=True) as s:
        schema.create_schema(s)
    with duckdb.connect(str(tmp_path / "new.duckdb")) as con:
        assert con.execute("select table_name from duckdb_tables()").fetchall() == []


def test_tables_are_as_their_classes(path):
    """Name, type, order and nullability of every column are those of the class; only the batch has keys."""
    with session(path) as s:
        for table in TABLES:
            columns = s.rows(
                "select column_name, data_type, is_nullable from duckdb_columns() where table_name = ? "
                "and schema_name = 'main' order by column_index",
                [table.__tablename__],
            )
            assert columns == [(c.name, sql_type(c.type), bool(c.nullable)) for c in table.__table__.columns]
        keys = s.rows("select distinct table_name from duckdb_constraints() where constraint_type <> 'NOT NULL'")
        assert keys == [("batch",)]
        held = {row[0] for row in s.rows("select table_name from duckdb_tables()")}
        assert held == {table.__tablename__ for table in TABLES} | {"refusal"}


def test_every_table_has_its_two_triggers(path):
    """Update and delete have a trigger on each table."""
    with session(path) as s:
        triggers = {row[0] for row in s.rows("select trigger_name from duckdb_triggers()")}
    assert triggers == {f"{t.__tablename__}_no_{verb}" for t in TABLES for verb in ("update", "delete")}


def test_entries_carry_their_place():
    """Every table of entries begins with batch and number, activities come first, varying columns before repeating."""
    assert ENTRIES[0] is Activity
    assert all(table.__table__.columns.keys()[:2] == ["batch_no", "seq"] for table in ENTRIES)
    assert tuple(Activity.__table__.columns.keys()[1 : 1 + len(ACTIVITY_VARYING)]) == ACTIVITY_VARYING


def test_no_float_is_a_column():
    """No table has a column of floating point."""
    assert not [c for t in TABLES for c in t.__table__.columns if isinstance(c.type, Float)]
