"""How what changed between two checkpoints is told on the terminal and in JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from ledger.cli.review.auditing_words import counted
from ledger.cli.review.period_words import People, person_name
from ledger.inventory.periods.life import span_label
from ledger.plain import plain, plain_amount
from ledger.terminal import console, ruled_table, safe

if TYPE_CHECKING:
    from ledger.assurance.reviewing.changes import BatchTold, Bound, Changes, ChoiceMoved, Revised

_SHOWN = 20


def changes_json(found: Changes, people: People) -> dict[str, Any]:
    """Everything as JSON values; persons by pseudonym and, where known, by name."""
    made: dict[str, Any] = plain(found)
    made["from"], made["to"] = made.pop("start"), made.pop("end")
    for told, row in zip(found.batches, made["batches"], strict=True):
        row |= {"recorded_at": told.recorded_at.isoformat(), "name": person_name(told.person, people)}
    for label, lines in found.totals.items():
        for line, row in zip(lines, made["totals"][label], strict=True):
            row["difference_kg"] = plain(line.difference_kg)
    counts = Counter((told.person, told.kind) for told in found.batches)
    made["by_person_and_kind"] = [
        {"person": person, "name": person_name(person, people), "kind": kind, "batches": count}
        for (person, kind), count in sorted(counts.items())
    ]
    return made


def print_changes(found: Changes, people: People) -> None:
    """The two ends, the totals, who did what, every batch with its effect, and what was put right."""
    out = console()
    out.print(Text(f"From {_end(found.start)} to {_end(found.end)}", style="bold"))
    if not found.batches:
        out.print("Nothing was recorded between them.")
        return
    counts = Counter((person_name(told.person, people), told.kind) for told in found.batches)
    for (name, kind), count in sorted(counts.items()):
        out.print(safe(f"  {name}: {count} {'batch' if count == 1 else 'batches'} of kind {kind}"))
    _print_totals(found)
    out.print(Text("\nEvery batch", style="bold"))
    for told in found.batches:
        _print_batch(told, people)
    _print_revised(found.revised, found.revised_count)
    _print_choices(found.choices)
    _print_beside(found)


def _end(bound: Bound) -> str:
    proven = ", as the kept checkpoint has it" if bound.proven else ""
    return f"{bound.size} batches (root {bound.root[:12]}{proven})"


def _print_totals(found: Changes) -> None:
    out = console()
    for label, lines in found.totals.items():
        moved = [line for line in lines if line.old_kg != line.new_kg]
        if not moved:
            out.print(f"\n{label}: no total moved.")
            continue
        table = ruled_table((f"{label}, kg CO\u2082e", False), ("before", True), ("after", True), ("difference", True))
        for line in moved:
            cells = ["\u2014" if kg is None else plain_amount(kg) for kg in (line.old_kg, line.new_kg)]
            table.add_row(line.measure.replace("_", " "), *cells, _signed(line.difference_kg))
        out.print()
        out.print(table)
    out.print(f"{found.view.replace('_', ' ')}; the effects of the batches add up to these differences.", style="dim")


def _print_batch(told: BatchTold, people: People) -> None:
    out = console()
    source = f" from {told.source_name}" if told.source_name else ""
    why = f": {told.reason}" if told.reason else ""
    by = f"{person_name(told.person, people)} ({told.role}), {told.recorded_at:%Y-%m-%d %H:%M}"
    out.print(safe(f"B{told.batch}  {told.kind}{source} by {by}{why}"))
    held = ", ".join(f"{count} {table}" for table, count in told.entries.items())
    out.print(f"  {held or 'no entries'}", style="dim")
    for label, effects in told.effects.items():
        moved = ", ".join(f"{measure.replace('_', ' ')} {_signed(kg)}" for measure, kg in effects.items())
        out.print(f"  {label}: {moved} kg")


def _print_revised(revised: Sequence[Revised], count: int) -> None:
    if not revised:
        return
    out = console()
    out.print(Text("\nTaken back or put right", style="bold"))
    for told in revised[:_SHOWN]:
        what = f"replaced by {told.replaced_by}" if told.replaced_by else f"taken back by {told.reversed_by}"
        out.print(safe(f"{told.entry}  {what}" + (f": {told.reason}" if told.reason else "")))
        for name, before, after in told.columns:
            out.print(safe(f"  {name}: {plain(before)} \u2192 {plain(after)}"))
    if count > min(len(revised), _SHOWN):
        out.print(f"… and {count - min(len(revised), _SHOWN)} more (--json lists them)")


def _print_choices(choices: Sequence[ChoiceMoved]) -> None:
    if not choices:
        return
    out = console()
    out.print(Text("\nDecided anew", style="bold"))
    for one in choices[:_SHOWN]:
        method = "" if one.method == "single" else f", {one.method}-based"
        kg = [("no result" if value is None else plain_amount(value)) for value in
              (one.old_kg_per_unit, one.new_kg_per_unit)]  # fmt: skip
        factors = f"{one.old_factor or 'no factor'} ({kg[0]}) \u2192 {one.new_factor or 'no factor'} ({kg[1]})"
        out.print(safe(f"B{one.batch}  {one.activity_type}, {one.line}{method}: {factors}, {counted(one.keys, 'key')}"))
    if len(choices) > _SHOWN:
        out.print(f"… and {len(choices) - _SHOWN} more (--json lists them)")


def _print_beside(found: Changes) -> None:
    out = console()
    if found.factors or found.settings or found.periods:
        out.print(Text("\nFactors, settings, periods", style="bold"))
    for row in found.factors:
        edition = f"{row['dataset']} {row['edition']}, version {row['version']}"
        out.print(safe(f"B{row['batch']}  {counted(row['factors'], 'factor')} of {edition}"))
    for row in found.settings:
        since = f" from {row['valid_from']}" if row["valid_from"] and row["valid_from"].year > 1900 else ""
        before = "" if row["before"] is None else f", before {row['before']}"
        out.print(safe(f"B{row['batch']}  {row['name']} = {row['value']}{since}{before}"))
    for row in found.periods:
        label = span_label(row["period_start"], row["period_end"])
        whose = f" of {row['legal_entity_id']}" if row["legal_entity_id"] else ""
        why = f": {row['reason']}" if row["reason"] else ""
        out.print(safe(f"B{row['batch']}  {label}{whose} ({row['view']}) {row['event']}, pin {row['pin_batch']}{why}"))


def _signed(kg: Any) -> str:
    return "" if kg is None else ("+" if kg > 0 else "") + plain_amount(kg)
