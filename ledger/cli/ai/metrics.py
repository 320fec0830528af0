"""`ghg ai metrics`: the indicators of a data centre over a year."""

from __future__ import annotations

from typing import Annotated

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    AtOption,
    JsonOption,
    LedgerOption,
    book,
    faults,
    print_json,
)

commands = typer.Typer()


@commands.command("metrics")
def metrics_(
    facility: Annotated[str, typer.Option(help="The data centre, by the id of its facility.")],
    period: Annotated[str, typer.Option(help="A year, like 2025 or FY2025.")],
    pue_category: Annotated[
        int | None,
        typer.Option(
            help="Where its IT energy is read: 1 UPS output, 2 PDU output, 3 input of the IT equipment; "
            "else what the name of its metric tells."
        ),
    ] = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """PUE, CUE by both methods, WUE and REF of a data centre, each with its terms, and what is missing."""
    with faults(as_json):
        told = book(ledger, actor).data_centre(period, facility, pue_category, at=at)
    if as_json:
        print_json(
            {
                "facility": told.facility_id, "period": told.period,
                "figures": [figure.as_json() for figure in told.figures],
                "missing": list(told.missing), "notes": list(told.notes),
            }
        )  # fmt: skip
        return
    lines = [f"{told.facility_id}, {told.period}", *(figure.words() for figure in told.figures)]
    lines += [f"missing: {words}" for words in told.missing]
    lines += [f"note: {words}" for words in told.notes]
    typer.echo("\n".join(lines))
