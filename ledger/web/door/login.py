"""Coming and going: login, logout, and the first password of a ledger that nobody can log in to yet."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote, urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from ledger.book import Ledger
from ledger.book.roles import ADMIN
from ledger.errors import Busy, LedgerError, Misuse, Refused
from ledger.plain import visible
from ledger.web.frame.forms import Form, Signed
from ledger.web.frame.here import InPage, NotLoggedIn, Site, site_of
from ledger.web.frame.rendering import environment

router = APIRouter()
_LONGEST = 2_000


def needs_first_password(site: Site) -> bool:
    """Whether nobody could let anybody in: no admin has a password, and nobody else vouches for people."""
    if site.settings.oidc is not None or site.settings.read_only:
        return False
    book = Ledger(site.settings.ledger, actor=site.settings.founder)
    with_password = book.password_marks()
    return not any(ADMIN in person["role"].split() and person["person"] in with_password for person in book.people())


@router.get("/login")
def login_page(request: Request) -> Response:
    """The form to log in."""
    return login_form(request, after=own_address(request.query_params.get("next", "/")))


@router.post("/login")
async def log_in(request: Request) -> Response:
    """Log in with name and password; a new session each time."""
    from starlette.concurrency import run_in_threadpool

    async with request.form(max_files=0, max_fields=10) as data:
        form = Form(data)
        name, password = form.text("name", most=_LONGEST), form.secret("password")
        after = form.text("next", most=_LONGEST)
    with turn(site_of(request)):
        return await run_in_threadpool(_logged_in, request, name, password, own_address(after))


@contextmanager
def turn(site: Site) -> Iterator[None]:
    """A place among those who log in; the threads that serve pages are never all taken by them. Raises Busy."""
    if not site.logins.acquire(blocking=False):
        raise Busy("many people log in at this moment", "try again in some seconds")
    try:
        yield
    finally:
        site.logins.release()


def _logged_in(request: Request, name: str, password: str, after: str) -> Response:
    site = site_of(request)
    try:
        Ledger(site.settings.ledger, actor=name or "nobody").authenticated(name, password)
        if site.person(name) is None:  # an id instead of the name
            raise Refused("name and password are not known here", "log in with your name", code="not-authenticated")  # noqa: TRY301 — told like the ledger's own
    except (Refused, Misuse) as fault:
        status = 429 if fault.code == "throttled" else 401
        return login_form(request, name=name, wrong=_sentence(fault), status=status, after=after)
    return begun(site, name, after, ended=request.cookies.get(site.cookie))


def begun(site: Site, name: str, after: str = "/", *, ended: str | None = None) -> Response:
    """A new session of a person, in place of the one that the browser had; and the way to a page."""
    person = site.person(name)
    if person is None:
        raise NotLoggedIn
    if ended:
        site.sessions.end(ended)
    session = site.sessions.begin(name, person["person"], site.mark(person["person"]))
    answer = RedirectResponse(after, 303)
    answer.set_cookie(
        site.cookie, session, httponly=True, secure=site.settings.secure, samesite="lax", path="/"
    )
    return answer


@router.post("/logout")
def log_out(here: InPage, form: Signed) -> Response:  # noqa: ARG001 — a form of this session is asked for
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
        passwords = form.secret("password"), form.secret("again")
    with turn(site_of(request)):
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
        return _first(request, site, key, name=name, wrong=_sentence(fault))
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


def login_form(
    request: Request, *, name: str = "", wrong: str = "", status: int = 200, after: str = "/"
) -> Response:
    """The page to log in, with what was wrong the last time; ``after`` is where it leads."""
    site = site_of(request)
    html = environment().get_template("login.html.j2").render(
        here=None, title="Log in", place="", told=[], name=visible(name), wrong=visible(wrong), next=after,
        organisation=_organisation(site), oidc=site.settings.oidc, sso=_with_next("/login/sso", after),
    )  # fmt: skip
    return HTMLResponse(html, status)


def _with_next(path: str, after: str) -> str:
    return path if after == "/" else f"{path}?next={quote(after, safe='')}"


def _sentence(fault: LedgerError) -> str:
    text = str(fault)
    return f"{text[:1].upper()}{text[1:]}; {fault.fix}."


def _first(request: Request, site: Site, key: str, *, name: str = "", wrong: str = "") -> Response:
    html = environment().get_template("first.html.j2").render(
        here=None, title="The first password", place="", told=[], key=key, admins=_admins(site), name=name,
        wrong=visible(wrong), organisation=_organisation(site),
    )  # fmt: skip
    del request
    return HTMLResponse(html, 422 if wrong else 200)


def _organisation(site: Site) -> str:
    asked = Ledger(site.settings.ledger, actor=site.settings.founder)
    return str(site.read(asked, "policy").organisation)
