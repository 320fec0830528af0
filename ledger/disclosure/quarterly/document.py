"""The quarterly report as a document: HTML, PDF, XLSX and JSON from the same tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.disclosure.documents.document import Document, Makers, charts_once
from ledger.disclosure.documents.json_text import document_json, quarterly_record
from ledger.disclosure.quarterly.page import quarterly_html, quarterly_page, quarterly_title
from ledger.disclosure.quarterly.tables import quarterly_tables

if TYPE_CHECKING:
    from ledger.disclosure.documents.page import Paper
    from ledger.disclosure.figures.record import QuarterlyFigures

QUARTERLY = "quarterly"
FORMATS = ("html", "pdf", "xlsx", "json")
"""The formats of the quarterly report, in the order in which they are made."""
_SHEETS = (
    "summary", "scope_3", "facilities", "gases", "energy", "scope_3_methods", "coverage", "boundary", "completeness",
    "claims", "uncertainty", "intensities", "prices", "targets",
)  # fmt: skip
"""The tables that its workbook has as sheets, before those of lines."""


def quarterly_document(figures: QuarterlyFigures) -> Document:
    """The quarterly report of these figures."""
    tables = quarterly_tables(figures)
    drawn = charts_once(figures)

    def pdf(paper: Paper) -> bytes:
        from ledger.disclosure.documents.pdf import laid_out, paper_fonts

        return laid_out(quarterly_page(figures, tables, drawn(), paper, paper_fonts(), screen=False))

    def xlsx(_: Paper) -> bytes:
        from ledger.disclosure.documents.xlsx import workbook

        return workbook(figures, quarterly_title(figures), tables, _SHEETS)

    makers: Makers = {
        "html": lambda _: quarterly_html(figures, tables, drawn()).encode(),
        "pdf": pdf,
        "xlsx": xlsx,
        "json": lambda _: document_json(quarterly_record(figures, tables)).encode(),
    }
    return Document(QUARTERLY, figures, tables, makers)
