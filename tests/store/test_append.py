"""Append: a batch is there whole and durable, or nothing of it is."""

from __future__ import annotations

import hashlib
import resource
import signal
import subprocess
import sys
from datetime import timedelta
from decimal import Decimal

import duckdb
import made_rows as made
import pyarrow.parquet as pq
import pytest

from ledger.errors import Damage, Misuse
from ledger.store import Act, Session, append, as_arrow, session
from ledger.store.checkpoint import checkpoints_path, last_noted_size, read_notes
from ledger.store.evidence import PARTS_LIST, evidence_folder
from ledger.store.tables import TABLES, Activity, Setting


def counts(s) -> dict[str, int]:
    return {t.__tablename__: s.one(f"select count(*) from {t.__tablename__}")[0] for t in TABLES}


def parts(path):
    folders = (evidence_folder(path) / "parts").iterdir()
    return {folder.name: sorted(part.name for part in folder.iterdir()) for folder in folders}


def test_a_fault_while_filling_leaves_nothing(path):
    """When fill raises half way, rows, header, checkpoint and parts are as they were before."""
    with session(path, "write") as s:
        before, notes, kept = counts(s), checkpoints_path(path).read_text(), parts(path)

        def half(writing):
            writing.insert_rows(Activity, as_arrow(Activity, made.activities(3)))
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            append(s, Act("upload", "tester", "admin", "k1"), half)
        assert counts(s) == before
        assert made.upload(s, "k1").batch_no == 2
    assert checkpoints_path(path).read_text().startswith(notes)
    assert parts(path).keys() == kept.keys() | {"k1"}


def test_the_same_act_again_writes_nothing(path):
    """The same idempotency key gives the earlier batch, and neither a row nor a checkpoint."""
    with session(path, "write") as s:
        first = made.upload(s, "k1", 5)
        before, notes = counts(s), checkpoints_path(path).read_text()
        again = made.upload(s, "k1", 7)
        assert (again.batch_no, again.entries, again.already) == (first.batch_no, 5, True)
        assert again.checkpoint == first.checkpoint
        assert counts(s) == before
    assert checkpoints_path(path).read_text() == notes


def test_entries_are_numbered_over_all_tables(path):
    """`seq` runs from 1 without a gap over the tables of a batch, and the header counts on over the ledger."""
    with session(path, "write") as s:

        def fill(writing):
            writing.insert_rows(Activity, as_arrow(Activity, made.activities(4)))
            named = [{"name": f"s{n}", "value": "x", "valid_from": made.EPOCH} for n in range(3)]
            writing.insert_rows(Setting, as_arrow(Setting, named))

        done = append(s, Act("upload", "tester", "admin", "k1"), fill)
        assert done.entries == 7
        assert s.rows("select seq from activity where batch_no = 2 order by seq") == [(1,), (2,), (3,), (4,)]
        assert s.rows("select seq from setting where batch_no = 2 order by seq") == [(5,), (6,), (7,)]
        assert s.one("select first_seq, entry_count from batch where batch_no = 2") == (3, 7)  # after origin and key


def test_a_new_key_introduces_itself(path, tmp_path, monkeypatch):
    """A key that signs for the first time is an entry of that batch, once; verification knows the keys from there."""
    with session(path, "write") as s:
        monkeypatch.setenv("GHG_SIGNING_KEY", str(tmp_path / "colleague.key"))
        assert made.upload(s, "k1", 1).entries == 2
        assert made.upload(s, "k2", 1).entries == 1
        assert s.one("select count(distinct value) from setting where name = 'signing_key'") == (2,)


def test_parts_hold_the_rows_and_are_sealed(path):
    """Every table of a batch, its header included, is kept as Parquet, and a list gives the digest of each."""
    with session(path, "write") as s:
        made.upload(s, "k1", 5)
        header = s.one("select entries_root from batch where batch_no = 2")[0]
    folder = evidence_folder(path) / "parts" / "k1"
    listed = dict(reversed(line.split("  ")) for line in (folder / PARTS_LIST).read_text().splitlines())
    assert sorted(listed) == ["activity.parquet", "batch.parquet"]
    for name, digest in listed.items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    kept = pq.read_table(folder / "activity.parquet")
    assert kept["quantity"].to_pylist() == [Decimal(f"{n}.500000") for n in range(1, 6)]
    assert pq.read_table(folder / "batch.parquet")["entries_root"].to_pylist() == [header]


def test_recorded_time_never_goes_back(path, monkeypatch):
    """A clock that was set back does not reorder history: each batch is later than the one before."""
    module = sys.modules["ledger.store.append"]

    class Early(module.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2001, 1, 1, tzinfo=tz)

    monkeypatch.setattr(module, "datetime", Early)
    with session(path, "write") as s:
        made.upload(s, "k1")
        made.upload(s, "k2")
        times = [row[0] for row in s.rows("select recorded_at from batch order by batch_no")]
    assert times == sorted(set(times))
    assert times[0].year > 2001


def test_two_batches_in_one_instant_are_in_order(path, monkeypatch):
    """A clock that stands still, to the microsecond, gives each batch a time of its own."""
    module = sys.modules["ledger.store.append"]
    with session(path, "write") as s:
        made.upload(s, "k1")
        stands = s.one("select max(recorded_at) from batch")[0]

        class Standing(module.datetime):
            @classmethod
            def now(cls, tz=None):
                return stands.astimezone(tz)

        monkeypatch.setattr(module, "datetime", Standing)
        made.upload(s, "k2")
        made.upload(s, "k3")
        times = [row[0] for row in s.rows("select recorded_at from batch order by batch_no")]
    assert times[-3:] == [stands, stands + timedelta(microseconds=1), stands + timedelta(microseconds=2)]


