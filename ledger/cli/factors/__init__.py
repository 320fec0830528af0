"""`ghg factors`: the emission factors of a ledger, and the life of their editions."""

from __future__ import annotations

import typer

from ledger.cli.factors import datasets, editions

factors_app = typer.Typer(help="The emission factors of this ledger.", no_args_is_help=True)

for part in (datasets, editions):
    factors_app.add_typer(part.commands)
