"""Commands for the people of a ledger: who they are, and in which roles they act."""

from __future__ import annotations

from typing import Annotated

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


def _words(roles: list[str]) -> str:
    return " and ".join(roles)
