"""`ghg ai sci`: the software carbon intensity of a service or a model, with every term."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.given import amount, text_of
from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, book, faults, print_json

if TYPE_CHECKING:
    from ledger.ai.worked import Worked

commands = typer.Typer()


@commands.command("sci")
def sci_(
    file: Annotated[Path | None, typer.Argument(help="A TOML file with components (docs/methods/ai.md).")] = None,
    energy: Annotated[str | None, typer.Option(help="E: kWh, with what was reserved and idle.")] = None,
    intensity: Annotated[str | None, typer.Option(help="I: g CO2e per kWh, location-based or marginal.")] = None,
    basis: Annotated[str, typer.Option(help="Of I: location or marginal; market is refused.")] = "location",
    embodied: Annotated[str, typer.Option(help="M: g CO2e of manufacture, the share of the life.")] = "0",
    units: Annotated[str | None, typer.Option(help="R: how many functional units.")] = None,
    unit: Annotated[str, typer.Option(help="What one functional unit is.")] = "request",
    model: Annotated[str | None, typer.Option(help="A model: its score from the runs recorded of it.")] = None,
    score: Annotated[str, typer.Option(help="With --model: provider (training) or consumer (inference).")] = "consumer",
    reason: Annotated[str, typer.Option(help="With --score provider: why this unit.")] = "",
    effective: Annotated[bool, typer.Option("--effective", help="R counts completed runs alone.")] = False,
    by_hour: Annotated[
        bool | None,
        typer.Option("--by-hour/--by-year", help="With --model: I of the hours of the runs, or the yearly factors; by "
                     "the hour where every hour has a value when left out."),
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Software carbon intensity, ((E × I) + M) ÷ R per functional unit, or a score of SCI for AI from a file."""
    from ledger.errors import Misuse

    with faults(as_json):
        given = {"--energy": energy, "--intensity": intensity, "--units": units}
        if model is not None:
            if file is not None or any(given.values()):
                raise Misuse("a model's score is of its recorded runs", "leave the file and the amounts out")
            by = None if by_hour is None else "hour" if by_hour else "year"
            told = book(ledger, actor).model_score(model, score, unit, reason=reason, effective=effective, by=by)
        elif by_hour is not None:
            raise Misuse("only a model's recorded runs have hours", "leave --by-hour and --by-year out, or add --model")
        elif file is not None:
            if any(given.values()):
                raise Misuse("the amounts stand in the file or in options, not in both", "leave one of the two out")
            told = _of_file(file, ledger, actor)
        else:
            told = _of_options(given, basis, embodied, unit)
        print_json(told.as_json() | {"score": told.kind}) if as_json else typer.echo(told.words())


def _of_options(given: dict[str, str | None], basis: str, embodied: str, unit: str) -> Worked:
    from ledger.ai.sci import component, sci
    from ledger.errors import Misuse

    if missing := [option for option, text in given.items() if text is None]:
        raise Misuse(f"SCI needs {', '.join(missing)}", "give E, I and R as options, or all of it in a TOML file")
    energy, intensity, units = (amount(text or "", option) for option, text in given.items())
    part = component("software", energy, intensity, amount(embodied, "--embodied"), basis)
    return sci([part], units, unit)


def _of_file(file: Path, ledger: Path, actor: str | None) -> Worked:
    """The score of a file, with the ledger's factors, or the shipped ones where there is no ledger."""
    text = text_of(file)
    if ledger == DEFAULT_LEDGER and not ledger.exists():
        from ledger.book.verbs.estimates import unrecorded_score

        return unrecorded_score(text, file.name)
    return book(ledger, actor).score(text, file.name)
