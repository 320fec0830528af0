"""Accounts: one's own password, sessions and tokens; for admins everyone's, and what the ledger is kept by."""

from __future__ import annotations

from datetime import timedelta

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.book.credentials import PASSWORD_LENGTHS, SCOPES, TOKEN_DAYS
from ledger.book.roles import ADMIN, may_words
from ledger.errors import Misuse, Refused
from ledger.web.accounts.people import checked_twice, day_of, today, token_rows
from ledger.web.door.login import begun
from ledger.web.frame.forms import Form, Posted, Signed
from ledger.web.frame.here import Here, InPage

router = APIRouter()


@router.get("/accounts")
def own_account(here: InPage) -> Response:
    """Who one is here, and by what one comes."""
    return _own(here)


def _own(here: Here, wrong: str = "", about: str = "", status: int = 200) -> Response:
    """The page of one's own; ``wrong`` says what did not work in the form ``about``."""
    sessions = here.site.sessions.of_person(here.person)
    now = today()
    return here.page(
        "accounts/overview.html.j2", title="Your account", status=status, tab="own", wrong=wrong, about=about,
        may={role: may_words(role) for role in here.roles}, sessions=sessions, lengths=PASSWORD_LENGTHS,
        has_password=bool(here.session.mark), tables=(token_rows(here, here.book.tokens(here.person)),),
        tokens=here.book.tokens(here.person), scopes=_SCOPES, last=now + timedelta(days=TOKEN_DAYS),
        today=now,
    )  # fmt: skip


_SCOPES = (("read", "read: figures and traces"), ("write", "write: all that you may do"))


@router.post("/accounts/password")
def new_password(here: InPage, form: Posted) -> Response:
    """A new password in the place of the old one, which is asked for; every other session of the person ends."""
    try:
        chosen = checked_twice(form, "chosen", here.name)
        here.book.authenticated(here.name, form.secret("old"))
        here.book.set_password(here.name, chosen)
    except Refused as fault:
        told = "the old password is not right" if fault.code == "not-authenticated" else str(fault)
        if fault.code not in {"not-authenticated", "throttled"}:
            raise
        return _own(here, f"{told}; {fault.fix}", "password", 429 if fault.code == "throttled" else 422)
    except Misuse as fault:
        return _own(here, f"{fault}; {fault.fix}", "password", 422)
    here.site.sessions.end_all_of(here.person)
    answer = begun(here.site, here.name, here.link("/accounts"))
    kept = here.site.sessions.of_person(here.person)
    kept[0].tell("Your password is the new one. Everywhere else you are logged out.")
    return answer


@router.post("/accounts/sessions")
def end_sessions(here: InPage, form: Signed) -> Response:
    """End one's other sessions: all of them, or one by its handle."""
    which = form.text("session", most=64)
    ended = here.site.sessions.end_all_of(here.person, but=here.session.handle, handle=which)
    words = "No other session was open." if not ended else f"{ended} {'session' if ended == 1 else 'sessions'} ended."
    return here.go("/accounts", words)


@router.post("/accounts/token")
def new_token(here: InPage, form: Posted) -> Response:
    """A token for a program that acts as this person, shown on this page alone."""
    try:
        scope = form.choice("scope", SCOPES)
        last = day_of(form.text("last", most=40))
        token, made = here.book.new_token(here.name, expires=last, scope=scope)
    except Misuse as fault:
        return _own(here, f"{fault}; {fault.fix}", "token", 422)
    return here.page("accounts/token.html.j2", title="A new token", tab="own", token=token, made=made)


@router.post("/accounts/token/revoke")
def revoke_token(here: InPage, form: Posted) -> Response:
    """Make a token worthless: one's own, or as an admin anyone's, which the ledger decides."""
    token = form.text("token", required="no token was named", most=64)
    here.book.revoke_token(token)
    return here.go(_back(here, form), f"The token {token} is worthless from now on.")


def _back(here: Here, form: Form) -> str:
    """The page from which an admin came, or one's own."""
    person = form.text("person", most=64)
    return f"/accounts/person/{person}" if person and ADMIN in here.roles else "/accounts"


