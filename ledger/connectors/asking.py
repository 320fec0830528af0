"""Questions to a server over HTTP: asked again where it is busy, its answers bounded and every number as its text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import unquote, urlsplit, urlunsplit

from ledger.errors import LedgerError, Misuse

if TYPE_CHECKING:
    import httpx2

MOST_BYTES = 256 << 20
"""Bytes of one answer; a server that sends more is asked for less at a time."""
_SECONDS = 60
_ATTEMPTS = 6
_LONGEST_WAIT = 60.0
_BUSY = frozenset({429, 500, 502, 503, 504})
_SHOWN = 200


class NoAnswer(LedgerError):
    """A server gives no answer, or another than it was asked for; nothing was recorded."""

    code = "no-answer"
    exit_code = 1


class _Again(Exception):
    """The server is busy or was not reached: it is worth asking again, after so many seconds where it says so."""

    def __init__(self, words: str, wait: float | None = None) -> None:
        super().__init__(words)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Server:
    """Where a server is and how one is known to it.

    Attributes:
        name: as a person knows it: MLflow, Prometheus.
        url: its address, without the path of a question.
        token: a bearer token; None where there is none.
        user: name and password of basic authentication; None where there is none.
        sign_in: what a person sets where it asks who they are.
    """

    name: str
    url: str
    token: str | None = None
    user: tuple[str, str] | None = None
    sign_in: str = ""

    @property
    def shown(self) -> str:
        """The address without a name, a password or anything after the path."""
        return bare_address(self.url)


def bare_address(url: str) -> str:
    """An address as it may be printed and kept: no name or password, no query."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path.rstrip("/"), "", ""))


def _user_in(url: str) -> tuple[str, str] | None:
    """The name and password that stand in an address."""
    parts = urlsplit(url)
    return (unquote(parts.username), unquote(parts.password)) if parts.username and parts.password else None


class Asking:
    """A connection to a server, for the length of a `with`."""

    def __init__(self, server: Server) -> None:
        """Raises Misuse for an address that is none of the web."""
        import httpx2

        if urlsplit(server.url).scheme not in ("http", "https") or not urlsplit(server.url).hostname:
            raise Misuse(f"{server.shown or server.url} is no address of a server", "give it as https://HOST:PORT")
        self.server = server
        headers = {"Authorization": f"Bearer {server.token}"} if server.token else {}
        auth = None if server.token else server.user or _user_in(server.url)
        self._client = httpx2.Client(headers=headers, auth=auth, timeout=_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(self, path: str, asked: Mapping[str, str]) -> Any:
        """The answer to a question with these parameters; see :meth:`_answer` for what it raises."""
        return self._answer("GET", path, params=dict(asked))[0]

    def whole(self, path: str, asked: Mapping[str, str]) -> tuple[Any, str]:
        """The answer to a question, which is sent as a form since it may be long: its document, and as it came."""
        return self._answer("POST", path, data=dict(asked))

    def post(self, path: str, told: Mapping[str, Any]) -> Any:
        """The answer to a document that is sent as JSON."""
        return self._answer("POST", path, json=dict(told))[0]

    def _answer(self, method: str, path: str, **content: Any) -> tuple[Any, str]:
        """The document of an answer and its text, asked for up to six times while the server is busy or not reached.

        Raises NoAnswer where it stays so or answers with no JSON, Misuse where it refuses who asks or what is asked.
        """
        import stamina

        stamina.instrumentation.set_on_retry_hooks([])  # what it tells is told by us, once, where all attempts fail
        try:
            for attempt in stamina.retry_context(on=_waits, attempts=_ATTEMPTS, timeout=10 * _LONGEST_WAIT):
                with attempt:
                    text = self._text(method, path, content)
        except _Again as fault:
            raise NoAnswer(
                f"{self.server.name} at {self.server.shown}: {fault}", "see that it runs and is reached; then ask again"
            ) from None
        try:
            return json.loads(text, parse_float=str, parse_int=str, parse_constant=str), text
        except (ValueError, RecursionError):
            raise NoAnswer(
                f"{self.server.name} at {self.server.shown} answers {path} with no JSON: {text[:60]!r}",
                "see that the address is that of the server itself, with its path where it has one",
            ) from None

    def _text(self, method: str, path: str, content: dict[str, Any]) -> str:
        import httpx2

        try:
            with self._client.stream(method, self.server.shown + path, **content) as answer:
                if answer.status_code in _BUSY:
                    answer.read()
                    raise _Again(f"{answer.status_code} {answer.reason_phrase}", _wait_of(answer))
                pieces, size = [], 0
                for piece in answer.iter_bytes():
                    pieces.append(piece)
                    size += len(piece)
                    if size > MOST_BYTES:
                        raise NoAnswer(f"an answer of {self.server.name} is above {MOST_BYTES >> 20} MiB",
                                       "ask for less at a time: a shorter range, fewer series")  # fmt: skip
                text = b"".join(pieces).decode("utf-8", "replace")
                self._check(answer, path, text)
                return text
        except httpx2.TransportError as fault:
            raise _Again(f"not reached ({type(fault).__name__}: {str(fault)[:_SHOWN]})") from None
        except (httpx2.HTTPError, httpx2.InvalidURL) as fault:
            raise NoAnswer(f"{self.server.name} at {self.server.shown}: {str(fault)[:_SHOWN]}", "") from None

    def _check(self, answer: httpx2.Response, path: str, text: str) -> None:
        """Raises Misuse for an answer that refuses, with the server's own words."""
        if answer.status_code in (401, 403):
            raise Misuse(f"{self.server.name} at {self.server.shown} does not let you: {answer.status_code}",
                         self.server.sign_in)  # fmt: skip
        if answer.status_code >= 300:
            raise Misuse(
                f"{self.server.name} at {self.server.shown} answers {path} with {answer.status_code}: {_said(text)}",
                "see what was asked for" if answer.status_code in (400, 422) else
                "give the address of the server itself, with its path where it has one",
            )  # fmt: skip


def _waits(fault: Exception) -> bool | float:
    """Whether to ask again, and after how many seconds where the server said so."""
    if not isinstance(fault, _Again):
        return False
    return True if fault.wait is None else fault.wait


def _wait_of(answer: httpx2.Response) -> float | None:
    """Seconds that the server asks to wait; a date in place of seconds is left to our own steps."""
    told = answer.headers.get("Retry-After", "")
    return min(float(told), _LONGEST_WAIT) if told.isdigit() else None


def _said(text: str) -> str:
    """What a server says of its refusal: the message of a JSON answer, else how the text begins."""
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        document = None
    words = document.get("message") or document.get("error") if isinstance(document, dict) else None
    shown = " ".join(str(words or text).split())
    return shown[:_SHOWN] or "nothing more"
