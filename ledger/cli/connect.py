"""Commands that take in what live systems wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, book, faults, print_json, working
from ledger.cli.recording import choices_of

if TYPE_CHECKING:
    from ledger.book.results import SpoolResult, UploadResult

connect_app = typer.Typer(help="Take in what live systems wrote.", no_args_is_help=True)


@connect_app.callback()
def connecting() -> None:
    """Take in what live systems wrote."""


@connect_app.command("spool")
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
    from ledger.terminal import console, print_findings, safe

    out = console()
    for file in done.files:
        out.print(safe(f"{file.source_name}: {verdict(file)}"))
        told = [finding for finding in file.findings if finding.severity != "info"]
        print_findings(out, told, file.more_findings if told else {})
    for name in done.begun:
        out.print(safe(f"{name}: the run has begun; nothing to record yet"))
    for name in done.foreign:
        out.print(safe(f"{name}: no file of ghg-track; left"))
    words = ", ".join(f"{count} {word}" for word, count in done.counts.items() if count)
    out.print(safe(f"{words}."))


def verdict(file: UploadResult) -> str:
    """What became of a file, in words."""
    return {
        "accepted": f"batch {file.batch}",
        "already_recorded": "already recorded",
        "checked": "would be accepted",
        "refused": "refused; nothing of it was recorded",
    }[file.status]
