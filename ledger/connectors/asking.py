"""Questions to a server over HTTP: asked again where it is busy, its answers bounded and every number as its text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit, urlunsplit

from ledger.connectors.exchange import SECONDS, Reply, Unanswered, reply, said
from ledger.errors import Misuse

MOST_BYTES = 256 << 20
"""Bytes of one answer; a server that sends more is asked for less at a time."""


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
        self._client = httpx2.Client(headers=headers, auth=auth, timeout=SECONDS)

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
        """The document of an answer, and its text. Raises what :func:`reply` does, and Misuse where it is refused."""
        whom = f"{self.server.name} at {self.server.shown}"
        got = reply(self._client, method, self.server.shown + path, whom, MOST_BYTES, **content)
        self._check(got, path)
        text = got.body.decode("utf-8", "replace")
        try:
            return json.loads(text, parse_float=str, parse_int=str, parse_constant=str), text
        except (ValueError, RecursionError):
            raise Unanswered(
                f"{whom} answers {path} with no JSON: {text[:60]!r}",
                "see that the address is that of the server itself, with its path where it has one",
            ) from None

    def _check(self, got: Reply, path: str) -> None:
        """Raises Misuse for an answer that refuses, with the server's own words."""
        if got.status in (401, 403):
            raise Misuse(f"{self.server.name} at {self.server.shown} does not let you: {got.status}",
                         self.server.sign_in)  # fmt: skip
        if got.status >= 300:
            raise Misuse(
                f"{self.server.name} at {self.server.shown} answers {path} with {got.status}: "
                f"{said(got.body) or 'nothing more'}",
                "see what was asked for" if got.status in (400, 422) else
                "give the address of the server itself, with its path where it has one",
            )  # fmt: skip
