"""A statement in each of its formats: HTML, PDF, XLSX and JSON from one record."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from ledger.disclosure.charts import drawings
from ledger.disclosure.json_document import amounts_of, document_json, figure_amounts, plain_value, quarterly_record
from ledger.disclosure.numbers import amount
from ledger.disclosure.statement.reading import Statement
from ledger.disclosure.statement.tables import statement_tables
from ledger.disclosure.tables import Table
from ledger.disclosure.texts import text

LONGEST_SHEET = 31  # characters that Excel takes in a sheet's name


def statement_bytes(
    statement: Statement, formats: Sequence[str], paper: Literal["a4", "letter"] = "a4"
) -> dict[str, bytes]:
    """The bytes of the statement in each format, by format; the same statement gives the same bytes."""
    drawn = drawings(statement.figures) if {"html", "pdf"} & set(formats) else {}

    def html() -> bytes:
        from ledger.disclosure.statement.html import statement_html

        return statement_html(statement, drawn).encode()

    def pdf() -> bytes:
        from ledger.disclosure.pdf import laid_out, paper_fonts
        from ledger.disclosure.statement.html import statement_page

        return laid_out(statement_page(statement, drawn, paper, paper_fonts(), screen=False))

    def ixbrl() -> bytes:
        from ledger.disclosure.statement.ixbrl import statement_ixbrl

        return statement_ixbrl(statement).encode()

    makers: dict[str, Callable[[], bytes]] = {
        "html": html,
        "pdf": pdf,
        "xlsx": lambda: statement_xlsx(statement),
        "json": lambda: statement_json(statement).encode(),
        "ixbrl": ixbrl,
    }
    return {name: makers[name]() for name in formats}


def statement_xlsx(statement: Statement) -> bytes:
    """The statement as XLSX bytes: a sheet a table, then postings, factors and the reconciliation."""
    from ledger.disclosure.xlsx import LINE_SHEETS, workbook

    tables = statement_tables(statement)
    taken = {name.lower() for name in LINE_SHEETS} | {"about"}
    sheets = [(_sheet_name(key), key) for key in tables]
    apart = [(name, key) for name, key in sheets if name.lower() not in taken]
    return workbook(statement.figures, text(statement.layout.title), tables, apart)


def _sheet_name(key: str) -> str:
    """The name of a table's sheet: `ESRS emissions` from `esrs_emissions`."""
    words = key.replace("_", " ").replace("-", " ")
    return (words[:1].upper() + words[1:])[:LONGEST_SHEET]


def statement_amounts(statement: Statement) -> dict[str, str | None]:
    """The exact amount of each figure of the statement by its id, and of the headline figures that it rests on."""
    return figure_amounts(statement.figures) | amounts_of(statement_tables(statement).values())


def statement_json(statement: Statement) -> str:
    """The statement as JSON text: the figures of the quarterly document's form, tables, texts and indexes."""
    tables = statement_tables(statement)
    record = quarterly_record(statement.figures)
    record |= {
        "document": statement.layout.kind,
        "figures": statement_amounts(statement),
        "tables": {key: _table(table) for key, table in tables.items()},
        "texts": dict(statement.told.texts),
        "said_none": sorted(statement.told.none),
        "narrative_sha256": statement.narrative_sha256,
        "content_index": [index.as_json() for index in statement.indexes],
        "energy_mix": plain_value(statement.energy),
        "trading_schemes": plain_value(statement.schemes),
        "iso_categories": plain_value(statement.iso),
    }
    return document_json(record)


def _table(table: Table) -> dict[str, Any]:
    """A table with the exact value of each cell beside what people read."""
    return {
        "caption": table.caption,
        "unit": table.unit,
        "columns": [column.label for column in table.columns],
        "notes": list(table.notes),
        "rows": [
            [
                cell.text if cell.value is None else {"text": cell.text, "value": amount(cell.value), "unit": cell.unit}
                for cell in row.cells
            ]
            for row in table.rows
        ],
    }
