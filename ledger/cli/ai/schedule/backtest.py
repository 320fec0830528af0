"""`ghg ai backtest`: what policies would have saved on past days, by forecasts issued before each decision."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.given import amount
from ledger.cli.options import JsonOption, faults, print_json, working

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from ledger.schedule.backtest import Errors, Ground, Result
    from ledger.schedule.policy import Policy

commands = typer.Typer()
LONGEST_EVERY_HOURS = 24 * 31


@commands.command("backtest")
def backtest_(
    files: Annotated[
        list[Path], typer.Argument(help="CSV of intensities, measured and forecast (docs/scheduling.md).")
    ],
    region: Annotated[list[str], typer.Option(help="Where jobs are submitted, a zone of the files; once for each.")],
    hours: Annotated[list[str], typer.Option(help="How long a job runs; once for each.")],
    policy: Annotated[list[Path] | None, typer.Option(help="A policy in TOML; once for each.")] = None,
    delay: Annotated[list[str] | None, typer.Option(help="Hours that a job may wait, in place of a policy.")] = None,
    checkpointable: Annotated[bool, typer.Option("--checkpointable", help="Also cut into the cleanest hours.")] = False,
    portable: Annotated[bool, typer.Option("--portable", help="Jobs may run in the policy's other regions.")] = False,
    every: Annotated[str, typer.Option(help="Hours from one submission to the next.")] = "1",
    basis: Annotated[str, typer.Option(help="direct or life_cycle.")] = "direct",
    persistence: Annotated[
        bool, typer.Option("--persistence", help="Pass the forecasts over: decide by the same hour of the day before.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Hold policies against running at once and against perfect foresight, on real series of past days."""
    with faults(as_json):
        from ledger.errors import Misuse, known_word
        from ledger.schedule.backtest import Ground, errors
        from ledger.schedule.series_files import Series, series_of
        from schemas.vocabulary import SignalBasis

        known_word("basis", basis, [word.value for word in SignalBasis])
        if not policy and not delay:
            raise Misuse("nothing to try", "give --policy FILE or --delay HOURS, such as --delay 24")
        with working("reading the series", quiet=as_json):
            held = series_of(files)
        ground = Ground(Series(held.measured, {}, held.at_delivery) if persistence else held, basis=basis)
        rules = list(_rules(policy or [], delay or [], checkpointable=checkpointable))
        with working("trying the policies", quiet=as_json):
            found = list(_results(ground, rules, region, hours, every, checkpointable, portable))
            off = [told for zone in dict.fromkeys(r.zone for r in found) if (told := errors(ground, zone)) is not None]
        print_json(_json(ground, found, off)) if as_json else _print(ground, found, off)


def _rules(files: list[Path], delays: list[str], *, checkpointable: bool) -> Iterator[Policy]:
    from ledger.schedule.policy import Policy, policy_of

    yield from map(policy_of, files)
    for text in delays:
        wait = _hours(text, "--delay", least=0)
        yield Policy(name=f"wait up to {wait:f} h", max_delay_hours=wait)
        if checkpointable:
            yield Policy(name=f"cleanest hours within {wait:f} h", max_delay_hours=wait, interruptible=True)


def _results(
    ground: Ground, rules: list[Policy], regions: list[str], hours: list[str], every: str, checkpointable: bool,
    portable: bool,
) -> Iterator[Result]:  # fmt: skip
    from datetime import UTC, datetime, timedelta

    from ledger.errors import Misuse
    from ledger.schedule.backtest import backtest
    from ledger.schedule.job import Job

    step = _hours(every, "--every", least=0)
    if not 0 < step <= LONGEST_EVERY_HOURS:
        raise Misuse(f"--every {every} is no time between submissions", "give hours, such as 1 or 6")
    for region in regions:
        for text in hours:
            job = Job(
                job_id="backtest", submitted_utc=datetime(2000, 1, 1, tzinfo=UTC), region=region, portable=portable,
                duration_hours=_hours(text, "--hours", least=0), checkpointable=checkpointable,
            )  # fmt: skip
            for policy in rules:
                yield backtest(ground, policy, job, timedelta(seconds=int(step * 3600)))


