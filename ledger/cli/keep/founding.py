"""The command that makes a ledger: by its options, or on a terminal by four questions."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, answer, faults, working

commands = typer.Typer()
_CONSOLIDATIONS = {
    "1": ("operational_control", "what you run counts whole: the usual choice"),
    "2": ("financial_control", "what you control financially counts whole"),
    "3": ("equity_share", "everything counts at your share of it"),
}


@commands.command()
def init(
    organisation: Annotated[str, typer.Option(help="The reporting organisation; on a terminal it is asked for.")] = "",
    consolidation: Annotated[
        str | None,
        typer.Option(
            help="operational_control, financial_control or equity_share.", show_default="operational_control"
        ),
    ] = None,
    gwp: Annotated[str, typer.Option(help="GWP set: AR4, AR5 or AR6.")] = "AR6",
    base_year: Annotated[int | None, typer.Option(help="Base year.")] = None,
    fiscal_year_start: Annotated[
        str | None, typer.Option(help="First day of the fiscal year, MM-DD.", show_default="01-01")
    ] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make a ledger and publish the shipped emission factors into it."""
    from ledger.book import Ledger

    given: dict[str, Any] = {
        "organisation": organisation, "consolidation": consolidation, "gwp": gwp, "base_year": base_year,
        "fiscal_year_start": fiscal_year_start,
    }  # fmt: skip
    with faults(as_json):
        if not organisation and not as_json and _is_terminal():
            given = _asked(ledger, given)
        unnamed = not given["organisation"]
        given["organisation"] = given["organisation"] or ledger.resolve().stem
        given["consolidation"] = given["consolidation"] or "operational_control"
        given["fiscal_year_start"] = given["fiscal_year_start"] or "01-01"
        with working("making the ledger", quiet=as_json):
            made = Ledger.init(ledger, actor=actor, **given)
        checkpoint = made.checkpoint()
    answer(
        as_json,
        {"ledger": str(ledger), "checkpoint": {"size": checkpoint.size, "root": checkpoint.root}},
        f"Made {ledger} with the shipped factors ({checkpoint.size} batches).\n"
        f"{_settings_words(given, unnamed=unnamed)}\n"
        "Next: ghg template legal_entity, then facility, then activity; fill in each and ghg upload it",
    )


def _settings_words(given: dict[str, Any], *, unnamed: bool) -> str:
    """What was settled, and how it is changed."""
    base = given["base_year"] or "none yet"
    words = (
        f"{given['organisation']}: {given['consolidation']}, {given['gwp']}, base year {base}, fiscal year from "
        f"{given['fiscal_year_start']}."
    )
    change = "ghg setting set organisation NAME --reason WHY" if unnamed else "ghg setting set NAME VALUE --reason WHY"
    return f"{words}\n{'The organisation was not named' if unnamed else 'To change one'}: {change}"


def _is_terminal() -> bool:
    """Whether somebody can be asked: a pipe or a script is never."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def _asked(ledger: Path, given: dict[str, Any]) -> dict[str, Any]:
    """The settings, what is not given yet asked one by one; whatever a ledger would refuse is asked again.

    Raises Misuse before the first question where no ledger can be made there.
    """
    from ledger.book.acts.founding import check_base_year, check_fiscal_start, check_place

    check_place(ledger)
    typer.echo("Four questions; Enter takes what stands in brackets. All but the second can be changed later.\n")
    name = ledger.resolve().parent.name.replace("_", " ").replace("-", " ").title() or "My organisation"
    made = dict(given)
    made["organisation"] = _answered("Who reports? The name of the organisation", name, str)
    if given["consolidation"] is None:
        for number, (approach, words) in _CONSOLIDATIONS.items():
            typer.echo(f"  {number}  {approach:<20} {words}")
        made["consolidation"] = _answered("Which companies and sites count?", "1", _consolidation)
    if given["base_year"] is None:
        made["base_year"] = _answered("Base year, against which later years are held (none: not yet)", "none",
                                      lambda text: None if text == "none" else int(check_base_year(text)))  # fmt: skip
    if given["fiscal_year_start"] is None:
        made["fiscal_year_start"] = _answered("First day of your fiscal year, MM-DD", "01-01", check_fiscal_start)
    return made


def _answered(question: str, default: str, read: Callable[[str], Any]) -> Any:
    """The answer to a question, asked until it can be read."""
    from ledger.errors import Misuse

    while True:
        text = str(typer.prompt(question, default=default)).strip()
        try:
            return read(text)
        except Misuse as fault:
            typer.echo(f"  {fault}: {fault.fix}")


def _consolidation(text: str) -> str:
    from ledger.book.acts.founding import CONSOLIDATIONS
    from ledger.errors import known_word

    return _CONSOLIDATIONS[text][0] if text in _CONSOLIDATIONS else known_word("approach", text, CONSOLIDATIONS)
