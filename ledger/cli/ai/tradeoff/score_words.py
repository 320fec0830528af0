"""The score card of vendors in words: carbon by the hour, by money and by useful operation, and what each rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.ai.worked import ends
from ledger.book.words.compare import BASES, UNKNOWN, narrow, short

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.ai.interval import Interval
    from ledger.ai.tradeoff.compare import Comparison
    from ledger.ai.tradeoff.scores import Score


def scores(made: Comparison) -> list[Score]:
    """The scores of every option, the least carbon by the hour first, by the basis of the comparison."""
    from ledger.ai.tradeoff.scores import score

    found = [score(option, made.wish.work, made.wish.today) for option in made.options]
    return sorted(found, key=lambda one: one.per_hour[made.basis].low + one.per_hour[made.basis].high)


def print_scores(made: Comparison) -> None:
    """The card on the terminal: both bases side by side, and the quality of each input below."""
    from ledger.terminal import console, ruled_table, safe

    out, currency = console(), made.currency or "money"
    table = ruled_table(  # heads of two lines: a row has its place in 120 columns
        ("option", False), ("kg/h\nlocation", True), ("kg/h\nmarket", True), ("kg/h\nmade", True),
        (f"kg/{currency}\nlocation", True), (f"kg/{currency}\nmarket", True), ("kg/EFLOP\nlocation", True),
        ("kg/EFLOP\nmarket", True),
    )  # fmt: skip
    found = scores(made)
    for one in found:
        cells = [narrow(one.per_hour[basis]) for basis in BASES]
        cells.append(narrow(one.made_per_hour))
        cells += [_shown(one.per_money, basis) for basis in BASES]
        cells += [_shown(one.per_exaflop, basis) for basis in BASES]
        table.add_row(safe(short(one.option.name)), *cells)
    out.print(table)
    out.print(
        "Per accelerator-hour, with the overhead of the site; manufacture (made) apart. An EFLOP is 10¹⁸ useful "
        "operations, dense peak × --utilisation. Carbon per money falls when a price rises: it ranks nothing alone.",
        style="dim",
    )
    for one in found:
        out.print(safe(f"{one.option.name}:"))
        for words in one.quality:
            out.print(safe(f"  · {words}"), style="dim", soft_wrap=True)
    for note in made.notes:
        out.print(safe(f"note: {note}"), style="dim", soft_wrap=True)


def _shown(by_basis: Mapping[str, Interval] | None, basis: str) -> str:
    return UNKNOWN if by_basis is None else narrow(by_basis[basis])


def scores_json(made: Comparison) -> dict[str, Any]:
    """The card as JSON, exact."""
    return {
        "basis": made.basis, "currency": made.currency, "scores": [_score_json(one) for one in scores(made)],
        "notes": list(made.notes),
    }  # fmt: skip


def _score_json(one: Score) -> dict[str, Any]:
    columns = {
        "kg_co2e_per_accelerator_hour": one.per_hour, "kg_co2e_per_money": one.per_money,
        "kg_co2e_per_exaflop": one.per_exaflop,
    }  # fmt: skip
    told: dict[str, Any] = {"option": one.option.name, "place": one.option.site.key}
    for name, values in columns.items():
        told[name] = None if values is None else {basis: ends(value) for basis, value in values.items()}
    told["embodied_kg_co2e_per_accelerator_hour"] = None if one.made_per_hour is None else ends(one.made_per_hour)
    told["quality"] = list(one.quality)
    return told
