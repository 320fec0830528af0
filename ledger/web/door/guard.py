"""What every request passes before a page sees it, and every answer before it leaves.

Requests are for this host, from this site's own pages, of a size that was asked for, and come within a time; answers
carry the headers of OWASP's list for applications that load nothing from elsewhere. Each is a line of the log.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from ledger.intake.files.limits import limits_set
from ledger.store.kept_open import KeptOpen, kept_open
from ledger.web.door.log import of_fault, told
from ledger.web.settings import FORM_BYTES, HEAD_BYTES, WebSettings

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-src 'self'; frame-ancestors 'none'"
)
"""Everything comes from this app; no script or style stands within a page; nobody frames it."""
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cache-control": "no-store",
}
PROGRAMS = "/api/"
"""Addresses for programs: they come with a token, never with a cookie, so no page of another site can use them."""
_METHODS = ("GET", "HEAD", "POST")
_READING = ("GET", "HEAD")
"""Requests that read: the ledger stays open from one question of the page to the next."""
_WITH_FILES = ("/upload", "/factors/import", "/review/", "/reports/check", "/entry/", "/ai/",
               "/accounts/settings")  # fmt: skip
"""Where a request may carry a file, and be as long as one."""
_PATIENCE_S = 30.0
"""Seconds that the app waits for a body in all, and for each so many bytes more: our own choice."""
_LEAST_BYTES_A_S = 2_000
_LONGEST_LENGTH = 15
"""Digits of a length that is read."""


class TooLong(Exception):
    """A request that goes on beyond its limit."""


class TooSlow(Exception):
    """A request whose body does not come."""


@dataclass(slots=True)
class _Passing:
    """A request on its way: what was answered, and whether all of it came."""

    head: bool
    begun: float
    status: int | None = None
    whole: bool = False


class Guard:
    """The outermost layer of the app."""

    def __init__(self, app: App, settings: WebSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request that may come, its body counted; each answer gets its headers, and a line of the log."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = secrets.token_hex(6)
        passing = _Passing(scope["method"] == "HEAD", time.monotonic())

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                passing.status = message["status"]
                headers = MutableHeaders(raw=message["headers"])
                self._add_headers(scope, headers)
                if scope["method"] == "POST" and not passing.whole:  # what was not read is not waited for
                    headers["connection"] = "close"
                message["headers"] = list(message["headers"])
            elif passing.head:
                message["body"] = b""
            await send(message)
            if message["type"] == "http.response.body":  # the page is there: what follows of a file reads no ledger
                kept.end()

        with kept_open() if scope["method"] in _READING else nullcontext(KeptOpen()) as kept:
            try:
                await self._answered(scope, receive, answer, passing)
            finally:
                _log(scope, passing)

    async def _answered(self, scope: Scope, receive: Receive, answer: Send, passing: _Passing) -> None:
        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, answer)
            return
        if passing.head:  # what GET would answer, without its body (RFC 9110, 9.3.2)
            scope["method"] = "GET"
        try:
            await self._app(scope, _counted(receive, _limit_of(scope), passing), answer)
        except Exception as fault:  # noqa: BLE001 — the app has told and logged it; a server would print its words
            if passing.status is None:
                told(logging.ERROR, id=scope["state"]["request_id"], **of_fault(fault))
                await PlainTextResponse("This should not have happened.\n", 500)(scope, receive, answer)

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        """The answer to a request that may not come; None for one that may."""
        headers = Headers(scope=scope)
        if _head_bytes(scope) > HEAD_BYTES:
            return PlainTextResponse("The head of this request is too long.\n", 431, {"connection": "close"})
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._settings.hosts:
            return PlainTextResponse(f"This app is served as {self._settings.origin}\n", 421)
        if scope["method"] not in _METHODS:
            return PlainTextResponse("Read with GET, write with POST.\n", 405, {"allow": ", ".join(_METHODS)})
        if "transfer-encoding" in headers and "content-length" in headers:
            return PlainTextResponse("Two lengths of one request.\n", 400, {"connection": "close"})
        if scope["method"] == "POST" and not self._is_own_page(scope, headers):
            return PlainTextResponse("This was sent by a page of another site; nothing was done.\n", 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or len(length) > _LONGEST_LENGTH or int(length) > _limit_of(scope):
            return PlainTextResponse(f"{TOO_LONG}\n", 413, {"connection": "close"})
        return None

    def _is_own_page(self, scope: Scope, headers: Headers) -> bool:
        """Whether a write comes from a page of ours, by what browsers say of it, or by a program with a token."""
        if scope["path"].startswith(PROGRAMS):
            return True
        site = headers.get("sec-fetch-site")
        if site is not None and site not in {"same-origin", "none"}:
            return False
        origin = headers.get("origin")
        return origin is None or origin.lower() in self._settings.origins

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("x-request-id", scope["state"]["request_id"])
        if self._settings.secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")


def _head_bytes(scope: Scope) -> int:
    """How long the head of a request is, about."""
    lines = sum(len(name) + len(value) + 4 for name, value in scope["headers"])
    return lines + len(scope.get("raw_path") or scope["path"]) + len(scope.get("query_string", b""))


def _limit_of(scope: Scope) -> int:
    """How many bytes a request may have."""
    if scope["method"] != "POST":
        return FORM_BYTES
    limits = limits_set()
    if scope["path"].startswith(PROGRAMS):
        return limits.json_bytes + FORM_BYTES
    with_files = any(scope["path"].startswith(start) for start in _WITH_FILES)
    return (limits.bytes if with_files else 0) + FORM_BYTES


def _counted(receive: Receive, most: int, passing: _Passing) -> Receive:
    """The body of a request, piece by piece, as long as it stays within its limit and keeps coming."""
    taken, waited = 0, 0.0

    async def counting() -> Message:
        nonlocal taken, waited
        if passing.whole:
            return await receive()
        since = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, _PATIENCE_S + taken / _LEAST_BYTES_A_S - waited)):
                message = await receive()
        except TimeoutError:
            raise TooSlow from None
        waited += time.monotonic() - since
        taken += len(message.get("body", b""))
        passing.whole = not message.get("more_body", False)
        if taken > most:
            passing.whole = False
            raise TooLong
        return message

    return counting


def _log(scope: Scope, passing: _Passing) -> None:
    """A line for a request: the pattern of its address, since the address itself can hold what somebody typed."""
    method = "HEAD" if passing.head else scope["method"] if scope["method"] in _METHODS else "other"
    told(
        logging.INFO, id=scope["state"]["request_id"], method=method, route=getattr(scope.get("route"), "path", None),
        status=passing.status, ms=round((time.monotonic() - passing.begun) * 1000), person=scope["state"].get("person"),
    )  # fmt: skip


TOO_LONG = "This is longer than what is taken here; nothing was done. Divide the file, or have the limit raised."
