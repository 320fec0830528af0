"""What every request passes before a page sees it, and every answer before it leaves.

Requests are for this host, from this site's own pages, and of a size that was asked for; answers carry the headers of
OWASP's list for applications that load nothing from elsewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse

from ledger.intake.limits import limits_set
from ledger.web.settings import FORM_BYTES, LOOPBACK, WebSettings

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
_METHODS = ("GET", "HEAD", "POST")
_WITH_FILES = ("/upload", "/api/", "/factors/import", "/review/", "/reports/check", "/entry/", "/ai/")
"""Where a request may carry a file, and be as long as one."""


class TooLong(Exception):
    """A request that goes on beyond its limit."""


class Guard:
    """The outermost layer of the app."""

    def __init__(self, app: App, settings: WebSettings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on a request that may come, its body counted; each answer gets its headers."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope.setdefault("state", {})["request_id"] = secrets.token_hex(6)
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._add_headers(scope, MutableHeaders(raw=message["headers"]))
                message["headers"] = list(message["headers"])
            await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await refused(scope, receive, answer)
            return
        try:
            await self._app(scope, _counted(receive, _limit_of(scope)), answer)
        except TooLong:
            if not begun:
                await _too_long()(scope, receive, answer)

    def _refused(self, scope: Scope) -> PlainTextResponse | None:
        """The answer to a request that may not come; None for one that may."""
        headers = Headers(scope=scope)
        if not self._is_own_host(headers.get("host", "")):
            return PlainTextResponse(f"This app is served as {self._settings.origin}\n", 421)
        if scope["method"] not in _METHODS:
            return PlainTextResponse("Read with GET, write with POST.\n", 405, {"allow": ", ".join(_METHODS)})
        if scope["method"] == "POST" and not self._is_own_page(headers):
            return PlainTextResponse("This was sent by a page of another site; nothing was done.\n", 403)
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > _limit_of(scope):
            return _too_long()
        return None

    def _is_own_host(self, host: str) -> bool:
        own = self._settings.host
        if host == own:
            return True
        name, _, port = own.rpartition(":")
        return name in LOOPBACK and host in {f"{other}:{port}" for other in LOOPBACK}

    def _is_own_page(self, headers: Headers) -> bool:
        """Whether a write comes from a page of ours, by what browsers say of it, or by a program with a token."""
        if headers.get("authorization", "").startswith("Bearer "):
            return True
        site = headers.get("sec-fetch-site")
        if site is not None and site not in {"same-origin", "none"}:
            return False
        origin = headers.get("origin")
        return origin is None or self._is_own_host(origin.split("://", 1)[-1])

    def _add_headers(self, scope: Scope, headers: MutableHeaders) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        headers.setdefault("x-request-id", scope["state"]["request_id"])
        if self._settings.secure:
            headers.setdefault("strict-transport-security", "max-age=31536000")


def _limit_of(scope: Scope) -> int:
    """How many bytes a request may have."""
    if scope["method"] != "POST":
        return FORM_BYTES
    with_files = any(scope["path"].startswith(start) for start in _WITH_FILES)
    return (limits_set().bytes if with_files else 0) + FORM_BYTES


def _counted(receive: Receive, most: int) -> Receive:
    taken = 0

    async def counting() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLong
        return message

    return counting


def _too_long() -> PlainTextResponse:
    words = "This is longer than what is taken here; nothing was done. Divide the file, or have the limit raised.\n"
    return PlainTextResponse(words, 413, {"connection": "close"})
