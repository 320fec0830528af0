"""The quarterly report as one self-contained HTML page, and the same page for the PDF."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ledger.disclosure import (
    annexes,
    boundary_tables,
    completeness_tables,
    contract_tables,
    numbers,
    period_tables,
    register_tables,
    sections,
    texts,
)
from ledger.disclosure.charts import Drawing
from ledger.disclosure.figures import QuarterlyFigures, figure_id
from ledger.disclosure.page import Paper, embedded_fonts, placed_drawing, rendered
from ledger.disclosure.sections import SECTIONS, measure_cell, period_name, section_number
from ledger.disclosure.tables import Cell, Table, clipped
from ledger.disclosure.texts import text

TABLES = (
    sections.summary, annexes.changes, period_tables.restatements, period_tables.base_year_decisions, sections.scope_3,
    completeness_tables.scope_3_methods,
    boundary_tables.boundary, boundary_tables.exclusions, boundary_tables.split,
    sections.facilities, sections.gases, sections.energy,
    contract_tables.instruments, contract_tables.coverage, contract_tables.allocations,
    sections.outside, register_tables.credits_and_removals,
    register_tables.intensities, register_tables.prices, register_tables.targets,
    annexes.quality, completeness_tables.descriptions, register_tables.uncertainty,
    completeness_tables.coverage_by_month, completeness_tables.claims,
    annexes.findings, annexes.not_quantified, annexes.factors, annexes.datasets,
)  # fmt: skip
"""The tables of the report, in the order of the document."""
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


def quarterly_tables(figures: QuarterlyFigures) -> dict[str, Table]:
    """All tables of the report by key, in the order of the document and in its language."""
    with texts.spoken(figures.look.language):
        return {table.key: table for table in (build(figures) for build in TABLES)}


def quarterly_title(figures: QuarterlyFigures) -> str:
    """The title of the management report: quarterly of a quarter, else the report of its period."""
    return text("document" if len(figures.current.period.months) == _MONTHS_OF_QUARTER else "document_of_period")


def status_words(figures: QuarterlyFigures) -> str:
    """The state of the period in words: draft, approved …, or issued, and from which checkpoint."""
    state, size = text(f"status_{figures.status}"), figures.current.checkpoint.size
    if not figures.issued:
        return state
    if figures.status == "approved":  # which is what it takes to be issued
        return text("status_issued", size=size)
    return text("status_issued_of", size=size, state=texts.within(state))


def foot_words(figures: QuarterlyFigures) -> str:
    """The first line in the foot of each page: the state of the period, and what is never added."""
    state = text("status_draft").upper() if figures.status == "draft" else status_words(figures)
    return f"{state}  ·  {text('foot_never_added')}"


def checkpoint_words(figures: QuarterlyFigures) -> str:
    """The checkpoint as it stands in the foot of each page: ledger, size, root, and the key that signed it."""
    held, key = figures.current.checkpoint, figures.signing_key or text("foot_no_key")
    return text("foot_checkpoint", origin=held.origin, size=held.size, root=held.root, key=key)


def _section(name: str) -> dict[str, Any]:
    return {"key": name, "number": str(section_number(name)), "title": text(f"section_{name}")}


def document_words(figures: QuarterlyFigures, title: str, made: tuple[str, str], again: str) -> dict[str, Any]:
    """What the template of every document says on cover, in head and foot, and of how to check it.

    ``made`` is its kind and what else the command that makes it needs, ``again`` says what makes the same again.
    """
    period, company = period_name(figures.current), clipped(figures.organisation.name, 120)
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
        "waiting": period_tables.waiting(figures),
        "notes": [clipped(texts.noted(note), 600).replace("CO2e", "CO₂e") for note in figures.current.notes],
        "audit": audit_facts(figures),
        "commands": audit_steps(figures, made, again),
    }


def _document(figures: QuarterlyFigures) -> dict[str, Any]:
    """What the quarterly report's template says outside its tables."""
    return {
        **document_words(figures, quarterly_title(figures), ("quarterly", ""), text("audit_again")),
        "lead": _lead(figures),
        "against": _against(figures),
        "cards": _cards(figures),
        "changes_lead": text("changes_lead", period=period_name(figures.comparative)),
        "boundary_lead": text(
            "boundary_whole" if boundary_tables.is_whole(figures) else "boundary_lead",
            view=texts.within(texts.text_or_code("view", figures.current.view)),
        ),
        "completeness": completeness_tables.completeness_words(figures),
        "methods": _methods(figures),
        "annex_lead": _annex_lead(figures),
    }


