"""The command for a group of companies that each keep their own ledger."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ledger.cli.options import JsonOption, ViewOption, faults, print_json, working

if TYPE_CHECKING:
    from ledger.book.grouping import Group

_LISTED = 6  # members told one by one
group_app = typer.Typer(help="A group of companies, from the snapshots of their own ledgers.", no_args_is_help=True)


@group_app.command("inventory")
def group_inventory(
    file: Annotated[Path, typer.Argument(help="The file of the group (TOML): members, snapshots, keys, holdings.")],
    period: Annotated[str, typer.Option(help="2026, 2026-Q3, 2026-07, FY2026 …")],
    view: ViewOption = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Check the snapshots' digests and signatures, and not every posting.")
    ] = False,
    workers: Annotated[
        int | None, typer.Option(min=1, help="Members read at once; as many as there are processors when left out.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """The figures of a group: every member's ledger verified, and counted at its share."""
    with faults(as_json), working("reading the members", quiet=as_json) as heard:
        from ledger.book.group_file import read_group
        from ledger.book.grouping import consolidated

        found = consolidated(read_group(file), period, view, quick=quick, workers=workers, heard=heard)
    if as_json:
        print_json(group_json(found))
    else:
        _print(found)


def group_json(found: Group) -> dict[str, Any]:
    """The answer of `ghg group inventory --json`, kg CO2e as text."""
    from ledger.plain import plain

    made: dict[str, Any] = {"organisation": found.organisation, "period": found.period, "view": found.view,
                            "unit": "kg CO2e", "location_and_market_are_not_added": True}  # fmt: skip
    made |= plain(dict(found.figures))
    made["members"] = [
        {"name": one.name, "share": plain(one.share), "rule": one.source, **plain(dict(one.figures)),
         "ledger": None if one.read is None else plain(one.read)}
        for one in found.members
    ]  # fmt: skip
    made["notes"] = list(found.notes)
    return made


def _print(found: Group) -> None:
    from ledger.terminal import console, ruled_table, safe, tonnes

    out = console()
    out.print(safe(f"{found.organisation}  {found.period}  {found.view.replace('_', ' ')}"), style="bold")
    heads = (("t CO\u2082e", False), ("share", True), ("Scope 1", True), ("2 location", True), ("2 market", True),
             ("Scope 3", True), ("total, location", True), ("total, market", True), ("period", False))  # fmt: skip
    table = ruled_table(*heads)
    for one in found.members:
        state = "left out" if one.read is None else one.read.status
        table.add_row(safe(one.name), _percent(one.share), *_figures(one.figures, tonnes), state)
    table.add_row("Group", "", *_figures(found.figures, tonnes), "", style="bold")
    out.print(table)
    out.print("Location-based and market-based figures are not added.", style="dim")
    open_lines = [(one.name, one.read.not_quantified) for one in found.members if one.read and one.read.not_quantified]
    if len(open_lines) > _LISTED:
        total, (most, count) = sum(count for _, count in open_lines), max(open_lines, key=lambda line: line[1])
        words = f"{total} lines are not quantified at {len(open_lines)} members, {count} of them at {most}"
        out.print(safe(f"{words} (ghg inventory there says why; --json has each)"))
    else:
        for name, count in open_lines:
            out.print(safe(f"{name}: {count} lines are not quantified (ghg inventory there says why)"))
    for note in found.notes:
        out.print(safe(f"Note: {note}"), style="dim")


def _figures(figures: Any, tonnes: Any) -> list[str]:
    from ledger.book.grouping import MEASURES

    return ["\u2014" if figures.get(name) is None else tonnes(figures[name]) for name in MEASURES]


def _percent(share: Decimal) -> str:
    from ledger.plain import plain_amount

    return f"{plain_amount(share.scaleb(2))} %"
