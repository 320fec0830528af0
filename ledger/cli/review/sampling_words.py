"""How samples, results and misstatements are told on the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.text import Text

from ledger.cli.review.auditing_words import mass
from ledger.inventory.periods.life import span_label
from ledger.plain import plain_amount
from ledger.terminal import console, grouped, print_findings, ruled_table, safe

if TYPE_CHECKING:
    from ledger.assurance.sampling.evaluation import Evaluation
    from ledger.assurance.sampling.sample import Item, Sample
    from ledger.book.acts.misstating import MisstatementLog
    from ledger.book.acts.sampling import ResultsTaken, SampleRecord
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
    """Facility, activity and place in the file of an item; of a line or a document the entries that it led to."""
    told = item.details
    if item.selection in ("line", "document"):
        return str(told.get("entry", "in no entry"))
    place = told.get("facility_id") or told.get("legal_entity_id") or ""
    file = told.get("source_file")
    line = f"{file} line {told['source_line']}" if file and "source_line" in told else (file or "")
    return ", ".join(filter(None, [place, told.get("activity_type", ""), line]))


def print_samples(found: Sequence[SampleRecord]) -> None:
    """A line for each sample on record."""
    out = console()
    if not found:
        out.print("No sample is on record. An auditor draws one: ghg review sample --period 2026-Q3 … --record")
        return
    table = ruled_table(
        ("sample", False), ("of", False), ("method", False), ("seed", False), ("items", True), ("at size", True)
    )
    for one in found:
        row = one.row
        of = f"{row['measure']} {span_label(row['period_start'], row['period_end'])}"
        table.add_row(
            safe(row["sample_id"]), of, row["sampling_method"], safe(row["seed"]), str(row["item_count"]),
            str(row["checkpoint_size"]),
        )  # fmt: skip
    out.print(table)


def print_results(done: ResultsTaken, sample_id: str) -> None:
    """What became of filled-in papers."""
    out = console()
    if done.findings:
        print_findings(out, done.findings, {})
        out.print("Refused; nothing was recorded.", style="bold")
        return
    if done.batch is None:
        what = f"{done.already} results are on record already" if done.already else "no line was filled in"
        out.print(f"Nothing was written: {what}.")
    else:
        out.print(f"Batch {done.batch}: {done.recorded} results are on record.")
    if done.left:
        out.print(f"{done.left} items have no result yet.")
    out.print(safe(f"Next: ghg review evaluate {sample_id}"), style="dim")


def print_evaluation(told: Evaluation) -> None:
    """Misstatements of items, what they project, and what that concludes and does not."""
    out = console()
    out.print(safe(f"{told.sample_id}  {told.method} sample of {told.measure}"), style="bold")
    out.print(f"  {told.tested} of {told.drawn} items have a result")
    wrong = [one for one in told.items if one.misstatement_kg]
    if wrong:
        table = ruled_table(
            ("item", True), ("about", False), ("recorded kg", True), ("audited kg", True), ("misstatement", True),
            ("tainting", True), ("projects kg", True),
        )  # fmt: skip
        for one in wrong:
            tainting = "" if one.tainting is None else f"{one.tainting:.4f}"
            projected = "" if one.projected_kg is None else grouped(one.projected_kg, "0.1")
            recorded = "" if one.recorded_kg is None else grouped(one.recorded_kg, "0.1")
            table.add_row(str(one.item), safe(one.about), recorded, grouped(one.audited_kg, "0.1"),
                          grouped(one.misstatement_kg, "0.1"), tainting, projected)  # fmt: skip
        out.print(table)
    for part in told.strata:
        words = f"  {part.stratum}: {part.tested} of {part.drawn} tested, projects {_kg(part.projected_kg)}"
        out.print(safe(f"{words} ({part.method})"))
    out.print(f"  found in items that stand for themselves: {_kg(told.factual_kg)}")
    out.print(f"  projected: {_kg(told.projected_kg)}")
    out.print(f"  most likely misstatement: {_kg(told.most_likely_kg)}", style="bold")
    if told.basic_precision_kg is not None:
        over, under = (_kg(kg) if kg is not None else "not told" for kg in (told.upper_over_kg, told.upper_under_kg))
        out.print(f"  upper limit of overstatement {over}, of understatement {under}")
    if told.materiality_kg is not None and told.performance_materiality_kg is not None:
        out.print(
            f"  materiality {_kg(told.materiality_kg)}, performance materiality {_kg(told.performance_materiality_kg)}"
        )
    out.print(f"It concludes: {told.concludes}.")
    for limit in told.limits:
        out.print(safe(f"It does not say: {limit}."), style="dim")


def print_misstatements(found: MisstatementLog) -> None:
    """The log, and the totals by measure."""
    out = console()
    if not found.misstatements:
        out.print(
            "No misstatement is in the log. An auditor adds one: ghg review misstatement add --engagement E2026 …"
        )
        return
    table = ruled_table(("id", False), ("kind", False), ("measure", False), ("kg CO2e", True), ("about", False),
                        ("state", False), ("reason", False))  # fmt: skip
    for one in found.misstatements:
        state = f"corrected by B{one.corrected_batch}" if one.corrected else "uncorrected"
        table.add_row(one.misstatement_id, one.kind, one.measure, grouped(one.effect_kg, "0.1"), safe(one.about),
                      state, safe(one.reason))  # fmt: skip
    out.print(table)
    if found.engagement is not None:
        told = found.engagement
        out.print(f"{told.engagement_id}: material {mass(told.materiality_kg)} of {told.measure}, "
                  f"performance materiality {mass(told.performance_materiality_kg)}", style="dim")  # fmt: skip
    for total in found.totals:
        parts = f"{_kg(total.overstated_kg)} too much, {_kg(total.understated_kg)} too little"
        out.print(f"{total.measure}: uncorrected {_kg(total.uncorrected_kg)} ({parts}), {total.verdict}", style="bold")
        out.print(
            f"  clearly trivial {_kg(total.clearly_trivial_kg)}, corrected {_kg(total.corrected_kg)}", style="dim"
        )


def _kg(kg: Decimal) -> str:
    return f"{grouped(kg, '0.1')} kg"
