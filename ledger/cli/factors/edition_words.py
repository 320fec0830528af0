"""How the effect of an edition is printed: figures first, then factors, then what stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.text import Text

from ledger.plain import plain
from ledger.terminal import console, grouped, print_findings, ruled_table, safe, tonnes
from schemas.measures import MEASURE_TITLES

if TYPE_CHECKING:
    from ledger.book.acts.importing import ImportResult
    from ledger.inventory.data_quality.used import DatasetUse
    from ledger.inventory.periods.effect import Effect, EffectLine, EffectTotal, FactorChange

SHOWN = 40


def print_import(done: ImportResult, file: str) -> None:
    """What became of a publisher's file, its findings, and the next command."""
    out = console()
    print_findings(out, done.findings, done.more_findings)
    name = Text().append_text(safe(file)).append(": ")
    if done.status == "refused":
        out.print(name.append("refused; nothing was recorded.", style="bold"))
        return
    what = f"{grouped(done.factors)} factors" if done.factors else f"{grouped(done.intervals)} intervals"
    edition = f"known edition ({done.known})" if done.known else "not a known edition"
    words = f"{what} of {done.dataset or done.kind}, {edition}"
    if done.corrected:
        words += f"; {grouped(done.corrected)} of them put right"
    if done.status == "checked":
        out.print(name.append(f"{words}. Nothing was written."))
        if done.effect is not None:
            print_effect(done.effect, accept=f"ghg factors import {file}, then ghg calculate --reason TEXT")
        return
    verb = "already recorded as" if done.status == "already_recorded" else "accepted as"
    out.print(name.append(f"{verb} batch {done.batch}: {words}."))
    if done.dataset:
        out.print(Text(f"Next, to see what it would change: ghg factors effect {done.dataset}", style="dim"))


def print_used(used: Sequence[DatasetUse]) -> None:
    """What figures rest on, then the words that every output has to carry."""
    out = console()
    table = ruled_table(
        ("dataset", False), ("edition", False), ("factors", True), ("postings", True), ("Scope 1, t", True),
        ("2 location", True), ("2 market", True), ("Scope 3", True), ("to mind", False),
    )  # fmt: skip
    for row in used:
        kg = (row.kg_scope_1, row.kg_location, row.kg_market, row.kg_scope_3)
        shown = ("" if value is None else tonnes(value) for value in kg)
        counts = (grouped(row.factors), grouped(row.postings))
        table.add_row(safe(row.dataset), safe(row.edition), *counts, *shown, _to_mind(row))
    out.print(table)
    for row in used:
        out.print(Text(f"{row.dataset}: ", style="dim").append_text(safe(f"{row.attribution} ({row.licence})")))


def _to_mind(row: DatasetUse) -> str:
    told = [f"{row.secondary} secondary"] if row.secondary else []
    told += [f"{row.user} of the user"] if row.user else []
    told += [f"{row.errata} corrected"] if row.errata else []
    told += ["life cycle"] if row.life_cycle else []
    return "; ".join(told if row.redistributable else [*told, "table not to be passed on"])


def print_effect(effect: Effect, accept: str = "ghg calculate --reason TEXT") -> None:
    """Figures now and then in tonnes, the factors that change, the closed months, and the next command."""
    out = console()
    out.print(Text().append("Effect of: ", style="bold").append_text(safe(effect.subject)))
    if not (effect.lines or effect.changes):
        out.print("No figure of an open month changes.")
    else:
        _print_totals(effect.totals)
        _print_lines(effect.lines)
        _print_changes(effect.changes)
    for run in effect.closed:
        pinned = f"read as of batch {run.pin}; its figures keep their digits"
        out.print(f"Closed, not touched: {run.first} to {run.last} ({run.event}), {pinned}.")
    if effect.allocations:
        out.print(f"{grouped(effect.allocations)} rows of instruments would be allotted anew.")
    written = f"{grouped(effect.reversed_choices)} choices would be taken back and {grouped(effect.new_choices)} made"
    out.print(f"{written}. Nothing was written.")
    if effect.new_choices or effect.reversed_choices:
        out.print(Text(f"Next, to accept it: {accept}", style="dim"))


def _sign(now: Decimal | None, then: Decimal | None, share: Decimal | None) -> tuple[str, str]:
    from ledger.inventory.periods.effect import difference

    change = difference(now, then)
    shown = ("+" if change > 0 else "") + tonnes(change, "0.001")
    return shown, "" if share is None else ("+" if share > 0 else "") + str(share).replace("-", "\u2212") + " %"


def _print_totals(totals: Sequence[EffectTotal]) -> None:
    table = ruled_table(
        ("period", False), ("t CO\u2082e", False), ("now", True), ("then", True), ("difference", True), ("", True)
    )
    for total in totals:
        change = _sign(total.kg_now, total.kg_then, total.percent)
        shown = (tonnes(total.kg_now, "0.001"), tonnes(total.kg_then, "0.001"), *change)
        table.add_row(total.period, MEASURE_TITLES[total.measure], *shown)
    console().print(table)


def _print_lines(lines: Sequence[EffectLine]) -> None:
    table = ruled_table(
        ("period", False), ("scope", False), ("activity", False), ("now", True), ("then", True),
        ("difference", True), ("", True), ("not quantified", True),
    )  # fmt: skip
    for line in lines[:SHOWN]:
        scope = line.scope + (f" category {line.scope3_category}" if line.scope3_category else "")
        scope += {"location": ", location", "market": ", market"}.get(line.method, "")
        gaps = f"{line.gaps_now} \u2192 {line.gaps_then}" if line.gaps_now != line.gaps_then else ""
        change = _sign(line.kg_now, line.kg_then, line.percent)
        shown = (tonnes(line.kg_now, "0.001"), tonnes(line.kg_then, "0.001"), *change, gaps)
        table.add_row(line.period, scope, line.activity_type, *shown)
    console().print(table)
    _print_rest(len(lines))


def _print_changes(changes: Sequence[FactorChange]) -> None:
    table = ruled_table(
        ("activity and line", False), ("place", False), ("from", False), ("kg", True), ("to", False), ("kg", True),
        ("per", False), ("difference, t", True),
    )  # fmt: skip
    for change in changes[:SHOWN]:
        method = "" if change.method == "single" else f", {change.method}"
        table.add_row(
            f"{change.activity_type}, {change.line}{method}", change.grid_region or change.country or "",
            safe(change.from_factor or change.from_reason or ""), _per_unit(change.from_kg_per_unit),
            safe(change.to_factor or change.to_reason or ""), _per_unit(change.to_kg_per_unit), change.unit_given,
            _sign(change.kg_now, change.kg_then, None)[0],
        )  # fmt: skip
    console().print(table)
    _print_rest(len(changes))


def _per_unit(kg: Decimal | None) -> str:
    return "" if kg is None else str(plain(kg))


def _print_rest(count: int) -> None:
    if count > SHOWN:
        console().print(f"\u2026 and {count - SHOWN} more; --json gives them all, --period narrows", style="dim")
