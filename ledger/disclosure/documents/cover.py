"""What every document says of itself: its state, its cover and foot, and how it is checked and made again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ledger.disclosure.figures.record import QuarterlyFigures, figure_id
from ledger.disclosure.tables import periods
from ledger.disclosure.tables.measures import period_name
from ledger.disclosure.tables.table import clipped
from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text


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
        "waiting": periods.waiting(figures),
        "notes": [clipped(texts.noted(note), 600).replace("CO2e", "CO₂e") for note in figures.current.notes],
        "audit": audit_facts(figures),
        "commands": audit_steps(figures, made, again),
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


def audit_facts(figures: QuarterlyFigures) -> list[dict[str, Any]]:
    """What the document rests on: size and root of the checkpoint, its last batch, the software."""
    return [
        _item("audit_origin", figures.current.checkpoint.origin, code=True),
        _item("audit_size", numbers.grouped(Decimal(figures.current.checkpoint.size), 0)),
        _item("audit_root", figures.current.checkpoint.root, code=True),
        _item("audit_key", figures.signing_key or text("foot_no_key"), code=True),
        _item("audit_recorded", texts.moment(figures.recorded_at)),
        _item("audit_software", software_words(figures)),
    ]


def software_words(figures: QuarterlyFigures) -> str:
    """Which software and which template made the document."""
    return text("audit_software_value", software=figures.software_version, template=figures.template_version)


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
