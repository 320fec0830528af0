"""A document as a workbook whose totals are formulas over its own postings.

Sheets: About, Summary, Scope 3, Facilities, Gases, Energy, Postings, Factors, Instruments, Findings,
Not quantified, Reconciliation. Each formula carries its value, computed from the ledger's exact
figures, so that readers that do not calculate show the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.disclosure.documents.cover import software_words, status_words
from ledger.disclosure.documents.formulas import formula
from ledger.disclosure.documents.sheets import (
    sheet_name,
    write_factors,
    write_findings,
    write_instruments,
    write_not_quantified,
    write_postings,
)
from ledger.disclosure.figures.postings import LIMIT
from ledger.disclosure.tables.measures import period_name
from ledger.disclosure.tables.table import Cell, Column, Row, Table
from ledger.disclosure.words import texts
from ledger.disclosure.words.numbers import thousandth
from ledger.disclosure.words.texts import text
from ledger.workbook import Book, Put, column_letter, exact

if TYPE_CHECKING:
    from ledger.disclosure.figures.record import QuarterlyFigures

# tables in which a row has one figure of this quarter: its id and exact value stand at the end of the row
ONE_FIGURE_A_ROW = {"summary", "scope_3", "energy"}
LINE_SHEETS = ("postings", "factors", "instruments", "findings", "not_quantified", "reconciliation")


def workbook(
    figures: QuarterlyFigures, title: str, tables: Mapping[str, Table], sheets: Sequence[str], told: str = ""
) -> bytes:
    """A document as XLSX bytes: a sheet for each of these tables that holds anything (keys).

    ``told`` is the SHA-256 of the texts that people gave for a statement. Postings, factors, instruments, findings,
    gaps and the reconciliation of all figures follow.
    """
    rows = 0 if figures.postings is None else figures.postings.num_rows
    book = Book(figures.recorded_at, f"{title}, {period_name(figures.current)}", rows)
    held = [tables[key] for key in sheets if tables[key].rows]
    _write_about(book, figures, title, held, told)
    placed: list[tuple[str, Cell, str]] = []
    for table in held:
        placed += _write_table(book, sheet_name(table.key), table, figures)
    if figures.postings is not None:
        write_postings(book, figures.postings)
    write_factors(book, figures)
    write_instruments(book, figures)
    write_findings(book, figures)
    write_not_quantified(book, figures)
    _write_reconciliation(book, placed)
    return book.finished()


def _write_about(book: Book, figures: QuarterlyFigures, title: str, held: Sequence[Table], told: str) -> None:
    """What this is, how to read it, the checkpoint, and the sheets with links."""
    sheet = book.sheet(sheet_name("about"), (22, 100), freeze=(0, 0))
    now = figures.current
    sheet.put([Put(figures.organisation.name, "text")])
    sheet.put([Put(text("book_title", document=title, period=period_name(now)), "title")])
    sheet.put([])
    places = {name: sheet_name(name) for name in ("postings", "reconciliation")}
    lines_of = "book_what" if figures.postings is not None else "book_no_lines"
    for name in (lines_of, "book_colours", "book_exact", "book_never_added"):
        sheet.put([Put(text(name, **places))])
    if figures.postings_grouped:
        sheet.put([Put(text("book_grouped", limit=f"{LIMIT:,}", **places))])
    sheet.put([])
    facts = (
        ("cover_period", texts.span(now.period.start, now.period.end)),
        ("cover_status", status_words(figures)),
        ("cover_boundary", texts.text_or_code("view", now.view)),
        ("cover_gwp", text("gwp_words", set=now.gwp_set)),
        ("audit_recorded", texts.moment(figures.recorded_at)),
        ("audit_origin", now.checkpoint.origin),
        ("audit_size", str(now.checkpoint.size)),
        ("audit_root", now.checkpoint.root),
        ("audit_key", figures.signing_key or text("foot_no_key")),
        ("audit_software", software_words(figures)),
        *((("statement_narrative", told),) if told else ()),
    )
    for name, value in facts:
        sheet.put([Put(text(name), "text"), Put(value)])
    sheet.put([])
    sheet.put([Put(text("book_sheets"), "head"), Put("", "head")])
    for key, caption in (*((table.key, table.caption) for table in held), *((key, "") for key in LINE_SHEETS)):
        if key != "postings" or figures.postings is not None:
            sheet.link(sheet_name(key), texts.catalogue().get(f"sheet_about_{key}", caption))
    for place, note in enumerate(now.notes):
        sheet.put([Put("" if place else text("notes_head")), Put(texts.noted(note))])


def _write_table(book: Book, name: str, table: Table, figures: QuarterlyFigures) -> list[tuple[str, Cell, str]]:
    """A table of the report as a sheet; gives each figure of the quarter with the place of its cell."""
    labels = [column.label for column in table.columns]
    labels[0] = f"{labels[0] or table.caption} ({table.unit})" if table.unit else labels[0]
    widths = [46.0, *(18.0 if column.kind == "number" else _width(table, at) for at, column in _others(table))]
    if table.key in ONE_FIGURE_A_ROW:
        labels += [text("column_id"), text("column_exact")]
        widths += [64.0, 34.0]
    sheet = book.sheet(name, widths)
    numeric = [column.kind == "number" for column in table.columns]
    numeric += [False] * (len(labels) - len(numeric))
    sheet.put([Put(label, "head_number" if right else "head") for label, right in zip(labels, numeric, strict=True)])
    placed: list[tuple[str, Cell, str]] = []
    head = figures.current.period.label + "/"
    for row in table.rows:
        cells: list[Put | None] = [Put(row.cells[0].text, "bold" if row.kind == "total" else "wrap")]
        for place, cell in enumerate(row.cells[1:], 1):
            cells.append(_figure_put(cell, row, figures))
            if cell.figure is not None and cell.figure.startswith(head) and cell.value is not None:
                label = f"{row.cells[0].text}, {table.columns[place].label}"
                placed.append((label, cell, f"'{name}'!{column_letter(place)}{sheet.row + 1}"))
        now = row.cells[1]
        if table.key in ONE_FIGURE_A_ROW and now.figure is not None:
            cells += [Put(now.figure, "exact"), exact(now.value)]
        sheet.put(cells)
    sheet.put([])
    for note in table.notes:
        sheet.put([Put(note)])
    return placed


def _others(table: Table) -> list[tuple[int, Column]]:
    return list(enumerate(table.columns))[1:]


def _width(table: Table, at: int) -> float:
    """A width in which a column of words reads: that of its longest text, up to some 60 characters, then it wraps."""
    longest = max(len(row.cells[at].text) for row in table.rows if row.kind != "group")
    return float(min(max(longest + 2, 10), 60))


def _figure_put(cell: Cell, row: Row, figures: QuarterlyFigures) -> Put:
    """A figure of the quarter as a formula, others as values; masses in t, energies in MWh."""
    total = row.kind == "total"
    if cell.value is None:
        return Put(cell.text, "bold" if total else cell.kind if cell.kind == "state" else "wrap")
    style = {"kg": "t", "kwh": "t", "ratio": "ratio", "count": "count"}.get(cell.unit, "text")
    if style == "count" and cell.value % 1:
        style = "quantity"  # an intensity or a price, of which whole units would be nothing
    value = thousandth(cell.value) if cell.unit in {"kg", "kwh"} else cell.value
    current = cell.figure is not None and cell.figure.startswith(figures.current.period.label + "/")
    summed = formula(cell.figure) if current and cell.figure and figures.postings is not None else None
    return Put(value, style, None if summed is None else f"=({summed[1:]})/1000", total)


def _write_reconciliation(book: Book, placed: list[tuple[str, Cell, str]]) -> None:
    """Each figure read from the ledger against its cell in this workbook; the difference should be 0."""
    sheet = book.sheet(sheet_name("reconciliation"), (52, 64, 34, 18, 18, 14))
    heads = ("figure", "id", "exact", "ledger", "workbook", "difference")
    sheet.head([text(f"reconciliation_{name}") for name in heads])
    first = sheet.row + 1
    for label, cell, place in placed:
        line = sheet.row + 1
        assert cell.value is not None  # noqa: S101  only known figures are placed
        sheet.put(
            [
                Put(label),
                Put(cell.figure, "exact"),
                exact(cell.value),
                Put(cell.value, "t"),
                Put(cell.value, "t", f"={place}*1000"),
                Put(Decimal(0), "t", f"=ROUND(E{line}-D{line},3)"),
            ]
        )
    last = max(sheet.row, first)
    sheet.put([])
    agreed = f'=IF(SUMPRODUCT(ABS(F{first}:F{last}))=0,"{text("reconciliation_yes")}","{text("reconciliation_no")}")'
    sheet.put([Put(text("reconciliation_all"), "bold"), Put(text("reconciliation_yes"), "text", agreed)])
