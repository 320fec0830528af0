"""`ghg ai move`: a service of the ledger at other places, what that saves, and when it makes up for the move."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.ai.tradeoff.compare import Many, OutputOption
from ledger.cli.given import amount, by_name, day, pairs
from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    JsonOption,
    LedgerOption,
    book,
    faults,
    print_json,
    write_new,
)

if TYPE_CHECKING:
    from ledger.ai.tradeoff.moving import MoveWish

commands = typer.Typer()


@commands.command("move")
def move_(
    to: Annotated[list[str], typer.Option(help="Where to; once for each: aws/eu-north-1, lambda:US, SE.")],
    model: Annotated[str | None, typer.Option(help="The service: a model, as its runs name it.")] = None,
    facility: Annotated[str | None, typer.Option(help="The service: what runs at a facility of yours.")] = None,
    stage: Annotated[str | None, typer.Option(help="Of the model's life alone: inference, pre_training …")] = None,
    period: Annotated[str | None, typer.Option(help="The year it is taken from: 2025; the newest if left out.")] = None,
    gpu: Annotated[str | None, typer.Option(help="The accelerators there; the same kind if left out.")] = None,
    measured: Annotated[Many, typer.Option(help="PART=HOURS of your own run of one task; of both parts.")] = None,
    benchmark: Annotated[str | None, typer.Option(help="Speeds by a benchmark: bert, or bert/v2.1/8.")] = None,
    utilisation: Annotated[str | None, typer.Option(help="Share of dense peak that is reached: 0.3-0.5.")] = None,
    power: Annotated[Many, typer.Option(help="PART=W, mean draw of one; of both parts.")] = None,
    pue: Annotated[Many, typer.Option(help="PLACE=1.2")] = None,
    pue_here: Annotated[str | None, typer.Option(help="PUE of where it runs now, if no record says it.")] = None,
    factor: Annotated[Many, typer.Option(help="PLACE=0.4, kg CO2e per kWh, location-based.")] = None,
    market_factor: Annotated[Many, typer.Option(help="PLACE=0.05, kg CO2e per kWh, market-based.")] = None,
    buy: Annotated[str | None, typer.Option(help="Accelerators bought for it; they count in full.")] = None,
    made_kg: Annotated[str | None, typer.Option(help="kg CO2e of one accelerator's manufacture.")] = None,
    retire: Annotated[str | None, typer.Option(help="Accelerators put out of use here; with --retire-bought.")] = None,
    retire_bought: Annotated[str | None, typer.Option(help="The day these were bought: 2024-05-01.")] = None,
    life_years: Annotated[str | None, typer.Option(help="Years that machines serve: 4, or 3-6.")] = None,
    transfer_gb: Annotated[str | None, typer.Option(help="GB of data moved once.")] = None,
    transfer_gb_month: Annotated[str | None, typer.Option(help="GB a month between the places.")] = None,
    kwh_per_gb: Annotated[str | None, typer.Option(help="kWh per GB; a published figure if left out.")] = None,
    basis: Annotated[str, typer.Option(help="Of the plot: location or market.")] = "location",
    output: OutputOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move a service to another place: grid, PUE, new machines, data; months until the move has made up for itself."""
    asked = locals()
    with faults(as_json):
        from ledger.ai.tradeoff.service import ServiceWish
        from ledger.book.words.move import move_json, move_page
        from ledger.cli.ai.tradeoff.compare_words import print_move

        of = ServiceWish(model, facility, stage, pue=amount(pue_here, "--pue-here"))
        made = book(ledger, actor).move(of, _wish(asked), period)
        if output is not None:
            write_new(output, move_page(made, output.name))
        print_json(move_json(made)) if as_json else print_move(made)


def _wish(asked: dict[str, Any]) -> MoveWish:
    """The move that the options ask for. Raises Misuse for an amount or a day that is none."""
    from datetime import UTC, datetime

    from ledger.ai.tradeoff.moving import MoveWish
    from ledger.ai.tradeoff.request_file import amount_of, places_of
    from ledger.ai.tradeoff.speeds import Work

    def bounds(name: str) -> Any:
        return None if asked[name] is None else amount_of(asked[name], f"--{name.replace('_', '-')}")

    def by_part(name: str) -> Any:
        given = pairs(asked[name], f"--{name}")
        return {part: amount_of(value, f"--{name} {part}") for part, value in given.items()}

    measured, bought = by_part("measured") or None, asked["retire_bought"]
    bought = None if bought is None else day(bought, "--retire-bought")
    work = Work(measured=measured, benchmark=asked["benchmark"], utilisation=bounds("utilisation"))
    return MoveWish(
        tuple(asked["to"]), datetime.now(UTC).date(),
        places_of(by_name(pue=asked["pue"], factor=asked["factor"], market_factor=asked["market_factor"])),
        asked["gpu"], work, by_part("power"), amount(asked["buy"], "--buy"), bounds("made_kg"),
        amount(asked["retire"], "--retire"), bought, bounds("life_years"),
        amount(asked["transfer_gb"], "--transfer-gb"), amount(asked["transfer_gb_month"], "--transfer-gb-month"),
        bounds("kwh_per_gb"), asked["basis"],
    )  # fmt: skip
