"""Commands for the people of a ledger: who they are, and in which roles they act."""

from __future__ import annotations

import sys
from datetime import date
from typing import Annotated, Any

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    JsonOption,
    LedgerOption,
    answer,
    book,
    faults,
    print_json,
)

person_app = typer.Typer(help="Who may act on this ledger.", no_args_is_help=True)
_ROLE_HELP = "preparer, reviewer, auditor or admin; give it again for several."


@person_app.command("add")
def person_add(
    name: Annotated[str, typer.Argument(help="The name they act under (--actor, or their OS user).")],
    role: Annotated[list[str] | None, typer.Option(help=_ROLE_HELP, show_default="preparer")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take someone in who may act; an admin does."""
    with faults(as_json):
        roles = role or ["preparer"]
        done = book(ledger, actor).add_person(name, roles)
        answer(as_json, done.as_json(), f"Batch {done.batch}: {name} acts as {_words(roles)}.")


@person_app.command("role")
def person_role(
    name: Annotated[str, typer.Argument(help="Whose roles change.")],
    role: Annotated[list[str] | None, typer.Option(help=f"{_ROLE_HELP} They hold no others from now on.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Take every role away: they may not act any more.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give someone other roles from now on; an admin does."""
    from ledger.errors import Misuse

    with faults(as_json):
        if none == bool(role):
            raise Misuse("say which roles they hold from now on", "give --role once for each, or --none for no role")
        done = book(ledger, actor).set_roles(name, role or [])
        words = f"Batch {done.batch}: {name} {'may not act any more' if none else 'acts as ' + _words(role or [])}."
        answer(as_json, done.as_json(), words if done.entries else "Nothing changes: they hold these roles already.")


@person_app.command("name")
def person_name(
    person: Annotated[str, typer.Argument(help="The id, p-…, as ghg person list shows it.")],
    name: Annotated[str, typer.Argument(help="Who it is.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say who is behind an id whose name was lost; an admin does, with --actor p-… where theirs is lost too."""
    with faults(as_json):
        done = book(ledger, actor).name_person(person, name)
        answer(as_json, done.as_json(), f"Batch {done.batch}: {person} is {name}.")


@person_app.command("erase")
def person_erase(
    name: Annotated[str, typer.Argument(help="Whose name, password and tokens are forgotten.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take every role from someone and forget who it was; what they did stays, under their id. An admin does."""
    with faults(as_json):
        done = book(ledger, actor).erase_person(name)
        words = f"{name} is erased; entries name an id that says nothing. Copies and snapshots made before still know."
        if done.counts["guessable"]:
            words += "\nThis id is of an earlier version and follows from the name: who guesses the name can check it."
        answer(as_json, done.as_json(), words)


@person_app.command("list")
def person_list(
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Everyone who may act, with their roles."""
    from ledger.terminal import print_rows

    with faults(as_json):
        rows = book(ledger, actor).people()
        print_json(rows) if as_json else print_rows(rows)


@person_app.command("refused")
def person_refused(
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """What was refused: files and acts, when, whose, and why."""
    from ledger.terminal import print_rows

    with faults(as_json):
        held = book(ledger, actor)
        told = held.refusals()
        if as_json:
            print_json(told)
            return
        names = {row["person"]: row["name"] for row in held.people()}
        print_rows([
            {
                "when": str(line.get("at", ""))[:16].replace("T", " "),
                "who": names.get(str(line.get("actor"))) or str(line.get("actor", "")),
                "what": " ".join(str(part) for part in (line.get("what"), _detail(line, "step", "entry")) if part),
                "about": _detail(line, "source_name", "period", "roles"),
                "why": _detail(line, "code", "codes"),
            }
            for line in told
        ])  # fmt: skip


def _detail(line: dict[str, Any], *names: str) -> str:
    """The first of some details that a refusal has."""
    details = line.get("details")
    found = next((details[name] for name in names if name in details), "") if isinstance(details, dict) else ""
    return ", ".join(map(str, found)) if isinstance(found, list) else str(found)


@person_app.command("password")
def person_password(
    name: Annotated[str, typer.Argument(help="Whose password.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a password for programs that ask for one; asked for here, or read from standard input."""
    with faults(as_json):
        book(ledger, actor).set_password(name, _typed_password())
        answer(as_json, {"name": name}, f"{name} has a new password.")


@person_app.command("token")
def person_token(
    name: Annotated[str, typer.Argument(help="As whom the program acts.")],
    expires: Annotated[
        str | None, typer.Option(help="The last day on which it holds, like 2026-12-31.", show_default="90 days")
    ] = None,
    scope: Annotated[str, typer.Option(help="read, or write: all that the person may do.")] = "read",
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token for a program; it is printed once and kept nowhere."""
    with faults(as_json):
        token, told = book(ledger, actor).new_token(name, expires=_day(expires) if expires else None, scope=scope)
        words = f"{token}\nKeep it now, it is not shown again. It may {scope} until {told.expires}."
        answer(as_json, {"token": token, "scope": told.scope, "expires": told.expires}, words)


def _day(text: str) -> date:
    """A day as it is written here. Raises Misuse for one that is written otherwise."""
    from ledger.errors import Misuse

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Misuse(f"'{text}' is not read as a day", "write it as 2026-12-31: year, month, day") from None


@person_app.command("tokens")
def person_tokens(
    name: Annotated[str | None, typer.Argument(help="Whose; everyone's where left out.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The tokens by their first part: whose, what for, until when."""
    from dataclasses import asdict

    from ledger.terminal import print_rows

    with faults(as_json):
        rows = [asdict(told) for told in book(ledger, actor).tokens(name)]
        print_json(rows) if as_json else print_rows(rows)


@person_app.command("revoke")
def person_revoke(
    token: Annotated[str, typer.Argument(help="The part of the token that ghg person tokens lists.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a token worthless."""
    with faults(as_json):
        book(ledger, actor).revoke_token(token)
        answer(as_json, {"revoked": token}, f"The token {token} is worthless from now on.")


def _typed_password() -> str:
    """From the keyboard, twice and unseen; or the first line of standard input. Never an argument: those are listed."""
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt="Again"))
    return sys.stdin.readline().rstrip("\r\n")


def _words(roles: list[str]) -> str:
    return " and ".join(roles)
