"""The app: every page joined, behind the guard."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.staticfiles import StaticFiles

from ledger import shipped
from ledger.errors import LedgerError
from ledger.web import accounts, ai, api, entries, explore, factors, reports, review, upload
from ledger.web.door import login, oidc
from ledger.web.door.guard import Guard, Scope
from ledger.web.door.log import LOG
from ledger.web.frame import workshop
from ledger.web.frame.answers import state_of
from ledger.web.frame.faults import add_fault_pages
from ledger.web.frame.here import Site, site_of
from ledger.web.frame.rendering import STATIC
from ledger.web.home import overview as home
from ledger.web.settings import WebSettings

PAGES = (
    login.router,
    oidc.router,
    home.router,
    explore.router,
    entries.router,
    accounts.router,
    api.router,
    upload.router,
    reports.router,
    review.router,
    factors.router,
    workshop.router,
    ai.router,
)

_LOOKS_S = 2.0
"""Seconds between two looks at whether the ledger has changed."""
_LAST_LOOK_S = 10.0


class Kept(StaticFiles):
    """Files that browsers may keep: they change with the version only."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with leave to keep it for an hour."""
        answer = await super().get_response(path, scope)
        answer.headers["cache-control"] = "public, max-age=3600"
        return answer


def create_app(settings: WebSettings) -> Guard:
    """The web app of a ledger, an ASGI application. It reads and writes by the verbs of the ledger alone."""
    site = Site(settings)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        stopped = threading.Event()
        warming = threading.Thread(target=_keep_warm, args=(site, stopped), daemon=True)
        warming.start()
        if site.watch is not None:
            site.watch.start()
        yield
        stopped.set()
        if site.watch is not None:
            site.watch.stop()
        warming.join(_LAST_LOOK_S)  # a process that ends while a thread reads dies of it

    app = FastAPI(title="ghg-ledger", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.site = site
    app.mount("/static", Kept(directory=STATIC))
    app.mount("/fonts", Kept(directory=shipped.path("templates") / "fonts"))
    app.add_api_route("/health", _health, include_in_schema=False)
    for router in PAGES:
        app.include_router(router)
    add_fault_pages(app)
    return Guard(app, settings)  # outermost, so that no answer leaves without its headers


def _health(request: Request) -> Response:
    """Whether the app answers and its ledger is there, for whoever watches over it; nothing else is said."""
    there = site_of(request).settings.ledger.is_file()
    return PlainTextResponse("ok\n" if there else "the ledger is not there\n", 200 if there else 503)


def _keep_warm(site: Site, stopped: threading.Event) -> None:
    """Do what the first page would wait for, at the start and whenever the ledger has changed."""
    state, work = None, home.warm
    while not stopped.wait(0 if state is None else _LOOKS_S):
        now = state_of(site.settings.ledger)
        if now == state:
            continue
        state = now
        try:
            work(site)
            work = home.refresh
        except (LedgerError, OSError):  # the page that asks tells it
            LOG.info("not read ahead", exc_info=True)
