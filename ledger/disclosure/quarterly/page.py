"""The quarterly report as one self-contained HTML page, and the same page for the PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.disclosure.charts.drawing import Drawing
from ledger.disclosure.documents.cover import document_words
from ledger.disclosure.documents.page import Paper, embedded_fonts, placed_drawing, rendered
from ledger.disclosure.figures.record import QuarterlyFigures, figure_id
from ledger.disclosure.tables import boundary, completeness
from ledger.disclosure.tables.measures import BASES, comparative_notes, measure_cell, period_name
from ledger.disclosure.tables.table import Cell, Table
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text

DRAWINGS = ("quarters", "categories", "facilities", "energy", "intervals")
_MONTHS_OF_QUARTER = 3


def quarterly_html(figures: QuarterlyFigures, tables: Mapping[str, Table], drawn: Mapping[str, Drawing]) -> str:
    """The report as one HTML text with fonts, style and charts inside; same figures, same text."""
    return quarterly_page(figures, tables, drawn, "a4", embedded_fonts())


def quarterly_page(
    figures: QuarterlyFigures, tables: Mapping[str, Table], drawn: Mapping[str, Drawing], paper: Paper,
    font_faces: str, *, screen: bool = True,
) -> str:  # fmt: skip
    """The page with the given charts and fonts, for the screen or (leaner: no tooltips, no links in cells) for paper.

    Raises where the template asks for what is not there.
    """
    headings = [_section(name) for name in SECTIONS]
    return rendered(
        "quarterly.html.j2",
        figures,
        tables.values(),
        (paper, font_faces, screen),
        d=_document(figures),
        s={heading["key"]: heading for heading in headings},
        audit=headings[-1],
        contents=[*headings, {"key": "annex", "number": "", "title": text("section_annex")}],
        tables=tables,
        charts={key: placed_drawing(drawn.get(key)) for key in DRAWINGS},
    )


def quarterly_title(figures: QuarterlyFigures) -> str:
    """The title of the management report: quarterly of a quarter, else the report of its period."""
    return text("document" if len(figures.current.period.months) == _MONTHS_OF_QUARTER else "document_of_period")


def _section(name: str) -> dict[str, Any]:
    return {"key": name, "number": str(section_number(name)), "title": text(f"section_{name}")}


def _document(figures: QuarterlyFigures) -> dict[str, Any]:
    """What the quarterly report's template says outside its tables."""
    return {
        **document_words(figures, quarterly_title(figures), ("quarterly", ""), text("audit_again")),
        "lead": _lead(figures),
        "against": _against(figures),
        "cards": _cards(figures),
        "changes_lead": text("changes_lead", period=period_name(figures.comparative)),
        "boundary_lead": text(
            "boundary_whole" if boundary.is_whole(figures) else "boundary_lead",
            view=texts.within(texts.text_or_code("view", figures.current.view)),
        ),
        "completeness": completeness.completeness_words(figures),
        "methods": _methods(figures),
        "annex_lead": _annex_lead(figures),
    }


def _lead(figures: QuarterlyFigures) -> str:
    """A sentence for each scope: its figure, or in words why there is none."""
    now = figures.current
    if not figures.facilities and not now.not_quantified:
        return text("lead_empty", period=period_name(now))
    scope_2 = {basis: measure_cell(now, f"scope_2_{basis}") for basis in BASES}
    if all(cell.value is None for cell in scope_2.values()):
        second = _lead_scope(text("scope_2_short"), scope_2["location"])
    else:
        second = text("lead_scope_2", **{basis: _lead_value(cell) for basis, cell in scope_2.items()})
    told = (
        text("lead_in", period=period_name(now)),
        _lead_scope(text("scope_1_short"), measure_cell(now, "scope_1")),
        second,
        _lead_scope(text("scope_3_short"), measure_cell(now, "scope_3")),
    )
    return " ".join(told)


def _lead_scope(scope: str, cell: Cell) -> str:
    if cell.value is not None:
        return text("lead_scope", scope=scope, value=cell.text)
    return text("lead_not_quantified" if cell.text == text("not_quantified") else "lead_none", scope=scope)


def _lead_value(cell: Cell) -> str:
    if cell.value is not None:
        return text("lead_tonnes", value=cell.text)
    return cell.text if cell.text == text("not_quantified") else text("lead_no_value")


def _against(figures: QuarterlyFigures) -> str:
    if figures.comparative is None:
        return text("figures_no_comparative")
    if not figures.has_change:
        return comparative_notes(figures)[0]
    moves = {}
    for basis in BASES:
        measure = f"total_{basis}"
        now, before = getattr(figures.current, measure), getattr(figures.comparative, measure)
        moves[basis] = _moved(numbers.change_ratio(now, before))
    return text("figures_against", period=period_name(figures.comparative), **moves)


def _moved(ratio: Any) -> str:
    if ratio is None:
        return text("moved_unknown")
    if ratio == 0:
        return text("moved_not")
    return text("moved_up" if ratio > 0 else "moved_down", percent=numbers.percent(abs(ratio)))


def _cards(figures: QuarterlyFigures) -> list[dict[str, Any]]:
    """Four cards: Scope 1, Scope 2 by both methods, Scope 3, the totals by both."""
    both = ("location", "market")
    cards = (
        ("scope_1", "scope_1_short", [("scope_1", "")]),
        ("scope_2", "scope_2_short", [(f"scope_2_{b}", b) for b in both]),
        ("scope_3", "scope_3_short", [("scope_3", "")]),
        ("total", "totals_by_both", [(f"total_{b}", b) for b in both]),
    )
    return [
        {"key": key, "name": text(name), "values": [_card_value(figures, *v) for v in values]}
        for key, name, values in cards
    ]


def _card_value(figures: QuarterlyFigures, measure: str, basis: str) -> dict[str, Any]:
    cell = measure_cell(figures.current, measure)
    before = figures.comparative
    ratio = numbers.change_ratio(cell.value, getattr(before, measure)) if figures.has_change else None
    change = None if ratio is None else numbers.signed(numbers.percent(ratio))
    return {
        "key": basis or measure,
        "figure": figure_id(figures.current, measure),
        "exact": cell.exact,
        "text": cell.text if cell.value is None else numbers.card_tonnes(cell.value),
        "basis": text(basis) if basis else "",
        "against": text("card_no_comparative")
        if change is None
        else text("card_against", change=change, period=period_name(before)),
    }


def _methods(figures: QuarterlyFigures) -> list[str]:
    now = figures.current
    gwp = text("gwp_words", set=now.gwp_set)
    return [
        text("method_boundary", view=texts.within(texts.text_or_code("view", now.view))),
        text("method_scope_2"),
        text(f"method_gwp_{now.gwp_policy}", set=gwp),
        text("method_factor_choice"),
        text("method_trades"),
        text("method_rounding"),
    ]


def _annex_lead(figures: QuarterlyFigures) -> str:
    others = [i.period.label for i in figures.inventories[1:] if i is not None]
    return text("annex_lead", period=figures.current.period.label, others=", ".join(others) or text("not_reported"))


SECTIONS = (
    "figures",
    "changes",
    "scope_3",
    "boundary",
    "facilities",
    "gases",
    "energy",
    "instruments",
    "outside",
    "commitments",
    "quality",
    "findings",
    "not_quantified",
    "methods",
    "audit",
)


def section_number(name: str) -> int:
    """The number of a section in the document."""
    return SECTIONS.index(name) + 1
