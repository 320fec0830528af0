from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time

import pytest
import works

from ledger import Ledger
from ledger.errors import Busy
from ledger.store import session
from ledger.store.checkpoint import checkpoints_path, read_notes
from ledger.store.lock import locked

# One process, some uploads at once: `ledger files…`; prints what was said to each.
LIBRARY = """
import sys, threading
from ledger import Ledger
def give(name):
    done = Ledger(sys.argv[1], actor="anna").upload(name)
    print(name, done.status, done.batch, flush=True)
threads = [threading.Thread(target=give, args=(name,)) for name in sys.argv[2:]]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""


def chain_is_linear(ledger: Ledger) -> None:
    """One header follows the other, and the file of checkpoints has each size once."""
    works.holds(ledger)
    with session(ledger.path) as s:
        size, heads, keys = s.one("select count(*), count(distinct previous_head), count(distinct idempotency_key) "
                                  "from batch")  # fmt: skip
    assert size == heads == keys
    sizes = [note.checkpoint.size for note in read_notes(checkpoints_path(ledger.path).read_text())]
    assert sizes == list(range(1, size + 1))


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, pytest.param(16, marks=pytest.mark.thorough)])
def test_many_uploads_at_once(ledger, tmp_path, count):
    """Commands and library at once, one file four times among them: every caller is answered, and all succeed."""
    files = [works.activity_file(tmp_path / f"p{number}.csv", 3, number) for number in range(count)]
    renamed = shutil.copy(files[0], tmp_path / "renamed.csv")  # the same bytes under another name
    given = [*files, files[0], files[0], renamed]
    commands = [
        subprocess.Popen(
            works.ghg(ledger.path, "upload", file, "--json"),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=works.environment(),
        )
        for file in given[-2:]
    ]  # fmt: skip
    library = subprocess.Popen(
        [sys.executable, "-c", LIBRARY, str(ledger.path), *map(str, given[:-2])],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=works.environment(),
    )  # fmt: skip
    said = []
    for command in commands:
        out, err = command.communicate(timeout=300)
        assert command.returncode == 0, out + err
        done = works.answer(subprocess.CompletedProcess(command.args, 0, out, err))
        said.append((done["source_name"], done["status"], str(done["batch"])))
    out, err = library.communicate(timeout=300)
    assert library.returncode == 0, err
    said += [(name.rsplit("/", 1)[1], *rest) for name, *rest in (line.split() for line in out.splitlines())]
    assert len(said) == count + 3
    assert [status for _, status, _ in said].count("accepted") == count
    same = [(status, batch) for name, status, batch in said if name in ("p0.csv", "renamed.csv")]
    assert sorted(status for status, _ in same) == ["accepted"] + 3 * ["already_recorded"]
    assert len({batch for _, batch in same}) == 1
    assert [n for _, _, n in works.held(ledger.path)] == [0, 0, *(count * [3])]
    chain_is_linear(ledger)


def test_whoever_waits_in_vain_is_told_who_holds_it(ledger, tmp_path):
    """After the waiting time an upload ends with 75, names the holder, and has written nothing."""
    file = works.activity_file(tmp_path / "w.csv", 3, 1)
    size = ledger.checkpoint().size
    with locked(ledger.path, "read", 1):
        done = works.run(ledger.path, "upload", file, GHG_LOCK_TIMEOUT_S="0.3")
    assert done.returncode == 75
    assert "in use by process" in done.stderr
    assert f"process {os.getpid()}" in done.stderr
    assert "nothing was written" in done.stderr
    assert ledger.checkpoint().size == size


def test_readers_without_end_do_not_keep_a_writer_waiting(ledger, tmp_path):
    """While one reader after the other has the file, at no moment none, an upload still gets its turn."""
    over = threading.Event()
    read: list[int] = []

    def readers() -> None:
        while not over.is_set():
            with locked(ledger.path, "read", 60):
                read.append(1)
                time.sleep(0.05)

    threads = [threading.Thread(target=readers) for _ in range(8)]
    for number, thread in enumerate(threads):
        thread.start()
        time.sleep(0.006 * (number % 2))
    try:
        with session(ledger.path, "write", timeout_s=20) as s:
            assert s.one("select count(*) from batch")[0] > 0
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert len(read) > 8


def test_a_writer_that_gives_up_leaves_the_queue(ledger):
    """A writer that waited in vain does not keep readers out afterwards."""
    with locked(ledger.path, "read", 1):
        with pytest.raises(Busy), locked(ledger.path, "write", 0.05):
            pass
        with locked(ledger.path, "read", 0.05):
            pass
