"""The app: every page joined, behind the guard."""

from __future__ import annotations

import logging
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from fastapi.responses import Response
from starlette.staticfiles import StaticFiles

from ledger import shipped
from ledger.web import home, login
from ledger.web.faults import add_fault_pages
from ledger.web.guard import Guard, Scope
from ledger.web.here import Site
from ledger.web.rendering import STATIC
from ledger.web.settings import WebSettings

PAGES = (login.router, home.router)


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
        threading.Thread(target=_warm, args=(site,), daemon=True).start()
        yield

    app = FastAPI(title="ghg-ledger", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    app.state.site = site
    app.mount("/static", Kept(directory=STATIC))
    app.mount("/fonts", Kept(directory=shipped.path("templates") / "fonts"))
    for router in PAGES:
        app.include_router(router)
    add_fault_pages(app)
    return Guard(app, settings)  # outermost, so that no answer leaves without its headers


def _warm(site: Site) -> None:
    """Do once what the first page would wait for; a fault is told by the page itself."""
    try:
        home.warm(site)
    except Exception:  # nobody asked yet
        logging.getLogger("ledger.web").info("not warmed", exc_info=True)
