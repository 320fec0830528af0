"""Commands about Scope 2: the register of instruments, what every kWh rests on, and matching by the hour."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    AtOption,
    JsonOption,
    LedgerOption,
    ViewOption,
    book,
    faults,
    print_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from ledger.inventory import ContractShares, InstrumentRecord, Scope2Row, Scope2Table
    from ledger.inventory.hourly import HourlyMatching

commands = typer.Typer()

_STATUS = {"used": "used", "partly_used": "partly used", "unused": "unused", "rejected": "rejected"}


@commands.command()
def instruments(
    period: Annotated[str | None, typer.Option(help="What every kWh of this period rests on, like 2026-Q3.")] = None,
    by: Annotated[str, typer.Option(help="facility, month, facility,month or total.")] = "facility",
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Certificates and contracts: what each covers and why one does not; with a period, what every kWh rests on."""
    from ledger.plain import plain

    with faults(as_json):
        held = book(ledger, actor)
        register = held.instruments(period, at=at)
        table = held.scope2(period, by, view=view, at=at) if period else None
        shares = held.contract_shares(period, view=view, at=at) if period else None
    if as_json:
        print_json({"instruments": plain(register), "table": plain(table), "contract_shares": plain(shares)})
        return
    if table and shares:
        print_table(table)
        print_shares(shares)
    print_register(register)
    if table:
        print_outside(table)


