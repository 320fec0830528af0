"""Commands for what stands beside the inventory: removals, credits, targets, internal prices, intensities."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
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
from ledger.errors import Misuse

if TYPE_CHECKING:
    from ledger.inventory.registers.credits import Credits, CreditTotals
    from ledger.inventory.registers.intensity import Intensity, Reconciliation
    from ledger.inventory.registers.prices import PricedScheme
    from ledger.inventory.registers.removals import Removals
    from ledger.inventory.registers.targets import TargetProgress

commands = typer.Typer()
PeriodOption = Annotated[str, typer.Option(help="2026, 2026-Q3, FY2026, 2026-01-01..2026-06-30 …")]
_DASH = "\u2014"


@commands.command()
def removals(
    period: PeriodOption,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Carbon removed and stored, by its register; in no total."""
    with faults(as_json):
        found = book(ledger, actor).removals(period, at=at)
    _told(found, as_json, _print_removals)


@commands.command(name="credits")
def carbon_credits(
    period: PeriodOption,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Carbon credits cancelled, and planned; in no total."""
    with faults(as_json):
        found = book(ledger, actor).credits(period, at=at)
    _told(found, as_json, _print_credits)


@commands.command()
def targets(
    year: Annotated[
        str | None, typer.Option("--year", "--period", help="The (fiscal) year to look at: 2026, FY2026.")
    ] = None,
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """How far each target has come against its base year."""
    with faults(as_json):
        number = (year or "").upper().removeprefix("FY")
        if not (number.isdigit() and len(number) == 4):
            words = f"'{year}' is not a year" if year else "no year is given"
            raise Misuse(words, "targets are looked at by the year: --year 2026")
        found = book(ledger, actor).targets(int(number), view=view, at=at)
    _told(found, as_json, _print_targets)


@commands.command()
def price(
    period: PeriodOption,
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Internal carbon prices: tonnes covered, cost, and share of each scope."""
    with faults(as_json):
        found = book(ledger, actor).prices(period, view=view, at=at)
    _told(found, as_json, _print_prices)


@commands.command()
def intensity(
    period: PeriodOption,
    per: Annotated[str, typer.Option(help="A metric: revenue, headcount, requests, or any that was uploaded.")],
    product: Annotated[str | None, typer.Option(help="The metric of this product.")] = None,
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Emissions per revenue, head, product, request or any metric, by both Scope 2 methods."""
    with faults(as_json):
        found, reconciled = book(ledger, actor).intensities(period, per, product=product, view=view, at=at)
    if as_json:
        from ledger.plain import plain

        print_json({"intensities": plain(found), "revenue_reconciliation": plain(reconciled)})
        return
    for made in found:
        _print_intensity(made)
    for each in reconciled:
        _print_reconciliation(each)


def _told(found: Any, as_json: bool, printing: Any) -> None:
    if as_json:
        from ledger.plain import plain

        print_json(plain(found))
    else:
        printing(found)


def _print_removals(found: Removals) -> None:
    from ledger.terminal import console, ruled_table, safe, tonnes

    out = console()
    if not found.rows:
        out.print(f"The register holds no removals in {found.period}. Next: ghg template removal")
        return
    table = ruled_table(
        ("removal", False), ("how", False), ("where", False), ("removed t", True), ("emitted t", True),
        ("came back t", True), ("method", False),
    )  # fmt: skip
    for row in found.rows:
        kg = [_DASH if part is None else tonnes(part) for part in (row.removed_kg, row.emitted_kg, row.reversed_kg)]
        table.add_row(safe(row.removal_id), safe(row.removal_kind), row.value_chain, *kg, safe(row.removal_method))
    sums = [_DASH if part is None else tonnes(part) for part in (found.removed_kg, found.emitted_kg, found.reversed_kg)]
    table.add_row("Sum", "", "", *sums, "", style="bold")
    out.print(table)
    _print_notes(found.notes)


def _print_credits(found: Credits) -> None:
    from ledger.plain import plain_amount
    from ledger.terminal import console, ruled_table, safe

    out = console()
    states = (("cancelled", found.cancelled), ("planned, contracted", found.planned_contracted),
              ("planned, not contracted", found.planned_open))  # fmt: skip
    if not any(state.rows for _, state in states):
        out.print(f"The register holds no credits of {found.period}. Next: ghg template credit")
        return
    table = ruled_table(
        ("t CO\u2082e", False), ("credits", True), ("reductions %", True), ("removals %", True), ("EU %", True),
        ("adjusted %", True), ("standards", False),
    )  # fmt: skip
    for name, state in states:
        table.add_row(name, *_credit_cells(state))
    out.print(table)
    for _, state in states:
        for row in state.rows:
            when = row["cancelled_on"] or f"planned for {row['planned_for']}"
            words = f"{plain_amount(row['tonnes'])} t, {row['standard']}, vintage {row['vintage_year']}, {when}"
            out.print(safe(f"  {row['credit_id']}: {words}"), style="dim")
    _print_notes(found.notes)


def _credit_cells(state: CreditTotals) -> tuple[Any, ...]:
    from ledger.terminal import grouped, safe

    shares = (state.share_reduction, state.share_removal, state.share_eu_project, state.share_corresponding_adjustment)
    standards = ", ".join(f"{name} {share * 100:.0f} %" for name, share in state.share_by_standard.items())
    return grouped(state.tonnes), *(_per_cent(share) for share in shares), safe(standards)


def _print_targets(found: Sequence[TargetProgress]) -> None:
    from ledger.terminal import console, ruled_table, safe

    out = console()
    if not found:
        out.print("The register holds no targets in force. Next: ghg template target")
        return
    table = ruled_table(
        ("target", False), ("measure", False), ("base t", True), ("year t", True), ("reached %", True),
        ("path %", True), ("target %", True), ("", False),
    )  # fmt: skip
    for one in found:
        verdict = _DASH if one.on_track is None else "on the path" if one.on_track else "behind the path"
        table.add_row(
            safe(f"{one.target_id} by {one.target_year}"), safe(one.measure.replace("_", " ")),
            _kg(one.base_kg, one.base_year), _kg(one.year_kg, one.year), _points(one.reached_pct),
            _points(one.path_pct), _points(one.reduction_pct), verdict,
        )  # fmt: skip
        if one.other_measure is not None:
            table.add_row("", one.other_measure.replace("_", " "), _kg(one.other_base_kg, one.base_year),
                          _kg(one.other_year_kg, one.year), "", "", "", "", style="dim")  # fmt: skip
    out.print(table)
    out.print("Reached, path and target are reductions against the base year; a path is a straight line.", style="dim")
    for one in found:
        _print_notes([f"{one.target_id}: {note}" for note in one.notes])


def _print_prices(found: Sequence[PricedScheme]) -> None:
    from ledger.plain import plain_amount
    from ledger.terminal import console, grouped, ruled_table, safe

    out = console()
    if not found:
        out.print("No internal carbon price is in force in the period. Next: ghg template carbon_price_scheme")
        return
    table = ruled_table(
        ("scheme", False), ("kind", False), ("in force", False), ("scope", False), ("covered t", True),
        ("of the scope %", True), ("price per t", True), ("cost", True),
    )  # fmt: skip
    for one in found:
        span = f"{one.in_force_from} to {one.in_force_to}"
        cost = _DASH if one.cost is None else f"{grouped(one.cost, '0.01')} {one.currency}"
        rate = f"{plain_amount(one.price_per_t)} {one.currency}"
        table.add_row(
            safe(one.scheme_id), one.price_type.replace("_", " "), span, "all", _tonnes(one.covered_t), "", rate, cost
        )
        for scope in one.scopes:
            table.add_row("", "", "", scope.measure.replace("_", " "), _tonnes(scope.covered_t),
                          _per_cent(scope.share), "", "", style="dim")  # fmt: skip
    out.print(table)
    for one in found:
        _print_notes([f"{one.scheme_id}: {note}" for note in one.notes])


def _print_intensity(made: Intensity) -> None:
    from ledger.plain import plain_amount
    from ledger.terminal import console, ruled_table, safe, tonnes

    out = console()
    unit = made.currency if made.currency and made.unit == made.currency else made.unit
    unit = f"{unit} ({made.currency})" if made.currency and made.currency != made.unit else unit
    of = f" of {made.product}" if made.product else ""
    amount = "is not told, so there is no intensity" if made.value is None else f"{plain_amount(made.value)} {unit}"
    out.print(safe(f"{made.period}: {made.metric}{of} {amount}"))
    if made.value:
        table = ruled_table(("", False), ("t CO\u2082e", True), (f"kg CO\u2082e per {unit}", True))
        for figure in made.figures:
            shown = _DASH if figure.kg_per_unit is None else _significant(figure.kg_per_unit)
            kg = _DASH if figure.kg is None else tonnes(figure.kg)
            table.add_row(figure.measure.replace("_", " "), kg, shown)
        out.print(table)
    _print_notes(made.notes)


def _print_reconciliation(each: Reconciliation) -> None:
    from ledger.terminal import console, grouped

    parts = (("used", each.revenue_used), ("other", each.revenue_other), ("statements", each.revenue_statements),
             ("difference", each.difference))  # fmt: skip
    shown = ", ".join(f"{name} {_DASH if amount is None else grouped(amount)}" for name, amount in parts)
    console().print(f"Revenue ({each.currency or 'no currency'}): {shown}")
    _print_notes(each.notes)


def _print_notes(notes: Sequence[str]) -> None:
    from rich.text import Text

    from ledger.terminal import console, safe

    for note in notes:
        console().print(Text("Note: ").append_text(safe(note)), style="dim")


def _kg(kg: Decimal | None, year: int) -> str:
    from ledger.terminal import tonnes

    return f"{_DASH if kg is None else tonnes(kg)} ({year})"


def _tonnes(amount: Decimal | None) -> str:
    from ledger.terminal import grouped

    return _DASH if amount is None else grouped(amount, "0.1")


def _points(per_cent: Decimal | None) -> str:
    return _DASH if per_cent is None else f"{per_cent:.1f}"


def _per_cent(share: Decimal | None) -> str:
    return _DASH if share is None else f"{share * 100:.1f}"


def _significant(amount: Decimal) -> str:
    """Four significant digits, in plain notation."""
    from ledger.plain import plain_amount

    places = 3 - amount.adjusted() if amount else 0
    return plain_amount(round(amount, max(places, 0)))
