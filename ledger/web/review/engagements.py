"""Engagements: what a verifier was asked, what is material, every version, and the form that records one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.assurance.reviewing.engagements import LEVELS
from ledger.book.acts.engaging import Terms
from ledger.errors import Misuse
from ledger.inventory.posted import VIEWS
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import entry_link
from ledger.web.frame.measures import measure_title
from ledger.web.frame.tables import Column, Linked, Row, Table
from schemas.measures import MEASURE_PARTS

if TYPE_CHECKING:
    from ledger.assurance.reviewing.engagements import EngagementTold

router = APIRouter()
_TERMS = {name: name for name in ("level", "criteria", "measure", "materiality", "performance", "trivial", "note")}
_TERMS |= {"period": "of", "view": "of_view"}
"""What is said of an engagement → the field of the form."""


@router.get("/review/engagements")
def engagements(here: InPage) -> Response:
    """The engagements in force; of one that is named every version, and the form that changes it."""
    name = here.query("id")
    found: tuple[EngagementTold, ...] = here.read("engagements", name or None)
    if name and not found:
        raise Misuse("there is no such engagement on record", "take one of the list of engagements")
    return here.page(
        "review/engagements.html.j2", title=f"Engagement {name}" if name else "Engagements", place="review",
        tab="engagements", name=name, held=found[-1] if name else None, may=here.may("engagement"), of=here.of,
        levels=LEVELS, views=VIEWS, measures=[(measure, measure_title(measure)) for measure in MEASURE_PARTS],
        tables=(_table(here, found, versions=bool(name)),),
    )  # fmt: skip


@router.post("/review/engagements")
def recorded(here: InPage, form: Posted) -> Response:
    """Record an engagement, a later version of one, or its end."""
    name = form.text("engagement", required="an engagement needs a name", most=60)
    if form.is_set("withdraw"):
        terms = Terms(withdraw=True)
    else:
        given: dict[str, Any] = {term: form.text(name, most=5_000) or None for term, name in _TERMS.items()}
        terms = Terms(**given)
    done = here.book.record_engagement(name, terms, reason=form.text("reason"))
    words = f"Engagement {name} is {'withdrawn' if terms.withdraw else 'on record'}, batch B{done.batch}."
    if done.batch is None:
        words = f"Engagement {name} says that already; nothing was written."
    return here.go("/review/engagements", words, id=name)


def _table(here: Here, found: Sequence[EngagementTold], *, versions: bool) -> Table:
    columns = [
        Column("id", "Engagement"), Column("state", "State"), Column("level", "Assurance"), Column("period", "Period"),
        Column("view", "View"), Column("measure", "Material of"), Column("pct", "Materiality", "number", unit="%"),
        Column("material", "Materiality", "tonnes", places=3), Column("performance", "Performance", "tonnes", places=3),
        Column("trivial", "Clearly trivial", "tonnes", places=3), Column("criteria", "Criteria"),
        Column("note", "Note"), Column("person", "By"), Column("when", "When", "day"), Column("reason", "Why"),
        Column("entry", "Entry", "code"),
    ]  # fmt: skip
    rows = []
    for place, told in enumerate(found, 1):
        earlier = "earlier version" if place < len(found) else "in force"
        state = "withdrawn" if told.withdrawn else earlier if versions else "in force"
        name = told.engagement_id
        rows.append(Row({
            "id": name if versions else Linked(name, here.link("/review/engagements", id=name)), "state": state,
            "level": told.level, "period": told.period.label, "view": told.view.replace("_", " "),
            "measure": measure_title(told.measure), "pct": told.materiality_pct, "material": told.materiality_kg,
            "performance": told.performance_materiality_kg, "trivial": told.clearly_trivial_kg,
            "criteria": told.criteria, "note": told.note, "person": here.called(told.person),
            "when": told.recorded_at.date(), "reason": told.reason, "entry": entry_link(here, told.entry),
        }))  # fmt: skip
    title = "Every version, the one in force last" if versions else "Engagements in force"
    return Table("engagements", title, columns, rows, empty="No engagement is on record. An auditor records one.")
