"""`ghg ai telemetry`: power by the second or minute in Parquet, as energy by the hour."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.given import choices_of
from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    ConnectOption,
    EngineOption,
    JsonOption,
    LedgerOption,
    book,
    faults,
    print_json,
    working,
)

if TYPE_CHECKING:
    from ledger.book.telemetry import Added, Held

commands = typer.Typer()
_DAY = ["%Y-%m-%d"]


@commands.command("telemetry")
def telemetry_(
    folder: Annotated[str, typer.Argument(help="The folder above day=2026-07-01/…; with Spark s3a://… too.")],
    every: Annotated[int, typer.Option(help="Seconds that each sample stands for: 1, 10, 60 …")] = 1,
    first: Annotated[datetime | None, typer.Option("--from", formats=_DAY, help="First day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=_DAY, help="Last day.")] = None,
    engine: EngineOption = "duckdb",
    connect: ConnectOption = None,
    choose: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE: what the samples leave open (facility_id=…); repeatable.")
    ] = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Only hold the files against the manifests in the ledger.")
    ] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of readings that differ.")] = False,
    reason: Annotated[str | None, typer.Option(help="Why, with --replace.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen and record nothing.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in the energy of a folder of GPU power, by host and hour, exactly once; its manifest is evidence."""
    days = [None if day is None else day.date() for day in (first, last)]
    with faults(as_json), working("adding up", quiet=as_json):
        held = book(ledger, actor)
        if verify:
            found = held.telemetry_held(folder, engine=engine, connect=connect, first=days[0], last=days[1])
        else:
            done = held.telemetry(
                folder, every=every, first=days[0], last=days[1], engine=engine, connect=connect,
                choices=choices_of(choose or ()), check=check, replace=replace, reason=reason,
            )  # fmt: skip
    if verify:
        _print_held(found, as_json=as_json)
    else:
        _print_added(done, as_json=as_json)


def _print_added(done: Added, *, as_json: bool) -> None:
    if as_json:
        print_json(done.as_json())
    else:
        from ledger.terminal import print_upload

        made = done.made
        files = "1 file" if made.files == 1 else f"{made.files:,} files"
        typer.echo(
            f"{made.samples:,} samples in {files}, {made.first} to {made.last}: {made.kwh} kWh in "
            f"{made.hours:,} readings by host and hour, by {done.engine}"
        )
        typer.echo(f"manifest {made.manifest_sha256}")
        print_upload(done.upload)
    if done.upload.status == "refused" or done.upload.errors:
        raise typer.Exit(1)


def _print_held(found: tuple[Held, ...], *, as_json: bool) -> None:
    if as_json:
        print_json([one.as_json() for one in found])
    else:
        for one in found:
            counted = "1 file" if one.files == 1 else f"{one.files:,} files"
            state = "as sealed" if not one.differ else f"{len(one.differ)} not as sealed"
            typer.echo(f"batch {one.batch}, manifest {one.manifest_sha256[:12]}: {counted}, {state}")
            for differing in one.differ:
                typer.echo(f"  {differing.what}: {differing.name}")
        if not found:
            typer.echo("no manifest in the ledger names a file of this folder")
    if not found or any(one.differ for one in found):
        raise typer.Exit(1)
