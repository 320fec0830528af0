"""`ghg ai check`: a purchasing rule and a carbon budget against a plan or a measured run; exit 1 where it breaks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.ai.tradeoff.compare import AtOption, GpuOption, Many, compared
from ledger.cli.given import amount, by_name, text_of
from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, book, faults, print_json

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.ai.tradeoff.compare import Comparison
    from ledger.ai.tradeoff.recorded_work import RecordedRun

commands = typer.Typer()


@commands.command("check")
def check_(
    file: Annotated[Path | None, typer.Argument(help="What is planned: a file as for ghg ai compare.")] = None,
    policy: Annotated[Path | None, typer.Option(help="A TOML file with [policy], a purchasing rule.")] = None,
    budget: Annotated[Path | None, typer.Option(help="A TOML file with [budget], limits of one run.")] = None,
    gpu: GpuOption = None,
    at: AtOption = None,
    option: Annotated[Many, typer.Option(help="'H100 SXM @ gcp:us-central1', a single pair; once for each.")] = None,
    hours: Annotated[str | None, typer.Option(help="The plan: accelerator-hours on the part of --on.")] = None,
    on: Annotated[str | None, typer.Option(help="The accelerator that the hours are of.")] = None,
    run: Annotated[str | None, typer.Option(help="What was measured: a recorded run, by its run_id.")] = None,
    kwh: Annotated[str | None, typer.Option(help="kWh of the site as measured, in place of the planned.")] = None,
    draw: Annotated[str | None, typer.Option(help="Mean draw over board power: 0.6-0.9.")] = None,
    pue: Annotated[Many, typer.Option(help="PLACE=1.2")] = None,
    factor: Annotated[Many, typer.Option(help="PLACE=0.4, kg CO2e per kWh, location-based.")] = None,
    prices: Annotated[Path | None, typer.Option(help="A CSV of dated prices.")] = None,
    price_kind: Annotated[str | None, typer.Option(help="list, spot or contract.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a plan, or what was measured, against a purchasing rule or a carbon budget. Exit 1 says it breaks one."""
    with faults(as_json):
        given: dict[str, Any] = {
            "hardware": gpu, "places": at, "options": option, "hours": hours, "reference": on, "draw": draw,
            "prices": None if prices is None else str(prices.absolute()), "price_kind": price_kind,
            "place": by_name(pue=pue, factor=factor),
        }  # fmt: skip
        told = _checked(file, given, (policy, budget), (run, kwh), ledger, actor)
    if as_json:
        print_json({"keeps": not any(row["breaks"] for row in told), "options": told})
    else:
        for row in told:
            verdict = "BREAKS" if row["breaks"] else "keeps"
            typer.echo(f"{row['option']}: {verdict} {', '.join(row['held_against'])}")
            for reason in row["breaks"]:
                typer.echo(f"  · {reason}")
    if any(row["breaks"] for row in told):
        raise typer.Exit(1)


def _checked(
    file: Path | None, given: dict[str, Any], rules: tuple[Path | None, Path | None],
    ran: tuple[str | None, str | None], ledger: Path, actor: str | None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Every option with the rules it was held against and what it breaks of them."""
    from ledger.ai.tradeoff.rules import broken_budget, broken_rules, budget_of_text, policy_of_text
    from ledger.ai.tradeoff.scores import score
    from ledger.errors import Misuse

    policy = None if rules[0] is None else policy_of_text(text_of(rules[0]), rules[0].name)
    budget = None if rules[1] is None else budget_of_text(text_of(rules[1]), rules[1].name)
    if policy is None and budget is None:
        raise Misuse("nothing to hold it against", "give --policy FILE or --budget FILE")
    run, kwh = ran
    measured = None if kwh is None else amount(kwh, "--kwh")
    if measured is not None and measured < 0:
        raise Misuse(f"--kwh is below zero: {kwh}", "give what the site took")
    if run is not None:
        measured = _of_run(book(ledger, actor).recorded_run(run), given, measured)
    by_work = budget is not None and (measured is None or budget.with_manufacture or "cost" in budget.limits)
    made: Comparison = compared(file, given, run, ledger, actor, per_hour=not by_work)
    told = []
    for option in made.options:
        breaks = []
        if policy is not None:
            found = broken_rules(policy, score(option, made.wish.work, made.wish.today))
            breaks += [f"{policy.name}: {reason}" for reason in found]
        if budget is not None:
            breaks += [f"{budget.name}: {reason}" for reason in broken_budget(budget, option, measured)]
        named = [rule.name for rule in (policy, budget) if rule is not None]
        told.append({"option": option.name, "held_against": named, "breaks": breaks})
    return told


def _of_run(run: RecordedRun, given: dict[str, Any], measured: Decimal | None) -> Decimal | None:
    """The energy of a recorded run; where, on what and in which month it ran is what is asked, unless options say it.

    An estimate that stands in for a missing reading counts as the ledger counts it.
    """
    given["month"] = run.month.isoformat()[:7]
    if not given["options"]:
        given["hardware"] = given["hardware"] or [run.hardware_id]
        given["places"] = given["places"] or ([run.place] if run.place else None)
    return run.kwh if measured is None else measured
