"""Rebuilding: a damaged file made anew from what lies beside it, to the last row; and the doctor beside it."""

from __future__ import annotations

import shutil

import duckdb
import full
import pytest

from ledger.assurance.doctor import examine, worst
from ledger.assurance.rebuild import rebuild
from ledger.assurance.verify import verify
from ledger.errors import Damage, Misuse
from ledger.store import session
from ledger.store.checkpoint import checkpoints_path
from ledger.store.schema import table_name
from ledger.store.session import side_folder
from ledger.store.tables import TABLES


def rows_of(path):
    """Every row of every table, as text, in a total order; the derived sums as sums."""
    with session(path) as s:
        held = {
            name: s.rows(f"select * from {name} order by all")
            for table in TABLES
            if (name := table_name(table)) != "period_total"
        }
        sums = "select * exclude (quantity, n), sum(quantity), sum(n) from period_total group by all order by all"
        held["period_total"] = s.rows(sums)
    return held


def test_the_same_ledger_comes_out(path, tmp_path):
    """Without the damaged file at all: same rows, same root, signed, and it verifies."""
    before, wanted = verify(path), rows_of(path)
    path.write_bytes(b"not a database")
    made = rebuild(path, tmp_path / "new" / "y.duckdb")
    assert (made.root, made.size, made.entries, made.signed) == (before.root, before.size, before.entries, True)
    assert rows_of(made.path) == wanted
    assert verify(made.path).findings == []


def test_nothing_is_overwritten(path, tmp_path):
    """A ledger that is there stays; a folder without kept rows is told."""
    with pytest.raises(Misuse, match="is there already"):
        rebuild(path, path)
    with pytest.raises(Misuse, match="holds no rows"):
        rebuild(tmp_path / "none.duckdb", tmp_path / "y.duckdb")


def test_kept_rows_that_were_changed(path, tmp_path):
    """A part that was changed or a batch that is missing does not become a ledger, and nothing is left of it."""
    new = tmp_path / "new" / "y.duckdb"
    parts = full.parts_folder(path, "u1")
    part = parts / "activity_slice.parquet"
    with duckdb.connect() as con:
        con.execute(f"create table kept as select * replace (quantity + 1 as quantity) from read_parquet('{part}')")
        con.execute(f"copy kept to '{part}' (format parquet)")
    with pytest.raises(Damage, match="do not give the root"):
        rebuild(path, new)
    shutil.rmtree(parts)
    with pytest.raises(Damage, match="are not kept"):
        rebuild(path, new)
    assert list(new.parent.glob("*")) == []


@pytest.mark.thorough
def test_another_history_than_the_signed_one(path, tmp_path):
    """Rows and headers that agree with each other, but not with the signed checkpoints, are refused."""
    notes = checkpoints_path(path).read_bytes()
    full.rebuilt(path, "update activity set quantity = 7 where seq = 1 and batch_no = 3")
    checkpoints_path(path).write_bytes(notes)
    with pytest.raises(Damage, match="not what was signed"):
        rebuild(path, tmp_path / "y.duckdb")


def states(path) -> dict[str, str]:
    return {check.what: check.state for check in examine(path) if check.state != "ok"}


def test_the_doctor_finds_nothing(path):
    """A ledger that is well; only its people have no names here and its catalogue is a test's."""
    side_folder(path, "people").write_text("")
    side_folder(path, "people").chmod(0o600)
    assert states(path).keys() <= {"catalogue", "disk", "signing key", "names"}


def test_the_doctor_names_what_is_wrong(path):
    """Missing evidence, names that others can read, an older copy of the file, a log left behind."""
    older = path.read_bytes()
    with session(path, "write") as s:
        full.tiny.upload(s, "u9", full.rows()[:2])
    path.write_bytes(older)
    path.with_name(path.name + ".wal").write_bytes(b"")
    side_folder(path, "people").write_text("")
    side_folder(path, "people").chmod(0o644)
    shutil.rmtree(side_folder(path, "evidence"))
    found = states(path)
    assert (found["checkpoints"], found["people"], found["evidence"]) == ("wrong", "wrong", "wrong")
    assert worst(examine(path)) == "wrong"


def test_the_doctor_without_a_ledger(tmp_path, path):
    """No file and a broken file are told in words, not as a fault."""
    assert [check.what for check in examine(tmp_path / "none.duckdb") if check.state == "wrong"] == ["file"]
    path.write_bytes(b"not a database")
    assert states(path)["opening"] == "wrong"
