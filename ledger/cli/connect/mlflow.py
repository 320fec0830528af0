"""`ghg connect mlflow`: the runs of a tracking server, taken in once and tagged with what the ledger made of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.given import choices_of
from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, book, faults, print_json, working

if TYPE_CHECKING:
    from ledger.book.live.connected import MlflowResult

commands = typer.Typer()
_SHOWN = 20
_LEFT = (
    ("held", "in the ledger already"),
    ("waiting", "tracked by ghg-track, whose lines are not here: ghg connect spool FOLDER first, or --from-tags"),
    ("nested", "inside another run that tells, or may still tell, the energy of both"),
    ("without", "without any energy: left; --all takes them as not quantified"),
    ("going_on", "not ended yet"),
    ("changed", "in the ledger with another end than they have now; the entry stands as it is"),
)


@commands.command("mlflow")
def mlflow(
    uri: Annotated[
        str, typer.Option("--uri", envvar="MLFLOW_TRACKING_URI", help="http://HOST:PORT, a folder, or sqlite:///FILE.")
    ],
    experiment: Annotated[
        list[str] | None, typer.Option(help="Name or id of an experiment; repeatable; all when left out.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Runs that ended on or after this day, UTC.")
    ] = None,
    choose: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE: what runs leave open (stage=…, facility_id=…, country=…, pue=…); repeatable."),
    ] = None,
    from_tags: Annotated[
        bool, typer.Option("--from-tags", help="Take runs of ghg-track by their tags, where their lines are lost.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Take runs without any energy too, as not quantified.")
    ] = False,
    tag: Annotated[
        bool, typer.Option("--tag", help="Write each run's entry and kilograms onto it; left out, nothing is written.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen and write nothing.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take in the runs of an MLflow store that have ended, exactly once."""
    with faults(as_json), working("asking MLflow", quiet=as_json):
        done = book(ledger, actor).connect_mlflow(
            uri, experiments=experiment or (), since=since.date() if since else None, choices=choices_of(choose or ()),
            from_tags=from_tags, everything=everything, tag=tag, check=check,
        )  # fmt: skip
    print_json(done.as_json()) if as_json else _print(done, tag=tag, check=check)
    if done.refused:
        raise typer.Exit(1)


def _print(done: MlflowResult, *, tag: bool, check: bool) -> None:
    """The new runs with their findings, then how many others were left and why, then what was written back."""
    from ledger.cli.connect.verdicts import print_verdict
    from ledger.terminal import console, safe

    out = console()
    for file in done.files:
        print_verdict(file.source_name, file)
    out.print(safe(f"{done.place}: {_runs(done.taken)} {'would be taken' if check else 'taken'} in."))
    for name, words in _LEFT:
        if ids := getattr(done, name):
            out.print(safe(f"{_runs(ids)} {words}."))
    _print_carbon(done)
    if done.tagged:
        out.print(safe(f"{_runs(tuple(done.tagged))} tagged."))
    elif tag and done.carbon and not check:
        out.print("Every run that the ledger has says so already.")
    elif done.carbon:
        out.print("Nothing was written to MLflow; --tag writes entry and kilograms onto each run.")


def _print_carbon(done: MlflowResult) -> None:
    """A row for each run that the ledger has, the latest last."""
    from ledger.plain import plain_amount
    from ledger.terminal import console, ruled_table, safe

    if not done.carbon:
        return
    table = ruled_table(("run", False), ("entry", False), ("kWh", True), ("location kg", True), ("market kg", True))
    rows = sorted(done.carbon.items(), key=lambda one: one[1].start)
    for run, one in rows[-_SHOWN:]:
        amounts = (one.energy_kwh, one.location_kg, one.market_kg)
        shown = ["–" if amount is None else plain_amount(round(amount, 6)) for amount in amounts]
        table.add_row(safe(run), one.entry or one.run_entry, *shown)
    console().print(table)
    if len(rows) > _SHOWN:
        console().print(f"and {len(rows) - _SHOWN} earlier; --json gives all")


def _runs(ids: Sequence[str]) -> str:
    return "1 run" if len(ids) == 1 else f"{len(ids)} runs"
