"""A statement as one self-contained HTML page, and the same page for the PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger import shipped
from ledger.disclosure import annexes, period_tables, texts
from ledger.disclosure.charts import Drawing
from ledger.disclosure.html import (
    Paper,
    annex_line,
    audit_facts,
    audit_steps,
    checkpoint_words,
    cover_facts,
    embedded_fonts,
    environment,
    foot_words,
    placed_drawing,
    status_words,
)
from ledger.disclosure.requirements.rule_sets import narratives
from ledger.disclosure.sections import period_name
from ledger.disclosure.statement.layout import ChapterLayout
from ledger.disclosure.statement.reading import Statement
from ledger.disclosure.statement.tables import statement_tables
from ledger.disclosure.tables import Table, clipped
from ledger.disclosure.texts import text

INDEX, AUDIT, ANNEX = "index", "audit", "annex"


def statement_html(statement: Statement, drawn: Mapping[str, Drawing]) -> str:
    """The statement as one HTML text with fonts, style and charts inside; the same statement, the same text."""
    return statement_page(statement, drawn, "a4", embedded_fonts())


def statement_page(
    statement: Statement, drawn: Mapping[str, Drawing], paper: Paper, font_faces: str, *, screen: bool = True
) -> str:
    """The page with the given charts and fonts, for the screen or (leaner) for paper."""
    from markupsafe import Markup

    tables = statement_tables(statement)
    listed = annexes.annex(statement.figures, tables.values())
    anchors = {cell.figure: f"figure-{place}" for place, (_, cell) in enumerate(listed, 1)}
    chapters = written_chapters(statement, tables, drawn)
    css = f"{font_faces}\n{(shipped.path('templates') / 'report.css').read_text('utf-8')}"
    return (
        environment()
        .get_template("statement.html.j2")
        .render(
            figures=statement.figures,
            language=texts.LANGUAGE,
            paper=paper,
            screen=screen,
            css=Markup(css),  # noqa: S704  ours, not a user's
            t=text,
            d=statement_document(statement),
            chapters=chapters,
            contents=_contents(chapters),
            indexes=[table for key, table in tables.items() if key.startswith("index_")],
            anchors=anchors,
            annex=[annex_line(anchors[cell.figure], name, cell) for name, cell in listed],
        )
    )


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
        "notes": _notes(statement) if shape.key == "methods" else [],
        "charts": [placed_drawing(drawn.get(key)) for key in shape.charts],
    }


def _notes(statement: Statement) -> list[str]:
    """What a reader must know of the period's figures: it stands with the methods."""
    return [clipped(note, 600).replace("CO2e", "CO₂e") for note in statement.figures.current.notes]


def _narrative(statement: Statement, name: str) -> dict[str, Any]:
    asked = narratives()[name]
    given = statement.told.texts.get(name)
    paragraphs = [] if given is None else [part.strip() for part in given.split("\n\n") if part.strip()]
    return {
        "title": asked.title,
        "paragraphs": [clipped(part, 4000) for part in paragraphs],
        "asked": "" if paragraphs else text("statement_asked", prompt=asked.prompt),
    }


def _said_none(statement: Statement, shape: ChapterLayout) -> str:
    """The registers of this chapter's tables of which the team says that there is nothing."""
    held = {"outside": "removals", "prices": "internal_price"}
    names = sorted({held.get(key, key) for key in shape.tables} & statement.told.none)
    return text("statement_none", names=", ".join(name.replace("_", " ") for name in names)) if names else ""


def _contents(chapters: list[dict[str, Any]]) -> list[dict[str, Any]]:
    count = len(chapters)
    return [
        *({"key": chapter["key"], "number": chapter["number"], "title": chapter["title"]} for chapter in chapters),
        {"key": INDEX, "number": count + 1, "title": text("statement_index")},
        {"key": AUDIT, "number": count + 2, "title": text("section_audit")},
        {"key": ANNEX, "number": "", "title": text("section_annex")},
    ]


def statement_document(statement: Statement) -> dict[str, Any]:
    """What the template says outside its chapters."""
    figures = statement.figures
    period, title = period_name(figures.current), text(statement.layout.title)
    company = clipped(figures.organisation.name, 120)
    first = statement.indexes[0].rule_set
    route = text("statement_route", title=first.title, version=first.version)
    if not first.holds_for(figures.current.period.end.year):
        route += " " + text("statement_out_of_force", in_force=first.in_force)
    return {
        "company": company,
        "title": title,
        "period": period,
        "status": status_words(figures),
        "generator": f"ghg-ledger {figures.software_version}",
        "created": figures.recorded_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "running": f"{clipped(company, 60)}  ·  {title}  ·  {period}",
        "foot": foot_words(figures),
        "checkpoint": checkpoint_words(figures),
        "cover": cover_facts(figures),
        "route": route,
        "waiting": period_tables.waiting(figures),
        "index_number": len(statement.layout.chapters) + 1,
        "audit": [
            *audit_facts(figures),
            {"name": text("statement_narrative"), "value": statement.narrative_sha256, "code": True},
        ],
        "commands": audit_steps(figures, statement.layout.kind, text("statement_again")),
    }
