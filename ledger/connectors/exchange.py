"""A question to a service over HTTP: asked again where it is busy, its answer bounded, its refusal in its own words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from ledger.errors import LedgerError

if TYPE_CHECKING:
    import httpx2

SECONDS = 60
"""How long an answer may keep one waiting."""
_ATTEMPTS = 6
_LONGEST_WAIT_S = 120
"""How long a service may ask to wait before the question is given up; a person is told when to ask again."""
_BUSY = frozenset({429, 500, 502, 503, 504})
_SHOWN = 160


class Unanswered(LedgerError):
    """A service gave no answer, or none that can be read; nothing was recorded."""

    code = "unanswered"


class NotNow(Unanswered):
    """A service is busy or was not reached, also when asked again; nothing was recorded."""

    exit_code = 75


class _Again(Exception):
    """It is worth asking again: the words of why, and after how many seconds where the service says so."""

    def __init__(self, words: str, wait: float | None = None) -> None:
        super().__init__(words)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the status of HTTP, and its bytes."""

    status: int
    body: bytes


def reply(
    client: httpx2.Client, method: str, url: str, whom: str, most_bytes: int, *, attempts: int = _ATTEMPTS,
    **content: Any,
) -> Reply:
    """The answer to a question, whatever its status, asked up to six times while the service is busy or not reached.

    Args:
        client: an open connection.
        method: GET or POST.
        url: the whole address without its query.
        whom: the service as a person knows it, with its address.
        most_bytes: of the answer.
        attempts: how often it is asked at the most; once what must not be asked twice, or somebody waits for.
        content: what httpx2 sends: params, headers, data or json.

    Raises NotNow where it stays busy, Unanswered where the answer is too large or the address is none.
    """
    import stamina

    try:
        with _without_log():
            for attempt in stamina.retry_context(on=_waits, attempts=attempts, timeout=5 * _LONGEST_WAIT_S):
                with attempt:
                    return _once(client, method, url, whom, most_bytes, content)
    except _Again as fault:
        wait = "some minutes" if fault.wait is None else f"{fault.wait:.0f} seconds"
        raise NotNow(
            f"{whom}: {fault}", f"see that it is there, and ask again in {wait}; what was taken in is taken once"
        ) from None
    raise AssertionError("the last attempt returns or raises")


def _once(
    client: httpx2.Client, method: str, url: str, whom: str, most_bytes: int, content: dict[str, Any]
) -> Reply:
    import httpx2

    try:
        with client.stream(method, url, **content) as answer:
            if answer.status_code in _BUSY:
                raise _Again(f"it answers {answer.status_code} {answer.reason_phrase}".rstrip(), _wait_of(answer))
            pieces, size = [], 0
            for piece in answer.iter_bytes():
                size += len(piece)
                if size > most_bytes:
                    raise Unanswered(f"an answer of {whom} is above {most_bytes >> 20} MiB", "ask for less at a time")
                pieces.append(piece)
            return Reply(answer.status_code, b"".join(pieces))
    except httpx2.TransportError as fault:
        raise _Again(f"not reached ({type(fault).__name__})") from None
    except (httpx2.HTTPError, httpx2.InvalidURL) as fault:
        raise Unanswered(f"{whom}: {type(fault).__name__}", "see that the address is right") from None


def said(body: bytes, hidden: str | None = None) -> str:
    """What a service says of a refusal: the message of a JSON answer, else how it begins; never what is ``hidden``."""
    text = body[:65_536].decode("utf-8", "replace")
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    words = document.get("message") or document.get("error") if isinstance(document, dict) else text
    words = words.get("message") if isinstance(words, dict) else words
    shown = " ".join(str(words or "").split())
    return (shown if hidden is None else shown.replace(hidden, "…"))[:_SHOWN]


@contextmanager
def _without_log() -> Iterator[None]:
    """While asked, attempts are not logged: a person reads how it ended, and a program gets clean JSON."""
    from stamina.instrumentation import get_on_retry_hooks, set_on_retry_hooks

    hooks = get_on_retry_hooks()
    set_on_retry_hooks(())
    try:
        yield
    finally:
        set_on_retry_hooks(hooks)


def _waits(fault: Exception) -> bool | float:
    """Whether to ask again, and after how many seconds where the service says so."""
    if not isinstance(fault, _Again) or (fault.wait is not None and fault.wait > _LONGEST_WAIT_S):
        return False
    return True if fault.wait is None else fault.wait


def _wait_of(answer: httpx2.Response) -> float | None:
    """Seconds to wait by `Retry-After`, which is a number of them or a date (RFC 9110, 10.2.3)."""
    told = answer.headers.get("Retry-After", "").strip()
    if told.isascii() and told.isdigit():
        return float(min(int(told[:9]), 10**6))
    try:
        then = parsedate_to_datetime(told)
    except ValueError:
        return None
    return max(0.0, (then.replace(tzinfo=then.tzinfo or UTC) - datetime.now(UTC)).total_seconds())
