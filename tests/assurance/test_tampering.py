"""Tampering from a console by someone who knows of triggers and hashes: every change is named, table by table."""

from __future__ import annotations

import shutil
from collections import defaultdict
from pathlib import Path

import duckdb
import full
import pytest
from sqlalchemy import TIMESTAMP, Boolean, Date, Integer

from ledger.assurance import verification
from ledger.assurance.verify import Verification, verify
from ledger.store import session
from ledger.store.schema import table_name
from ledger.store.tables import ENTRIES, Batch
from ledger.store.tables.columns import Exact

TABLES = {table_name(table): table for table in ENTRIES}


def test_the_ledger_holds(template):
    """Left alone, the ledger verifies without a fault, so that every fault below is the tampering's."""
    found = verify(template)
    assert found.findings == []
    assert found.ok
    assert not found.anchored
    assert (found.size, found.entries) == (15, 1229)


@pytest.fixture(scope="session")
def largest(template) -> dict[str, tuple[int, list[int]]]:
    """Table → the batch that holds most of it, and the numbers of its rows there."""
    with duckdb.connect(str(template), read_only=True) as con:
        return {
            name: con.execute(
                f"select batch_no, list(seq order by seq) from {name} group by batch_no order by count(*) desc limit 1"
            ).fetchone()
            for name in TABLES
        }


def test_every_table_has_rows_to_harm(largest):
    """The ledger has at least four rows in one batch for every table."""
    assert {name: len(numbers) for name, (_, numbers) in largest.items() if len(numbers) < 4} == {}


def other(column) -> str:
    """SQL for another value of a column than the one it holds."""
    name, kind = f'"{column.name}"', column.type
    if isinstance(kind, Exact):
        return f"coalesce({name}, 0) + 1e-{kind.scale}::decimal({kind.precision},{kind.scale})"
    if isinstance(kind, TIMESTAMP):
        return f"coalesce({name} + interval 1 microsecond, timestamptz '2024-01-01')"
    if isinstance(kind, Boolean):
        return f"not coalesce({name}, false)"
    if isinstance(kind, Date):
        return f"coalesce({name} + 1, date '2024-01-01')"
    if isinstance(kind, Integer):
        return f"coalesce({name}, 0) + 1"
    return f"coalesce({name} || ' ', '')"


def columns_of(name: str) -> list:
    return [column for column in TABLES[name].__table__.columns if column.name not in ("batch_no", "seq")]


def named(found: Verification, code: str) -> dict[str, set[str]]:
    """Table → entries that findings of a code name."""
    told = defaultdict(set)
    for finding in found.findings:
        if finding.code == code:
            told[finding.value].add(finding.entry)
    return told


@pytest.mark.slow
@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.thorough)])
def test_any_column_changed(largest, template, tmp_path, monkeypatch, step):
    """A column of any table (each ninth here), changed in one row, is named with table and entry; nothing else is."""
    monkeypatch.setattr(verification, "SHOWN_PER_CODE", 1000)
    left = [(name, column) for name in TABLES for column in columns_of(name)][::step]
    run = 0
    while left:
        run += 1
        changed: dict[tuple[str, str], str] = {}
        statements, waiting = [], []
        free = {name: list(numbers) for name, (_, numbers) in largest.items()}
        for name, column in left:
            if free[name]:
                batch_no, seq = largest[name][0], free[name].pop(0)
                where = f"where batch_no = {batch_no} and seq = {seq}"
                statements.append(f'update {name} set "{column.name}" = {other(column)} {where}')
                changed[name, f"B{batch_no}-{seq}"] = column.name
            else:
                waiting.append((name, column))
        left = waiting
        copy = _copied(template, tmp_path / f"run{run}")
        full.harm(copy, *statements)
        found = verify(copy)
        told = {(f.value, f.entry): f.message for f in found.findings if f.code == "entry-changed"}
        assert {place: changed[place] for place in changed.keys() - told.keys()} == {}
        assert told.keys() == changed.keys()
        assert all(f": {column} is " in told[place] for place, column in changed.items())
        roots = {f.entry for f in found.findings if f.code == "batch-root"}
        assert roots == {entry.split("-")[0] for _, entry in changed}
        assert not found.ok
    assert run < 10


