"""Coming and going: login, logout, and the first password of a ledger that nobody can log in to yet."""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ledger.book import Ledger
from ledger.book.roles import ADMIN
from ledger.errors import LedgerError, Misuse, Refused
from ledger.plain import visible
from ledger.store.people_file import read_people
from ledger.web.forms import Form, Posted
from ledger.web.here import InPage, Site, site_of
from ledger.web.rendering import environment

router = APIRouter()
_LONGEST = 2_000


def needs_first_password(site: Site) -> bool:
    """Whether no admin of the ledger has a password: nobody could let anybody in."""
    held = read_people(site.settings.ledger)["people"]
    with_password = {str(record.get("name")) for record in held.values() if "password" in record}
    everyone = Ledger(site.settings.ledger, actor=site.settings.founder).people()
    return not any(ADMIN in person["role"].split() and person["name"] in with_password for person in everyone)


@router.get("/login")
def login_page(request: Request) -> Response:
    """The form to log in."""
    return _login(request)


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Log in with name and password; a new session each time."""
    from starlette.concurrency import run_in_threadpool

    async with request.form(max_files=0, max_fields=10) as data:
        form = Form(data)
        name, password = form.text("name", most=_LONGEST), str(data.get("password", ""))
        after = form.text("next", most=_LONGEST)
    return await run_in_threadpool(_logged_in, request, name, password, after)


def _logged_in(request: Request, name: str, password: str, after: str) -> Response:
    site = site_of(request)
    try:
        Ledger(site.settings.ledger, actor=name or "nobody").authenticated(name, password)
    except LedgerError as fault:
        status = 429 if fault.code == "throttled" else 401
        return _login(
            request, name=name, wrong=f"{str(fault)[:1].upper()}{str(fault)[1:]}; {fault.fix}.", status=status
        )
    return begun(site, name, own_address(after), ended=request.cookies.get(site.cookie))


def begun(site: Site, name: str, after: str = "/", *, ended: str | None = None) -> Response:
    """A new session of a person, in place of the one that the browser had; and the way to a page."""
    if ended:
        site.sessions.end(ended)
    answer = RedirectResponse(after, 303)
    answer.set_cookie(
        site.cookie, site.sessions.begin(name), httponly=True, secure=site.settings.secure, samesite="lax", path="/"
    )
    return answer


@router.post("/logout")
def log_out(here: InPage, form: Posted) -> Response:  # noqa: ARG001 — a form of this session is asked for
    """End this session."""
    here.site.sessions.end(here.request.cookies.get(here.site.cookie, ""))
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(here.site.cookie, path="/", secure=here.site.settings.secure, httponly=True)
    return answer


@router.get("/first")
def first_page(request: Request, key: str = "") -> Response:
    """The form for the first password, opened by the key that stands where the app was started."""
    site = _founding_site(request, key)
    return _first(request, site, key)


@router.post("/first")
async def first_password(request: Request) -> Response:
    """Set the first password, of an admin, and log them in."""
    from starlette.concurrency import run_in_threadpool

    async with request.form(max_files=0, max_fields=10) as data:
        form = Form(data)
        key, name = form.text("key", most=_LONGEST), form.text("name", most=_LONGEST)
        passwords = str(data.get("password", "")), str(data.get("again", ""))
    return await run_in_threadpool(_founded, request, key, name, passwords)


def _founded(request: Request, key: str, name: str, passwords: tuple[str, str]) -> Response:
    site = _founding_site(request, key)
    if name not in _admins(site):
        raise Misuse("this is not an admin of the ledger", "take one of the list")
    try:
        if passwords[0] != passwords[1]:
            raise Misuse("the two passwords differ", "type it twice")  # noqa: TRY301 — told like the ledger's own
        Ledger(site.settings.ledger, actor=name).set_password(name, passwords[0])
    except Misuse as fault:
        return _first(request, site, key, name=name, wrong=f"{fault}; {fault.fix}.")
    return begun(site, name)


def own_address(text: str) -> str:
    """An address of this app to go on to; the home page where it is none: nobody is led elsewhere."""
    parts = urlsplit(text)
    own = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.scheme and not parts.netloc
    return text if own and visible(text) == text else "/"


def _founding_site(request: Request, key: str) -> Site:
    site = site_of(request)
    if not hmac.compare_digest(key.encode(), site.settings.first_key.encode()) or not needs_first_password(site):
        raise Refused("this address is over", "log in; or have an admin give you a password", code="first-over")
    return site


def _admins(site: Site) -> list[str]:
    everyone = Ledger(site.settings.ledger, actor=site.settings.founder).people()
    return [person["name"] for person in everyone if ADMIN in person["role"].split() and person["name"]]


def _login(request: Request, *, name: str = "", wrong: str = "", status: int = 200) -> Response:
    after = own_address(request.query_params.get("next", "/"))
    html = environment().get_template("login.html.j2").render(
        here=None, title="Log in", place="", told=[], name=visible(name), wrong=visible(wrong), next=after,
        organisation=_organisation(site_of(request)),
    )  # fmt: skip
    return HTMLResponse(html, status)


def _first(request: Request, site: Site, key: str, *, name: str = "", wrong: str = "") -> Response:
    html = environment().get_template("first.html.j2").render(
        here=None, title="The first password", place="", told=[], key=key, admins=_admins(site), name=name,
        wrong=visible(wrong), organisation=_organisation(site),
    )  # fmt: skip
    del request
    return HTMLResponse(html, 422 if wrong else 200)


def _organisation(site: Site) -> str:
    asked = Ledger(site.settings.ledger, actor=site.settings.founder)
    return str(site.answers.get("organisation", lambda: asked.policy().organisation))
