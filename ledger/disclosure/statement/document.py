"""A statement as a document: HTML, PDF, XLSX, JSON and inline XBRL from the same tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.disclosure.documents.document import Document, Makers, charts_once
from ledger.disclosure.documents.json_text import document_json, plain_value, quarterly_record
from ledger.disclosure.documents.page import Paper
from ledger.disclosure.quarterly.document import FORMATS
from ledger.disclosure.quarterly.tables import quarterly_tables
from ledger.disclosure.statement.reading import Statement
from ledger.disclosure.statement.tables import statement_tables
from ledger.disclosure.tables.table import Table
from ledger.disclosure.words.numbers import amount
from ledger.disclosure.words.texts import text

STATEMENT_FORMATS = (*FORMATS, "ixbrl")


def statement_document(statement: Statement) -> Document:
    """A statement as a document that can be made in each format."""
    headline = quarterly_tables(statement.figures)
    tables = statement_tables(statement, headline)
    drawn = charts_once(statement.figures)

    def html(_: Paper) -> bytes:
        from ledger.disclosure.statement.page import statement_html

        return statement_html(statement, tables, drawn()).encode()

    def pdf(paper: Paper) -> bytes:
        from ledger.disclosure.documents.pdf import laid_out, paper_fonts
        from ledger.disclosure.statement.page import statement_page

        return laid_out(statement_page(statement, tables, drawn(), paper, paper_fonts(), screen=False))

    def ixbrl(_: Paper) -> bytes:
        from ledger.disclosure.statement.ixbrl import statement_ixbrl

        return statement_ixbrl(statement, tables).encode()

    makers: Makers = {
        "html": html,
        "pdf": pdf,
        "xlsx": lambda _: statement_xlsx(statement, tables),
        "json": lambda _: statement_json(statement, headline, tables).encode(),
        "ixbrl": ixbrl,
    }
    return Document(
        kind=statement.layout.kind,
        figures=statement.figures,
        tables={**headline, **tables},
        makers=makers,
        rule_sets=tuple(f"{one.rule_set.name} {one.rule_set.version}" for one in statement.indexes),
        told=statement.told,
        open_requirements=tuple(
            f"{index.open} required items of {index.rule_set.name}" for index in statement.indexes if index.open
        ),
    )


def statement_xlsx(statement: Statement, tables: Mapping[str, Table]) -> bytes:
    """The statement as XLSX bytes: a sheet a table, then postings, factors and the reconciliation."""
    from ledger.disclosure.documents.xlsx import LINE_SHEETS, workbook

    apart = [key for key in tables if key not in LINE_SHEETS]
    return workbook(statement.figures, text(statement.layout.title), tables, apart, statement.told.sha256)


def statement_json(statement: Statement, headline: Mapping[str, Table], tables: Mapping[str, Table]) -> str:
    """The statement as JSON text: the figures of the quarterly document's form, tables, texts and indexes."""
    record = quarterly_record(statement.figures, {**headline, **tables})
    record |= {
        "document": statement.layout.kind,
        "tables": {key: _table(table) for key, table in tables.items()},
        "texts": dict(statement.told.texts),
        "said_none": sorted(statement.told.none),
        "narrative_sha256": statement.told.sha256,
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
