"""Comparisons and moves on the terminal: the options as a table, what is decided and what is not, and every source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.words import compare, move, start
from ledger.terminal import console, ruled_table, safe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.ai.tradeoff.compare import Comparison
    from ledger.ai.tradeoff.moving import Move


def print_comparison(made: Comparison) -> None:
    """The comparison on the terminal: the table, what is decided, when it would flip, and what it rests on."""
    head, *rows = compare.rows_of(made)
    _print_table(compare.lead(made), head, range(1, len(head) - 1), rows, compare.verdicts(made))
    if made.starts:
        _print_table(start.title(made), start.HEAD, start.NUMERIC, start.start_rows(made), start.start_verdicts(made))
    _print_sources(compare.sources(made))


def print_move(made: Move) -> None:
    """The move on the terminal: the table, what it saves, what is open, and what it rests on."""
    head, *rows = move.rows_of(made)
    _print_table(move.lead(made), head, range(1, len(head)), rows, move.verdicts(made))
    _print_sources(move.sources(made))


def _print_table(
    title: str, head: Sequence[str], numeric: Sequence[int], rows: Sequence[Sequence[str]], verdicts: Sequence[str]
) -> None:
    """A table with its title, and below it what follows from it."""
    out = console()
    out.print(safe(title), style="bold")
    table = ruled_table(*((name, at in numeric) for at, name in enumerate(head)))
    for row in rows:
        table.add_row(*map(safe, row))
    out.print(table)
    for words in verdicts:
        out.print(safe(words), soft_wrap=True)


def _print_sources(sources: Mapping[str, Sequence[str]]) -> None:
    out = console()
    for name, lines in sources.items():
        out.print(safe(f"{name}:"))
        for line in lines:
            out.print(safe(f"  · {line}"), style="dim", soft_wrap=True)
