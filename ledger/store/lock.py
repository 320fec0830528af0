"""Our own lock beside the ledger file: many readers or one writer, across processes and threads.

DuckDB's lock refuses every other process while one writes, and is lost silently when its holder opens
and closes the file by another way; so a session first takes this lock, and nothing else opens the file.
Who wants the file passes through a queue first, so that readers without end do not keep a writer waiting.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from ledger.errors import Busy, Misuse
from ledger.store.kept_open import give_back

Mode = Literal["read", "write"]
_PAUSE_S = 0.01
_NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM)
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def real_path(ledger: Path) -> Path:
    """The ledger's file itself where a symbolic link was named: all that lies beside it is found by its own name."""
    return ledger.resolve() if ledger.is_symlink() else ledger


def lock_path(ledger: Path) -> Path:
    """The lock file of a ledger: `x.lock` for `x.duckdb`."""
    return real_path(ledger).with_suffix(".lock")


@contextmanager
def locked(ledger: Path, mode: Mode, timeout_s: float) -> Iterator[None]:
    """Hold the ledger's lock, shared for reading, exclusive for writing.

    Each call has a file descriptor of its own: a shared one would exclude nobody.
    Raises Busy, naming the holder, when the lock is not had within ``timeout_s`` seconds.
    """
    if mode == "write":
        give_back()
    path = lock_path(ledger)
    descriptor = _opened(path, mode)
    if descriptor is None:
        yield
        return
    try:
        queue = _opened(path.with_suffix(".queue"), mode)
        try:
            _acquire(descriptor, queue, ledger, fcntl.LOCK_SH if mode == "read" else fcntl.LOCK_EX, timeout_s)
        finally:
            if queue is not None:
                os.close(queue)
        if mode == "write":
            _leave_name(descriptor)
        yield
    finally:
        os.close(descriptor)  # gives the lock back


def is_being_written(ledger: Path) -> bool:
    """Whether somebody has the ledger alone at this moment; nobody is kept waiting by the question."""
    try:
        descriptor = os.open(lock_path(ledger), os.O_RDONLY)
    except OSError:
        return False
    try:
        return not _taken(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _opened(path: Path, mode: Mode) -> int | None:
    """A file to lock, opened; None where it cannot be made, so that a reader needs no lock.

    Raises Misuse for a writer in a place that cannot be written to.
    """
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as fault:
        if mode == "write" and fault.errno in _NOT_WRITABLE:
            raise Misuse(
                f"{path.parent.resolve()} is read-only: nothing can be recorded",
                "copy the ledger and its side files to where you may write",
            ) from None
        if mode == "write" or fault.errno not in (*_NOT_WRITABLE, *_NO_ROOM):
            raise
        return os.open(path, os.O_RDONLY) if path.exists() else None


def _acquire(descriptor: int, queue: int | None, ledger: Path, kind: int, timeout_s: float) -> None:
    """Take the queue, then the lock; a reader lets go of the queue while it waits, a writer keeps its place."""
    deadline = time.monotonic() + timeout_s
    queued = queue is None
    while True:
        if queue is not None and not queued:
            queued = _taken(queue, kind)
        if queued and _taken(descriptor, kind):
            return
        if queue is not None and queued and kind == fcntl.LOCK_SH:
            fcntl.flock(queue, fcntl.LOCK_UN)
            queued = False
        if time.monotonic() >= deadline:
            raise Busy(
                f"{ledger.name} is in use by {_holders(descriptor)}",
                "wait until it is done and try again; nothing was written",
            )
        time.sleep(_PAUSE_S)


def _taken(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _leave_name(descriptor: int) -> None:
    """Say in the lock file who writes, for systems that do not tell who holds a lock."""
    with suppress(OSError):  # a disk may be full; the name is a courtesy
        os.ftruncate(descriptor, 0)
        words = " ".join(Path(word).name for word in sys.argv[:2]) or "python"
        os.pwrite(descriptor, f"{os.getpid()} ({words})".encode(), 0)


def _holders(descriptor: int) -> str:
    """Who holds the lock: by the system's own list where it has one, else who last wrote."""
    inode = os.fstat(descriptor).st_ino
    with suppress(OSError, ValueError):
        lines = Path("/proc/locks").read_text(encoding="ascii").splitlines()
        fields = [line.split() for line in lines if " FLOCK " in line and "->" not in line]
        found = sorted({int(field[4]) for field in fields if int(field[5].rsplit(":", 1)[1]) == inode} - {0})
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            return "process " + ", ".join(process_named(number) for number in found[:3]) + more
    left = os.pread(descriptor, 200, 0).decode(errors="replace")
    return f"process {left}" if left else "another process"


def process_named(number: int) -> str:
    """A process in words, like `4711 (ghg upload)`; its number alone where nothing else is known."""
    try:
        words = Path(f"/proc/{number}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return str(number)
    shown = [Path(word).name for word in words if word]
    if len(shown) > 1 and shown[0].startswith("python"):
        shown = shown[1:]
    return f"{number} ({' '.join(shown[:2])})" if shown else str(number)
