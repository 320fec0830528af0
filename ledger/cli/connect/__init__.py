"""`ghg connect`: what live systems wrote or answer, taken in exactly once; a module for each kind of system."""

from __future__ import annotations

import typer

from ledger.cli.connect import grid, kubernetes, mlflow, prometheus, spool

connect_app = typer.Typer(help="Take in what live systems wrote.", no_args_is_help=True)

for part in (spool, grid, kubernetes, mlflow, prometheus):
    connect_app.add_typer(part.commands)
