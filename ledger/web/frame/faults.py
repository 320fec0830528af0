"""Faults as pages: what is wrong, what to do, what was kept, and an id for the log; never a stack, a path or SQL."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from ledger.errors import Busy, Damage, LedgerError, Misuse, Refused
from ledger.plain import visible
from ledger.web.door.guard import PROGRAMS, TOO_LONG, TooLong, TooSlow
from ledger.web.door.log import of_fault, told
from ledger.web.frame.here import NotLoggedIn, here
from ledger.web.frame.rendering import environment
from ledger.web.frame.words import page_words

_STATUS: tuple[tuple[type[LedgerError], int], ...] = (
    (Busy, HTTPStatus.SERVICE_UNAVAILABLE), (Refused, HTTPStatus.FORBIDDEN), (Misuse, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Damage, HTTPStatus.INTERNAL_SERVER_ERROR),
)  # fmt: skip
_KEPT = "Nothing was written."
_OWN = {
    404: ("There is no page at this address.", "Take one of the places beside, or go back."),
    405: ("This address is not used so.", "Open it from its page."),
    400: ("What was sent cannot be read.", "Load the page again and send it once more."),
    422: ("What was sent is not what the page asks for.", "Load the page again and fill it in as shown."),
}


def add_fault_pages(app: FastAPI) -> None:
    """Every fault of the app becomes a page, or JSON where a program asked."""
    app.add_exception_handler(NotLoggedIn, _to_login)
    app.add_exception_handler(LedgerError, _ledger_fault)
    app.add_exception_handler(HTTPException, _http_fault)
    app.add_exception_handler(RequestValidationError, _unread)
    app.add_exception_handler(MultiPartException, _unread)
    app.add_exception_handler(TooLong, _too_long)
    app.add_exception_handler(TooSlow, _too_slow)
    app.add_exception_handler(OSError, _disk_fault)
    app.add_exception_handler(Exception, _own_fault)


def _is_program(request: Request) -> bool:
    return request.url.path.startswith(PROGRAMS)


def _to_login(request: Request, _: Exception) -> Response:
    if _is_program(request):
        fix = "send the header 'Authorization: Bearer TOKEN'; an address for programs takes no login"
        return fault_page(request, 401, "show a token", fix, "not-authenticated")
    path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    after = f"?next={quote(path, safe='')}" if request.method == "GET" and path != "/" else ""
    return RedirectResponse(f"/login{after}", 303)


def _ledger_fault(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, LedgerError)  # noqa: S101 — told to the type checker; the table of handlers says so
    status = next((int(code) for kind, code in _STATUS if isinstance(fault, kind)), 500)
    if fault.code == "throttled":
        status = HTTPStatus.TOO_MANY_REQUESTS
    if fault.code in {"not-authenticated", "token-expired"}:
        status = HTTPStatus.UNAUTHORIZED
    if fault.code == "not-found":
        status = HTTPStatus.NOT_FOUND
    if status >= 500:
        told(logging.ERROR, id=request.state.request_id, code=fault.code, **of_fault(fault))
    return fault_page(request, status, str(fault), fault.fix, fault.code)


def _http_fault(request: Request, fault: Exception) -> Response:
    status = getattr(fault, "status_code", 400)
    message, fix = _OWN.get(status, _OWN[400])
    return fault_page(request, status, message, fix, "http")


def _unread(request: Request, _: Exception) -> Response:
    return fault_page(request, 422, *_OWN[422], "form")


def _too_long(request: Request, _: Exception) -> Response:
    words, fix = TOO_LONG.split(". ", 1)
    return fault_page(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, words, fix, "too-long")


def _too_slow(request: Request, _: Exception) -> Response:
    return fault_page(request, HTTPStatus.REQUEST_TIMEOUT, "What was sent did not come in time.",
                      "Send it once more, by a faster way.", "too-slow")  # fmt: skip


def _disk_fault(request: Request, fault: Exception) -> Response:
    number = getattr(fault, "errno", None)
    told(logging.ERROR, id=request.state.request_id, code="disk", errno=number, **of_fault(fault))
    message = "The disk of this machine does not take what was to be written, or lacks a file that was to be read."
    return fault_page(request, 507, message, "Tell whoever runs the app the id below; then try again.", "disk")


def _own_fault(request: Request, fault: Exception) -> Response:
    told(logging.ERROR, id=request.state.request_id, code="fault", **of_fault(fault))
    message = "This should not have happened."
    fix = "Tell whoever runs the app the id below; see whether it was recorded before you send it again."
    return fault_page(request, 500, message, fix, "fault")


def fault_page(request: Request, status: int, message: str, fix: str, code: str) -> Response:
    """The page of a fault, or its JSON for a program; with the id that the log has it under."""
    number = request.state.request_id
    message, fix = visible(message), visible(fix)
    retry = {"retry-after": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
    if _is_program(request):
        if status == HTTPStatus.UNAUTHORIZED:
            retry["www-authenticate"] = 'Bearer realm="ghg-ledger"'
        return JSONResponse({"error": {"code": code, "message": message, "fix": fix, "id": number}}, status, retry)
    message, fix = page_words(message), page_words(fix)
    page = environment().get_template("fault.html.j2")
    shown: dict[str, Any] = {
        "title": "This did not work", "place": "", "message": message, "fix": fix, "number": number, "status": status,
        "kept": _KEPT if request.method == "POST" and (status < 500 or retry) else "", "told": [],
    }  # fmt: skip
    try:
        html = page.render(here=here(request), **shown)
    except (NotLoggedIn, LedgerError, OSError):  # the ledger that is busy with the page is busy with its frame too
        html = page.render(here=None, **shown)
    return HTMLResponse(html, status, retry)
