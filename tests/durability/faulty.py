"""Acts in children of their own in which one write, sync, rename or commit fails: a program that is told on stdin.

Each line is a JSON list: act, its arguments, the point that fails (its number, 0 for none, or the first of a name) and
how: `full` (no space is left, nothing was done), `kill` (killed before it is done), `after` (killed once it is done),
`torn` (a file gets half of what is written, then the process is killed). The answer is one JSON line: the points that
were passed, and what the act said. Nothing is opened before the child is made.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import duckdb
import polars as pl
import sqlalchemy.orm

from ledger import Ledger
from ledger.errors import LedgerError
from ledger.store.session import Session

_STATEMENTS = ("copy", "checkpoint", "insert", "create")
_ACTOR = "anna"


class Points:
    """Counts what changes the disk, and lets one of them fail."""

    def __init__(self, wanted: int | str, how: str, note: Path) -> None:
        self.wanted, self.how, self.note = wanted, how, note
        self.passed: list[str] = []
        self.opened = self.done = False

    def at(self, name: str, fault: Callable[[], BaseException], act: Callable[[], Any]) -> Any:
        """Do it, or what is wanted of this point."""
        self.passed.append(name)
        if self.done or self.wanted not in (len(self.passed), name):
            return act()
        self.done = True
        with self.real_open(self.note, "w") as note:
            note.write(name)
        if self.how == "full":
            raise fault()
        if self.how == "after":
            act()
        if self.how == "torn" and name.startswith("open"):
            self.opened = True  # its first write is the last
            return act()
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    def patch(self) -> None:
        """Stand between the ledger and the disk."""
        self.real_open = io.open
        shutil._USE_CP_SENDFILE = False
        for module, name in ((os, "fsync"), (os, "replace"), (os, "mkdir"), (os, "unlink")):
            self._patch(module, name, name, _no_space)
        self._patch(sqlalchemy.orm.Session, "commit", "commit", _no_commit)
        self._patch(pl.DataFrame, "write_parquet", "write_parquet", _no_space)
        run = Session.run

        def ran(s: Session, sql: str, params: Any = None) -> None:
            words = sql.split()
            if words[0] not in _STATEMENTS or words[:3] == ["create", "or", "replace"]:
                return run(s, sql, params)
            told = " ".join(words[:3] if words[0] == "insert" else words[:1])
            return self.at(told, _no_commit, lambda: run(s, sql, params))

        Session.run = ran
        io.open = builtins.open = self._open

    def _patch(self, module: Any, name: str, told: str, fault: Callable[[], BaseException]) -> None:
        real = getattr(module, name)

        def patched(*given: Any, **more: Any) -> Any:
            return self.at(told, fault, lambda: real(*given, **more))

        setattr(module, name, patched)

    def _open(self, file: Any, mode: str = "r", *given: Any, **more: Any) -> Any:
        if not set(mode) & set("wax+"):
            return self.real_open(file, mode, *given, **more)
        name = f"open {Path(file).suffix or 'file'}" if isinstance(file, str | Path) else "open"
        made = self.at(name, _no_space, lambda: self.real_open(file, mode, *given, **more))
        if self.opened:
            self.opened = False
            return _Torn(made)
        return made


class _Torn:
    """A file that takes half of what is written to it, and then the process is gone."""

    def __init__(self, file: Any) -> None:
        self.file = file

    def write(self, content: Any) -> None:
        self.file.write(content[: len(content) // 2])
        self.file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *fault: object) -> None:
        self.file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


def _no_space() -> OSError:
    return OSError(errno.ENOSPC, "No space left on device")


def _no_commit() -> duckdb.Error:
    return duckdb.IOException("IO Error: Could not write file: No space left on device")


def _act(name: str, ledger: str, given: list[Any]) -> Any:
    """Do one act; gives what it said."""
    book = Ledger(ledger, actor=_ACTOR)
    if name == "init":
        Ledger.init(ledger, organisation="Acme", actor=_ACTOR, datasets=["desnz-2024"])
        return ["accepted"]
    if name == "restore":
        Ledger.restore(given[0], ledger, actor=_ACTOR)
        return ["accepted"]
    if name == "upload":
        return [book.upload(given[0]).status]
    if name == "call":
        verb, words, more = given
        return ["accepted", getattr(book, verb)(*words, **more).batch]
    if name == "correct":
        return ["accepted", book.correct(given[0], {"quantity": "7"}, reason="typing_error", note=given[1]).batch]
    if name == "attach":
        return ["accepted", book.attach(given[0], given[1]).batch]
    if name == "snapshot":
        book.snapshot(given[0])
        return ["accepted"]
    raise ValueError(name)


def _child(answer: int, name: str, ledger: str, given: list[Any], point: int | str, how: str, note: str) -> None:
    points = Points(point, how, Path(note))
    points.patch()
    try:
        said = _act(name, ledger, given)
    except LedgerError as fault:
        said = ["fault", fault.code, str(fault), fault.fix]
    except OSError as fault:
        said = ["fault", "oserror", str(fault), ""]
    except BaseException as fault:  # noqa: BLE001 — the test says what may come
        said = ["raw", type(fault).__name__, str(fault), ""]
    os.write(answer, json.dumps({"said": said, "points": points.passed}).encode())
    os._exit(0)


def main() -> None:
    """Answer line by line until the input ends."""
    for line in sys.stdin:
        name, ledger, given, point, how, note = json.loads(line)
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            _child(write, name, ledger, given, point, how, note)
        os.close(write)
        with os.fdopen(read, "rb") as pipe:
            said = pipe.read()
        os.waitpid(child, 0)
        told = json.loads(said) if said else {"said": None, "points": []}
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
