"""`ghg connect spool`: the runs and readings that ghg-track wrote, taken in once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.given import choices_of
from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, book, faults, print_json, working

if TYPE_CHECKING:
    from ledger.book.results import SpoolResult

commands = typer.Typer()


@commands.command("spool")
def spool(
    folder: Annotated[Path, typer.Argument(help="The folder into which ghg-track wrote.")],
    choose: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE: what lines leave open (stage=…, facility_id=…, unfinished=…); repeatable."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen and record nothing.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Let records replace others held.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why, with --replace.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in the runs and readings of ghg-track, exactly once; files may grow and be given again."""
    with faults(as_json), working(f"reading {folder.name}", quiet=as_json):
        done = book(ledger, actor).connect_spool(
            folder, choices=choices_of(choose or ()), check=check, replace=replace, reason=reason
        )
    print_json(done.as_json()) if as_json else _print(done)
    if done.refused:
        raise typer.Exit(1)


def _print(done: SpoolResult) -> None:
    """A line a file with its findings, and the sum of them."""
    from ledger.cli.connect.verdicts import print_verdict
    from ledger.terminal import console, safe

    out = console()
    for file in done.files:
        print_verdict(file.source_name, file)
    for name in done.begun:
        out.print(safe(f"{name}: the run has begun; nothing to record yet"))
    for name in done.foreign:
        out.print(safe(f"{name}: no file of ghg-track; left"))
    words = ", ".join(f"{count} {word}" for word, count in done.counts.items() if count)
    out.print(safe(f"{words}."))