def _copied(template: Path, folder: Path) -> Path:
    shutil.copytree(template.parent, folder)
    return folder / template.name


@pytest.mark.thorough
def test_a_row_dropped(path, largest):
    """A row that is gone is named as missing, in every table."""
    places = {name: (batch_no, numbers[-1]) for name, (batch_no, numbers) in largest.items()}
    full.harm(path, *(f"delete from {n} where batch_no = {b} and seq = {q}" for n, (b, q) in places.items()))
    found = verify(path)
    assert named(found, "entry-missing") == {n: {f"B{b}-{q}"} for n, (b, q) in places.items()}
    assert not found.ok


def test_a_row_added(path, largest, monkeypatch):
    """A row that was not kept with its batch is named as extra, be its number the next one, far off or below one."""
    monkeypatch.setattr(verification, "SHOWN_PER_CODE", 1000)
    statements, expected = [], defaultdict(set)
    for place, (name, (batch_no, numbers)) in enumerate(largest.items()):
        for seq in (10_000 + place, -place):
            statements.append(
                f"insert into {name} select * replace ({seq} as seq) from {name} "
                f"where batch_no = {batch_no} and seq = {numbers[0]}"
            )
            expected[name].add(f"B{batch_no}-{seq}")
    full.harm(path, *statements)
    found = verify(path)
    assert named(found, "entry-extra") == expected
    numbering = {f.entry for f in found.findings if f.code == "entry-numbering"}
    assert numbering == {f"B{batch_no}" for batch_no, _ in largest.values()}


def test_a_row_after_the_last_does_not_hide(path):
    """A row put two places behind the last one, where a careless tree would not see it, is named."""
    with duckdb.connect(str(path)) as con:
        count = con.execute("select entry_count from batch where batch_no = 10").fetchone()[0]
    full.harm(
        path,
        f"insert into activity select * replace ({count + 2} as seq) from activity where batch_no = 10 and seq = 1",
    )
    found = verify(path)
    assert named(found, "entry-extra") == {"activity": {f"B10-{count + 2}"}}
    assert not found.ok


@pytest.mark.thorough
def test_a_row_duplicated(path, largest):
    """The same row twice is named as a duplicate, in every table."""
    places = {name: (batch_no, numbers[0]) for name, (batch_no, numbers) in largest.items()}
    full.harm(
        path,
        *(f"insert into {n} select * from {n} where batch_no = {b} and seq = {q}" for n, (b, q) in places.items()),
    )
    found = verify(path)
    assert named(found, "entry-duplicated") == {n: {f"B{b}-{q}"} for n, (b, q) in places.items()}
    assert not found.ok


@pytest.mark.thorough
def test_two_rows_swapped(path, largest, monkeypatch):
    """Two rows that changed places are named as moved, in every table."""
    monkeypatch.setattr(verification, "SHOWN_PER_CODE", 1000)
    pairs = {name: (b, numbers[0], numbers[-1]) for name, (b, numbers) in largest.items()}
    full.harm(
        path,
        *(
            f"update {n} set seq = case seq when {x} then {y} else {x} end where batch_no = {b} and seq in ({x}, {y})"
            for n, (b, x, y) in pairs.items()
        ),
    )
    found = verify(path)
    assert named(found, "entry-moved") == {n: {f"B{b}-{x}", f"B{b}-{y}"} for n, (b, x, y) in pairs.items()}
    assert not found.ok


@pytest.mark.thorough
def test_a_row_moved_to_another_batch(path, largest):
    """A row that changed its batch is missing in one and extra in the other."""
    statements, expected = [], {}
    for name, (batch_no, numbers) in largest.items():
        to, seq = 9 if batch_no != 9 else 8, numbers[0]
        statements.append(f"update {name} set batch_no = {to} where batch_no = {batch_no} and seq = {seq}")
        expected[name] = (f"B{batch_no}-{seq}", f"B{to}-{seq}")
    full.harm(path, *statements)
    found = verify(path)
    missing, extra = named(found, "entry-missing"), named(found, "entry-extra")
    assert all(expected[name][0] in missing[name] for name in TABLES)
    assert all(expected[name][1] in extra[name] for name in TABLES)


