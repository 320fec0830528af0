"""How two reports side by side are told on the terminal and in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.text import Text

from ledger.terminal import console, ruled_table, safe

if TYPE_CHECKING:
    from ledger.cli.review.period_words import People
    from ledger.disclosure.comparison.reading import ComparedReports
    from ledger.disclosure.tables.table import Table

_STYLES = {"total": "bold", "sub": "dim"}


def comparison_json(compared: ComparedReports, people: People) -> dict[str, Any]:
    """Everything as JSON values, with the names of persons where they are known."""
    from ledger.disclosure.comparison.document import comparison_record

    made = comparison_record(compared)
    names = {row["person"]: row["name"] for row in people}
    for cause in made["causes"]:
        for act in (cause["act"], cause["restated"]):
            if act is not None:
                act["name"] = names.get(act["person"]) or act["person"]
    return made


def print_comparison(compared: ComparedReports, people: People) -> None:
    """What is compared, each figure with what each reason makes of it, and the largest causes."""
    from ledger.disclosure.comparison.document import lead
    from ledger.disclosure.comparison.tables import comparison_tables

    names = {row["person"]: row["name"] for row in people}
    out = console()
    for table in comparison_tables(compared, names).values():
        if table.rows:
            _print_table(out, table)
        if table.key == "compared_sides":
            out.print(safe(lead(compared)), style="bold")
            out.print()


def _print_table(out: Any, table: Table) -> None:
    """A document's table on the terminal, its cells as people read them there."""
    heading = f"{table.caption}, {table.unit}" if table.unit else table.caption
    out.print(Text(heading, style="bold"))
    shown = ruled_table(*((column.label, column.kind == "number") for column in table.columns))
    for row in table.rows:
        indent = "  " if row.kind == "sub" else ""
        cells = [safe(cell.text) for cell in row.cells]
        shown.add_row(Text(indent).append_text(cells[0]), *cells[1:], style=_STYLES.get(row.kind))
    out.print(shown)
    for note in table.notes:
        out.print(safe(note), style="dim")
    out.print()
