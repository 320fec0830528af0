"""`ghg ai schedule`, `advice`, `true-up`: now, later or elsewhere, put on record before the run and held against it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.given import amount
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

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from ledger.schedule.decide import Advice
    from ledger.schedule.job import Job

commands = typer.Typer()
ForecastOption = Annotated[
    list[Path] | None, typer.Option(help="A CSV of forecasts (columns of grid_intensity); else the ledger's own.")
]


@commands.command("schedule")
def schedule_(
    policy: Annotated[Path, typer.Option(help="The policy, a TOML file with [policy] (docs/scheduling.md).")],
    job: Annotated[str, typer.Option(help="Name of the job: the run_id that its run will have.")],
    region: Annotated[str, typer.Option(help="Where it was submitted: gcp:europe-west3, or a zone like DE.")],
    hours: Annotated[str | None, typer.Option(help="How long it runs.")] = None,
    energy_kwh: Annotated[str | None, typer.Option(help="What it takes in all.")] = None,
    idle_kwh: Annotated[str | None, typer.Option(help="The part that the machines would take idle.")] = None,
    portable: Annotated[bool, typer.Option("--portable", help="It may run in the policy's other regions.")] = False,
    checkpointable: Annotated[bool, typer.Option("--checkpointable", help="It may stop and go on later.")] = False,
    deadline: Annotated[str | None, typer.Option(help="When it must have ended: 2026-11-29T06:00Z.")] = None,
    submitted: Annotated[str | None, typer.Option(help="When it was submitted; now when left out.")] = None,
    now: Annotated[str | None, typer.Option(help="Decide as at this instant; now when left out.")] = None,
    project: Annotated[str | None, typer.Option(help="The project, for its budget.")] = None,
    model: Annotated[str | None, typer.Option(help="The model.")] = None,
    stage: Annotated[
        str | None, typer.Option(help="data, pre_training, tuning, evaluation, inference or retirement.")
    ] = None,
    forecast: ForecastOption = None,
    budget_used: Annotated[str | None, typer.Option(help="kg used this month; else as recorded.")] = None,
    price: Annotated[list[str] | None, typer.Option(help="REGION=2.50, what the job costs an hour there.")] = None,
    record: Annotated[bool, typer.Option("--record", help="Put the advice on record, before the run.")] = False,
    plot: Annotated[Path | None, typer.Option(help="A new file (.svg): the forecast with the chosen hours.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Advise when and where a job is to run: now, later or elsewhere, with the reason in one paragraph."""
    from ledger.cli.ai.schedule.advice_words import advice_json, print_advice

    with faults(as_json):
        from ledger.schedule.job import Job

        at = _instant(now, "--now")
        asked = Job(
            job_id=job, submitted_utc=at if submitted is None else _instant(submitted, "--submitted"), region=region,
            duration_hours=amount(hours, "--hours"), energy_kwh=amount(energy_kwh, "--energy-kwh"),
            idle_kwh=amount(idle_kwh, "--idle-kwh"), portable=portable, checkpointable=checkpointable,
            deadline=None if deadline is None else _instant(deadline, "--deadline"), project=project, model=model,
            stage=_stage(stage),
        )  # fmt: skip
        made = _advised(asked, policy, at, forecast or [], amount(budget_used, "--budget-used"), price, ledger, actor)
        _plotted(made, plot)
        entry = book(ledger, actor).record_advice(made).batch if record else None
        if as_json:
            print_json(advice_json(made) | {"recorded": record, "batch": entry})
        else:
            print_advice(made, recorded=record)


def _stage(stage: str | None) -> str | None:
    """The stage itself. Raises Misuse for a word that is none."""
    from ledger.errors import known_word
    from schemas.ai_vocabulary import RunStage

    return None if stage is None else known_word("stage", stage, [word.value for word in RunStage])


