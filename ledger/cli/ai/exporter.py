"""`ghg ai exporter`: carbon by model as metrics of Prometheus, for the textfile collector of its node exporter."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_LEDGER, ActorOption, AtOption, JsonOption, LedgerOption, book, faults, print_json

commands = typer.Typer()


@commands.command()
def exporter(
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A file *.prom, replaced in one step; printed when left out."),
    ] = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Energy and carbon of recorded runs by model, stage and team, as Prometheus reads them."""
    from ledger.errors import Misuse

    with faults(as_json):
        if output is not None and output.suffix != ".prom":
            raise Misuse(f"{output} does not end in .prom", "the textfile collector reads *.prom alone: name it so")
        made = book(ledger, actor).ai_exposition(at=at)
        if output is not None:
            _replaced(output, made.text)
    if as_json:
        print_json(made.as_json())
    elif output is None:
        typer.echo(made.text, nl=False)
    else:
        typer.echo(f"Wrote {output}: {len(made.groups)} of model, stage and team, as of batch {made.size}.")


def _replaced(path: Path, text: str) -> None:
    """Write a file so that whoever reads it meanwhile has the old or the new one whole."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        partial.chmod(0o644)  # the collector runs as somebody else
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
