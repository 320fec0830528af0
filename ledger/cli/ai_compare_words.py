"""Comparisons on the terminal: the options as a table, what is decided and what is not, and every source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.words.compare import lead, rows_of, sources, verdicts
from ledger.book.words.start import HEAD, NUMERIC, start_rows, start_verdicts, title
from ledger.terminal import console, ruled_table, safe

if TYPE_CHECKING:
    from ledger.ai.tradeoff.compare import Comparison


def print_comparison(made: Comparison) -> None:
    """The comparison on the terminal: the table, what is decided, when it would flip, and what it rests on."""
    out = console()
    out.print(safe(lead(made)), style="bold")
    head, *rows = rows_of(made)
    table = ruled_table(*((name, 0 < at < len(head) - 1) for at, name in enumerate(head)))
    for row in rows:
        table.add_row(*map(safe, row))
    out.print(table)
    for words in verdicts(made):
        out.print(safe(words), soft_wrap=True)
    if made.starts:
        _print_starts(made)
    for name, lines in sources(made).items():
        out.print(safe(f"{name}:"))
        for line in lines:
            out.print(safe(f"  · {line}"), style="dim", soft_wrap=True)


def _print_starts(made: Comparison) -> None:
    """The table of best and worst starts on the terminal, and what is decided."""
    out = console()
    out.print(safe(title(made)), style="bold")
    table = ruled_table(*((name, at in NUMERIC) for at, name in enumerate(HEAD)))
    for row in start_rows(made):
        table.add_row(*map(safe, row))
    out.print(table)
    for words in start_verdicts(made):
        out.print(safe(words), soft_wrap=True)
