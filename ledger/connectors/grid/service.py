"""A service for grids over HTTP: asked again where it is busy, its answers kept as they came, its token told nobody."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from ipaddress import ip_address
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from ledger.connectors.grid.wish import ELECTRICITY_MAPS, SOURCES
from ledger.errors import LedgerError, Misuse

if TYPE_CHECKING:
    import httpx2

TOKEN = "GHG_ELECTRICITY_MAPS_TOKEN"  # noqa: S105 — the name of the variable
TITLES: Mapping[str, str] = {ELECTRICITY_MAPS: "Electricity Maps"} | {"uk-carbon-intensity": "the Carbon Intensity API"}
MOST_BYTES = 32 << 20
"""Bytes of one answer; ten days of hours have some hundred thousand."""
_SECONDS = 60
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


class Service:
    """A connection to a service, for the length of a `with`."""

    def __init__(self, source: str, url: str | None = None) -> None:
        """Raises Misuse for an address that is none, or that would carry the token in the clear."""
        import httpx2

        self.title = TITLES[source]
        self.url = _address(url or SOURCES[source])
        self._token = _token() if source == ELECTRICITY_MAPS else None
        self._client = httpx2.Client(timeout=_SECONDS, headers={"Accept": "application/json"})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def answer(self, path: str, terms: Mapping[str, str], *, open_to_all: bool = False) -> str:
        """The text of the answer to a question, a JSON object, as it came.

        Asked up to six times while the service is busy or not reached, each time after as long as it asks to wait.

        Args:
            path: below the service's address.
            terms: of the query.
            open_to_all: whether the question needs no token.

        Raises NotNow where it stays busy, Unanswered where it answers no JSON, Misuse where it refuses the token, the
        zone or the terms.
        """
        import stamina

        token = None if open_to_all else self._token
        if token is None and not open_to_all and self.title == TITLES[ELECTRICITY_MAPS]:
            raise Misuse(f"{self.title} answers no question without a token", f"set {TOKEN} to your account's token")
        try:
            with _without_log():
                for attempt in stamina.retry_context(on=_waits, attempts=_ATTEMPTS, timeout=5 * _LONGEST_WAIT_S):
                    with attempt:
                        return self._asked(path, terms, token)
        except _Again as fault:
            wait = "some minutes" if fault.wait is None else f"{fault.wait:.0f} seconds"
            raise NotNow(
                f"{self.title} at {self.url}: {fault}", f"ask again in {wait}; what is there is taken once"
            ) from None
        raise AssertionError("the last attempt returns or raises")

    def _asked(self, path: str, terms: Mapping[str, str], token: str | None) -> str:
        import httpx2

        headers = {} if token is None else {"auth-token": token}
        try:
            with self._client.stream("GET", self.url + path, params=dict(terms), headers=headers) as answer:
                body = self._body(answer)
        except httpx2.TransportError as fault:
            raise _Again(f"not reached ({type(fault).__name__})") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as fault:
            raise Unanswered(
                f"{self.title} at {self.url}: {type(fault).__name__}", "see that the address is right"
            ) from None
        if answer.status_code in _BUSY:
            raise _Again(f"it answers {answer.status_code} {answer.reason_phrase}".rstrip(), _wait_of(answer))
        if answer.status_code != 200:
            raise self._refusal(answer.status_code, _said(body, token), terms)
        return self._document(body, path, token)

    def _body(self, answer: httpx2.Response) -> bytes:
        pieces, size = [], 0
        for piece in answer.iter_bytes():
            size += len(piece)
            if size > MOST_BYTES:
                raise Unanswered(f"an answer of {self.title} is above {MOST_BYTES >> 20} MiB", "ask for a shorter span")
            pieces.append(piece)
        return b"".join(pieces)

    def _document(self, body: bytes, path: str, token: str | None) -> str:
        """The text of a body that is a JSON object. Raises Unanswered for any other, or where it holds the token."""
        try:
            text = body.decode("utf-8-sig")
            document = json.loads(text)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise Unanswered(f"{self.title} at {self.url} answers {path} with no JSON object: {_said(body, token)}",
                             "see that the address is that of the service itself")  # fmt: skip
        if token is not None and token in text:
            raise Unanswered(f"the answer of {self.url} to {path} repeats the token, and would keep it for good",
                             "nothing was kept; ask whoever runs that address")  # fmt: skip
        return text

    def _refusal(self, status: int, said: str, terms: Mapping[str, str]) -> LedgerError:
        """Why a service refuses, and what a person can do."""
        words = f": {said}" if said else ""
        zone = terms.get("zone", "")
        if status == 401:
            return Misuse(f"{self.title} does not know the token (401){words}", f"set {TOKEN} to your account's token")
        if status == 403:
            return Misuse(f"the token has no access to {zone or 'this'} (403){words}",
                          "see which zones and questions your account includes")  # fmt: skip
        if status == 404:
            return Misuse(f"{self.title} has nothing for {zone or 'this question'} (404){words}",
                          "see how the zone is written: ghg connect grid --zones")  # fmt: skip
        if 300 <= status < 400:
            return Unanswered(f"{self.url} leads elsewhere ({status}), and no token is sent there",
                              "give the address of the service itself with --url")  # fmt: skip
        return Misuse(f"{self.title} refuses the question ({status}){words}", "see the span and the terms asked for")


def _token() -> str | None:
    """The token of the environment. Raises Misuse for one that cannot be sent; it is never shown."""
    token = os.environ.get(TOKEN, "").strip()
    if token and not (token.isascii() and token.isprintable() and " " not in token):
        raise Misuse(f"{TOKEN} holds a blank, a line break or a letter outside ASCII", "set it to the token alone")
    return token or None


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Misuse("--url is no address of a service", "give it as https://HOST/v3")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Misuse("--url holds a name, a password or a query, and addresses are kept as evidence",
                     f"give the address alone; the token stands in {TOKEN}")  # fmt: skip
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise Misuse(f"{parts.hostname} would be asked without encryption", "give the address with https://")
    return url.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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


def _said(body: bytes, token: str | None) -> str:
    """What a service says of a refusal: the message of a JSON answer, else how it begins; never the token."""
    text = body[:65_536].decode("utf-8", "replace")
    try:
        document: Any = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    words = document.get("message") or document.get("error") if isinstance(document, dict) else text
    words = words.get("message") if isinstance(words, dict) else words
    shown = " ".join(str(words or "").split())
    return (shown if token is None else shown.replace(token, "…"))[:_SHOWN]
