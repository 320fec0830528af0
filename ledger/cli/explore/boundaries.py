"""Commands about consolidation: the views side by side, and where each company and facility stands in one."""

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

    from ledger.inventory import Boundary, Inventory

commands = typer.Typer()
PeriodOption = Annotated[str, typer.Option(help="The period, like 2026 or 2026-Q3.")]


@commands.command()
def views(
    period: PeriodOption,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The same facts under every consolidation approach, and what makes the difference."""
    with faults(as_json):
        held = book(ledger, actor).views(period, at=at)
        print_json(views_json(held)) if as_json else print_views(held)


@commands.command()
def boundary(
    period: PeriodOption,
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Where each company and facility stands, at which share, from when to when, and why."""
    from ledger.plain import plain

    with faults(as_json):
        found = book(ledger, actor).boundary(period, view=view, at=at)
        print_json({"view": found.view, "spans": plain(found.spans)}) if as_json else print_boundary(found)


def views_json(held: Sequence[Inventory]) -> dict[str, Any]:
    """The answer of `ghg views --json`: the inventory of each view, and where they differ."""
    from ledger.inventory.boundaries.comparison import view_differences
    from ledger.plain import plain
    from ledger.terminal import inventory_json

    return {
        "views": {figures.view: inventory_json(figures) for figures in held},
        "differences": plain(view_differences(held)),
    }


_SHOWN_CATEGORIES = (8, 13, 14, 15)


def print_views(held: Sequence[Inventory]) -> None:
    """Totals of each view in tonnes, side by side, then what stands differently and how it is held."""
    from ledger.inventory.boundaries.comparison import view_differences
    from ledger.terminal import console, grouped, ruled_table, safe, tonnes

    out = console()
    out.print(f"{held[0].period.label}, t CO\u2082e, the ledger's own approach first", style="bold")
    table = ruled_table(("", False), *((figures.view.replace("_", " "), True) for figures in held))
    for title, name in (("Scope 1", "scope_1"), ("Scope 2 location-based", "scope_2_location"),
                        ("Scope 2 market-based", "scope_2_market"), ("Scope 3", "scope_3")):  # fmt: skip
        table.add_row(title, *(_cell(getattr(figures, name)) for figures in held))
    for category in _SHOWN_CATEGORIES:
        if any(figures.scope_3_categories[category] is not None for figures in held):
            cells = (_cell(figures.scope_3_categories[category]) for figures in held)
            table.add_row(f"  category {category}", *cells, style="dim")
    table.add_row("Total location-based", *(tonnes(figures.total_location) for figures in held), style="bold")
    table.add_row("Total market-based", *(tonnes(figures.total_market) for figures in held), style="bold")
    energy = [figures.energy_kwh.get("total") for figures in held]
    table.add_row("Energy, MWh", *("\u2014" if kwh is None else grouped(kwh / 1000) for kwh in energy))
    out.print(table)
    found = view_differences(held)
    if not found:
        out.print("Every company and facility stands alike in all of them.")
        return
    out.print("\nWhat stands differently", style="bold")
    for row in found:
        named = row.facility_id or row.legal_entity_id
        out.print(safe(f"{named} ({row.name}), {row.start} to {row.end}: {row.reason}"))
        by_words: dict[str, list[str]] = {}
        for view, words in row.standing.items():
            by_words.setdefault(words, []).append(view.replace("_", " "))
        for words, those in by_words.items():
            out.print(safe(f"  {words}: {', '.join(those)}"), style="dim")
    out.print(f"Next: ghg boundary --period {held[0].period.label} --view {held[-1].view}", style="dim")


def _cell(kg: Any) -> str:
    from ledger.terminal import tonnes

    return "\u2014" if kg is None else tonnes(kg)


def print_boundary(found: Boundary) -> None:
    """A line for each company and facility and span of days."""
    from ledger.inventory.boundaries.boundary import in_words
    from ledger.terminal import console, ruled_table, safe

    out = console()
    out.print(f"{found.period.label}  {found.view.replace('_', ' ')}", style="bold")
    table = ruled_table(("company", False), ("facility", False), ("from", False), ("to", False), ("stands", False),
                        ("why", False))  # fmt: skip
    for span in found.spans:
        table.add_row(
            safe(span.legal_entity_id or "\u2014"), safe(span.facility_id or "\u2014"), span.start.isoformat(),
            span.end.isoformat(), safe(in_words(span)), safe(span.reason),
        )  # fmt: skip
    out.print(table)
    for source in sorted({source for span in found.spans for source in span.source.split("; ") if source}):
        out.print(safe(f"by {source}"), style="dim")
