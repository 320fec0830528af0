"""The command line `ghg`: the same verbs as the library, in words a person can act on."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from ledger.cli import ai_backtest as ai_backtest
from ledger.cli import ai_catalogue as ai_catalogue  # its commands join `ghg ai`
from ledger.cli import ai_check as ai_check
from ledger.cli import ai_compare as ai_compare
from ledger.cli import ai_controller as ai_controller
from ledger.cli import ai_embodied as ai_embodied
from ledger.cli import ai_estimate as ai_estimate
from ledger.cli import ai_export as ai_export
from ledger.cli import ai_exporter as ai_exporter
from ledger.cli import ai_metrics as ai_metrics
from ledger.cli import ai_move as ai_move
from ledger.cli import ai_runs as ai_runs
from ledger.cli import ai_schedule as ai_schedule
from ledger.cli import ai_sci as ai_sci
from ledger.cli import ai_telemetry as ai_telemetry
from ledger.cli import (
    assessing,
    beside,
    boundaries,
    completeness,
    founding,
    instruments,
    keeping,
    periods,
    reading,
    recomputing,
    recording,
    reports,
    requirements,
    serve,
    value_chain,
)
from ledger.cli import connect_grid as connect_grid  # its command joins `ghg connect`
from ledger.cli import connect_kubernetes as connect_kubernetes  # its command joins `ghg connect`
from ledger.cli import connect_mlflow as connect_mlflow  # their commands join `ghg connect`
from ledger.cli import connect_prometheus as connect_prometheus
from ledger.cli import editions as editions  # its commands join `ghg factors`
from ledger.cli import sampling as sampling  # its commands join `ghg review`
from ledger.cli.ai import ai_app
from ledger.cli.base_year import base_year_app
from ledger.cli.checkpoints import checkpoint_app
from ledger.cli.connect import connect_app
from ledger.cli.group import group_app
from ledger.cli.keys import key_app
from ledger.cli.lean_imports import leave_out_pandas
from ledger.cli.mapping import mapping_app
from ledger.cli.options import DEFAULT_LEDGER, faults
from ledger.cli.people import person_app
from ledger.cli.registers import factors_app
from ledger.cli.review import review_app
from ledger.cli.settings import setting_app
from ledger.plain import visible

COMPLETING = "_GHG_COMPLETE"
"""The variable by which a shell asks for completions."""


class PlainWords(TyperGroup):
    """The commands, none of which takes a word that holds what nobody sees: it would stand in the ledger as it is."""

    def make_context(self, info_name: str | None, args: list[str], *words: Any, **named: Any) -> Any:
        """The context of a call. Raises a usage error for a word with control characters or turning marks."""
        for word in args:
            if visible(word) != word:
                at = next(char for char, seen in zip(word, visible(word), strict=True) if char != seen)
                typer.echo(f"ghg: an argument holds the invisible character U+{ord(at):04X}: {visible(word)}", err=True)
                typer.echo("     type it anew; it was pasted with hidden characters", err=True)
                raise typer.Exit(2)
        return super().make_context(info_name, args, *words, **named)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was called. What it lacks is told with what it would be."""
        from typer._click.exceptions import MissingParameter

        try:
            return super().invoke(ctx)
        except MissingParameter as fault:
            fault.message = fault.message or str(getattr(fault.param, "help", None) or "")
            raise


app = typer.Typer(
    name="ghg",
    cls=PlainWords,
    add_completion=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    help="Greenhouse gas accounts as an append-only ledger. Start with: ghg demo demo",
)

FIRST_STEPS = """Greenhouse gas accounts as an append-only ledger.

  ghg demo demo                 see it: a worked company, from files to a report, in ./demo
  ghg init                      begin: your own ledger, in ./ledger.duckdb, by four questions
  ghg template activity         record: an empty workbook to fill in, then ghg upload it

  ghg --help                    every command
  ghg --install-completion      let the shell complete commands, kinds and periods
"""
NEXT_STEPS = """Greenhouse gas accounts as an append-only ledger. {ledger} is here.

  ghg upload FILE               record a file; ghg template activity writes an empty one
  ghg inventory --period {year}   the figures, both Scope 2 methods side by side
  ghg report --period {year}      the report, as PDF, XLSX, HTML and JSON

  ghg doctor                    what stands in the way of daily work
  ghg --help                    every command
"""


@app.callback(invoke_without_command=True)
def first_contact(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Show the first steps when called bare; the next ones where a ledger is there."""
    if version:
        from importlib.metadata import version as installed

        typer.echo(f"ghg-ledger {installed('ghg-ledger')}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(_steps())


def _steps() -> str:
    """What to do next, by whether there is a ledger where the commands would look; it is not opened."""
    from datetime import date

    ledger = Path(os.environ.get("GHG_LEDGER") or DEFAULT_LEDGER)
    year = date.today().year  # noqa: DTZ011 — the year of whoever asks
    return NEXT_STEPS.format(ledger=visible(str(ledger)), year=year) if ledger.is_file() else FIRST_STEPS


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="Where to make it; an earlier demo is gone through again.")] = Path(
        "demo"
    ),
) -> None:
    """A worked company: files, upload, findings, figures, report, trace and verification."""
    from ledger.demo.run import run_demo

    with faults():
        run_demo(folder)


app.add_typer(founding.commands)
app.add_typer(recording.commands)
app.add_typer(reading.commands)
app.add_typer(recomputing.commands)
app.add_typer(reports.commands)
app.add_typer(keeping.commands)
app.add_typer(boundaries.commands)
app.add_typer(assessing.commands)
app.add_typer(beside.commands)
app.add_typer(completeness.commands)
app.add_typer(completeness.findings_app, name="findings")
app.add_typer(instruments.commands)
app.add_typer(value_chain.commands)
app.add_typer(requirements.commands)
app.add_typer(periods.commands)
app.add_typer(serve.commands)
app.add_typer(factors_app, name="factors")
app.add_typer(checkpoint_app, name="checkpoint")
app.add_typer(key_app, name="key")
app.add_typer(group_app, name="group")
app.add_typer(person_app, name="person")
app.add_typer(mapping_app, name="mapping")
app.add_typer(setting_app, name="setting")
app.add_typer(base_year_app, name="base-year")
app.add_typer(review_app, name="review")
app.add_typer(ai_app, name="ai")
app.add_typer(connect_app, name="connect")


@cache
def command() -> Any:
    """All commands as the program runs them, made once: to read their signatures takes an eighth of a second."""
    made = get_command(app)
    if COMPLETING in os.environ:
        from ledger.cli.completing import complete_words

        complete_words(made)
    return made


def main() -> None:
    """The entry point of the command `ghg`. A fault of ours is told in a line; its details go to a file."""
    leave_out_pandas()
    try:
        command()(prog_name="ghg")
    except Exception as fault:  # noqa: BLE001 — the last resort: nobody is shown a traceback
        import tempfile
        import traceback

        with tempfile.NamedTemporaryFile("w", prefix="ghg-fault-", suffix=".txt", delete=False) as file:
            traceback.print_exc(file=file)
        typer.echo(f"ghg: this should not have happened: {type(fault).__name__}: {fault}", err=True)
        typer.echo(f"     the ledger is as it was before; please report it with {file.name}", err=True)
        raise SystemExit(1) from None
