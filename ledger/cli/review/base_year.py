"""Commands for the base year: its figures on both bases, what may ask for a recalculation, and the decision."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import (
    DEFAULT_LEDGER,
    ActorOption,
    JsonOption,
    LedgerOption,
    ViewOption,
    answer,
    book,
    faults,
    print_json,
)

if TYPE_CHECKING:
    from ledger.inventory.periods.base_year import BaseYear, Basis
    from ledger.inventory.periods.recalculation_candidates import Candidate

base_year_app = typer.Typer(help="The base year, and what may ask for its recalculation.", no_args_is_help=True)


@base_year_app.command("show")
def base_year_show(
    view: ViewOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The base year and the years since, as first stated and on the current basis; policy and decisions."""
    with faults(as_json):
        found = book(ledger, actor).base_year(view=view)
        print_json(_json(found)) if as_json else _print(found)


@base_year_app.command("candidates")
def base_year_candidates(
    view: ViewOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """What changed since the base year was closed, with its effect in tonnes and per cent, and the running sum."""
    with faults(as_json):
        held = book(ledger, actor)
        found = held.base_year_candidates(view=view)
        if as_json:
            print_json([_json(one) for one in found])
        else:
            _print_candidates(found, held.policy().base_year_threshold_pct)


@base_year_app.command("decide")
def base_year_decide(
    candidate: Annotated[str, typer.Argument(help="As ghg base-year candidates names it: B57, S2026-07-01.")],
    decision: Annotated[str, typer.Argument(help="recalculate or decline")],
    reason: Annotated[str, typer.Option(help="Why, for the record.")] = "",
    view: ViewOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Recalculate the base year (its periods are restated), or decline; with a reason."""
    with faults(as_json):
        done = book(ledger, actor).decide_base_year(candidate, decision, reason=reason, view=view)
        words = f"Batch {done.batch}: {done.candidate}: {done.decision}."
        if done.taken_in:
            words += f" Taken in with it: {', '.join(done.taken_in)}."
        answer(as_json, _json(done), f"{words}\nNext: ghg base-year show")


def _json(value: Any) -> Any:
    """A record as JSON values; times as ISO text."""
    from dataclasses import asdict
    from datetime import datetime

    from ledger.plain import plain

    def whole(item: Any) -> Any:
        if isinstance(item, dict):
            return {name: whole(part) for name, part in item.items()}
        if isinstance(item, (list, tuple)):
            return [whole(part) for part in item]
        return item.isoformat() if isinstance(item, datetime) else item

    return plain(whole(asdict(value)))


def _print(found: BaseYear) -> None:
    from ledger.terminal import console, ruled_table, safe, tonnes

    out = console()
    default = " (default)" if found.threshold_is_default else ""
    view = found.view.replace("_", " ")
    out.print(safe(f"Base year {found.period.label}, {view}: {found.reason or 'no reason given'}"))
    out.print(
        f"Recalculated from {found.threshold_pct} %{default}; a change within a year counts "
        + ("from its month on." if found.convention == "pro_rata" else "for the whole year.")
    )
    table = ruled_table(
        ("year", False), ("state", False), ("basis", False), ("Scope 1", True), ("Scope 2 location", True),
        ("Scope 2 market", True), ("Scope 3", True), ("read with", False),
    )  # fmt: skip
    for year in found.series:
        for name, basis in (("first stated", year.first_stated), ("current", year.current)):
            if basis is not None:
                table.add_row(year.period.label, year.status, name, *_cells(basis, tonnes), f"--at {basis.at}")
    out.print(table)
    out.print("t CO\u2082e; the two Scope 2 columns are not added.", style="dim")
    if found.current.structure_on is not None:
        out.print(f"The current basis has the structure of {found.current.structure_on}.")
    for told in found.decisions:
        what = f"{told.candidate}: {told.decision}, {told.effect_pct:+.2f} %"
        out.print(safe(f"{told.recorded_at:%Y-%m-%d} {what}: {told.reason}"))
    out.print("Next: ghg base-year candidates", style="dim")


def _cells(basis: Basis, tonnes: Any) -> list[str]:
    amounts = (basis.scope_1, basis.scope_2_location, basis.scope_2_market, basis.scope_3)
    return ["\u2014" if kg is None else tonnes(kg) for kg in amounts]


def _print_candidates(found: tuple[Candidate, ...], threshold: Decimal) -> None:
    from ledger.terminal import console, ruled_table, safe, tonnes

    out = console()
    if not found:
        out.print("Nothing changed the base year since it was closed or last recalculated.")
        return
    table = ruled_table(
        ("candidate", False), ("cause", False), ("what", False), ("figure", False), ("t CO\u2082e", True), ("%", True),
        ("sum %", True), ("", False),
    )  # fmt: skip
    for one in found:
        verdict = one.decision or ("asks for a decision" if one.asks else "logged")
        for place, effect in enumerate(effect for effect in one.effects if effect.effect_kg):
            first = (one.name, one.cause, safe(one.about), verdict) if not place else ("", "", "", "")
            table.add_row(
                *first[:3], effect.measure.replace("_", " ").replace("1 2", "1+2"), tonnes(effect.effect_kg, "0.001"),
                f"{effect.effect_pct:+.2f}", f"{effect.cumulative_pct:+.2f}", first[3],
            )  # fmt: skip
    out.print(table)
    out.print(f"A change of {threshold} % or more asks, and so does the sum of small ones.", style="dim")
    asking = next((one for one in found if one.asks), None)
    if asking is not None:
        out.print(f"Next: ghg base-year decide {asking.name} recalculate --reason TEXT (or decline)", style="dim")
