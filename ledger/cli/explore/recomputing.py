"""`ghg recompute`: every posting of a period made again by another engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    AtOption,
    ConnectOption,
    EngineOption,
    JsonOption,
    LedgerOption,
    ViewOption,
    book,
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
    from ledger.plain import plain
    from ledger.terminal import console, ruled_table

    table = ruled_table(
        ("book", False), ("scope", False), ("line", False), ("method", False), ("postings", True),
        ("kg CO2e of the figures", True), ("recomputed", True),
    )  # fmt: skip
    for line in found.lines:
        kg = plain(line.total_co2e_kg)
        same = "the same" if not line.differs else f"{plain(line.recomputed_kg)} ({', '.join(line.differs)})"
        table.add_row(line.book, line.scope, line.line, line.method, f"{line.postings:,}", kg or "not quantified", same)
    out = console()
    out.print(table)
    count = sum(line.postings for line in found.lines)
    said = "every amount has the same digits" if found.ok else "NOT the same digits"
    out.print(f"{found.period.label} at size {found.checkpoint.size}: {count:,} postings by {found.engine}: {said}.")
