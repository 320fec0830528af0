"""Faults as pages: what is wrong, what to do, what was kept, and an id for the log; never a stack, a path or SQL."""

from __future__ import annotations

import logging
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from ledger.errors import Busy, Damage, LedgerError, Misuse, Refused
from ledger.plain import visible
from ledger.web.here import NotLoggedIn, here
from ledger.web.rendering import environment

LOG = logging.getLogger("ledger.web")
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
    app.add_exception_handler(OSError, _disk_fault)
    app.add_exception_handler(Exception, _own_fault)


def _is_program(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _to_login(request: Request, _: Exception) -> Response:
    if _is_program(request):
        return JSONResponse({"error": {"code": "not-authenticated", "message": "show a token", "fix": ""}}, 401)
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
    if status >= 500:
        LOG.error("%s %s: %s", request.state.request_id, fault.code, fault)
    return fault_page(request, status, str(fault), fault.fix, fault.code)


def _http_fault(request: Request, fault: Exception) -> Response:
    status = getattr(fault, "status_code", 400)
    message, fix = _OWN.get(status, _OWN[400])
    return fault_page(request, status, message, fix, "http")


def _unread(request: Request, _: Exception) -> Response:
    return fault_page(request, 422, *_OWN[422], "form")


def _disk_fault(request: Request, fault: Exception) -> Response:
    LOG.error("%s disk: %r", request.state.request_id, fault)
    message = "The disk of this machine does not take what was to be written, or lacks a file that was to be read."
    return fault_page(request, 507, message, "Tell whoever runs the app the id below; then try again.", "disk")


def _own_fault(request: Request, fault: Exception) -> Response:
    LOG.error("%s", request.state.request_id, exc_info=fault)
    message = "This should not have happened; the ledger is as it was."
    return fault_page(request, 500, message, "Tell whoever runs the app the id below.", "fault")


def fault_page(request: Request, status: int, message: str, fix: str, code: str) -> Response:
    """The page of a fault, or its JSON for a program; with the id that the log has it under."""
    number = request.state.request_id
    message, fix = visible(message), visible(fix)
    retry = {"retry-after": "5"} if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    if _is_program(request):
        return JSONResponse({"error": {"code": code, "message": message, "fix": fix, "id": number}}, status, retry)
    try:
        asked = here(request)
    except (NotLoggedIn, LedgerError, OSError):
        asked = None
    html = environment().get_template("fault.html.j2").render(
        here=asked, title="This did not work", place="", message=message, fix=fix, number=number, status=status,
        kept=_KEPT if request.method == "POST" else "", told=[],
    )  # fmt: skip
    return HTMLResponse(html, status, retry)
