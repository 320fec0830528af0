"""How samples, results and misstatements are told on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from ledger.cli.review_words import mass
from ledger.plain import plain_amount
from ledger.terminal import console, grouped, ruled_table, safe

if TYPE_CHECKING:
    from ledger.assurance.sampling.sample import Item, Sample
    from ledger.book.results import WriteResult

SHOWN = 40
"""So many items are listed; the papers and --json have all."""


def print_sample(made: Sample, done: WriteResult | None) -> None:
    """The frame, the draw, the items, and what comes next."""
    out, frame = console(), made.frame
    head = f"{made.sample_id}  {made.wish.method} sample of {frame.measure} {frame.period.label}, {frame.view}"
    out.print(safe(head), style="bold")
    without = frame.unquantified + len(frame.missing)
    gaps = f", and {grouped(without)} without a value" if without else ""
    sums = f"{mass(frame.kg)} net, {mass(frame.absolute_kg)} without signs"
    out.print(f"  frame: {grouped(frame.count)} units, {sums}{gaps}")
    out.print(f"  at size {frame.checkpoint.size}, frame {frame.sha256}", style="dim", soft_wrap=True)
    if made.interval_kg is not None and made.start_kg is not None:
        start = plain_amount(made.start_kg)
        out.print(f"  interval {plain_amount(made.interval_kg)} kg, start {start} kg", style="dim")
    for one in made.strata:
        out.print(safe(f"  {one.name}: {one.drawn} of {grouped(one.units)}, {mass(one.absolute_kg)}"), style="dim")
    table = ruled_table(("item", True), ("how", False), ("about", False), ("where", False), ("kg CO2e", True))
    for item in made.items[:SHOWN]:
        kg = "not quantified" if item.kg is None else grouped(item.kg, "0.1")
        table.add_row(str(item.number), item.selection, safe(item.about), safe(_where(item)), kg)
    out.print(table)
    if len(made.items) > SHOWN:
        out.print(f"  … and {len(made.items) - SHOWN} more; --json lists all.", style="dim")
    out.print(f"items {made.items_sha256}", style="dim", soft_wrap=True)
    if done is None:
        out.print("Nothing was recorded. To put it on record: the same command with --record", style="dim")
    elif done.batch is None:
        out.print(safe(f"{made.sample_id} is on record already; nothing was written."))
    else:
        out.print(safe(f"Batch {done.batch}: {made.sample_id} is on record; ghg verify draws it again from now on."))


def _where(item: Item) -> Text | str:
    """Facility, activity and place in the file of an item."""
    told = item.details
    place = told.get("facility_id") or told.get("legal_entity_id") or ""
    file = told.get("source_file")
    line = f"{file} line {told['source_line']}" if file and "source_line" in told else (file or "")
    return ", ".join(filter(None, [place, told.get("activity_type", ""), line]))
