"""Commands that read: figures, traces, verification, checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    AtOption,
    JsonOption,
    LedgerOption,
    ViewOption,
    book,
    faults,
    print_json,
    working,
)

commands = typer.Typer()


@commands.command()
def inventory(
    period: Annotated[str, typer.Option(help="2026, 2026-Q3, 2026-07, FY2026, 2026-01-01..2026-06-30 …")],
    by: Annotated[
        str | None,
        typer.Option(
            help="facility, legal_entity, category, month, gas, activity_type, source_type, country, scope, tag:NAME."
        ),
    ] = None,
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The figures of a period; with --view all, under every consolidation approach."""
    from ledger.terminal import inventory_json, print_breakdown, print_inventory

    with faults(as_json):
        held = book(ledger, actor)
        if view == "all":
            from ledger.cli.explore.boundaries import print_views, views_json

            every = held.views(period, at=at)
            print_json(views_json(every)) if as_json else print_views(every)
            return
        if by is not None:
            from ledger.plain import plain

            rows = held.breakdown(period, by, view=view, at=at)
            print_json(plain(rows)) if as_json else print_breakdown(rows, by)
            return
        figures = held.inventory(period, view=view, at=at)
        if as_json:
            told = held.uncertainty(period, view=view, at=figures.checkpoint.size)
            print_json(inventory_json(figures) | {"uncertainty": told.as_json()})
        else:
            print_inventory(figures)


@commands.command()
def trace(
    what: Annotated[str, typer.Argument(help="A figure's id from a report, or an entry like B12-3.")],
    limit: Annotated[int, typer.Option(help="How many of the largest lines to show.")] = 20,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow a figure to its postings, factors, activities, files and lines."""
    with faults(as_json):
        found = book(ledger, actor).trace(what, limit=limit)
        if as_json:
            print_json(found.as_json())
            return
        from ledger.assurance.tracing.trace import rendered
        from ledger.terminal import console

        console().print(rendered(found))


@commands.command()
def verify(
    checkpoint: Annotated[
        Path | None, typer.Option(help="A checkpoint you kept: is this ledger its continuation?")
    ] = None,
    since: Annotated[int | None, typer.Option(help="Only batches after this number.")] = None,
    entry: Annotated[str | None, typer.Option(help="Only this entry, with its proof.")] = None,
    public_key: Annotated[
        list[str] | None,
        typer.Option(help="Who may have signed (base64; can be repeated): the ledger then adds no trust of its own."),
    ] = None,
    timestamp_ca: Annotated[
        Path | None, typer.Option(help="Certificates (PEM) of the time-stamping authorities that you trust.")
    ] = None,
    auditor_key: Annotated[
        str | None, typer.Option(help="The key (base64) that must have signed the sign-offs, as the auditor told you.")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recompute every digest and every posting; exit 1 where anything does not hold."""
    with faults(as_json), working("verifying", quiet=as_json):
        found = book(ledger, actor).verify(
            checkpoint=checkpoint, since=since, entry=entry, public_key=public_key, timestamp_ca=timestamp_ca,
            auditor_key=auditor_key,
        )  # fmt: skip
    if as_json:
        print_json(found.as_json())
    else:
        from ledger.terminal import print_verification

        print_verification(found)
    if not found.ok:
        raise typer.Exit(1)
