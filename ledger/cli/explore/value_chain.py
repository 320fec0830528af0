"""Commands of the value chain: the fifteen categories of Scope 3."""

from __future__ import annotations

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

if TYPE_CHECKING:
    from ledger.inventory import Category, Scope3Overview

commands = typer.Typer()

_TOLD = {
    "not_screened": "not screened: neither data nor a decision",
    "data_without_screening": "has data and no decision: record one as included",
    "excluded_with_data": "excluded or not relevant, and yet it has data",
    "included_without_data": "included, and no data is there",
    "declared_not_quantified": "declared and not quantified",
}


@commands.command()
def scope3(
    period: Annotated[str, typer.Option(help="2026, 2026-Q3, FY2026 …")],
    view: ViewOption = None,
    at: AtOption = None,
    ledger: LedgerOption = DEFAULT_LEDGER,
    actor: ActorOption = None,
    as_json: JsonOption = False,
) -> None:
    """The fifteen categories of Scope 3: size, methods, data, screening, and what is missing."""
    with faults(as_json):
        told = book(ledger, actor).scope3(period, view=view, at=at)
    if as_json:
        print_json(_as_json(told))
    else:
        _print(told)


def _as_json(told: Scope3Overview) -> dict[str, Any]:
    """Amounts as plain decimal text; a blank figure is null, never 0."""
    from ledger.plain import plain

    made: dict[str, Any] = plain(told)
    for category, shown in zip(told.categories, made["categories"], strict=True):
        shown["status"] = category.status
    return made | {"unit": "kg CO2e", "not_screened": list(told.not_screened)}


def _print(told: Scope3Overview) -> None:
    from ledger.terminal import console, ruled_table, safe, tonnes

    out = console()
    out.print(f"Scope 3, {told.period.label}, {told.view.replace('_', ' ')}, t CO₂e", style="bold")
    table = ruled_table(("", True), ("category", False), ("t CO₂e", True), ("status", False), ("methods", False),
                        ("primary data", True))  # fmt: skip
    for category in told.categories:
        amount = "—" if category.kg is None else tonnes(category.kg)
        status = category.status.replace("_", " ")
        table.add_row(str(category.rule.number), category.rule.name, amount, status, _methods(category),
                      _percent(category.share_primary))  # fmt: skip
    table.add_row("", "Total", "—" if told.kg is None else tonnes(told.kg), "", "", "")
    out.print(table)
    for category in told.categories:
        for code in category.told:
            gaps = sum(gap.rows for gap in category.not_quantified)
            words = _TOLD[code]
            if code == "declared_not_quantified" and gaps:
                words = f"{gaps} {'row' if gaps == 1 else 'rows'} without a result (ghg inventory says why)"
            if code != "not_screened":
                out.print(safe(f"Category {category.rule.number}: {words}"))
        if category.screening is not None and category.screening.status != "included":
            size = "" if category.screening.size_kg is None else f", about {tonnes(category.screening.size_kg)} t"
            words = f"{category.screening.status.replace('_', ' ')}{size}: {category.screening.why}"
            out.print(safe(f"Category {category.rule.number}: {words}"))
        if category.kg is not None and category.rule.time_boundary:
            out.print(safe(f"Category {category.rule.number}: {category.rule.time_boundary}"))
    if told.not_screened:
        numbers = ", ".join(map(str, told.not_screened))
        out.print(safe(f"Not screened, neither data nor a decision: {numbers}. Next: ghg template scope3_screening"))


def _methods(category: Category) -> str:
    return ", ".join(f"{each.method.replace('_', ' ')} {_percent(each.share)}".strip() for each in category.methods)


def _percent(share: Decimal | None) -> str:
    return "" if share is None else f"{(share * 100).quantize(Decimal(1))} %"
