"""`ghg ai`: AI over its life cycle: what is recorded; before a run `tradeoff`, its hour and place `schedule`."""

from __future__ import annotations

import typer

from ledger.cli.ai import catalogue, embodied, export, exporter, metrics, runs, sci, telemetry
from ledger.cli.ai.schedule import advice, backtest, controller
from ledger.cli.ai.tradeoff import check, compare, estimate, move

ai_app = typer.Typer(help="AI over its life cycle: hardware, clouds, runs and their footprint.", no_args_is_help=True)

for part in (
    runs, telemetry, sci, metrics, embodied, export, exporter, catalogue, estimate, compare, check, move, advice,
    backtest, controller,
):  # fmt: skip
    ai_app.add_typer(part.commands)
