"""Accounts of everyone: who there is, what they may, and how they come; changed by admins, which the ledger checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.book.credentials import PASSWORD_LENGTHS, check_new_password
from ledger.book.roles import ADMIN, ROLES, may_words
from ledger.errors import Misuse
from ledger.web.frame.forms import Form, Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.tables import Column, Linked, Row, Table

if TYPE_CHECKING:
    from ledger.book.credentials import Token

router = APIRouter()
Person = dict[str, str]


@router.get("/accounts/people")
def everyone(here: InPage) -> Response:
    """Everyone who may act or might once, with their roles; the form to take somebody in."""
    return _everyone(here)


def _everyone(here: Here, wrong: str = "", name: str = "", status: int = 200) -> Response:
    return here.page(
        "accounts/people.html.j2", title="People", status=status, tab="people", wrong=wrong, name=name,
        may={role: may_words(role) for role in ROLES}, tables=(_people_table(here),), lengths=PASSWORD_LENGTHS,
    )  # fmt: skip


def _people_table(here: Here) -> Table:
    """A row for each person, led to their page."""
    marks = here.book.password_marks()
    tokens = Counter(token.person for token in here.book.tokens())
    rows = [
        Row({
            "name": Linked(person["name"] or "(no name)", here.link(f"/accounts/person/{person['person']}")),
            "roles": _roles_said(person), "password": "yes" if person["person"] in marks else "no",
            "tokens": tokens[person["person"]], "person": person["person"],
        })
        for person in here.book.people()
    ]  # fmt: skip
    columns = (
        Column("name", "Name"), Column("roles", "Roles"), Column("password", "Password"),
        Column("tokens", "Tokens", "number"), Column("person", "Id in the ledger", "code"),
    )  # fmt: skip
    note = "The ledger holds the id alone; the name lies beside it and can be erased."
    return Table("people", "Everyone", columns, rows, note=note)


@router.post("/accounts/people")
def add_person(here: InPage, form: Posted) -> Response:
    """Take somebody in, with roles, and with a password where one was typed."""
    name = form.text("name", most=1_000)
    try:
        form.text("name", required="the person has no name")
        first = checked_twice(form, "first", name) if form.secret("first") else ""
        done = here.book.add_person(name, _roles_of(form))
        if first:
            here.book.set_password(name, first)
    except Misuse as fault:
        return _everyone(here, f"{fault}; {fault.fix}", name, 422)
    roles = " and ".join(_roles_of(form))
    words = f"{name} acts as {roles} (batch {done.batch})."
    return here.go("/accounts/people", words + ("" if first else " They have no password yet."))


@router.get("/accounts/person/{person}")
def one_person(here: InPage, person: str) -> Response:
    """What is known of a person, and what an admin may change of it."""
    return _one(here, _found(here, person))


def _one(here: Here, person: Person, wrong: str = "", about: str = "", status: int = 200) -> Response:
    """The page of a person; ``wrong`` says what did not work in the form ``about``."""
    tokens = here.book.tokens(person["person"]) if _sees_tokens(here, person) else ()
    return here.page(
        "accounts/person.html.j2", title=person["name"] or person["person"], status=status, tab="people",
        person=person, roles=person["role"].split(), said=_roles_said(person), wrong=wrong, about=about,
        may={role: may_words(role) for role in ROLES}, tokens=tokens, lengths=PASSWORD_LENGTHS,
        has_password=person["person"] in here.book.password_marks(), sees_tokens=_sees_tokens(here, person),
        sessions=len(here.site.sessions.of_person(person["person"])), tables=(token_rows(here, tokens),),
    )  # fmt: skip


@router.post("/accounts/person/{person}/roles")
def change_roles(here: InPage, form: Posted, person: str) -> Response:
    """Other roles from now on, or none."""
    found = _found(here, person)
    try:
        roles = form.many("role")
        done = here.book.set_roles(found["person"], roles)
    except Misuse as fault:
        return _one(here, found, f"{fault}; {fault.fix}", "roles", 422)
    who = found["name"] or found["person"]
    words = f"{who} acts as {' and '.join(roles)}" if roles else f"{who} may not act any more"
    told = f"{words} (batch {done.batch})." if done.entries else "Nothing changes: these are their roles already."
    return here.go(f"/accounts/person/{found['person']}", told)


@router.post("/accounts/person/{person}/password")
def reset_password(here: InPage, form: Posted, person: str) -> Response:
    """A password that an admin gives, which is an act on record without the secret; their sessions end."""
    found = _found(here, person)
    if found["person"] == here.person:
        raise Misuse("your own password is changed with the one that you have", "do it on the page of your account")
    try:
        chosen = checked_twice(form, "chosen", found["name"])
        here.book.set_password(found["name"] or found["person"], chosen)
    except Misuse as fault:
        return _one(here, found, f"{fault}; {fault.fix}", "password", 422)
    here.site.sessions.end_all_of(found["person"])
    told = f"{found['name']} has the new password, and is logged out. Tell it by another way than this app."
    return here.go(f"/accounts/person/{found['person']}", told)


@router.get("/accounts/person/{person}/erase")
def erase_page(here: InPage, person: str) -> Response:
    """What erasing a person means, before it is done."""
    return _erasing(here, _found(here, person))


def _erasing(here: Here, person: Person, wrong: str = "", status: int = 200) -> Response:
    title = f"Erase {person['name'] or person['person']}"
    return here.page("accounts/erase.html.j2", title=title, status=status, tab="people", person=person, wrong=wrong)


@router.post("/accounts/person/{person}/erase")
def erase(here: InPage, form: Posted, person: str) -> Response:
    """Forget who a person was; what they did stays, under their id."""
    found = _found(here, person)
    if form.text("name", most=1_000) != (found["name"] or found["person"]):
        return _erasing(here, found, "The name is not theirs; type it as it stands above.", 422)
    try:
        done = here.book.erase_person(found["person"])
    except Misuse as fault:
        return _erasing(here, found, f"{fault}; {fault.fix}", 422)
    here.site.sessions.end_all_of(found["person"])
    told = f"{found['person']} is erased: name, password and tokens are forgotten. Copies made before still know them."
    if done.counts["guessable"]:
        told += " This id follows from the name, as those of the first version do: who guesses the name can check it."
    return here.go("/accounts/people", told)


def token_rows(here: Here, tokens: Sequence[Token]) -> Table:
    """Tokens by their first part, without what makes them worth anything."""
    now = today().isoformat()
    rows = [
        Row({"token": token.token, "scope": token.scope, "created": token.created, "expires": token.expires,
             "state": "over" if token.expires < now else "holds"}, "attention" if token.expires < now else "")
        for token in tokens
    ]  # fmt: skip
    del here
    columns = (
        Column("token", "Token", "code"), Column("scope", "May"), Column("created", "Made", "day"),
        Column("expires", "Last day", "day"), Column("state", "State"),
    )  # fmt: skip
    return Table("tokens", "Tokens", columns, rows, empty="No program acts as this person.")


def checked_twice(form: Form, name: str, whose: str) -> str:
    """A password that was typed twice alike, for someone. Raises Misuse where it was not, or cannot be theirs."""
    chosen = form.secret(name)
    if chosen != form.secret(f"{name}_again"):
        raise Misuse("the two passwords differ", "type the same twice")
    check_new_password(whose, chosen)
    return chosen


def day_of(text: str) -> date | None:
    """A day as a form has it; None where none was given. Raises Misuse for what is no day."""
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misuse(f"'{text}' is not read as a day", "write it as 2026-12-31: year, month, day") from None


def today() -> date:
    """The day by UTC, as the ledger counts them."""
    return datetime.now(UTC).date()


def _found(here: Here, person: str) -> Person:
    found = next((dict(one) for one in here.book.people() if one["person"] == person), None)
    if found is None:
        raise Misuse("there is no such person in this ledger", "the page of people has everyone", code="not-found")
    return found


def _sees_tokens(here: Here, person: Person) -> bool:
    return ADMIN in here.roles or person["person"] == here.person


def _roles_of(form: Form) -> tuple[str, ...]:
    roles = form.many("role")
    if not roles:
        raise Misuse("no role was chosen", "tick what they may do; roles can be changed at any time")
    return roles


def _roles_said(person: Person) -> str:
    return "none, may not act" if person["role"] == "none" else person["role"].replace(" ", ", ")
