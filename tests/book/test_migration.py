"""A ledger of an earlier schema: read as it is, written after a migration that changes no root."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from ledger.book import Ledger
from ledger.errors import Misuse
from ledger.store import schema, session
from ledger.store.checkpoint import checkpoints_path
from ledger.store.schema import table_name
from ledger.store.tables import SINCE_VERSION, TABLES

appending = sys.modules["ledger.store.append"]  # the module; the name in the package is its function


def made_by(version: int, folder: Path) -> Ledger:
    """A ledger as a version of the schema made it, with an upload."""
    with pytest.MonkeyPatch.context() as then:
        tables = tuple(table for table in TABLES if SINCE_VERSION.get(table, 1) <= version)
        then.setattr(schema, "TABLES", tables)
        then.setattr(schema, "SCHEMA_VERSION", version)
        then.setattr(appending, "SCHEMA_VERSION", version)
        then.setattr("ledger.book.recording.ai_posting.is_asked", lambda *_: False)  # as before there were runs
        then.setattr("ledger.book.recording.ai_posting.tell_spend_of_assets", lambda *_: None)  # nor machines
        ledger = Ledger.init(folder / "older.duckdb", organisation="Older", actor="ann", datasets=("desnz-2024",))
        if version > 1:
            ledger.add_person("bob", "admin")
        file = folder / "power.csv"
        file.write_text(
            "activity_type,quantity,unit,period_start,period_end,country\n"
            "electricity_purchased,100000,kWh,2024-01-01,2024-01-31,GB\n"
        )
        assert ledger.upload(file).status == "accepted"
    return ledger


@pytest.fixture
def older(made_once, tmp_path: Path) -> Ledger:
    """A ledger of the first version."""
    return Ledger(made_once(first_version, tmp_path / "book") / "older.duckdb", actor="ann")


def first_version(folder: Path) -> None:
    """A ledger as the first version made it."""
    made_by(1, folder)


@pytest.mark.thorough
def test_from_the_second_version_only_tables_come(tmp_path: Path):
    """Roots stay, no person gets a role that they did not have, and a run is refused before and taken in after."""
    ledger = made_by(2, tmp_path)
    kept = tmp_path / "kept.txt"
    kept.write_bytes(checkpoints_path(ledger.path).read_bytes())
    people = [row["role"] for row in ledger.people()]
    run = tmp_path / "run.csv"
    run.write_text("run_id,stage,start_utc,end_utc,country\nr1,training,2024-01-01T00:00:00Z,2024-01-01T01:00:00Z,GB\n")
    with pytest.raises(Misuse, match="earlier version"):
        ledger.upload(run)
    made = ledger.migrate()
    tables = ("ai_run", "measurement", "hardware_asset", "ai_decision", "advice", "advice_truth")
    assert (made.from_version, made.tables) == (2, tables)
    assert [row["role"] for row in ledger.people()] == people
    assert ledger.upload(run).status == "accepted"
    found = ledger.verify(checkpoint=kept)
    assert found.findings == []


@pytest.mark.thorough
def test_an_older_ledger_is_read(older: Ledger):
    """Figures, trace and verify work on it; verify says what it is, and that is no fault."""
    assert older.inventory("2024").scope_2_location == 20705
    assert older.report(period="2024-Q1", formats=("json",), folder=older.path.parent)["json"].is_file()
    found = older.verify()
    assert found.ok
    assert [finding.code for finding in found.findings] == ["schema-older"]
    assert {check.what: check.state for check in older.doctor()}["schema"] == "attention"


def test_an_older_ledger_is_not_written(older: Ledger, tmp_path: Path):
    """An entry is refused in words that name the way out, and nothing is written."""
    size = older.checkpoint().size
    with pytest.raises(Misuse, match="earlier version") as fault:
        older.set_setting("gwp", "AR5", reason="try")
    assert "ghg migrate" in fault.value.fix
    assert older.checkpoint().size == size


def test_migration_keeps_every_root(older: Ledger, tmp_path: Path):
    """After it the checkpoint kept before still holds, every table has its triggers, and entries are taken."""
    kept = tmp_path / "kept.txt"
    kept.write_bytes(checkpoints_path(older.path).read_bytes())
    before = older.checkpoint()
    made = older.migrate()
    assert (made.from_version, made.to_version) == (1, schema.SCHEMA_VERSION)
    assert [row["role"] for row in older.people()] == ["preparer reviewer admin"], "what an admin could do before"
    assert set(made.tables) == {table_name(table) for table in SINCE_VERSION}
    assert older.checkpoint().size == before.size + 1
    found = older.verify(checkpoint=kept)
    assert found.ok
    assert found.anchored
    assert found.findings == []
    older.set_setting("gwp", "AR5", reason="an entry after it")
    assert older.verify(checkpoint=kept).ok
    restored = Ledger.restore(made.snapshot, tmp_path / "back.duckdb", actor="ann")
    assert (restored.checkpoint().size, restored.checkpoint().root) == (before.size, before.root)


def test_a_second_migration_has_nothing_to_do(older: Ledger):
    """Run again it writes nothing; also after a crash between its tables and its batch it ends as it should."""
    from ledger.store.versions import migrate_schema

    with session(older.path, "write", any_version=True) as s:
        migrate_schema(s)
    made = older.migrate()
    assert made.tables == ()
    size = older.checkpoint().size
    assert older.migrate().batch is None
    assert older.checkpoint().size == size
    assert older.verify().findings == []


def test_a_newer_ledger_is_read_and_not_written(older: Ledger, monkeypatch):
    """What a later version wrote is refused with that word, not with a fault of the database."""
    older.migrate()
    monkeypatch.setattr(schema, "SCHEMA_VERSION", 1)
    with pytest.raises(Misuse, match="newer version"):
        older.set_setting("gwp", "AR5", reason="try")
