"""The door for programs: measurements are posted, figures and traces read, with a token and as JSON.

Addresses, answers and faults are described in `docs/api.md`. A token stands in the header `Authorization`; a login's
cookie opens nothing here, so that no page of another site can use it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from ledger.book import Ledger
from ledger.errors import Busy, Misuse
from ledger.plain import plain, visible
from ledger.web.door.api_keys import received
from ledger.web.frame.here import NotLoggedIn, site_of
from ledger.web.frame.sent_files import own_folder

router = APIRouter(prefix="/api/v1")
_LONGEST_TOKEN = 200
_MOST_LINES_SHOWN = 1_000


def program(request: Request) -> Ledger:
    """The ledger as the person whose token was shown. Raises NotLoggedIn without one, Refused for a wrong one."""
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.casefold() != "bearer" or not token or len(token) > _LONGEST_TOKEN:
        raise NotLoggedIn
    site = site_of(request)
    found = Ledger(site.settings.ledger, actor=site.settings.founder).bearer(token)
    person = site.person(found.actor)
    request.state.person = None if person is None else person["person"]
    return Ledger(found.path, actor=found.actor, read_only=found.read_only or site.settings.read_only)


Program = Annotated[Ledger, Depends(program)]
"""The parameter of a handler for programs."""


@router.post("/measurements")
async def measurements(request: Request, book: Program) -> Response:
    """Record lines of `ghg-track`, once however often they come."""
    site = site_of(request)
    key = _idempotency_key(request)
    choices = {name: visible(value) for name, value in request.query_params.items()}
    await run_in_threadpool(book.check_may, "upload")  # before a body is received
    if not site.posts.acquire(blocking=False):
        raise Busy("many programs post at this moment", "post again in some seconds; it is recorded once")
    try:
        with own_folder() as folder:
            file = folder / f"{re.sub('[^A-Za-z0-9._-]', '_', key).lstrip('.') or 'lines'}.jsonl"
            digest = await received(request.stream(), file)
            return await run_in_threadpool(_recorded, request, book, file, choices, (key, digest))
    finally:
        site.posts.release()


def _recorded(
    request: Request, book: Ledger, file: Path, choices: Mapping[str, str], sent: tuple[str, str]
) -> Response:
    """What became of the lines of a file, as an answer."""
    site, (key, digest) = site_of(request), sent
    site.keys.check(book.actor, key, digest)
    try:
        done = book.connect_spool(file.parent, choices=choices)
    except Misuse as fault:
        if fault.code != "no-lines":  # its words name a folder of this machine
            raise
        raise Misuse("these are no lines of ghg-track", "post a file as ghg-track writes it", fault.code) from fault
    if not done.files:
        return JSONResponse({"status": "nothing_yet", "batch": None, "rows": 0, "findings": []})
    (result,) = done.files
    answer = {name: value for name, value in result.as_json().items() if name not in {"marked", "proposed"}}
    if result.status == "refused":
        first = next(finding for finding in result.findings if finding.severity == "error")
        fix = first.fix.replace("--choose ", "?")
        told = {"code": first.code, "message": first.message, "fix": fix, "id": request.state.request_id}
        return JSONResponse({"error": told} | answer, 422)
    site.keys.keep(book.actor, key, digest)
    return JSONResponse(answer, 201 if result.status == "accepted" else 200)


def _idempotency_key(request: Request) -> str:
    """The key by which a post that is sent again is known. Raises Misuse where there is none."""
    key = request.headers.get("idempotency-key", "").strip().strip('"')
    if not re.fullmatch("[!-~]{1,150}", key):
        raise Misuse(
            "a post needs the header Idempotency-Key, of 1 to 150 visible characters",
            "send one that stays the same when the same lines are sent again", "idempotency-key",
        )  # fmt: skip
    return key


@router.get("/inventory")
def inventory(request: Request, book: Program) -> Response:
    """The figures of a period, as `ghg inventory --json` has them."""
    from ledger.terminal import inventory_json

    asked = _asked(request, "period", "view", "at", "by")
    site, period, view, at = site_of(request), _needed(asked, "period", "2026-Q3"), asked.get("view"), _size(asked)
    if by := asked.get("by"):
        return JSONResponse(plain(site.read(book, "breakdown", period, by, view=view, at=at)))
    figures = site.read(book, "inventory", period, view=view, at=at)
    told = site.read(book, "uncertainty", period, view=view, at=figures.checkpoint.size)
    return JSONResponse(inventory_json(figures) | {"uncertainty": told.as_json()})


@router.get("/trace")
def trace(request: Request, book: Program) -> Response:
    """What a figure or an entry rests on, as `ghg trace --json` has it."""
    asked = _asked(request, "id", "limit")
    limit = _whole(asked, "limit", 20, _MOST_LINES_SHOWN)
    return JSONResponse(site_of(request).read(book, "trace", _needed(asked, "id", "B12-3"), limit=limit).as_json())


def _asked(request: Request, *names: str) -> dict[str, str]:
    """The parameters of an address. Raises Misuse for one that is not there, or holds what nobody can see."""
    asked = {name: value.strip() for name, value in request.query_params.items() if value.strip()}
    if strange := sorted(set(request.query_params) - set(names)):
        raise Misuse(f"there is no parameter '{visible(strange[0])[:40]}'", "take one of: " + ", ".join(names))
    if hidden := [name for name, value in asked.items() if visible(value) != value]:
        raise Misuse(f"'{hidden[0]}' holds an invisible character", "type it anew")
    return asked


def _needed(asked: Mapping[str, str], name: str, like: str) -> str:
    if name not in asked:
        raise Misuse(f"the parameter '{name}' is missing", f"give it: ?{name}={like}")
    return asked[name]


def _size(asked: Mapping[str, str]) -> int | None:
    return _whole(asked, "at", 0, 10**9) or None


def _whole(asked: Mapping[str, str], name: str, default: int, most: int) -> int:
    text = asked.get(name, "")
    if not text:
        return default
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise Misuse(f"'{name}' is '{text[:40]}'", f"give a whole number from 1 to {most}")
    return int(text)
