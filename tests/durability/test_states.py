from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
import works
from in_process import ghg

from ledger import Ledger
from ledger.assurance.doctor import examine
from ledger.errors import Busy, Damage, LedgerError, Misuse
from ledger.store import session
from ledger.store.checkpoint import checkpoints_path
from ledger.store.session import log_path, side_folder

APART = ("catalogue", "disk", "signing key")  # what depends on the machine


def seen(ledger: Ledger) -> dict[str, tuple[str, str, str]]:
    """What the doctor finds not well: state, words and what to do."""
    return {c.what: (c.state, c.words, c.fix) for c in examine(ledger.path) if c.state != "ok" and c.what not in APART}


@pytest.fixture
def file(tmp_path):
    return works.activity_file(tmp_path / "a.csv", 3, 1)


def copied(ledger: Ledger, folder, *, sides: bool) -> Ledger:
    """The ledger's file, with or without what lies beside it, in another folder."""
    folder.mkdir()
    for path in ledger.path.parent.iterdir():
        if path == ledger.path or (sides and path.name.startswith("ledger.")):
            (shutil.copytree if path.is_dir() else shutil.copy)(path, folder / path.name)
    return Ledger(folder / ledger.path.name, actor=works.ACTOR)


def test_a_ledger_that_is_well(ledger):
    """The doctor finds nothing, also through a link and by a path that goes round."""
    assert seen(ledger) == {}
    link = ledger.path.parent.parent / "link.duckdb"
    link.symlink_to(ledger.path)
    assert seen(Ledger(link)) == {}
    assert seen(Ledger(ledger.path.parent / ".." / ledger.path.parent.name / ledger.path.name)) == {}


def test_an_older_copy_of_the_file(ledger, file, tmp_path):
    """It takes nothing more, `verify` and the doctor say what it is, and the newer one is made anew beside it."""
    older = copied(ledger, tmp_path / "older", sides=False).path
    size = ledger.upload(file).checkpoint_size
    shutil.copy(older, ledger.path)
    with pytest.raises(Damage, match=f"checkpoint {size} was signed: it has {size - 1} batches") as fault:
        ledger.upload(works.activity_file(tmp_path / "b.csv", 3, 2))
    assert "ghg rebuild" in fault.value.fix
    assert next(f.code for f in ledger.verify().findings if f.severity == "error") == "ledger-shorter"
    assert seen(ledger)["checkpoints"][0] == "wrong"
    assert "older copy" in seen(ledger)["checkpoints"][1]
    made = ledger.rebuild(tmp_path / "new" / "ledger.duckdb")
    assert (made.size, made.signed) == (size, True)
    new = Ledger(made.path, actor=works.ACTOR)
    assert new.upload(file).status == "already_recorded"
    works.holds(new)


def test_an_older_copy_with_all_that_lies_beside_it(ledger, file, tmp_path):
    """By itself it holds; only a checkpoint that was kept outside tells."""
    older = copied(ledger, tmp_path / "older", sides=True)
    ledger.upload(file)
    kept = shutil.copy(checkpoints_path(ledger.path), tmp_path / "kept.txt")
    works.holds(older)
    found = older.verify(checkpoint=kept)
    assert not found.ok
    assert {f.code for f in found.findings if f.severity == "error"} == {"ledger-shorter"}


def test_another_history_of_the_same_length(ledger, file, tmp_path):
    """A copy that went its own way is not written to beside the other's checkpoints."""
    other = copied(ledger, tmp_path / "other", sides=True)
    ledger.upload(file)
    other.upload(works.activity_file(tmp_path / "b.csv", 3, 2))
    shutil.copy(other.path, ledger.path)
    with pytest.raises(Damage, match="its history is another"):
        ledger.upload(works.activity_file(tmp_path / "c.csv", 3, 3))
    assert "its history is another" in seen(ledger)["checkpoints"][1]


def test_side_files_of_another_ledger(ledger, file, tmp_path):
    """A file among the side files of another ledger is not written to."""
    other = works.founded(tmp_path / "stranger")
    shutil.copy(other.path, ledger.path)
    shutil.copy(side_folder(other.path, "people"), side_folder(ledger.path, "people"))
    with pytest.raises(Damage, match="is not the ledger of the checkpoints beside it"):
        ledger.upload(file)
    assert "of another ledger" in seen(ledger)["checkpoints"][1]


