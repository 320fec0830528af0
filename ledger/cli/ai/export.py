"""`ghg ai export`: a model's recorded energy and compute as SPDX, BoAmps or the EU AI Act's Annex XI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    AtOption,
    JsonOption,
    LedgerOption,
    book,
    faults,
    print_json,
    write_new,
)

if TYPE_CHECKING:
    from ledger.ai.exports import Export

commands = typer.Typer()


@commands.command("export")
def export_(
    model: Annotated[str, typer.Option(help="The model, as its runs name it.")],
    as_: Annotated[str, typer.Option("--as", help="spdx, boamps or annex-xi.")],
    task_family: Annotated[str | None, typer.Option(help="BoAmps requires it: chatbot …")] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A folder for the documents; printed if left out.")
    ] = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The recorded runs of a model in another form; stages that have no place in it are listed, not folded."""
    from ledger.ai.exports import written

    with faults(as_json):
        told = book(ledger, actor).ai_export(as_, model, task_family=task_family, at=at)
        if output is not None:
            output.mkdir(parents=True, exist_ok=True)
            for name, document in zip(_names(told, model), told.documents, strict=True):
                write_new(output / name, (written(document) + "\n").encode())
                typer.echo(f"wrote {output / name}", err=as_json)
        if as_json:
            print_json(_beside(told))
            return
        if output is None:
            typer.echo(_printed(told))
        _tell_beside(told)


def _printed(told: Export) -> str:
    """The documents on standard output: Annex XI in words, the others as their own JSON."""
    from ledger.ai.exports import annex_xi_words, written

    if told.form == "annex-xi":
        return annex_xi_words(told.documents[0])
    return "\n".join(written(document) for document in told.documents)


def _names(told: Export, model: str) -> list[str]:
    """File names: one for the model, or one for each report by its id."""
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in model)
    if told.form == "boamps":
        return [f"boamps_report_{document['header']['reportId']}.json" for document in told.documents]
    return [f"{safe}.{'spdx3' if told.form == 'spdx' else told.form}.json"]


def _tell_beside(told: Export) -> None:
    """What has no place in the form, and what bounds the figures; on standard error, beside the document."""
    from ledger.ai.interval import interval
    from ledger.plain import visible

    for each in told.unplaced:
        amount = "energy unknown" if each.energy_kwh is None else f"{interval(each.energy_kwh).text()} kWh"
        runs = f"{each.runs} run" + ("s" if each.runs != 1 else "")
        typer.echo(visible(f"not in it: {each.stage.replace('_', ' ')}, {amount}, {runs} ({each.why})"), err=True)
    for words in told.boundary if told.form != "annex-xi" else ():  # there it is part of the document
        typer.echo(visible(f"boundary: {words}"), err=True)


def _beside(told: Export) -> dict[str, object]:
    import json

    from ledger.ai.exports import written
    from ledger.plain import plain

    return {
        "form": told.form, "documents": [json.loads(written(document), parse_float=str) for document in told.documents],
        "not_in_it": plain(told.unplaced), "boundary": list(told.boundary),
    }  # fmt: skip
