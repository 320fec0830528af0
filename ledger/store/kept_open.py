"""A ledger left open for reading between sessions that follow each other at once, as those of one page do.

To open the file and to read its blocks anew costs more than most questions. Within :func:`kept_open` the first session
that reads leaves the shared lock and the file open for those after it; whoever is to write gives both back first, and
so does the end. It is for what takes a moment: a writer waits for it as for any reader.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

_NOW: ContextVar[KeptOpen | None] = ContextVar("ledgers kept open", default=None)


class KeptOpen:
    """The ledgers that are left open, by their file, until they are given back."""

    def __init__(self) -> None:
        self._open: dict[Path, ExitStack] = {}
        self._answers: dict[Path, dict[Any, Any]] = {}
        self._ended = False
        self._guard = threading.Lock()

    def has(self, ledger: Path, opening: Callable[[], AbstractContextManager[object]]) -> bool:
        """Whether the ledger is open for reading: opened now where it is not, and never after the end."""
        with self._guard:
            if self._ended:
                return False
            if ledger not in self._open:
                with ExitStack() as opened:
                    opened.enter_context(opening())
                    self._open[ledger] = opened.pop_all()
            return True

    def answers(self, ledger: Path) -> dict[Any, Any]:
        """What was found out of a ledger since it was opened: nothing where it is not open."""
        with self._guard:
            return self._answers.setdefault(ledger, {}) if ledger in self._open else {}

    def give_back(self) -> None:
        """Close what is open; the next session that reads opens it anew, and knows nothing of it."""
        with self._guard:
            self._answers.clear()
            while self._open:
                self._open.popitem()[1].close()

    def end(self) -> None:
        """Close what is open, for good."""
        with self._guard:
            self._ended = True
        self.give_back()


@contextmanager
def kept_open() -> Iterator[KeptOpen]:
    """What sessions read within stays open from one to the next."""
    kept = KeptOpen()
    before = _NOW.set(kept)
    try:
        yield kept
    finally:
        _NOW.reset(before)
        kept.end()


def is_kept_open(ledger: Path, opening: Callable[[], AbstractContextManager[object]]) -> bool:
    """Whether the ledger is open already for a session that reads, or was left open for it just now."""
    kept = _NOW.get()
    return kept is not None and kept.has(ledger, opening)


def answers_meanwhile(ledger: Path) -> dict[Any, Any]:
    """Where a session that reads keeps what it finds out, for those after it where the ledger stays open."""
    kept = _NOW.get()
    return {} if kept is None else kept.answers(ledger)


def give_back() -> None:
    """Before somebody writes: what this very work has left open would keep it waiting."""
    kept = _NOW.get()
    if kept is not None:
        kept.give_back()
