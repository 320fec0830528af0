"""`ghg connect grid`: how clean a grid was, is and will be, asked of a service and kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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
    working,
)

if TYPE_CHECKING:
    from ledger.book.results import GridResult

commands = typer.Typer()


@commands.command("grid")
def grid(
    zone: Annotated[str | None, typer.Option(help="Key of the zone: DE, SE-SE3, US-CAL-CISO.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="First day of what was measured, or an instant.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Last day of it, whole; or the instant of its end.")] = None,
    timezone: Annotated[str, typer.Option(help="Whose days --from and --to are.")] = "UTC",
    latest: Annotated[bool, typer.Option("--latest", help="The present value.")] = False,
    history: Annotated[bool, typer.Option("--history", help="The last 24 hours.")] = False,
    forecast: Annotated[bool, typer.Option("--forecast", help="What is to come.")] = False,
    hours: Annotated[int | None, typer.Option(help="How far a forecast shall reach: 6, 24, 48, 72.")] = None,
    source: Annotated[str, typer.Option(help="electricity-maps or uk-carbon-intensity.")] = "electricity-maps",
    basis: Annotated[str, typer.Option(help="direct (generation alone, as Scope 2) or life_cycle.")] = "direct",
    granularity: Annotated[
        str | None, typer.Option(help="hourly, 5_minutes, 15_minutes, daily; the usual one of the source left out.")
    ] = None,
    no_estimates: Annotated[bool, typer.Option("--no-estimates", help="Only what the source measured.")] = False,
    shares: Annotated[bool, typer.Option("--shares", help="Carbon-free and renewable share too.")] = False,
    url: Annotated[str | None, typer.Option(help="Address of the service, where it is another.")] = None,
    zones: Annotated[bool, typer.Option("--zones", help="List the zones of Electricity Maps; needs no token.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen and record nothing.")] = False,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the answers to this file too.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask a service how clean a zone's grid is, and record it: measured or forecast, each with when it was fetched."""
    with faults(as_json), working("asking", quiet=as_json):
        if zones:
            _list_zones(url, as_json=as_json)
            return
        asked = _asked(zone, first, last, timezone)
        held = book(ledger, actor)
        done = held.connect_grid(
            **asked, latest=latest, history=history, forecast=forecast, hours=hours, source=source, basis=basis,
            granularity=granularity, estimates=not no_estimates, shares=shares, url=url, check=check, keep=output,
        )  # fmt: skip
        batch = done.upload.batch if done.upload.status == "accepted" else None
        foreseen = () if as_json or batch is None else held.forecast_zones(batch)
    print_json(done.as_json()) if as_json else _print(done, output, foreseen)
    if done.upload.status == "refused":
        raise typer.Exit(1)


def _asked(zone: str | None, first: str | None, last: str | None, timezone: str) -> dict[str, Any]:
    from ledger.connectors.grid import span
    from ledger.errors import Misuse

    if zone is None:
        raise Misuse("of which zone?", "give --zone DE; ghg connect grid --zones lists them")
    if first is None and last is None:
        return {"zone": zone}
    if first is None or last is None:
        raise Misuse("a span has a first and a last day", "give both --from and --to")
    start, after = span(first, last, timezone)
    return {"zone": zone, "first": start, "after": after}


def _list_zones(url: str | None, *, as_json: bool) -> None:
    from ledger.connectors.grid import zones_of

    found = zones_of(url)
    width = max(map(len, found))
    answer(as_json, found, "\n".join(f"{key:<{width}}  {name}" for key, name in found.items()))


def _print(done: GridResult, output: Path | None, foreseen: tuple[str, ...]) -> None:
    """What became of the answers, with findings, and the next command."""
    from ledger.cli.connect.verdicts import print_verdict
    from ledger.terminal import after_forecast, console, safe

    out = console()
    many = "1 answer" if done.answers == 1 else f"{done.answers} answers"
    print_verdict(f"{done.zone} by {done.source}, {many} at {done.retrieved_at:%Y-%m-%d %H:%M} UTC", done.upload)
    if done.upload.status == "accepted":
        noun = "value" if done.recorded == 1 else "values"
        out.print(safe(f"{done.recorded} {noun} recorded; the answers are kept as evidence."))
    if output is not None:
        out.print(safe(f"the answers are in {output} too"))
    if foreseen:
        out.print(safe(f"Next: {after_forecast(foreseen)}"), style="dim", soft_wrap=True)
