"""A statement as one self-contained HTML page, and the same page for the PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.disclosure.charts.drawing import Drawing
from ledger.disclosure.documents.cover import document_words
from ledger.disclosure.documents.page import Paper, embedded_fonts, placed_drawing, rendered
from ledger.disclosure.requirements.rule_sets import narratives
from ledger.disclosure.statement.layout import ChapterLayout
from ledger.disclosure.statement.reading import Statement
from ledger.disclosure.tables.table import Table, clipped
from ledger.disclosure.words.texts import named, text

_LONGEST = 4000
"""Characters of a paragraph that are printed."""


def statement_html(statement: Statement, tables: Mapping[str, Table], drawn: Mapping[str, Drawing]) -> str:
    """The statement as one HTML text with fonts, style and charts inside; the same statement, the same text."""
    return statement_page(statement, tables, drawn, "a4", embedded_fonts())


def statement_page(
    statement: Statement, tables: Mapping[str, Table], drawn: Mapping[str, Drawing], paper: Paper, font_faces: str,
    *, screen: bool = True,
) -> str:  # fmt: skip
    """The page with the given charts and fonts, for the screen or (leaner) for paper."""
    chapters = written_chapters(statement, tables, drawn)
    closing = closing_heads(statement)
    return rendered(
        "statement.html.j2",
        statement.figures,
        tables.values(),
        (paper, font_faces, screen),
        d=statement_words(statement),
        chapters=chapters,
        contents=[*chapters, *closing.values()],
        indexes=indexes(tables),
        **closing,
    )


def closing_heads(statement: Statement) -> dict[str, dict[str, Any]]:
    """The heads of what follows the chapters: the indexes, how to check the document, and its figures."""
    count = len(statement.layout.chapters)
    return {
        "index": {"key": "index", "number": count + 1, "title": text("statement_index")},
        "audit": {"key": "audit", "number": count + 2, "title": text("section_audit")},
        "annex_head": {"key": "annex", "number": "", "title": text("section_annex")},
    }


def indexes(tables: Mapping[str, Table]) -> list[Table]:
    """The content indexes among the tables of a statement."""
    return [table for key, table in tables.items() if key.startswith("index_")]


def written_chapters(
    statement: Statement, tables: Mapping[str, Table], drawn: Mapping[str, Drawing]
) -> list[dict[str, Any]]:
    """The chapters as the templates place them, in order."""
    shapes = enumerate(statement.layout.chapters, 1)
    return [_chapter(statement, place, shape, tables, drawn) for place, shape in shapes]


def _chapter(
    statement: Statement, place: int, shape: ChapterLayout, tables: Mapping[str, Table], drawn: Mapping[str, Drawing]
) -> dict[str, Any]:
    """A chapter: its texts as paragraphs (or what is still asked), its tables that hold anything, its charts."""
    return {
        "key": shape.key,
        "number": place,
        "title": text(f"chapter_{shape.key}"),
        "texts": [_narrative(statement, name) for name in shape.narratives],
        "none": _said_none(statement, shape),
        "tables": [tables[key] for key in shape.tables if tables[key].rows],
        "notes": shape.key == "methods",
        "charts": [placed_drawing(drawn.get(key)) for key in shape.charts],
    }


def _narrative(statement: Statement, name: str) -> dict[str, Any]:
    asked = narratives()[name]
    given = statement.told.texts.get(name)
    paragraphs = [] if given is None else [part.strip() for part in given.split("\n\n") if part.strip()]
    cut = [text("statement_cut", count=_LONGEST)] if any(len(part) > _LONGEST for part in paragraphs) else []
    return {
        "title": named(asked.title),
        "paragraphs": [*(clipped(part, _LONGEST) for part in paragraphs), *cut],
        "asked": "" if paragraphs else text("statement_asked", prompt=named(asked.prompt)),
    }


def _said_none(statement: Statement, shape: ChapterLayout) -> str:
    """The registers of this chapter's tables of which the team says that there is nothing."""
    held = {"outside": "removals", "prices": "internal_price"}
    names = sorted({held.get(key, key) for key in shape.tables} & statement.told.none)
    return text("statement_none", names=", ".join(text(f"register_{name}") for name in names)) if names else ""


def statement_words(statement: Statement) -> dict[str, Any]:
    """What the template says outside its chapters."""
    figures, kind = statement.figures, statement.layout.kind
    first = statement.indexes[0].rule_set
    route = text("statement_route", title=named(first.title), version=named(first.version))
    if not first.holds_for(figures.current.period.end.year):
        route += " " + text("statement_out_of_force", in_force=named(first.in_force))
    narrative = " --narrative FILE" if statement.told.texts or statement.told.none else ""
    words = document_words(figures, text(statement.layout.title), (kind, narrative), text("statement_again"))
    given = {"name": text("statement_narrative"), "value": statement.told.sha256, "code": True}
    return {**words, "route": route, "audit": [*words["audit"], given]}
