"""`ghg recompute`: every posting of a period made again by another engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.ai_telemetry import ConnectOption, EngineOption
from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    AtOption,
    JsonOption,
    LedgerOption,
    ViewOption,
    book,
    console,
    faults,
    print_json,
    working,
)

if TYPE_CHECKING:
    from ledger.assurance.recomputed import Recomputed

commands = typer.Typer()


@commands.command()
def recompute(
    period: Annotated[str, typer.Option(help="2026, 2026-Q3, 2026-07, FY2026 …")],
    engine: EngineOption = "duckdb",
    connect: ConnectOption = None,
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make every posting of a period again, row by row, on DuckDB or Spark; exit 1 where a digit differs."""
    with faults(as_json), working("recomputing", quiet=as_json):
        found = book(ledger, actor).recompute(period, engine=engine, connect=connect, view=view, at=at)
    print_json(found.as_json()) if as_json else _print(found)
    if not found.ok:
        raise typer.Exit(1)


def _print(found: Recomputed) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    from ledger.plain import plain

    table = Table(box=SIMPLE_HEAD)
    for name in ("book", "scope", "line", "method"):
        table.add_column(name)
    for name in ("postings", "kg CO2e of the figures", "recomputed"):
        table.add_column(name, justify="right")
    for line in found.lines:
        kg = plain(line.total_co2e_kg)
        same = "the same" if not line.differs else f"{plain(line.recomputed_kg)} ({', '.join(line.differs)})"
        table.add_row(line.book, line.scope, line.line, line.method, f"{line.postings:,}", kg or "not quantified", same)
    out = console()
    out.print(table)
    count = sum(line.postings for line in found.lines)
    said = "every amount has the same digits" if found.ok else "NOT the same digits"
    out.print(f"{found.period.label} at size {found.checkpoint.size}: {count:,} postings by {found.engine}: {said}.")
