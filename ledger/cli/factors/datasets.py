"""Commands for the emission factors of a ledger: listed, found, shown, published."""

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

commands = typer.Typer()


@commands.command("list")
def factors_list(ledger: LedgerOption = DEFAULT_LEDGER, actor: ActorOption = None, as_json: JsonOption = False) -> None:
    """The datasets of this ledger, with edition and licence."""
    from ledger.terminal import print_rows

    with faults(as_json):
        rows = book(ledger, actor).datasets()
        print_json(rows) if as_json else print_rows(rows)


@commands.command("search")
def factors_search(
    words: Annotated[list[str], typer.Argument(help="Words that the factor must have, like: electricity GB.")],
    limit: Annotated[int, typer.Option(help="How many at most.")] = 50,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Find factors by words in id, activity type, dataset, place or line."""
    from ledger.plain import plain
    from ledger.terminal import print_factors

    with faults(as_json):
        rows = book(ledger, actor).factors(" ".join(words), limit=limit)
        print_json(plain(rows)) if as_json else print_factors(rows)


@commands.command("show")
def factors_show(
    factor_id: Annotated[str, typer.Argument(help="The factor's id.")],
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """One factor whole, with source, licence and caveats."""
    from ledger.plain import plain
    from ledger.terminal import print_record

    with faults(as_json):
        record = plain(book(ledger, actor).factor(factor_id))
        print_json(record) if as_json else print_record(record)


@commands.command("publish")
def factors_publish(
    dataset: Annotated[
        list[str] | None, typer.Option(help="Only this shipped dataset, like desnz-2025; may be given again.")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Publish the shipped datasets that this ledger does not have yet."""
    with faults(as_json):
        done = book(ledger, actor).publish_factors(dataset or ())
        words = f"{done.counts['datasets']} datasets published"
        if done.batch is not None:
            words += "; see what they would change: ghg calculate --check"
        answer(as_json, done.as_json(), words)


@commands.command("chp")
def factors_chp(ledger: LedgerOption = DEFAULT_LEDGER, actor: ActorOption = None, as_json: JsonOption = False) -> None:
    """Suppliers' plants of combined heat and power, their emissions split into heat and power.

    Enter plants with: ghg template chp_plant, then ghg upload.
    """
    from ledger.plain import plain
    from ledger.terminal import print_rows

    with faults(as_json):
        rows = plain(book(ledger, actor).chp())
        if as_json:
            print_json(rows)
        elif not rows:
            typer.echo("No plants. Enter them with: ghg template chp_plant, then ghg upload")
        else:
            named = ("plant_id", "supplier", "data_year", "method", "heat_share", "total_kg", "heat_kg_per_kwh",
                     "power_kg_per_kwh")  # fmt: skip
            print_rows([{name: row[name] for name in named} for row in rows])
