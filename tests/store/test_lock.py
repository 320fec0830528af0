"""The lock: readers share the file, a writer has it alone, and who must wait learns who holds it."""

from __future__ import annotations

import fcntl
import os
import threading
import time

import made_rows as made
import pytest

from ledger.errors import Busy
from ledger.store import session
from ledger.store.lock import _acquire, _taken, locked


def test_readers_share(path):
    """Two readers hold the ledger at the same time."""
    with session(path) as first, session(path, timeout_s=0.1) as second:
        assert first.one("select count(*) from batch") == second.one("select count(*) from batch") == (1,)


def test_a_writer_excludes_everyone(path):
    """While one writes, another reader and another writer are told Busy, with the holder and what to do."""
    with session(path, "write"):
        for mode in ("read", "write"):
            with pytest.raises(Busy) as told, session(path, mode, timeout_s=0.05):
                pass
            assert str(os.getpid()) in str(told.value)
            assert "nothing was written" in told.value.fix
            assert told.value.exit_code == 75


def test_a_reader_excludes_a_writer(path):
    """While one reads, nobody writes; once the reader is gone, the writer gets the file."""
    with session(path), pytest.raises(Busy), session(path, "write", timeout_s=0.05):
        pass
    with session(path, "write", timeout_s=0.05) as s:
        assert made.upload(s, "k1").batch_no == 2


def test_the_lock_goes_with_its_holder(path):
    """A fault inside a session gives the lock back."""
    with pytest.raises(ZeroDivisionError), session(path, "write"):
        raise ZeroDivisionError
    with locked(path, "write", 0):
        pass


def test_who_waits_in_the_queue(path):
    """A writer that waits keeps its place in the queue, so that nobody overtakes it; a reader lets go of it."""
    for kind, is_kept in ((fcntl.LOCK_EX, True), (fcntl.LOCK_SH, False)):
        with (path.parent / "file").open("w") as held, (path.parent / "file").open("w") as own, \
             (path.parent / "queue").open("w") as queue, (path.parent / "queue").open("w") as other:  # fmt: skip
            assert _taken(held.fileno(), fcntl.LOCK_EX)
            with pytest.raises(Busy):
                _acquire(own.fileno(), queue.fileno(), path, kind, 0)
            assert _taken(other.fileno(), fcntl.LOCK_EX) is not is_kept


def test_a_waiting_writer_is_served(path):
    """A writer that waits gets its turn among readers and other writers, and no batch is lost."""

    def write(number):
        with session(path, "write", timeout_s=20) as s:
            made.upload(s, f"w{number}")

    def read():
        with session(path, timeout_s=20) as s:
            s.one("select count(*) from activity")
            time.sleep(0.01)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    threads += [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with session(path) as s:
        assert s.one("select count(*), count(distinct previous_head) from batch") == (4, 4)
        assert s.one("select count(*) from activity") == (9,)


def test_threads_of_one_process_read_at_once(path):
    """Many readers in one process are each locked down and none is refused."""
    answers = []

    def read():
        for _ in range(5):
            with session(path) as s:
                answers.append(s.one("select current_setting('TimeZone'), current_setting('enable_external_access')"))

    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [("UTC", False)] * 40
