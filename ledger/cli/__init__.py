"""The command line `ghg`: the same verbs as the library, in words a person can act on."""

from __future__ import annotations

import os
import sys
from copy import copy
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_command_name
from typer.models import TyperInfo

from ledger.cli.ai import ai_app
from ledger.cli.connect import connect_app
from ledger.cli.explore import assessing, beside, boundaries, instruments, reading, recomputing, value_chain
from ledger.cli.explore.group import group_app
from ledger.cli.factors import factors_app
from ledger.cli.keep import founding, safekeeping, serve
from ledger.cli.keep.checkpoints import checkpoint_app
from ledger.cli.keep.keys import key_app
from ledger.cli.keep.people import person_app
from ledger.cli.keep.settings import setting_app
from ledger.cli.lean_imports import leave_out_pandas
from ledger.cli.options import DEFAULT_LEDGER, faults
from ledger.cli.reports import report, requirements
from ledger.cli.review import periods, review_app
from ledger.cli.review.base_year import base_year_app
from ledger.cli.upload import completeness, recording
from ledger.cli.upload.mapping import mapping_app
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


for part in (
    founding, recording, reading, recomputing, report, safekeeping, boundaries, assessing, beside, completeness,
    instruments, value_chain, requirements, periods, serve,
):  # fmt: skip
    app.add_typer(part.commands)
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
def command(word: str = "") -> Any:
    """The commands as the program runs them, made once: all, or only those of the part that a first word calls.

    To read the signatures of all takes an eighth of a second, of most parts a hundredth.
    """
    made = get_command(_part(word))
    if COMPLETING in os.environ:
        from ledger.cli.completing import complete_words

        complete_words(made)
    return made


def _part(word: str) -> typer.Typer:
    """The program with the one part that has the command; whole where none has, so that it can say what there is."""
    for part in app.registered_groups:
        if word in _names(part):
            alone = copy(app)
            alone.registered_groups, alone.registered_commands = [part], []
            return alone
    return app


def _names(part: TyperInfo) -> list[str]:
    """The words by which a part is called: its own name, or where it has none those of its commands."""
    if isinstance(part.name, str):
        return [part.name]
    inner = part.typer_instance
    if inner is None:
        return []
    own = [one.name or get_command_name(one.callback.__name__) for one in inner.registered_commands if one.callback]
    return [*own, *(name for group in inner.registered_groups for name in _names(group))]


def main() -> None:
    """The entry point of the command `ghg`. A fault of ours is told in a line; its details go to a file."""
    leave_out_pandas()
    try:
        called = "" if COMPLETING in os.environ else "".join(sys.argv[1:2])
        command(called)(prog_name="ghg")
    except Exception as fault:  # noqa: BLE001 — the last resort: nobody is shown a traceback
        import tempfile
        import traceback

        with tempfile.NamedTemporaryFile("w", prefix="ghg-fault-", suffix=".txt", delete=False) as file:
            traceback.print_exc(file=file)
        typer.echo(f"ghg: this should not have happened: {type(fault).__name__}: {fault}", err=True)
        typer.echo(f"     the ledger is as it was before; please report it with {file.name}", err=True)
        raise SystemExit(1) from None
