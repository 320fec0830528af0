"""`ghg ai estimate`: what a job on accelerators would take, before anything is recorded."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.given import amount
from ledger.cli.options import DEFAULT_LEDGER, ActorOption, JsonOption, LedgerOption, book, faults, print_json

if TYPE_CHECKING:
    from datetime import date

    from ledger.ai.estimate import Estimate, Request
    from ledger.ai.parity import Parity

commands = typer.Typer()


@commands.command("estimate")
def estimate_(
    gpu: Annotated[str, typer.Option(help="The accelerator: A100, h100 sxm, TPU v4 … (ghg ai hardware lists them).")],
    hours: Annotated[str, typer.Option(help="Hours that each of them is in use.")],
    count: Annotated[str, typer.Option(help="How many.")] = "1",
    cloud: Annotated[str | None, typer.Option(help="aws, azure or gcp; with --region.")] = None,
    region: Annotated[str | None, typer.Option(help="The cloud's region, like us-east-1.")] = None,
    country: Annotated[str | None, typer.Option(help="Where it runs, if in no cloud: DE, Germany …")] = None,
    grid_region: Annotated[str | None, typer.Option(help="The grid within the country, like SRVC (eGRID).")] = None,
    pue: Annotated[str | None, typer.Option(help="Site over IT energy; of many cloud regions it is known.")] = None,
    power: Annotated[str | None, typer.Option(help="W that one accelerator draws on average.")] = None,
    factor: Annotated[str | None, typer.Option(help="kg CO2e per kWh, in place of the factor that is chosen.")] = None,
    utilisation: Annotated[str | None, typer.Option(help="Mean draw over board power, 0 to 1.")] = None,
    host_power: Annotated[str | None, typer.Option(help="W of the host around each accelerator.")] = None,
    life_years: Annotated[str | None, typer.Option(help="Years that the hardware serves.")] = None,
    month: Annotated[str | None, typer.Option(help="The month it runs in, like 2026-03; this one if left out.")] = None,
    as_: Annotated[str | None, typer.Option("--as", help="mlco2: the ML CO2 Impact calculator's arithmetic.")] = None,
    mlco2_files: Annotated[Path | None, typer.Option(help="Folder with its gpus.csv and impact.csv.")] = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Energy and carbon of a job, with assumptions, sources and the range of other factors. Nothing is recorded."""
    from ledger.ai.estimate import Request
    from ledger.cli.ai.tradeoff.estimate_words import estimate_json, print_estimate, print_parity
    from ledger.plain import plain

    with faults(as_json):
        asked = Request(
            gpu, amount(hours, "--hours"), _month(month), amount(count, "--count"), cloud, region, country, grid_region,
            amount(pue, "--pue"), amount(power, "--power"), amount(factor, "--factor"),
            amount(utilisation, "--utilisation"), amount(host_power, "--host-power"),
            amount(life_years, "--life-years"),
        )  # fmt: skip
        if as_ is not None:
            told = _parity(as_, asked, mlco2_files, ledger, actor)
            print_json(plain(told)) if as_json else print_parity(told, asked.gpu)
            return
        made = _estimate(asked, ledger, actor)
        print_json(estimate_json(made)) if as_json else print_estimate(made)


def _estimate(asked: Request, ledger: Path, actor: str | None) -> Estimate:
    """By the ledger's factors; by the shipped ones where no ledger was named and none lies here."""
    if ledger == DEFAULT_LEDGER and not ledger.exists():
        from ledger.book.verbs.estimates import unrecorded_estimate

        return unrecorded_estimate(asked)
    return book(ledger, actor).estimate(asked)


def _parity(kind: str, asked: Request, folder: Path | None, ledger: Path, actor: str | None) -> Parity:
    """The calculator's figures: with its own tables where they are given, else with our power and factor."""
    from ledger.ai import parity
    from ledger.errors import known_word

    known_word("form of an estimate", kind, ["mlco2"])
    hours, power, power_source = asked.hours * asked.count, asked.power_w, "given"
    if folder is not None and power is None:
        power, power_source = parity.table_power(folder, asked.gpu), "its gpus.csv"
    if folder is not None and asked.factor is None and asked.cloud and asked.region:
        grams = parity.table_intensity(folder, asked.cloud, asked.region)
        if power is not None:
            return parity.parity(power, hours, factor=None, table_g=grams, sources=(power_source, "its impact.csv"))
    factor, factor_source = asked.factor, "given, as typed"
    if power is None or factor is None:
        made = _estimate(asked, ledger, actor)
        if power is None:
            power, power_source = made.processor.power_w.high, made.processor.power_source
        if factor is None and made.location_factor is not None:
            grams = made.location_factor.kg_co2e_per_kwh * 1000
            sources = (power_source, f"{made.location_factor.source}; its own table of 2019 is not shipped")
            return parity.parity(power, hours, factor=None, table_g=grams, sources=sources)
    return parity.parity(power, hours, factor=factor, table_g=None, sources=(power_source, factor_source))


def _month(text: str | None) -> date:
    """The first day of a month written like 2026-03; of this month where none is given."""
    from datetime import UTC, date, datetime

    from ledger.errors import Misuse

    if text is None:
        return datetime.now(UTC).date().replace(day=1)
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        raise Misuse(f"'{text}' is no month", "write it like 2026-03") from None