def _plotted(made: Advice, file: Path | None) -> None:
    """The plot of an advice as a new file, where one is named. Raises Misuse for another ending, and no forecast."""
    if file is None:
        return
    from ledger.cli.options import write_new
    from ledger.disclosure.charts.drawing import svg
    from ledger.disclosure.charts.schedule import advice_chart
    from ledger.errors import Misuse

    if file.suffix.casefold() != ".svg":
        raise Misuse(f"'{file.name}' does not end in .svg", "name the plot so, like --plot window.svg")
    chart = advice_chart(made)
    if chart is None:
        raise Misuse("there is nothing to plot: no forecast was seen", "give --forecast FILE, or ghg connect grid")
    write_new(file, svg(chart).encode())


def _advised(
    job: Job, policy: Path, now: datetime, files: list[Path], used: Decimal | None, prices: list[str] | None,
    ledger: Path, actor: str | None,
) -> Advice:  # fmt: skip
    """The advice by files of forecasts, or by the ledger's; a ledger that is there also knows what was used."""
    from ledger.schedule.decide import advise
    from ledger.schedule.policy import policy_of
    from ledger.schedule.series_files import newest_by, series_of

    rules, costs = policy_of(policy), _prices(prices or [])
    given = newest_by(series_of(files), now) if files else None
    if given is not None and ledger == DEFAULT_LEDGER and not ledger.exists():
        return advise(job, rules, given, now, budget_used_kg=used, prices=costs)
    return book(ledger, actor).advise(job, rules, now=now, forecasts=given, budget_used_kg=used, prices=costs)


@commands.command("advice")
def advice_(
    job: Annotated[str | None, typer.Argument(help="Those for one job; all when left out.")] = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the advice on record, what was expected, and what came of it."""
    from ledger.cli.ai.schedule.advice_words import print_held

    with faults(as_json):
        held = book(ledger, actor).advice(job=job, at=at)
        print_json({"advice": [one.as_json() for one in held]}) if as_json else print_held(held)


@commands.command("true-up")
def true_up_(
    advice: Annotated[
        str | None, typer.Argument(help="Its id (or how it begins), or its job; all when left out.")
    ] = None,
    run: Annotated[str | None, typer.Option(help="The run_id, where it is not the job's name.")] = None,
    idle_kwh: Annotated[str | None, typer.Option(help="Idle energy of the whole run, as measured.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold advice against its run and the measured intensities, and put the saving on record."""
    from ledger.cli.ai.schedule.advice_words import print_truths

    with faults(as_json):
        held, waiting = _trued_up(book(ledger, actor), advice, run, amount(idle_kwh, "--idle-kwh"))
        if as_json:
            print_json({"advice": [one.as_json() for one in held], "without_run": waiting})
        else:
            print_truths(held, waiting)


def _trued_up(ledger: Any, advice: str | None, run: str | None, idle: Decimal | None) -> tuple[list[Any], list[str]]:
    """One advice, or all that have a run; the ids of those without one."""
    from ledger.errors import Misuse

    if advice is not None:
        return [ledger.true_up(advice, run=run, idle_kwh=idle)[0]], []
    if run is not None or idle is not None:
        raise Misuse("--run and --idle-kwh are of one advice", "name it: ghg ai true-up ADVICE --run …")
    return ledger.true_up_all()  # type: ignore[no-any-return]


def _instant(text: str | None, option: str) -> datetime:
    """An instant of an option; now where there is none. Raises Misuse for one that cannot be read or has no offset."""
    from datetime import UTC, datetime

    from ledger.errors import Misuse

    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise Misuse(f"{option} takes an instant with its offset, not '{text}'", "write it like 2026-11-29T06:00Z")
    return at.astimezone(UTC)


def _prices(given: list[str]) -> dict[str, Decimal]:
    from ledger.errors import Misuse

    found = {}
    for text in given:
        region, mark, price = text.rpartition("=")
        if not mark or not region:
            raise Misuse(f"--price takes REGION=AMOUNT, not '{text}'", "write it like --price gcp:europe-west3=2.50")
        found[region] = amount(price, f"--price {region}")
        if found[region] < 0:
            raise Misuse(f"--price {region} is below zero: {price}", "give what an hour costs there")
    return found