def _item(name: str, value: str, code: bool = False) -> dict[str, Any]:
    return {"name": text(name), "value": value, "code": code}


def cover_facts(figures: QuarterlyFigures) -> list[dict[str, Any]]:
    """What the cover says under the title: period, status, boundary, GWP, checkpoint."""
    now = figures.current
    return [
        _item("cover_period", texts.span(now.period.start, now.period.end)),
        _item("cover_status", status_words(figures)),
        _item("cover_boundary", texts.text_or_code("view", now.view)),
        _item("cover_gwp", text("gwp_words", set=now.gwp_set)),
        _item("cover_checkpoint", texts.moment(figures.recorded_at)),
        _item("audit_root", figures.current.checkpoint.root[:12], code=True),
    ]


def _lead(figures: QuarterlyFigures) -> str:
    """A sentence for each scope: its figure, or in words why there is none."""
    now = figures.current
    if not figures.facilities and not now.not_quantified:
        return text("lead_empty", period=period_name(now))
    scope_2 = {basis: measure_cell(now, f"scope_2_{basis}") for basis in sections.BASES}
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
        return sections.comparative_notes(figures)[0]
    moves = {}
    for basis in sections.BASES:
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


def audit_facts(figures: QuarterlyFigures) -> list[dict[str, Any]]:
    """What the document rests on: size and root of the checkpoint, its last batch, the software."""
    return [
        _item("audit_origin", figures.current.checkpoint.origin, code=True),
        _item("audit_size", numbers.grouped(_decimal(figures.current.checkpoint.size), 0)),
        _item("audit_root", figures.current.checkpoint.root, code=True),
        _item("audit_key", figures.signing_key or text("foot_no_key"), code=True),
        _item("audit_recorded", texts.moment(figures.recorded_at)),
        _item("audit_software", software_words(figures)),
    ]


def software_words(figures: QuarterlyFigures) -> str:
    """Which software and which template made the document."""
    return text("audit_software_value", software=figures.software_version, template=figures.template_version)


def _decimal(value: int) -> Any:
    from decimal import Decimal

    return Decimal(value)


def audit_steps(figures: QuarterlyFigures, made: tuple[str, str], again: str) -> list[dict[str, str]]:
    """How a reader follows a figure, verifies the ledger, and makes the document again: head, words, command."""
    now, (kind, more) = figures.current, made
    command = f"ghg report {kind} --period {now.period.label} --view {now.view} --at {now.checkpoint.size}"
    command += f" --language {figures.look.language}{more}"
    steps = (
        ("audit_trace", text("audit_trace"), f"ghg trace '{figure_id(now, 'total_location')}'"),
        ("audit_verify", text("audit_verify"), "ghg verify"),
        ("audit_check", text("audit_check"), f"ghg report {kind} --check FILE{more}"),
        ("audit_again", again, command + (" --issue" if figures.issued else "")),
    )
    letter = {"audit_again": " --paper Letter"}
    return [{"head": text(f"{name}_head"), "words": words, "command": command, "on_letter": letter.get(name, "")}
            for name, words, command in steps]  # fmt: skip


def _annex_lead(figures: QuarterlyFigures) -> str:
    others = [i.period.label for i in figures.inventories[1:] if i is not None]
    return text("annex_lead", period=figures.current.period.label, others=", ".join(others) or text("not_reported"))
