"""Tampering at large: whole columns retyped, an older copy put back, everything rebuilt with the signing key.

And the same in an evidence pack: made from a ledger that was harmed, or harmed itself by one who has the key.
"""

from __future__ import annotations

import json
import shutil
from collections import defaultdict

import duckdb
import full
import pytest
import tiny
from mutants import forged, joined, members_of, netstrings, other_text
from test_tampering import TABLES, columns_of, largest, named, other  # noqa: F401  the fixture too

from ledger.assurance import verification, verify_pack
from ledger.assurance.verify import verify
from ledger.book.packing import write_pack
from ledger.inventory.period import period
from ledger.store import Session, session
from ledger.store.checkpoint import checkpoints_path, signing_key
from ledger.store.tables import Batch, PeriodTotal
from ledger.store.tables.columns import Exact
from ledger.store.tree import entries_root

WHOLE = {**TABLES, "batch": Batch, "period_total": PeriodTotal}
MARCH = "batch_no = 3 and month = '2024-03-01'"
ROW = f"select * from period_total where {MARCH} and key_no = 2"


def retyped(found) -> set[tuple[str, str]]:
    """Table and column of everything that is declared otherwise than it stands."""
    return {(finding.value, finding.column) for finding in found.findings if finding.code == "table-changed"}


def test_a_column_of_another_type(path, monkeypatch):
    """A column that holds the same values in a wider type is told, in every table."""
    monkeypatch.setattr(verification, "SHOWN_PER_CODE", 1000)
    columns = {name: "first_seq" if name == "batch" else "batch_no" for name in WHOLE}
    full.harm(path, *(f"alter table {name} alter {column} set data type hugeint" for name, column in columns.items()))
    found = verify(path)
    assert retyped(found) == set(columns.items())
    assert not found.ok


@pytest.mark.thorough
def test_a_lower_scale(path, monkeypatch):
    """Decimals cut to a lower scale are told, with table and column, and every batch that holds one."""
    monkeypatch.setattr(verification, "SHOWN_PER_CODE", 1000)
    statements, expected = [], set()
    for name, table in WHOLE.items():
        for column in table.__table__.columns:
            if isinstance(column.type, Exact):
                scale = column.type.scale
                less = f"decimal({column.type.precision - (scale == 0)},{max(scale - 1, 0)})"
                statements.append(f'alter table {name} alter "{column.name}" set data type {less}')
                expected.add((name, column.name))
    full.harm(path, *statements)
    found = verify(path)
    assert retyped(found) == expected
    assert len({name for name, _ in expected}) > 15
    assert "batch-root" in full.codes(found)


@pytest.mark.thorough
def test_values_changed_by_a_cast(path, largest, monkeypatch):  # noqa: F811
    """`ALTER … SET DATA TYPE … USING`, which no trigger refuses, changes a whole column: every row of it is named."""
    monkeypatch.setattr(verification, "SHOWN_PER_CODE", 10_000)
    statements, expected = [], {}
    with duckdb.connect(str(path), read_only=True) as con:
        columns = "select (table_name, column_name)::varchar, data_type from duckdb_columns()"
        kinds = dict(con.execute(columns).fetchall())
        for name, (batch_no, numbers) in largest.items():
            column = next(column for column in columns_of(name) if not column.nullable)
            kind = kinds[f"({name}, {column.name})"]
            using = f'case when batch_no = {batch_no} then {other(column)} else "{column.name}" end::{kind}'
            statements.append(f'alter table {name} alter "{column.name}" set data type {kind} using {using}')
            expected[name] = {f"B{batch_no}-{seq}" for seq in numbers}
    full.harm(path, *statements)
    found = verify(path)
    assert retyped(found) == set()
    assert named(found, "entry-changed") == expected


SUMS = {
    "change": f"update period_total set quantity = quantity + 0.000001 where {MARCH} and key_no = 2",
    "drop": f"delete from period_total where {MARCH} and key_no = 2",
    "add": f"insert into period_total select * replace (99 as key_no) from ({ROW})",
    "duplicate": f"insert into period_total {ROW}",
    "swap": "update period_total set key_no = 3 - key_no where batch_no = 3 and key_no in (1, 2)",
    "retype": "alter table period_total alter quantity set data type decimal(38,6) using quantity * 2",
    "rows": f"update period_total set n = n + 1 where {MARCH} and key_no = 2",
    "place": f"update period_total set facility_id = 'F9' where {MARCH} and key_no = 2",
    "batch": f"update period_total set batch_no = 4 where {MARCH} and key_no = 2",
    "month": f"update period_total set month = '2024-04-01' where {MARCH} and key_no = 2",
    "company": f"update period_total set legal_entity_id = 'L9' where {MARCH} and key_no = 2",
    "instrument": f"update period_total set instrument_id = 'R1' where {MARCH} and key_no = 2",
    "allocated": f"update period_total set allocated = true where {MARCH} and key_no = 2",
}