def test_a_checkpoint_lost_in_a_crash_is_noted_with_the_next(path, monkeypatch):
    """Killed between commit and note, a ledger gets the missing checkpoint with its next act, torn text or not."""
    module = sys.modules["ledger.store.append"]
    with session(path, "write") as s:
        with monkeypatch.context() as patch:
            patch.setattr(module, "_noted_checkpoint", lambda s, _: module.latest_checkpoint(s))
            made.upload(s, "k1")
        assert last_noted_size(path) == 1
        made.upload(s, "k1")
        assert last_noted_size(path) == 2
        with checkpoints_path(path).open("a") as file:
            file.write("ghg-ledger/made\n3\nTORN")
        made.upload(s, "k2")
    text = checkpoints_path(path).read_text()
    notes = read_notes(text.replace("ghg-ledger/made\n3\nTORN\n\n", ""))
    assert [note.checkpoint.size for note in notes] == [1, 2, 3]


class Limited:
    """Files of this process cannot grow beyond a size: what a full disk does."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __enter__(self):
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (self.size, resource.RLIM_INFINITY))

    def __exit__(self, *fault):
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def test_a_full_disk_in_commit_is_told_and_the_act_can_be_given_again(path, monkeypatch):
    """The commit fails with words about the disk; nothing is there; given again it is taken once."""
    module = sys.modules["ledger.store.append"]
    keep = module._keep_tables
    limit = Limited(5000)
    with monkeypatch.context() as patch:
        patch.setattr(module, "_keep_tables", lambda *given: (keep(*given), limit.__enter__()))
        try:
            with session(path, "write") as s, pytest.raises(Damage, match="could not be written") as fault:
                made.upload(s, "k1", 2000)
        finally:
            limit.__exit__()
    assert "disk space" in fault.value.fix
    with session(path, "write") as s:
        assert s.rows("select batch_no from batch") == [(1,)]
        assert made.upload(s, "k1", 2000).batch_no == 2


def test_a_full_disk_after_commit_keeps_the_batch(path, monkeypatch):
    """When only the checkpoint of the file fails, the batch is durable, and giving it again says already."""
    run = Session.run
    limit = Limited(5000)

    def limited(self, sql, params=None):
        if sql == "checkpoint":
            limit.__enter__()
        run(self, sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(Session, "run", limited)
        try:
            with pytest.raises(Damage), session(path, "write") as s:
                made.upload(s, "k1", 2000)
        finally:
            limit.__exit__()
    with session(path, "write") as s:
        assert made.upload(s, "k1", 2000).already
    assert last_noted_size(path) == 2


KILLED = """
import sys
sys.path.insert(0, sys.argv[2])
import made_rows as made
from pathlib import Path
from ledger.store import session
for number in range(10**6):
    with session(Path(sys.argv[1]), "write") as s:
        done = made.upload(s, f"{sys.argv[3]}-{number}", 3000)
    print(done.batch_no, flush=True)
"""


@pytest.mark.thorough
def test_killed_in_an_append_leaves_whole_batches(path):
    """Killed with -9 at any moment, the ledger opens, holds every acknowledged batch and only whole ones."""
    here = made.__file__.rsplit("/", 1)[0]
    for kill, delay_s in enumerate((0.02, 0.09, 0.23, 0.41)):
        process = subprocess.Popen(
            [sys.executable, "-c", KILLED, str(path), here, f"kill{kill}"], stdout=subprocess.PIPE, text=True
        )
        acknowledged = [int(process.stdout.readline())]
        try:
            rest, _ = process.communicate(timeout=delay_s)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            rest, _ = process.communicate()
        assert process.returncode == -signal.SIGKILL
        acknowledged += [int(line) for line in rest.splitlines()]
        with session(path, "write") as s:
            held = s.rows(
                "select b.batch_no, b.entry_count, count(a.seq) from batch b left join activity a using (batch_no) "
                "where b.kind = 'upload' group by all order by 1"
            )
            assert set(acknowledged) <= {row[0] for row in held}
            assert all(entries == rows for _, entries, rows in held)
            orphans = "select count(*) from activity anti join batch using (batch_no)"
            assert s.one(orphans) == (0,)
            assert made.upload(s, f"after{kill}", 3000).batch_no == held[-1][0] + 1


def test_damage_in_the_file_is_told_as_damage(path):
    """A file that DuckDB cannot read is Damage with a way out, never a raw error; a missing one is Misuse."""
    content = bytearray(path.read_bytes())
    content[100] ^= 0xFF
    path.write_bytes(bytes(content))
    with pytest.raises(Damage, match="cannot be"), session(path) as s:
        s.rows("select * from setting")
    with pytest.raises(Misuse), session(path.with_name("none.duckdb")):
        pass


def test_broken_blocks_are_told_as_damage(path):
    """A flipped byte in a data block raises when the block is read, as Damage and not as a wrong number."""
    with session(path, "write") as s:
        made.upload(s, "k1", 20_000)
    content = bytearray(path.read_bytes())
    for place in range(12_288 + 4096, len(content), 262_144):
        content[place + 100] ^= 0x55
    path.write_bytes(bytes(content))
    with pytest.raises(Damage), session(path) as s:
        s.rows("select sum(quantity), count(distinct external_id), max(quantity_text) from activity")
    with pytest.raises(duckdb.Error):
        duckdb.connect(str(path), read_only=True).execute("select max(external_id) from activity").fetchall()


def test_what_a_reading_session_was_asked_is_asked_once(path):
    """A session that only reads asks a question once; one that may write asks again, and gets what was added."""
    for mode, asked in (("read", [1, 1]), ("write", [1, 2])):
        answers = iter((1, 2))
        with session(path, mode) as s:
            assert [s.once("how many", lambda answers=answers: next(answers)) for _ in range(2)] == asked