@commands.command()
def hourly(
    period: Annotated[str, typer.Option(help="The period, like 2026, 2026-07 or 2026-07-01..2026-07-07.")],
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Consumption matched with carbon-free generation hour by hour (24/7), beside the matching of the whole period."""
    from ledger.plain import plain

    with faults(as_json):
        held = book(ledger, actor).hourly(period, at=at)
    print_json(plain(held)) if as_json else print_hourly(held)


def print_hourly(held: HourlyMatching) -> None:
    """Each market by the hour and over the period, then its instruments, then what the data lack."""
    from ledger.terminal import console, grouped, ruled_table, safe, tonnes

    out = console()
    out.print(f"\nMatched by the hour, {held.period.label}: {held.label}\n")
    if not held.markets:
        out.print("No facility has a series that covers the period. Enter series with: ghg template interval")
    for market in held.markets:
        table = ruled_table((market.market, False), ("by the hour", True), ("over the period", True))
        table.add_row("consumption, kWh", grouped(market.consumption_kwh), grouped(market.consumption_kwh))
        table.add_row("generated under instruments, kWh", grouped(market.generated_kwh), grouped(market.generated_kwh))
        table.add_row("matched, kWh", grouped(market.matched_kwh), grouped(market.annual_matched_kwh))
        table.add_row("  matched share", _percent(market.contract_share), _percent(market.annual_share))
        table.add_row("unmatched, kWh", grouped(market.unmatched_kwh),
                      grouped(market.consumption_kwh - market.annual_matched_kwh))  # fmt: skip
        grid = "\u2014" if market.grid_carbon_free_kwh is None else grouped(market.grid_carbon_free_kwh)
        table.add_row("  of it carbon-free from the grid, kWh", grid, "")
        table.add_row("carbon-free share (24/7)", _percent(market.carbon_free_share), "", style="bold")
        table.add_row("surplus, not carried over, kWh", grouped(market.surplus_kwh), "")
        table.add_row("emissions, t CO\u2082e", tonnes(market.emissions_kg), tonnes(market.annual_emissions_kg))
        out.print(table)
        out.print()
    for record in held.instruments:
        out.print(safe(f"  {record.instrument_id}: {grouped(record.generated_kwh)} kWh generated, "
                       f"{grouped(record.matched_kwh)} matched"))  # fmt: skip
    for note in held.notes:
        out.print(safe(f"  {note}"), soft_wrap=True)


def _percent(share: Decimal | None) -> str:
    return "\u2014" if share is None else f"{share * 100:.1f} %"


def print_register(register: Sequence[InstrumentRecord]) -> None:
    """Every instrument with its status; below, why one covers nothing or not all."""
    from ledger.terminal import console, grouped, ruled_table, safe

    out = console()
    if not register:
        out.print("\nNo instruments. Enter them with: ghg template instrument, then ghg upload")
        return
    table = ruled_table(("instrument", False), ("type", False), ("market", False), ("vintage", False),
                        ("holds kWh", True), ("used kWh", True), ("left kWh", True), ("status", False))  # fmt: skip
    for record in register:
        table.add_row(
            safe(record.instrument_id), safe(record.type), safe(record.market_boundary),
            f"{record.vintage_start} to {record.vintage_end}", grouped(record.kwh), grouped(record.used_kwh),
            grouped(record.left_kwh), _STATUS[record.status],
        )  # fmt: skip
    out.print()
    out.print(table)
    for record in register:
        for reason in record.reasons:
            out.print(safe(f"  {record.instrument_id}: {reason.words}"), soft_wrap=True)


def print_table(held: Scope2Table) -> None:
    """Consumption and what it rests on, row by row, with the total; below each row its instruments."""
    from ledger.terminal import console, grouped, ruled_table, safe

    cut = held.by != "total"
    table = ruled_table(*([("place", False), ("energy", False)] if cut else [("", False)]),
                        ("kWh", True), ("instruments", True), ("supplier", True), ("residual", True),
                        ("location factor", True), ("other", True), ("t location", True),
                        ("t market", True))  # fmt: skip
    for row in held.rows if cut else ():
        _add(table, row, _place(row), cut)
    _add(table, held.total, "total", cut)
    blank = [""] if cut else []
    if held.outside:
        table.add_row("outside this view", *blank, "", grouped(held.outside_kwh))
    for part in held.outside:
        table.add_row(safe(f"  {part.instrument_id}"), *blank, "", grouped(part.kwh), style="dim")
    out = console()
    out.print(f"\nScope 2, {held.period.label}: what every kWh rests on. The two totals never add up.\n")
    out.print(table)


def print_outside(held: Scope2Table) -> None:
    """Below the register, which knows no view: what of each instrument's kWh lies outside the view of the table."""
    from ledger.terminal import console, grouped, safe

    for part in held.outside:
        told = f"  {part.instrument_id}: {grouped(part.kwh)} kWh used in {held.period.label} lie outside this view"
        console().print(safe(told), soft_wrap=True)


def _place(row: Scope2Row) -> str:
    month = row.month.strftime("%Y-%m") if row.month else None
    return " ".join(part for part in (row.facility_id, month) if part) or "no facility"


def _add(table: Any, row: Scope2Row, place: str, cut: bool) -> None:
    from ledger.terminal import grouped, safe, tonnes

    other = row.named_factor_kwh + row.not_quantified_kwh
    figures = (row.consumption_kwh, row.instrument_kwh, row.supplier_rate_kwh, row.residual_mix_kwh,
               row.location_factor_kwh, other)  # fmt: skip
    names = [safe(place), safe(row.carrier.replace("_", " "))] if cut else [safe(place)]
    table.add_row(*names, *map(grouped, figures), tonnes(row.location_kg), tonnes(row.market_kg))
    if place == "total":
        return
    for part in row.parts:
        if part.instrument_id is not None:
            blank = [""] * 5
            table.add_row(safe(f"  {part.instrument_id}"), "", "", grouped(part.kwh), *blank, tonnes(part.market_kg),
                          style="dim")  # fmt: skip


def print_shares(shares: ContractShares) -> None:
    """Bundled and unbundled shares, and the instruments by type and technology."""
    from ledger.terminal import console, grouped, ruled_table, safe

    if not shares.rows:
        return
    table = ruled_table(("type", False), ("technology", False), ("source", False), ("", False), ("kWh", True),
                        ("share", True))  # fmt: skip
    for row in shares.rows:
        bundled = "bundled" if row.bundled else "unbundled"
        table.add_row(safe(row.type_name), safe(row.technology), row.energy_source, bundled, grouped(row.kwh),
                      f"{row.share * 100:.1f} %")  # fmt: skip
    out = console()
    out.print()
    out.print(table)
    out.print(f"  of purchased energy bundled {(shares.bundled_share or 0) * 100:.1f} %, "
              f"unbundled {(shares.unbundled_share or 0) * 100:.1f} %")  # fmt: skip
