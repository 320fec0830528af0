"""A service for grids over HTTP: asked again where it is busy, its answers kept as they came, its token told nobody."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from ipaddress import ip_address
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from ledger.connectors.exchange import SECONDS, Unanswered, reply, said
from ledger.connectors.grid.wish import ELECTRICITY_MAPS, SOURCES
from ledger.errors import LedgerError, Misuse

TOKEN = "GHG_ELECTRICITY_MAPS_TOKEN"  # noqa: S105 — the name of the variable
TITLES: Mapping[str, str] = {ELECTRICITY_MAPS: "Electricity Maps"} | {"uk-carbon-intensity": "the Carbon Intensity API"}
MOST_BYTES = 32 << 20
"""Bytes of one answer; ten days of hours have some hundred thousand."""


class Service:
    """A connection to a service, for the length of a `with`."""

    def __init__(self, source: str, url: str | None = None) -> None:
        """Raises Misuse for an address that is none, or that would carry the token in the clear."""
        import httpx2

        self.title = TITLES[source]
        self.url = _address(url or SOURCES[source])
        self._token = _token() if source == ELECTRICITY_MAPS else None
        self._client = httpx2.Client(timeout=SECONDS, headers={"Accept": "application/json"})

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
        token = None if open_to_all else self._token
        if token is None and not open_to_all and self.title == TITLES[ELECTRICITY_MAPS]:
            raise Misuse(f"{self.title} answers no question without a token", f"set {TOKEN} to your account's token")
        headers = {} if token is None else {"auth-token": token}
        whom = f"{self.title} at {self.url}"
        got = reply(self._client, "GET", self.url + path, whom, MOST_BYTES, params=dict(terms), headers=headers)
        if got.status != 200:
            raise self._refusal(got.status, said(got.body, token), terms)
        return self._document(got.body, path, token)

    def _document(self, body: bytes, path: str, token: str | None) -> str:
        """The text of a body that is a JSON object. Raises Unanswered for any other, or where it holds the token."""
        try:
            text = body.decode("utf-8-sig")
            document = json.loads(text)
        except (ValueError, RecursionError):
            document = None
        if not isinstance(document, dict):
            raise Unanswered(f"{self.title} at {self.url} answers {path} with no JSON object: {said(body, token)}",
                             "see that the address is that of the service itself")  # fmt: skip
        if token is not None and token in text:
            raise Unanswered(f"the answer of {self.url} to {path} repeats the token, and would keep it for good",
                             "nothing was kept; ask whoever runs that address")  # fmt: skip
        return text

    def _refusal(self, status: int, told: str, terms: Mapping[str, str]) -> LedgerError:
        """Why a service refuses, and what a person can do."""
        words = f": {told}" if told else ""
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
