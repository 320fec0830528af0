"""A ledger kept open between the sessions of one page: nobody who writes waits longer than for a reader."""

from __future__ import annotations

import contextvars
import fcntl
import os
import threading

import made_rows as made
import pytest

from ledger.errors import Busy
from ledger.store import session
from ledger.store.kept_open import kept_open
from ledger.store.lock import locked


def test_the_next_reader_need_not_queue(path):
    """While a writer waits at the head of the queue, the page that is being read goes on; a stranger waits."""
    with kept_open():
        with session(path) as s:
            s.one("select count(*) from batch")
        queue = os.open(path.with_suffix(".queue"), os.O_RDWR)
        fcntl.flock(queue, fcntl.LOCK_EX)
        with session(path, timeout_s=0.05) as s:
            assert s.one("select count(*) from batch")[0] == 1
        told: list[BaseException] = []

        def stranger():
            try:
                with session(path, timeout_s=0.05):
                    pass
            except Busy as busy:
                told.append(busy)

        other = threading.Thread(target=contextvars.Context().run, args=(stranger,))
        other.start()
        other.join()
        os.close(queue)
    assert len(told) == 1


def test_it_is_given_back_at_the_end(path):
    """Within, nobody else writes; after it, also where it ended in a fault, the next writer need not wait."""

    def page():
        with kept_open():
            with session(path):
                pass
            other = os.open(path.with_suffix(".lock"), os.O_RDWR)
            with pytest.raises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.close(other)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        page()
    with locked(path, "write", 0):
        pass


def test_who_writes_gives_it_back_first(path):
    """A page that reads and then writes does not wait for itself, and reads what it wrote."""
    with kept_open():
        with session(path) as s:
            before = s.one("select count(*) from batch")[0]
        with session(path, "write", timeout_s=0.05) as s:
            made.upload(s, "k1")
        with session(path) as s:
            assert s.one("select count(*) from batch")[0] == before + 1
        with locked(path, "write", 0.05):  # as a refusal is recorded
            pass


def test_after_its_end_sessions_are_as_ever(path):
    """What was ended keeps nothing open any more: an answer that goes on being sent holds no lock."""
    with kept_open() as kept:
        with session(path):
            pass
        kept.end()
        with session(path):
            pass
        with locked(path, "write", 0):
            pass


def test_what_is_known_holds_while_nobody_can_write(path):
    """A question is asked once of a ledger that is open to be read; each time where it may be written to."""
    asked = []

    def batches(s) -> int:
        asked.append(1)
        return s.one("select count(*) from batch")[0]

    with kept_open():
        for _ in range(2):
            with session(path) as s:
                assert s.once("batches", lambda s=s: batches(s)) == 1
        assert len(asked) == 1
        with session(path, "write") as s:
            made.upload(s, "k1")
            for _ in range(2):
                assert s.once("batches", lambda s=s: batches(s)) == 2
        with session(path) as s:
            assert s.once("batches", lambda: batches(s)) == 2
    assert len(asked) == 4
    with session(path) as s:
        assert s.once("batches", lambda: batches(s)) == 2
    assert len(asked) == 5
