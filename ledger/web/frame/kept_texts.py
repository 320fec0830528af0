"""Texts that somebody gave on a form and that the pages after it need: prices, policies.

They are kept in memory, for whoever sent them alone, under a random id; a few for each person, for a day at most.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ledger.errors import Misuse

LONGEST = timedelta(hours=24)
MOST_OF_ONE, MOST_OF_ALL = 10, 200
MOST_BYTES = 1_000_000
"""Bytes of one text: prices of some ten thousand parts and places, far more than can be compared at once."""


@dataclass(frozen=True, slots=True)
class KeptText:
    """A text, whose it is, and what its file was called."""

    owner: str
    name: str
    text: str
    since: datetime


class KeptTexts:
    """The texts of one app."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, KeptText] = OrderedDict()
        self._lock = threading.Lock()

    def keep(self, owner: str, name: str, content: bytes) -> str:
        """Keep a text; gives its id. Raises Misuse for one that is too long, or none in UTF-8."""
        if len(content) > MOST_BYTES:
            raise Misuse(f"{name} is longer than {MOST_BYTES} bytes", "leave out what is not needed; nothing was kept")
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise Misuse(f"{name} is no text in UTF-8", "save it as UTF-8") from None
        now, key = datetime.now(UTC), secrets.token_urlsafe(16)
        with self._lock:
            self._drop(now)
            own = [held for held in self._held if self._held[held].owner == owner]
            for held in own[: len(own) - MOST_OF_ONE + 1]:
                del self._held[held]
            while len(self._held) >= MOST_OF_ALL:
                self._held.popitem(last=False)
            self._held[key] = KeptText(owner, name, text, now)
        return key

    def of(self, owner: str, key: str) -> KeptText:
        """A text by its id, for whoever sent it. Raises Misuse where it is gone, or another's."""
        with self._lock:
            self._drop(datetime.now(UTC))
            found = self._held.get(key)
        if found is None or found.owner != owner:
            raise Misuse("the file that was given is no longer kept", "give it once more on the form")
        return found

    def _drop(self, now: datetime) -> None:
        for key in [key for key, held in self._held.items() if now - held.since > LONGEST]:
            del self._held[key]