@pytest.mark.parametrize(
    "what", [pytest.param(what, marks=[pytest.mark.thorough] * bool(n % 6)) for n, what in enumerate(SUMS)]
)
def test_the_sums_that_figures_are_read_from(path, what):
    """`period_total` is in no tree: it is made again from the rows, and any difference is told with its batch."""
    full.harm(path, SUMS[what])
    told = [f for f in full.meaning(path) if f.code == "period-total"]
    assert "B3" in {f.entry for f in told}


@pytest.mark.thorough
def test_headers_exchanged_or_doubled(path):
    """Two headers that changed places, and one that stands twice in a table without its keys."""
    harmed = path.parent / "twice.duckdb"
    shutil.copy(path, harmed)
    full.harm(path, "update batch set batch_no = case batch_no when 4 then -6 else 4 end where batch_no in (4, 6)",
              "update batch set batch_no = 6 where batch_no = -6")  # fmt: skip
    found = verify(path)
    assert {"B4", "B6"} <= {f.entry for f in found.findings if f.code in ("header-chain", "header-changed")}
    with duckdb.connect(str(harmed)) as con:
        con.execute("set TimeZone = 'UTC'")
        con.execute("create table copied as from batch")
        con.execute("create or replace table batch as from copied union all from copied where batch_no = 5")
        con.execute("drop table copied")
    found = verify(harmed)
    assert {"table-changed", "trigger-missing", "batch-gap"} <= full.codes(found)
    assert any(f.entry == "B5" for f in found.findings if f.code == "batch-gap")


@pytest.mark.thorough
def test_an_older_copy_with_all_that_lies_beside_it(path, tmp_path):
    """Yesterday's whole folder put back holds by itself; the kept checkpoint says how many batches are gone."""
    shutil.copytree(path.parent, tmp_path / "yesterday")
    with session(path, "write") as s:
        for key in ("t1", "t2"):
            tiny.upload(s, key, full.rows()[:1])
    kept = tmp_path / "kept.txt"
    shutil.copy(checkpoints_path(path), kept)
    older = tmp_path / "yesterday" / path.name
    size = verify(older).size
    assert verify(older).ok
    found = verify(older, checkpoint=kept)
    assert (full.codes(found), found.anchored) == ({"ledger-shorter"}, False)
    assert any(f"{size} batches, not {size + 2}" in f.message for f in found.findings)


@pytest.mark.thorough
def test_the_log_of_the_last_commits_lost(path, tmp_path):
    """A write-ahead log that was taken away: the commits in it are gone without a word, but not from a checkpoint."""
    kept = tmp_path / "kept.txt"
    with duckdb.connect(str(path)) as con:
        con.execute("set checkpoint_threshold = '1GB'")
        con.execute("pragma disable_checkpoint_on_shutdown")
        names = [column.name for column in Batch.__table__.columns]
        size = con.execute("select max(batch_no) from batch").fetchone()[0]
        other_key = {"batch_no": str(size + 1), "idempotency_key": "'w'", "previous_head": "'w'"}
        chosen = ", ".join(other_key.get(name, f'"{name}"') for name in names)
        con.execute(f"insert into batch select {chosen} from batch where batch_no = {size}")
    wal = path.with_name(path.name + ".wal")
    assert wal.exists()
    shutil.copy(checkpoints_path(path), kept)
    note = kept.read_text().strip().split("\n\n")
    assert len(note) == 2 * size
    wal.unlink()
    assert verify(path, checkpoint=kept).ok  # what was lost had never been noted
    kept.write_text(kept.read_text().replace(f"\n{size}\n", f"\n{size + 1}\n"))
    assert "ledger-shorter" in full.codes(verify(path, checkpoint=kept))


def test_a_root_binds_every_table(path, largest):  # noqa: F811
    """A row of any table changed gives its batch another root: whoever makes every hash anew gets another log."""
    roots = {}
    with duckdb.connect(str(path)) as con:
        con.execute("set TimeZone = 'UTC'")
        recorded = {number: (root, count) for number, root, count in con.execute(
            "select batch_no, entries_root, entry_count from batch").fetchall()}  # fmt: skip
        for name, (batch_no, numbers) in largest.items():
            column = columns_of(name)[0]
            con.execute(f"drop trigger {name}_no_update on {name}")
            con.execute("begin")
            where = f"batch_no = {batch_no} and seq = {numbers[0]}"
            con.execute(f'update {name} set "{column.name}" = {other(column)} where {where}')
            roots[name] = (batch_no, entries_root(Session(path, con), batch_no, recorded[batch_no][1]))
            con.execute("rollback")
    assert [name for name, (batch_no, root) in roots.items() if root == recorded[batch_no][0]] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    "batch_no", [pytest.param(n, marks=[pytest.mark.thorough] * (n != 2)) for n in (1, 2, 3)]
)
def test_rebuilt_and_held_against_a_kept_checkpoint(path, largest, tmp_path, batch_no):  # noqa: F811
    """Every table of a batch changed and the ledger rebuilt: not the kept one's continuation from that batch on."""
    kept = tmp_path / "kept.txt"
    shutil.copy(checkpoints_path(path), kept)
    statements = [
        f'update {name} set "{column.name}" = {other(column)} where batch_no = {batch_no} and seq = {numbers[0]}'
        for name, (held, numbers) in largest.items() for column in columns_of(name)[-1:] if held == batch_no
    ]  # fmt: skip
    assert statements
    full.rebuilt(path, *statements)
    alone = full.codes(verify(path))
    assert not alone & {"batch-root", "header-chain", "header-count", "entry-changed", "checkpoint-signature"}
    found = verify(path, checkpoint=kept)
    assert "not-an-extension" in full.codes(found)
    first = min(int(f.entry[1:]) for f in found.findings if f.code == "not-an-extension" and f.entry)
    assert first == batch_no