def _hours(text: str, option: str, *, least: int) -> Decimal:
    from ledger.errors import Misuse
    from ledger.schedule.job import LONGEST_HOURS

    value = amount(text, option)
    if not least <= value <= LONGEST_HOURS:
        raise Misuse(f"{option} {text} are no hours that can be meant", "give hours of at most a year")
    return value


def _json(ground: Ground, found: list[Result], off: list[Errors]) -> dict[str, Any]:
    from dataclasses import asdict

    from ledger.plain import plain
    from ledger.schedule.backtest import gaps
    from ledger.schedule.forecast import utc_text

    rows = [
        asdict(one) | {"first": utc_text(one.first), "last": utc_text(one.last), "saved_percent": one.saved_percent,
                       "optimum_percent": one.optimum_percent} for one in found
    ]  # fmt: skip
    told = [asdict(one) | {"first": utc_text(one.first), "last": utc_text(one.last)} for one in off]
    holes = {zone: gaps(ground, zone) for zone in dict.fromkeys(one.zone for one in found)}
    return plain({  # type: ignore[no-any-return]
        "signal": ground.signal, "basis": ground.basis, "results": rows, "forecast_errors": told,
        "measured_steps_missing": {zone: {"missing": lacks, "of": whole} for zone, (lacks, whole) in holes.items()},
    })  # fmt: skip


def _print(ground: Ground, found: list[Result], off: list[Errors]) -> None:
    from ledger.schedule.backtest import gaps
    from ledger.terminal import console, grouped, ruled_table, safe

    out = console()
    table = ruled_table(("zone", False), ("policy", False), ("job", True), ("jobs", True), ("at once", True),
                        ("policy", True), ("optimum", True), ("saved", True), ("at most", True), ("worse", True),
                        ("wait", True))  # fmt: skip
    for one in found:
        table.add_row(
            safe(one.zone), safe(one.policy), f"{one.hours.normalize():f} h", grouped(one.jobs),
            *(grouped(value, "0.1") for value in (one.now_g, one.policy_g, one.optimum_g)),
            _share(one.saved_percent), _share(one.optimum_percent),
            _share(100 * one.worse / one.jobs), f"{one.waited_hours:.1f} h",
        )  # fmt: skip
        for name, now, by_policy in one.also:
            table.add_row("", safe(f"  the same by {name}"), "", "", grouped(now, "0.1"), grouped(by_policy, "0.1"))
    out.print(table)
    out.print()
    for zone in dict.fromkeys(one.zone for one in found):
        out.print(safe(_ground_words(ground, zone, [one for one in found if one.zone == zone], gaps(ground, zone))))
    for told in off:
        days = "; ".join(f"day {day} {mean:.1f} g/kWh ({_share(share)})" for day, _, mean, share in told.by_day)
        out.print(
            safe(f"{told.zone}: mean absolute error of {told.issues} forecasts of {told.lead_hours:g} h: {days}.")
        )
    out.print()
    out.print(safe(
        "g/kWh, means over all jobs of even power. Optimum is perfect foresight within the same bounds, a bound and no "
        "policy. Worse: jobs that emitted more than at once. No figure here is a claim: other days are not yours."
    ), style="dim")  # fmt: skip


def _ground_words(ground: Ground, zone: str, found: list[Result], holes: tuple[int, int]) -> str:
    first, last = min(one.first for one in found), max(one.last for one in found)
    left, doubt = max(one.left_out for one in found), max(one.in_doubt for one in found)
    return (
        f"{zone}: {ground.measured[zone].source}; {ground.signal} intensity, {ground.basis}; submissions "
        f"{first:%Y-%m-%d} to {last:%Y-%m-%d}; decided by {found[0].forecast}; {holes[0]} of {holes[1]} measured steps "
        f"missing; at most {left} jobs left out for that, {doubt} run at once without a usable forecast."
    )


def _share(value: Any) -> str:
    return "—" if value is None else f"{float(value):.1f} %".replace("-", "\u2212")
