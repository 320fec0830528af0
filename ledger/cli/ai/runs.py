"""Commands for the AI record: one run from the command line, a model's footprint, and sources held side by side."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated, Any

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
)

commands = typer.Typer()


@commands.command()
def record(
    run_id: Annotated[str | None, typer.Argument(help="Name of the run; not with --file.")] = None,
    file: Annotated[Path | None, typer.Option(help="A TOML or CSV file of the run, with the same names.")] = None,
    stage: Annotated[str, typer.Option(help="data, pre_training, tuning, evaluation, inference or retirement.")] = "",
    start: Annotated[str, typer.Option(help="First instant, with its offset: 2026-07-01T08:00:00Z.")] = "",
    end: Annotated[str, typer.Option(help="End; or --hours.")] = "",
    hours: Annotated[str, typer.Option(help="Hours on the clock, where there is no end.")] = "",
    model: Annotated[str, typer.Option(help="The model.")] = "",
    project: Annotated[str, typer.Option(help="The project.")] = "",
    outcome: Annotated[str, typer.Option(help="completed, failed, interrupted or superseded.")] = "",
    gpu: Annotated[str, typer.Option(help="Accelerator, as ghg ai hardware names it.")] = "",
    count: Annotated[str, typer.Option(help="How many of them.")] = "",
    power: Annotated[str, typer.Option(help="Measured mean W of one accelerator.")] = "",
    utilisation: Annotated[str, typer.Option(help="Part of the rated power that was drawn, 0 to 1.")] = "",
    energy: Annotated[str, typer.Option(help="kWh; with --level.")] = "",
    level: Annotated[str, typer.Option(help="What the energy takes in: chip, it, wall or facility.")] = "",
    pue: Annotated[str, typer.Option(help="PUE of the place; left out it is unknown and not applied.")] = "",
    cloud: Annotated[str, typer.Option(help="Provider that runs the machines: aws, azure, gcp …")] = "",
    region: Annotated[str, typer.Option(help="Its region.")] = "",
    facility: Annotated[str, typer.Option(help="Your own facility, where the machines are yours.")] = "",
    country: Annotated[str, typer.Option(help="Country, where there is neither.")] = "",
    control: Annotated[
        str, typer.Option(help="Of leased machines at no facility of yours: who runs them, ours or lessor.")
    ] = "",
    set_: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE of any other column (ghg template ai_run).")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why, with --replace.")] = None,
    replace: Annotated[bool, typer.Option("--replace", help="Take the place of an earlier one that differs.")] = False,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen and record nothing.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Record one run and post it: checked as an upload is, from options or a small file."""
    given = {
        "run_id": run_id or "", "stage": stage, "start_utc": start, "end_utc": end, "model": model, "project": project,
        "outcome": outcome, "hardware_id": gpu, "hardware_count": count, "power_w": power, "utilisation": utilisation,
        "energy_kwh": energy, "energy_level": level, "pue": pue, "cloud_provider": cloud, "cloud_region": region,
        "facility_id": facility, "country": country, "control": control,
    }  # fmt: skip
    with faults(as_json):
        from ledger.book.recording.run_file import run_file

        with run_file(given, hours, set_ or (), file) as written:
            done = book(ledger, actor).upload(written, "ai_run", check=check, replace=replace, reason=reason)
            done = dataclasses.replace(done, marked=None)  # the file was made of options: there is none to mend
    _told(done, as_json=as_json)


def _told(done: Any, *, as_json: bool) -> None:
    if as_json:
        print_json(done.as_json())
    else:
        from ledger.terminal import print_upload

        print_upload(done)
    if done.status == "refused" or done.errors:
        raise typer.Exit(1)


@commands.command("accrue")
def accrue_(
    provider: Annotated[str, typer.Option(help="Whose services: aws, azure, gcp …")],
    period: Annotated[str, typer.Option(help="The month without its export, like 2025-11; or several: 2025-Q4.")],
    months: Annotated[int, typer.Option(help="How many of its last stated months it rests on, at most.")] = 3,
    kg: Annotated[str | None, typer.Option(help="Or an estimate of your own for one month; with --source.")] = None,
    source: Annotated[str | None, typer.Option(help="How that was made.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Say what would happen and record nothing.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Estimate a provider's services before its export arrives; the upload of the export reverses it."""
    with faults(as_json):
        done = book(ledger, actor).accrue(provider, period, months=months, kg=kg, source=source, check=check)
    _told(done, as_json=as_json)


@commands.command("footprint")
def footprint_(
    model: Annotated[str, typer.Option(help="The model, as its runs name it.")],
    runs: Annotated[bool, typer.Option("--runs", help="By the hour of the grid, every run too.")] = False,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """A model over its life: every stage, failed runs too, both methods, embodied, cost and quality beside."""
    from ledger.cli.ai.hour_words import print_by_hour
    from ledger.cli.ai.run_words import print_footprint
    from ledger.plain import plain

    with faults(as_json):
        found = book(ledger, actor).footprint(model, at=at)
        if as_json:
            print_json(plain(found))
        else:
            print_footprint(found)
            print_by_hour(found, each_run=runs)


@commands.command("reconcile")
def reconcile_(
    of: Annotated[str | None, typer.Argument(help="A part of a name: cluster, account, facility or run.")] = None,
    period: Annotated[str | None, typer.Option(help="2026-07, 2026-Q3, 2026 …; all when left out.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """What several sources saw of the same computing, and the difference by named cause."""
    from ledger.cli.ai.run_words import print_comparisons, print_statements
    from ledger.plain import plain

    with faults(as_json):
        seen, held = book(ledger, actor).reconcile(period, of=of)
        if as_json:
            print_json({"sources": plain(seen), "statements": plain(held)})
        else:
            print_comparisons(seen)
            print_statements(held)


@commands.command("allocation")
def allocation_(
    cluster: Annotated[str, typer.Argument(help="The cluster, as its readings name it.")],
    period: Annotated[str, typer.Option(help="2026-07, 2026-Q3, 2026-07-01..2026-07-02 …; days are of UTC.")],
    policy: Annotated[
        str, typer.Option(help="Who carries what is left: platform, or reserved (by accelerators held).")
    ] = "platform",
    by_hour: Annotated[bool, typer.Option("--by-hour", help="Every hour, not only the runs.")] = False,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """A cluster's meter by the hour: meter = runs + residual, and who carries the residual."""
    from ledger.cli.ai.run_words import print_allocation
    from ledger.plain import plain

    with faults(as_json):
        found = book(ledger, actor).allocation(cluster, period, policy)
        print_json(plain(found)) if as_json else print_allocation(found, by_hour=by_hour)
