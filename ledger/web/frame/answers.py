"""Answers of the ledger kept as long as nothing was added to it: a page that is opened again costs nothing.

The ledger only grows, so an answer holds until its file changes or a day begins; both are looked at before each use.
While somebody writes, what stood before still stands: it is given until the write has ended, so that a long one keeps
no page waiting. What is kept is what the verbs gave, never more than a fixed number of them, and nothing of a person's
own.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from ledger.errors import Damage
from ledger.store.lock import is_being_written
from ledger.store.people_file import people_path, read_people
from ledger.store.session import log_path, side_folder

_MOST_KEPT = 500
_WHILE_WRITTEN = 2
"""How many of a state's parts change before a batch is there: they come first."""

State = tuple[Any, ...]


def state_of(ledger: Path) -> State:
    """What changes whenever the ledger does: its file, its log, its people, its checkpoints; and the day."""
    files = (
        *(ledger, log_path(ledger)),  # these two change while a batch is written, the others when it is there
        side_folder(ledger, "checkpoints"),
        side_folder(ledger, "control.jsonl"),
    )
    looked = [_looked_at(file) for file in files]
    return (*looked, _people(ledger, _looked_at(people_path(ledger))), datetime.now(UTC).date())


def _looked_at(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


@lru_cache(maxsize=16)
def _people(ledger: Path, looked: tuple[int, int, int] | None) -> Any:
    """Who there is, as a digest: a wrong password is counted in the same file, and makes no answer old."""
    try:
        people = read_people(ledger)["people"]
    except (Damage, OSError):
        return looked
    return hashlib.sha256(json.dumps(people, sort_keys=True).encode()).hexdigest()


class Answers:
    """What was read from one ledger, by question."""

    def __init__(self, ledger: Path) -> None:
        self._ledger = ledger
        self._kept: OrderedDict[Any, Any] = OrderedDict()
        self._state: State | None = None
        self._lock = threading.Lock()

    def kept(self, question: Any) -> Any:
        """The answer to a question that was asked since the ledger changed; None where it was not."""
        state = state_of(self._ledger)
        with self._lock:
            return self._kept.get(question) if self._standing(state) == self._state else None

    def get(self, question: Any, asked: Callable[[], Any]) -> Any:
        """The answer to a question, asked anew where the ledger has changed since.

        The state is looked at before the ledger is asked: an answer that is newer than its state is asked once more,
        an older one is never given.
        """
        state = state_of(self._ledger)
        with self._lock:
            state = self._standing(state)
            if state != self._state:
                self._kept.clear()
                self._state = state
            if question in self._kept:
                self._kept.move_to_end(question)
                return self._kept[question]
        answer = asked()
        with self._lock:
            if state == self._state and state == state_of(self._ledger):
                self._kept[question] = answer
                while len(self._kept) > _MOST_KEPT:
                    self._kept.popitem(last=False)
        return answer

    def _standing(self, state: State) -> State:
        """The state that stands: the kept one, where the ledger differs by what is being written alone."""
        kept = self._state
        if kept is None or state == kept or state[_WHILE_WRITTEN:] != kept[_WHILE_WRITTEN:]:
            return state
        return kept if is_being_written(self._ledger) else state
