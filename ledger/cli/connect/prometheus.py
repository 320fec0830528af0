"""`ghg connect prometheus`: the histories of meters of energy, taken in by the hour."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.given import choices_of
from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, book, faults, print_json, working

if TYPE_CHECKING:
    from ledger.book.live.connected import PrometheusResult

commands = typer.Typer()
_FORMATS = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%S%z", "%Y-%m-%dT%H", "%Y-%m-%d"]


@commands.command("prometheus")
def prometheus(
    url: Annotated[str, typer.Option("--url", envvar="GHG_PROMETHEUS_URL", help="http://HOST:9090, with its path.")],
    query: Annotated[
        list[str] | None,
        typer.Option(help="dcgm, kepler, kepler-platform, or an expression of PromQL that keeps the metric's name."),
    ] = None,
    start: Annotated[
        datetime | None,
        typer.Option("--from", formats=_FORMATS, help="A whole hour, UTC; where the ledger ends when left out."),
    ] = None,
    end: Annotated[
        datetime | None, typer.Option("--to", formats=_FORMATS, help="A whole hour, UTC; the last one when left out.")
    ] = None,
    step: Annotated[str, typer.Option(help="Between two samples: 15s, 60s, 5m.")] = "60s",
    match: Annotated[str | None, typer.Option(help="Labels that series must have: 'cluster=\"a\"'.")] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE: what the samples leave open (facility_id=…, cluster=…, pue…); repeatable."),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen and record nothing.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in the energy that DCGM or Kepler told Prometheus, by the hour, exactly once."""
    with faults(as_json), working("asking Prometheus", quiet=as_json):
        done = book(ledger, actor).connect_prometheus(
            url, query or (), start=_utc(start), end=_utc(end), step=step, match=match,
            choices=choices_of(choose or ()), check=check,
        )  # fmt: skip
    print_json(done.as_json()) if as_json else _print(done)
    if done.refused:
        raise typer.Exit(1)


def _utc(instant: datetime | None) -> datetime | None:
    """An instant; a clock time without a zone is in UTC."""
    return None if instant is None else instant.astimezone(UTC) if instant.tzinfo else instant.replace(tzinfo=UTC)


def _print(done: PrometheusResult) -> None:
    """A line an answer with its findings, and what gave none."""
    from ledger.cli.connect.verdicts import print_verdict
    from ledger.terminal import console, safe

    out = console()
    for file in done.files:
        rows = f", {file.rows} readings" if file.status in ("accepted", "checked") else ""
        print_verdict(file.source_name, file, rows)
    for query in done.empty:
        out.print(safe(f"{query}: no samples"))
    count = "1 answer" if len(done.files) == 1 else f"{len(done.files)} answers"
    out.print(safe(f"{done.place}: {done.start:%Y-%m-%dT%H:%M} to {done.end:%Y-%m-%dT%H:%M} UTC, {count}."))
    if not done.files:
        out.print("Nothing was taken in. See in Prometheus itself that the metrics are there for these hours.")