PACKED = ("activity", "activity_slice", "allocation", "choice_key", "choice", "emission_factor", "setting")


@pytest.fixture(scope="module")
def pack(template, tmp_path_factory):
    """The pack of a quarter of the full ledger."""
    file = tmp_path_factory.mktemp("pack") / "pack.zip"
    with session(template) as s:
        write_pack(s, period("2024-Q1"), "operational_control", None, file, ("json",))
    return file


@pytest.mark.thorough
def test_a_pack_of_a_ledger_that_was_harmed(path, tmp_path):
    """A pack made after rows of its tables were changed names each batch whose leaves do not give its root."""
    statements, batches = [], set()
    with duckdb.connect(str(path), read_only=True) as con:
        for name in PACKED:
            # what the pack needs stays readable: a column that decides nothing
            first = f"select batch_no, min(seq) from {name} group by 1 order by 1 limit 1"
            batch_no, seq = con.execute(first).fetchone()
            column = columns_of(name)[0 if name == "activity" else -1]
            where = f"batch_no = {batch_no} and seq = {seq}"
            statements.append(f'update {name} set "{column.name}" = {other(column)} where {where}')
            batches.add(batch_no)
    full.harm(path, *statements)
    with session(path) as s:
        write_pack(s, period("2024-Q1"), "operational_control", None, tmp_path / "p.zip", ("json",))
    faults = verify_pack.verify(str(tmp_path / "p.zip")).faults
    told = {fault.split(":")[0] for fault in faults if fault.startswith("leaves/")}
    assert told == {f"leaves/B{batch_no}.bin" for batch_no in batches}


def _harmed(lines: list[str], places: list[int], how: str) -> list[str]:
    first, last = places[0], places[-1]
    made = list(lines)
    value = json.loads(lines[first])
    if how == "drop":
        del made[first]
    elif how == "add":
        batch, _, seq = value["entry"].partition("-")
        fields = netstrings(value["text"])
        text = joined([*fields[:2], str(int(seq) + 90_000), *fields[3:]])
        made.append(json.dumps({"entry": f"{batch}-{int(seq) + 90_000}", "text": text}))
    elif how == "duplicate":
        made.append(lines[first])
    elif how == "swap":
        other_one = json.loads(lines[last])
        made[first] = json.dumps({"entry": value["entry"], "text": other_one["text"]})
        made[last] = json.dumps({"entry": other_one["entry"], "text": value["text"]})
    else:
        fields = netstrings(value["text"])
        place = next(n for n in range(len(fields) - 1, 2, -1) if fields[n])
        fields[place] = other_text(fields[place]) if how == "change" else fields[place] + "0"  # another scale
        made[first] = json.dumps({"entry": value["entry"], "text": joined(fields)})
    return made


@pytest.mark.parametrize("how", ["change", "drop", "add", "duplicate", "swap", "retype"])
@pytest.mark.thorough
def test_entries_of_a_pack(pack, tmp_path, how):
    """Entries of any table of a pack, changed by one who has the key: told with the line, or with what misses them."""
    members = members_of(pack)
    lines = members["entries.jsonl"].decode().strip().split("\n")
    places = defaultdict(list)
    for place, line in enumerate(lines):
        places[netstrings(json.loads(line)["text"])[1]].append(place)
    assert set(PACKED) <= set(places)
    for name in PACKED:
        if how == "swap" and len(places[name]) == 1:
            continue
        made = _harmed(lines, places[name], how)
        content = ("\n".join(made) + "\n").encode()
        bad = forged(members | {"entries.jsonl": content}, tmp_path / "bad.zip", key=signing_key())
        faults = verify_pack.verify(str(bad)).faults
        line = {"add": len(made), "duplicate": len(made)}.get(how, places[name][0] + 1)
        if how == "drop":
            assert faults, (name, how)
        else:
            assert any(fault.startswith(f"entries.jsonl line {line}: ") for fault in faults), (name, how, faults[:3])