@pytest.mark.parametrize(
    ("side", "code", "what"),
    [
        ("evidence", "evidence-missing", "evidence"),
        ("checkpoints", "checkpoint-file-missing", "checkpoints"),
        ("people", None, "people"),
        pytest.param("control.jsonl", "control-log", "refusals", marks=pytest.mark.thorough),
        *(pytest.param(name, None, None, marks=pytest.mark.thorough) for name in ("lock", "queue", "stage")),
    ],
)  # fmt: skip
def test_side_files_that_are_missing(ledger, file, tmp_path, side, code, what):
    """Figures are read without them; `verify` and the doctor name what is missing; work goes on."""
    bad = works.activity_file(tmp_path / "bad.csv", 2, 3)
    bad.write_text(bad.read_text().replace("measured", "guessed"))
    ledger.upload(bad)
    ledger.upload(works.activity_file(tmp_path / "z.csv", 3, 9))
    before = ledger.inventory("2024").scope_1
    gone = side_folder(ledger.path, side)
    shutil.rmtree(gone) if gone.is_dir() else gone.unlink()
    assert ledger.inventory("2024").scope_1 == before
    errors = {f.code for f in ledger.verify().findings if f.severity == "error"}
    assert errors == ({code} if code else set())
    assert seen(ledger).keys() == ({what} if what else set())
    assert all(fix for *_, fix in seen(ledger).values())
    if side == "people":  # nobody is known by name until it is back
        with pytest.raises(Misuse):
            ledger.upload(file)
    else:
        assert ledger.upload(file).status == "accepted"


@pytest.mark.parametrize("keeps", [(None, 0.5), pytest.param((0,), marks=pytest.mark.thorough)])
def test_the_log_cut_or_deleted(ledger, tmp_path, keeps):
    """What stands in DuckDB's log alone was never acknowledged: with the log it is there, without it it is not."""
    import points

    trials = points.Trials(ledger, tmp_path)
    try:
        for keep in keeps:
            file = works.activity_file(tmp_path / f"{trials.fresh()}.csv", 3, trials.number)
            size = ledger.checkpoint().size
            said, _, where = trials.act("upload", [str(file)], "commit", "after")
            assert (said, where) == (None, "commit")
            log = log_path(ledger.path)
            assert log.stat().st_size > 0
            assert "log" in seen(ledger)
            if keep == 0:
                log.unlink()
            elif keep is not None:
                os.truncate(log, int(keep if keep > 1 else keep * log.stat().st_size))
            there = [n for _, name, n in works.held(ledger.path) if name == file.name]
            assert there == ([3] if keep is None else [])
            works.holds(ledger, size, ("checkpoint-not-noted",))
            assert works.taken_once(ledger, file, 3) == ("already_recorded" if there else "accepted")
    finally:
        trials.close()
    works.holds(ledger)


