"""Commands for the life of factors: what an edition changes, what a publisher's file holds, what is out of use."""

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
    answer,
    book,
    faults,
    print_json,
    working,
)

commands = typer.Typer()


@commands.command("effect")
def factors_effect(
    dataset: Annotated[str, typer.Argument(help="A dataset that is published or shipped, like desnz-2025, or desnz.")],
    edition: Annotated[str | None, typer.Argument(help="Its edition where the name leaves it open: 2025.")] = None,
    period: Annotated[str | None, typer.Option(help="One figure for this period; each quarter when left out.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """What an edition would change, by figure and factor; nothing is written."""
    from ledger.cli.factors.edition_words import print_effect

    with faults(as_json), working("calculating", quiet=as_json):
        effect = book(ledger, actor).edition_effect(dataset, edition, period=period)
        print_json(effect.as_json()) if as_json else print_effect(effect)


@commands.command("used")
def factors_used(
    period: Annotated[str, typer.Option(help="The period, like 2026-Q3.")],
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The datasets that a period's figures rest on: edition, licence, attribution, postings and tonnes."""
    from ledger.cli.factors.edition_words import print_used

    with faults(as_json):
        used = book(ledger, actor).datasets_used(period, view=view, at=at)
        print_json([row.as_json() for row in used]) if as_json else print_used(used)


@commands.command("import")
def factors_import(
    file: Annotated[Path, typer.Argument(help="A publisher's own workbook or CSV.")],
    kind: Annotated[
        str | None,
        typer.Option(
            "--as",
            help="desnz, epa_hub, egrid, aib, green_e, country_grid, electricity_maps, spend_table; else by headers.",
        ),
    ] = None,
    edition: Annotated[str | None, typer.Option(help="Its edition, where the file does not say it.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what it would change and write nothing.")] = False,
    erratum: Annotated[str | None, typer.Option(help="What the publisher corrected, where rows change.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in a publisher's file: headers checked, its bytes kept, licence and attribution recorded."""
    with faults(as_json), working(f"reading {file.name}", quiet=as_json):
        done = book(ledger, actor).import_factors(file, kind, edition=edition, check=check, erratum=erratum)
    if as_json:
        print_json(done.as_json())
    else:
        from ledger.cli.factors.edition_words import print_import

        print_import(done, file.name)
    if done.status == "refused":
        raise typer.Exit(1)


@commands.command("withdraw")
def factors_withdraw(
    dataset: Annotated[str, typer.Argument(help="A dataset of this ledger, like desnz-2025.")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")],
    restore: Annotated[bool, typer.Option("--restore", help="Put a withdrawn dataset back into use.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a dataset out of use: it stays readable and no longer wins."""
    with faults(as_json):
        done = book(ledger, actor).withdraw_dataset(dataset, reason=reason, restore=restore)
        state = "is back in use" if restore else "is withdrawn"
        words = f"Batch {done.batch}: {dataset} {state}. See what changes: ghg calculate --check"
        answer(as_json, done.as_json(), words)