@pytest.mark.thorough
def test_rows_of_a_batch_that_nobody_wrote(path):
    """Rows under a batch number without a header are named with their table."""
    full.harm(path, "insert into activity select * replace (99 as batch_no) from activity where batch_no = 10")
    found = verify(path)
    assert {(f.entry, f.value) for f in found.findings if f.code == "entry-orphan"} == {("B99", "activity")}


HEADER = [column for column in Batch.__table__.columns if column.name != "batch_no"]


@pytest.mark.parametrize("turn", [0, *(pytest.param(n, marks=pytest.mark.thorough) for n in (1, 2))])
def test_a_header_changed(path, turn):
    """Any column of any header, changed, is named with its batch and column, the last header's too."""
    statements, expected = [], {}
    for place, column in enumerate(HEADER):
        if place % 3 == turn:
            batch_no = 10 - place // 3
            statements.append(f'update batch set "{column.name}" = {other(column)} where batch_no = {batch_no}')
            expected[f"B{batch_no}"] = column.name
    full.harm(path, *statements)
    found = verify(path)
    told = {f.entry: f.message for f in found.findings if f.code == "header-changed"}
    assert told.keys() == expected.keys()
    assert all(f": {column} is " in told[entry] for entry, column in expected.items())
    assert not found.ok


@pytest.mark.thorough
def test_a_header_dropped_or_added(path):
    """A missing header is a gap, with its rows as orphans; one too many breaks the chain and the numbers."""
    unique = ("idempotency_key", "previous_head")
    names = ", ".join(f'"{column.name}"' for column in HEADER if column.name not in unique)
    full.harm(
        path,
        "delete from batch where batch_no = 5",
        f"insert into batch (batch_no, idempotency_key, previous_head, {names}) "
        f"select 16, 'x', 'x', {names} from batch where batch_no = 15",
    )
    found = verify(path)
    told = {(f.code, f.entry) for f in found.findings}
    assert {("batch-gap", "B6"), ("batch-gap", "B5"), ("entry-orphan", "B5"), ("header-chain", "B16")} <= told
    assert {("entry-numbering", "B16"), ("batch-root", "B16"), ("evidence-missing", "B16")} <= told


@pytest.mark.thorough
def test_many_changes_are_all_counted(path):
    """Every one of several hundred changed rows is counted, the first hundred named, the rest told by number."""
    with session(path) as s:
        count = s.one("select count(*) from activity_line")[0]
    full.harm(path, "update activity_line set factor_activity_type = 'x'")
    found = verify(path)
    changed = [f for f in found.findings if f.code == "entry-changed"]
    assert len(changed) == 101
    assert changed[-1].message == f"… and {count - 100} more of entry-changed"


@pytest.mark.thorough
def test_the_kept_rows_say_which_side_is_the_original(path):
    """Where the kept rows give the recorded root nothing more is said; where they were changed too, that is told."""
    full.harm(path, "update activity set quantity = quantity + 1 where batch_no = 10 and seq = 1")
    found = verify(path)
    assert len([f for f in found.findings if f.code == "batch-root"]) == 1
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        part = full.parts_folder(path, "u2") / "00000.parquet"
        con.execute(f"create table p as from '{part}'")
        con.execute("update p set quantity = quantity + 1 where seq = 1")
        con.execute(f"copy p to '{part}' (format parquet)")
    found = verify(path)
    told = [f.message for f in found.findings if f.code == "batch-root"]
    assert len(told) == 2
    assert "do not give its root either" in told[1]
    assert [f.entry for f in found.findings if f.code == "evidence-changed"] == ["B10"]


@pytest.mark.thorough
def test_kept_rows_that_cannot_be_read(path):
    """Where the kept rows are damaged or gone, the batch is still named, and why its entries cannot be."""
    part = full.parts_folder(path, "u2") / "00000.parquet"
    content = part.read_bytes()
    full.harm(path, "update activity set quantity = quantity + 1 where batch_no = 10 and seq = 1")
    part.write_bytes(content[:100] + b"XXXX" + content[104:-9] + b"Y" * 9)
    told = {(f.code, f.entry) for f in verify(path).findings}
    assert {("batch-root", "B10"), ("evidence-changed", "B10")} <= told
    for file in part.parent.iterdir():
        file.unlink()
    part.parent.rmdir()
    told = {(f.code, f.entry) for f in verify(path).findings}
    assert {("batch-root", "B10"), ("evidence-missing", "B10")} <= told
