"""Our own lock beside the ledger file: many readers or one writer, across processes and threads.

DuckDB's lock refuses every other process while one writes, and is lost silently when its holder opens
and closes the file by another way; so a session first takes this lock, and nothing else opens the file.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from ledger.errors import Busy, Misuse

Mode = Literal["read", "write"]
_PAUSE_S = 0.01


def lock_path(ledger: Path) -> Path:
    """The lock file of a ledger: `x.lock` for `x.duckdb`."""
    return ledger.with_suffix(".lock")


@contextmanager
def locked(ledger: Path, mode: Mode, timeout_s: float) -> Iterator[None]:
    """Hold the ledger's lock, shared for reading, exclusive for writing.

    Each call has a file descriptor of its own: a shared one would exclude nobody.
    Raises Busy, naming the holder, when the lock is not had within ``timeout_s`` seconds.
    """
    descriptor = _lock_file(ledger, mode)
    if descriptor is None:
        yield
        return
    try:
        _acquire(descriptor, ledger, fcntl.LOCK_SH if mode == "read" else fcntl.LOCK_EX, timeout_s)
        if mode == "write":
            holder = f"{os.getpid()} ({' '.join(Path(word).name for word in sys.argv[:2]) or 'python'})"
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, holder.encode(), 0)
        yield
    finally:
        os.close(descriptor)  # gives the lock back


def _lock_file(ledger: Path, mode: Mode) -> int | None:
    """The lock file, opened; None where nobody can write, so that a reader needs no lock.

    Raises Misuse for a writer in a place that cannot be written to.
    """
    path = lock_path(ledger)
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as fault:
        if fault.errno not in (errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        if mode == "write":
            raise Misuse(
                f"{path.parent.resolve()} cannot be written to",
                "copy the ledger and its side files to where you may write",
            ) from None
        return os.open(path, os.O_RDONLY) if path.exists() else None


def _acquire(descriptor: int, ledger: Path, kind: int, timeout_s: float) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                holder = os.pread(descriptor, 200, 0).decode(errors="replace") or "another process"
                raise Busy(
                    f"{ledger.name} is in use by process {holder}",
                    "wait until it is done and try again; nothing was written",
                ) from None
            time.sleep(_PAUSE_S)
        else:
            return
