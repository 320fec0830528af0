"""Commands for the policies of a ledger."""

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

setting_app = typer.Typer(help="The policies of this ledger, and who may approve what.", no_args_is_help=True)


@setting_app.command("list")
def setting_list(
    history: Annotated[bool, typer.Option("--history", help="Also the values that came before.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Every policy, its value, since when it holds, who set it and why."""
    with faults(as_json):
        held = book(ledger, actor)
        found = [told for told in held.settings() if history or as_json or told.in_force]
        if as_json:
            from ledger.plain import plain

            print_json([{**plain(told), "recorded_at": _time(told.recorded_at)} for told in found])
            return
        from ledger.terminal import console, ruled_table, safe

        names = {row["person"]: row["name"] for row in held.people()}
        table = ruled_table(("setting", False), ("value", False), ("from", False), ("set by", False), ("why", False))
        for told in found:
            who = "default" if told.default else names.get(told.person or "") or told.person or ""
            since = "" if told.valid_from is None else f"{told.valid_from}"
            style = None if told.in_force else "dim"
            value = "\u2014" if told.value == "" else told.value
            table.add_row(told.name, safe(value), since, safe(who), safe(told.reason or told.about), style=style)
        console().print(table)
        console().print("Next: ghg setting set NAME VALUE --reason TEXT", style="dim")


@setting_app.command("set")
def setting_set(
    name: Annotated[str, typer.Argument(help="The setting, like base_year_threshold_pct.")],
    value: Annotated[str, typer.Argument(help="Its value; ghg setting list says what each is for.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    since: Annotated[str | None, typer.Option("--from", help="The day from which it holds, YYYY-MM-DD.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record a policy; earlier values stay readable, and closed periods keep theirs."""
    from ledger.calculation.settings import setting_kind

    with faults(as_json):
        done = book(ledger, actor).set_setting(name, value, since=since, reason=reason)
        after = "calculate, which decides what is open anew" if setting_kind(name).recalculates else "setting list"
        words = f"Batch {done.batch}: {name} is {value}.\nNext: ghg {after}"
        if not done.entries:
            words = f"{name} is {value} already; nothing was written."
        answer(as_json, done.as_json(), words)


def _time(value: object) -> str | None:
    return None if value is None else value.isoformat()  # type: ignore[attr-defined]
