"""A moved service on the terminal: the table, what it saves, what is open, and what it rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.book.words.move import lead, rows_of, sources, verdicts
from ledger.terminal import console, ruled_table, safe

if TYPE_CHECKING:
    from ledger.ai.tradeoff.moving import Move


def print_move(made: Move) -> None:
    """The move on the terminal: the table, what it saves, what is open, and what it rests on."""
    out = console()
    out.print(safe(lead(made)), style="bold")
    head, *rows = rows_of(made)
    table = ruled_table(*((name, at > 0) for at, name in enumerate(head)))
    for row in rows:
        table.add_row(*map(safe, row))
    out.print(table)
    for words in verdicts(made):
        out.print(safe(words), soft_wrap=True)
    for name, lines in sources(made).items():
        out.print(safe(f"{name}:"))
        for line in lines:
            out.print(safe(f"  · {line}"), style="dim", soft_wrap=True)
