"""Threads of one process that read a ledger at a time share what DuckDB opened, each with all that it can do."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from ledger.store import session


def test_threads_that_open_at_the_same_moment_can_read_tables_given_to_them(path):
    """An instance that is being opened by one thread is not used by another before it is whole."""
    numbers = pa.table({"n": [1, 2, 3]})
    for _ in range(15):
        begin = threading.Barrier(8)

        def summed(_: int, begin: threading.Barrier = begin) -> int:
            begin.wait()
            with session(path) as s, s.given(numbers=numbers):
                return int(s.one("select sum(n) from numbers")[0])

        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(summed, range(8))) == [6] * 8


def test_no_progress_is_drawn_into_answers(path):
    """Where Python was started without a file DuckDB draws the progress of long queries into answers: a session not."""
    with session(path) as s:
        assert s.one("select current_setting('enable_progress_bar')")[0] is False
