"""`ghg ai embodied`: the manufacture of hardware by year, as the inventory has it and spread over its life."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.given import amount, day
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
    from pathlib import Path

    from ledger.ai.assets.by_policy import EmbodiedRow
    from ledger.ai.embodied import Asset, EmbodiedYear

commands = typer.Typer()


@commands.command("embodied")
def embodied_(
    bought: Annotated[str | None, typer.Option(help="The day it was bought, like 2026-01-15.")] = None,
    life_years: Annotated[int | None, typer.Option(help="Whole years that it is to serve.")] = None,
    hardware: Annotated[str | None, typer.Option(help="An accelerator with a known figure: ghg ai hardware.")] = None,
    kg: Annotated[str | None, typer.Option(help="Or kg CO2e of one, from its maker's footprint.")] = None,
    count: Annotated[str, typer.Option(help="How many.")] = "1",
    retired: Annotated[str | None, typer.Option(help="The day it was taken out of service, if it was.")] = None,
    held: Annotated[bool, typer.Option("--held", help="The machines of the ledger's register.")] = False,
    period: Annotated[str | None, typer.Option(help="With --held: 2026, FY2026, 2026-Q3 …; every year else.")] = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Manufacture by year in two views: in full in the year of purchase, or by days of the life with the write-off."""
    if held:
        given = (bought, life_years, hardware, kg, retired)
        return _held(ledger, actor, period, at, is_alone=not any(given), as_json=as_json)
    from ledger.ai.embodied import Asset, embodied_years
    from ledger.errors import Misuse
    from ledger.plain import plain

    with faults(as_json):
        if bought is None or life_years is None:
            raise Misuse("bought when, and for how long?", "give --bought and --life-years, or --held")
        each, name, source = _of_one(hardware, kg)
        many = amount(count, "--count")
        end = day(retired, "--retired") if retired else None
        asset = Asset(name, each * many, day(bought, "--bought"), life_years, end)
        years = embodied_years(asset)
        if as_json:
            told = {"of": name, "count": many, "kg_co2e_each": each, "source": source, "years": years}
            print_json(plain({**told, "last_day_of_life": asset.last_day}))
        else:
            _print(asset, years, f"{many:f} × {each:f} kg CO₂e, {source}")
    return None


def _held(
    ledger: Path, actor: str | None, period: str | None, at: int | None, *, is_alone: bool, as_json: bool
) -> None:
    """The machines of the register under both policies."""
    from ledger.errors import Misuse
    from ledger.plain import plain

    with faults(as_json):
        if not is_alone:
            raise Misuse("--held shows the register as it is", "leave the other options out; or leave --held out")
        rows = book(ledger, actor).embodied(period, at=at)
        print_json(plain(rows)) if as_json else _print_held(rows)


def _print_held(rows: tuple[EmbodiedRow, ...]) -> None:
    """The two policies side by side by machine and year; of each its own totals by year, and no sum of the two."""
    from ledger.terminal import console, ruled_table, safe

    table = ruled_table(
        ("machine", False), ("of", False), ("", True), ("", False), ("bought, kg CO₂e", True),
        ("by life, kg CO₂e", True), ("written off", True),
    )  # fmt: skip
    unknown: set[str] = set()
    for row in rows:
        own = row.asset
        if own.asset_id in unknown:  # one line is enough to say so
            continue
        unknown |= set() if own.kg is not None else {own.asset_id}
        of = f"{own.name}" if own.share == 1 else f"{own.name}, {own.share.normalize():f} of each"
        amounts = (row.purchase_kg, row.amortised_kg, row.write_off_kg)
        table.add_row(safe(own.asset_id), safe(of), f"{own.count} ×", str(row.year), *map(_shown, amounts))
    out = console()
    out.print(table)
    for own in {row.asset.asset_id: row.asset for row in rows}.values():
        entry = f", {own.posted_entry}" if own.posted_entry else ""
        note = f"; {own.note}" if own.note else ""
        out.print(safe(f"{own.asset_id}: {own.source}{entry}{note}"), style="dim")
    out.print(safe(_TWO_VIEWS))


def _shown(kg: Decimal | None) -> str:
    """A dash is nothing of it here; "?" is not quantified."""
    from ledger.terminal import grouped

    return "?" if kg is None else grouped(kg, "0.1") if kg else "—"


def _of_one(hardware: str | None, kg: str | None) -> tuple[Decimal, str, str]:
    """Kg CO2e of one, its name and the source. Raises Misuse where it is not known, or by several figures."""
    from ledger.ai import catalogue
    from ledger.errors import Misuse

    if kg is not None:
        return amount(kg, "--kg"), hardware or "the machine", "as given"
    if hardware is None:
        raise Misuse("of what?", "give --hardware, such as h100, or --kg from its maker's product carbon footprint")
    part = catalogue.hardware(hardware)
    rows = [row for row in catalogue.embodied(part.hardware_id) if row.per == "each"]
    if len(rows) != 1:
        figures = ", ".join(f"{row.kg_co2e:f} ({row.source})" for row in rows)
        raise Misuse(
            f"{len(rows) or 'no'} sources give the manufacture of {part.name}",
            f"take one with --kg: {figures}" if rows else "give --kg from its maker's footprint",
        )
    row = rows[0]
    return row.kg_co2e, part.name, f"{row.source} ({row.verification}); {row.boundary.replace('_', ' ')}"


def _print(asset: Asset, years: tuple[EmbodiedYear, ...], source: str) -> None:
    """The two views side by side, each with its own total: they are one fact twice and have no sum."""
    from ledger.ai.embodied import amortised_total, purchase_total
    from ledger.terminal import console, grouped, ruled_table, safe

    out = console()
    out.print(safe(f"{asset.name}, bought {asset.bought}, {asset.life_years} years to {asset.last_day}"), style="bold")
    out.print(safe(source), style="dim")
    table = ruled_table(("", False), ("bought, kg CO₂e", True), ("by life, kg CO₂e", True), ("written off", True))
    for year in years:
        amounts = (year.purchase_kg_co2e, year.amortised_kg_co2e, year.write_off_kg_co2e)
        table.add_row(str(year.year), *(grouped(kg, "0.1") if kg else "—" for kg in amounts))
    table.add_section()
    bought, spread = purchase_total(years).value.low, amortised_total(years).value.low
    table.add_row("total", grouped(bought, "0.1"), grouped(spread, "0.1"), "(inside)")
    out.print(table)
    out.print(safe(_TWO_VIEWS))


_TWO_VIEWS = (
    "Bought: Scope 3 category 2, in full in the year of purchase (the inventory). By life: a memo for products, models "
    "and SCI. They are the same manufacture and are never added."
)