def test_the_clock_set_back(ledger, file, tmp_path, monkeypatch):
    """Entry times go on, `verify` holds, and the doctor says that the clock is behind."""
    module = sys.modules["ledger.store.append"]

    class Early(datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.now(tz) + timedelta(days=400)

    with monkeypatch.context() as patch:
        patch.setattr(module, "datetime", Early)
        ledger.upload(file)
    assert "behind the last batch" in seen(ledger)["clock"][1]
    ledger.upload(works.activity_file(tmp_path / "b.csv", 3, 2))
    with session(ledger.path) as s:
        times = [row[0] for row in s.rows("select recorded_at from batch order by batch_no")]
    assert times == sorted(set(times))
    assert times[-1] - times[-2] == timedelta(microseconds=1)
    assert times[-1] > datetime.now(UTC)
    works.holds(ledger)


def test_two_ways_to_one_file(ledger, file, tmp_path, monkeypatch):
    """A link and a relative path lead to the same lock and side files; a second name is read and not written to."""
    link = tmp_path / "elsewhere" / "link.duckdb"
    link.parent.mkdir()
    link.symlink_to(ledger.path)
    assert Ledger(link, actor=works.ACTOR).upload(file).status == "accepted"
    monkeypatch.chdir(ledger.path.parent)
    assert Ledger(ledger.path.name, actor=works.ACTOR).upload(file).status == "already_recorded"
    with session(link, "write"), pytest.raises(Busy), session(ledger.path, timeout_s=0.05):
        pass
    assert [path.name for path in link.parent.iterdir()] == ["link.duckdb"]
    works.holds(ledger)
    second = tmp_path / "second.duckdb"
    os.link(ledger.path, second)
    shutil.copy(side_folder(ledger.path, "people"), side_folder(second, "people"))
    for name in (ledger.path, second):
        with pytest.raises(Misuse, match="second name"):
            Ledger(name, actor=works.ACTOR).upload(works.activity_file(tmp_path / "b.csv", 3, 2))
        assert Ledger(name).inventory("2024").scope_1 is not None
    assert seen(ledger)["file"][0] == "wrong"


def test_a_path_with_quotes_blanks_and_other_letters(tmp_path):
    """Everything works at such a path: upload, figures, verification, snapshot and back, rebuilding."""
    folder = tmp_path / 'Müller\'s "Werk" – 東京; drop'
    ledger = works.founded(folder, "bücher '26.duckdb")
    file = works.activity_file(folder / "é 'x'.csv", 3, 1)
    assert ledger.upload(file).status == "accepted"
    works.holds(ledger)
    ledger.snapshot(folder / "s'1.zip")
    back = Ledger.restore(folder / "s'1.zip", folder / 'zurück "2".duckdb', actor=works.ACTOR)
    assert back.checkpoint() == ledger.checkpoint()
    assert ledger.rebuild(folder / "neu's.duckdb").signed
    assert seen(ledger) == {}


def test_another_program_has_the_file_open(ledger, file):
    """75, with the program and its number, for writing and reading; nothing was written."""
    code = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); sys.stdin.read()"
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(ledger.path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        other.stdout.readline()
        for words in (("upload", file), ("inventory", "--period", "2024"), ("verify",)):
            done = ghg(*words, ledger=ledger)
            assert done.returncode == 75, done.stdout + done.stderr
            assert f"process {other.pid} (" in done.stderr
            assert "not of ours" in done.stderr
        assert seen(ledger)["opening"][0] == "attention"
    finally:
        other.communicate()
    assert ledger.upload(file).status == "accepted"


# Several commands in one process, on the ledger and with the words of a JSON list; prints how each ended.
COMMANDS = """
import json, sys
sys.path.insert(0, sys.argv[1])
from in_process import ghg
for words in json.loads(sys.argv[3]):
    done = ghg(*words, GHG_LEDGER=sys.argv[2])
    print(json.dumps([done.returncode, done.stdout, done.stderr]))
"""


def without_rights(ledger: Ledger, *commands: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Codes, outputs and errors of commands with the rights of an ordinary person, whoever runs the tests."""
    words = json.dumps(commands, default=str)
    command = (sys.executable, "-c", COMMANDS, str(works.HERE.parent), str(ledger.path), words)
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("not run: setpriv is not there, and the superuser may write everywhere")
        command = ("setpriv", "--bounding-set=-all", "--inh-caps=-all", *command)
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=works.environment())
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("what", [pytest.param("folder", marks=pytest.mark.thorough), "file"])
def test_what_may_not_be_written_to(ledger, file, tmp_path, what):
    """A read-only folder or file: figures, verification and a snapshot; recording is refused in words, exit 2."""
    guarded = ledger.path.parent if what == "folder" else ledger.path
    guarded.chmod(0o555 if what == "folder" else 0o444)
    try:
        read = (("doctor",), ("inventory", "--period", "2024"), ("snapshot", tmp_path / "s.zip"))
        write = (("upload", file), ("reverse", "B5", "--reason", "x"))
        if what == "folder":
            read, write = (*read, ("verify",)), (*write, ("calculate",))
        found = (("init", "--ledger", guarded / "new.duckdb"),) if what == "folder" else ()
        done = without_rights(ledger, *read, *write, *found)
        assert {code for code, *_ in done[: len(read)]} == {0}, done
        assert "nothing can be recorded" in done[0][1]
        assert zipfile.ZipFile(tmp_path / "s.zip").testzip() is None
        for code, _, words in done[len(read) : len(read) + len(write)]:
            assert code == 2, words
            assert "is read-only" in words
            assert str(guarded.name) in words
        if what == "folder":
            assert done[-1][0] == 2
            assert "is read-only: no ledger can be made there" in done[-1][2]
    finally:
        guarded.chmod(0o755 if what == "folder" else 0o644)
    works.holds(ledger)


def test_the_file_is_gone(ledger, tmp_path):
    """No other ledger is founded among what was left of it; it is made anew from there."""
    size, root = (held := ledger.checkpoint()).size, held.root
    ledger.path.unlink()
    assert "ghg rebuild" in seen(ledger)["file"][2]
    with pytest.raises(Misuse, match="is there already"):
        Ledger.init(ledger.path, organisation="Acme", actor=works.ACTOR, datasets=works.DATASETS)
    made = ledger.rebuild(tmp_path / "new" / "ledger.duckdb")
    assert (made.size, made.root, made.signed) == (size, root, True)


def test_what_interrupted_acts_leave(ledger, file, tmp_path):
    """Each kind of piece is told, with what to do."""
    stage = side_folder(ledger.path, "stage") / "0123"
    stage.mkdir(parents=True)
    (stage / "00000.parquet").write_text("half")
    (side_folder(ledger.path, "evidence") / "ab.12345678.partial").write_text("half")
    (side_folder(ledger.path, "evidence") / "parts" / "nobody").mkdir()
    (ledger.path.parent / ".s.zip.0123abcd").write_text("half")
    told = [c.words for c in examine(ledger.path) if c.what == "leftovers"]
    assert len(told) == 4
    for words in ("uploads that were not finished", "not copied to the end", "not made to the end", "before they were"):
        assert any(words in each for each in told), words
    assert ledger.upload(file).status == "accepted"


def test_a_damaged_file(ledger, file):
    """Torn, empty or no database: damage in words for reading and writing, never a figure."""
    content = ledger.path.read_bytes()
    for broken in (content[: len(content) // 2], b"", b"not a database" * 999):
        ledger.path.write_bytes(broken)
        for act in (lambda: ledger.inventory("2024"), lambda: ledger.upload(file)):
            with pytest.raises(LedgerError) as fault:
                act()
            assert fault.value.fix
        assert not ledger.verify().ok
    ledger.path.write_bytes(content)
    works.holds(ledger)
