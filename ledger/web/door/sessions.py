"""Sessions of people who logged in: kept in memory, by the hash of an id that only the browser holds.

An id has 256 random bits; who reads this process's memory or a log finds none of them. A session ends when it is
idle, when it is old, when the person logs out, and when the app stops. What may be done is asked of the ledger at each
request, so a role taken away counts at once; a session is of a person and of the password that began it, so that
neither a name that was given to somebody else nor a new password leaves it open.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ledger.web.settings import IDLE_MINUTES, LONGEST_HOURS, limit_of

_MOST_SESSIONS = 10_000
_MOST_OF_ONE = 20
_HANDLE = 12
"""Digits of an id's hash by which a person tells sessions apart; they open nothing."""


@dataclass(slots=True)
class WebSession:
    """Somebody's session: whose (name, pseudonym), since when, and what is to be told on the next page.

    ``mark`` is what the ledger had of their password when it began.
    """

    handle: str
    name: str
    person: str
    mark: str
    csrf: str
    began: datetime
    seen: datetime
    told: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, words: str, kind: str = "good") -> None:
        """Say something on the next page that is shown; ``kind`` is good, attention or wrong."""
        self.told.append((kind, words))

    def taken(self) -> list[tuple[str, str]]:
        """What was to be told, once."""
        told, self.told = self.told, []
        return told

    def is_own(self, csrf: str) -> bool:
        """Whether a form carries the token of this session."""
        return hmac.compare_digest(self.csrf.encode(), csrf.encode())


class Sessions:
    """All sessions of one app."""

    def __init__(self) -> None:
        self._held: dict[str, WebSession] = {}
        self._lock = threading.Lock()
        self._idle = timedelta(minutes=limit_of("GHG_SESSION_IDLE_MINUTES", IDLE_MINUTES))
        self._longest = timedelta(hours=limit_of("GHG_SESSION_HOURS", LONGEST_HOURS))

    def begin(self, name: str, person: str, mark: str = "") -> str:
        """A new session of a person; gives the id for the cookie."""
        now, session_id = _now(), secrets.token_urlsafe(32)
        key = _hashed(session_id)
        with self._lock:
            self._drop_ended(now)
            own = [held for held in self._held if self._held[held].person == person]
            self._drop_oldest(own, _MOST_OF_ONE)
            self._drop_oldest(list(self._held), _MOST_SESSIONS)
            token = secrets.token_urlsafe(32)
            self._held[key] = WebSession(key[:_HANDLE], name, person, mark, token, now, now)
        return session_id

    def of(self, session_id: str) -> WebSession | None:
        """The session of an id; None where there is none, or it has ended."""
        now = _now()
        with self._lock:
            found = self._held.get(_hashed(session_id))
            if found is None or self._has_ended(found, now):
                self._held.pop(_hashed(session_id), None)
                return None
            found.seen = now
            return found

    def end(self, session_id: str) -> None:
        """End a session."""
        with self._lock:
            self._held.pop(_hashed(session_id), None)

    def of_person(self, person: str) -> list[WebSession]:
        """The open sessions of a person, the one used last first."""
        now = _now()
        with self._lock:
            own = [held for held in self._held.values() if held.person == person and not self._has_ended(held, now)]
        return sorted(own, key=lambda held: held.seen, reverse=True)

    def end_all_of(self, person: str, *, but: str = "", handle: str = "") -> int:
        """End every session of a person, as when the password changes; gives how many there were.

        ``but`` is the handle of one that stays, ``handle`` of the only one that ends.
        """
        with self._lock:
            ended = [
                key for key, held in self._held.items()
                if held.person == person and held.handle != but and handle in ("", held.handle)
            ]  # fmt: skip
            for key in ended:
                del self._held[key]
        return len(ended)

    def _drop_oldest(self, keys: list[str], most: int) -> None:
        """Make room for one more among these."""
        for key in sorted(keys, key=lambda key: self._held[key].seen)[: max(0, len(keys) - most + 1)]:
            del self._held[key]

    def _has_ended(self, held: WebSession, now: datetime) -> bool:
        return now - held.seen > self._idle or now - held.began > self._longest

    def _drop_ended(self, now: datetime) -> None:
        for key in [key for key, held in self._held.items() if self._has_ended(held, now)]:
            del self._held[key]


def _hashed(session_id: str) -> str:
    return hashlib.sha256(session_id.encode()).hexdigest()


def _now() -> datetime:
    return datetime.now(UTC)
