"""Append-only inside the engine: every table refuses change, by any door."""

from __future__ import annotations

import duckdb
import made_rows as made
import pytest
from sqlmodel import Session as Mapper
from sqlmodel import select

from ledger.store import session
from ledger.store.tables import TABLES, Setting

STATEMENTS = (
    "update {t} set {c} = {c}",
    "update {t} set {c} = {c} where false",
    "delete from {t}",
    "delete from {t} where false",
    "truncate {t}",
    "with d as (delete from {t} returning *) select * from d",
    "insert or replace into {t} select * from {t}",
    "merge into {t} using (select * from {t}) x on false when matched then delete",
)


@pytest.mark.parametrize("statement", STATEMENTS)
def test_update_delete_and_truncate_are_refused(path, statement):
    """Each table refuses each statement that would change or drop a row, also where no row is met."""
    with session(path, "write") as s:
        for table in TABLES:
            name = table.__tablename__
            column = table.__table__.columns.keys()[1]
            before = s.one(f"select count(*) from {name}")
            with pytest.raises(duckdb.Error) as fault:
                s.run(statement.format(t=name, c=f'"{column}"'))
            if statement.startswith(("update", "delete", "truncate")):
                assert "append-only" in str(fault.value), name
            assert s.one(f"select count(*) from {name}") == before


def test_the_mapper_is_refused_too(path):
    """An object changed or deleted through the mapper fails at the flush."""
    with session(path, "write") as s:
        for change in ("another", None):
            with Mapper(s.engine) as mapper:
                row = mapper.exec(select(Setting)).first()
                if change:
                    row.value = change
                else:
                    mapper.delete(row)
                with pytest.raises(Exception, match="append-only"):
                    mapper.flush()
        assert s.one("select value from setting") == ("made",)


def test_sql_of_a_session_reaches_no_file_and_no_network(path, tmp_path):
    """A session reads and writes only its stage and evidence folders; extensions and settings are locked."""
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for mode in ("read", "write"):
        with session(path, mode) as s:
            for statement in (
                f"select * from read_csv('{tmp_path / 'secret.csv'}')",
                f"select * from read_text('{tmp_path}/made.evidence/../secret.csv')",
                f"copy (select 1) to '{tmp_path / 'out.csv'}'",
                "install httpfs",
                "load httpfs",
                "set enable_external_access = true",
                f"attach '{tmp_path / 'other.duckdb'}'",
            ):
                with pytest.raises(duckdb.Error):
                    s.run(statement)
    assert not (tmp_path / "out.csv").exists()


def test_a_reading_session_cannot_write(path):
    """What is opened to read has no way to add a row."""
    with session(path) as s, pytest.raises(duckdb.Error, match="read-only"):
        s.run("insert into setting select * from setting")


def test_two_batches_cannot_have_the_same_key_or_forerunner(path):
    """Number, idempotency key and previous head of a batch are unique in the file itself."""
    columns = "kind, actor, role, recorded_at, control_totals, first_seq, entry_count, entries_root"
    with session(path, "write") as s:
        made.upload(s, "k1")
        for number, key, head in (("1", "'x'", "'x'"), ("9", "idempotency_key", "'x'"), ("9", "'x'", "previous_head")):
            with pytest.raises(duckdb.ConstraintException):
                s.run(
                    f"insert into batch (batch_no, idempotency_key, previous_head, {columns}, software_version, "
                    f"schema_version, canonical_version) select {number}, {key}, {head}, {columns}, '1', 1, 1 "
                    "from batch where batch_no = 2"
                )
