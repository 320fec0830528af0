"""Commands about mapping files."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, answer, book, faults

mapping_app = typer.Typer(help="Mapping files: what headers and words of your files mean.", no_args_is_help=True)


@mapping_app.command("propose")
def propose(
    file: Annotated[Path, typer.Argument(help="A CSV or XLSX file.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="The mapping file to write.", show_default="FILE.mapping.toml")
    ] = None,
    kind: Annotated[str | None, typer.Option("--as", help="What the file holds.")] = None,
    locale: Annotated[str | None, typer.Option(help="How it writes numbers: en-GB, de, fr …")] = None,
    sheet: Annotated[str | None, typer.Option(help="The one sheet of a workbook to read.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a text file that is not UTF-8.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a mapping file with the likely meanings, to be checked and given with --mapping."""
    target = output or Path(f"{file.name}.mapping.toml")
    with faults(as_json):
        written = book(ledger, actor).propose_mapping(
            file, target, kind=kind, locale=locale, sheet=sheet, encoding=encoding
        )
    said = {"--as": kind, "--locale": locale, "--sheet": sheet, "--encoding": encoding}  # the upload needs them too
    again = [word for option, value in said.items() if value is not None for word in (option, value)]
    words = shlex.join(["ghg", "upload", str(file), *again, "--mapping", str(written)])
    answer(as_json, {"mapping": str(written)}, f"Wrote {written}. Check its lines, then: {words}")
