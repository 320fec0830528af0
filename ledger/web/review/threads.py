"""Threads of the review: findings, requests and comments on anything, what was answered, and tick marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.assurance.reviewing.review import OPENING, SETTLING, TICK_MARKS
from ledger.errors import Misuse
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.paging import paged
from ledger.web.frame.tables import Column, Linked, Row, Table
from ledger.web.review.parts import place_of, reviewing_role

if TYPE_CHECKING:
    from ledger.assurance.reviewing.review import Thread, Tick

router = APIRouter()


@router.get("/review/threads")
def threads(here: InPage) -> Response:
    """The threads of the period, or those about one thing; with the form that opens another."""
    about, show = here.query("about"), here.query("show", "all" if here.query("about") else "open")
    kept = {"about": about} if about else {"period": here.period}
    found: tuple[Thread, ...] = here.read("threads", open_only=show == "open", **kept)
    ticks: tuple[Tick, ...] = here.read("ticks", **kept)
    table, pages = paged(here, _table(here, found))
    return here.page(
        "review/threads.html.j2", title="Threads", place="review", tab="threads", about=about, show=show, pages=pages,
        of=here.of, may=here.may("review"), opening=OPENING, marks=TICK_MARKS.items(),
        people=sorted({row["name"] for row in here.read("people") if row["name"]}),
        engagements=[told.engagement_id for told in here.read("engagements")], tables=(table, _ticks(here, ticks)),
    )  # fmt: skip


@router.post("/review/threads")
def remark(here: InPage, form: Posted) -> Response:
    """Open a thread, or say something in the one that is named."""
    event = form.choice("event", OPENING)
    about = form.text("about", required="what is it about?", most=400)
    done = here.book.remark(
        event, about, form.text("text"), engagement=form.text("engagement", most=60) or None,
        to=form.text("to", most=200) or None,
    )  # fmt: skip
    return here.go(f"/review/thread/{_first_of(here, f'B{done.batch}-1')}", f"Your {event} on {about} is on record.")


@router.post("/review/ticks")
def tick(here: InPage, form: Posted) -> Response:
    """Put a tick mark on something."""
    mark, about = form.text("mark", most=40), form.text("tick_about", required="on what?", most=400)
    here.book.tick(about, mark, note=form.text("tick_note"), engagement=form.text("tick_engagement", most=60) or None)
    return here.go("/review/threads", f"{about}: {mark} ({TICK_MARKS[mark]}).", about=about)


@router.get("/review/thread/{thread_id}")
def thread(here: InPage, thread_id: str) -> Response:
    """One thread with all that was said in it, and what may be said next."""
    told = _named(here, thread_id)
    own, role = here.person, reviewing_role(here)
    return here.page(
        "review/thread.html.j2",
        title=f"{told.kind.capitalize()} {told.id}",
        place="review",
        tab="threads",
        thread=told,
        href=place_of(here, told.about.kind, told.about.text),
        may=here.may("review"),
        states=SETTLING,
        may_settle=told.may_be_settled_by(own, role),
        asked=[here.called(person) for person in told.asked],
        names={one.person: here.called(one.person) for one in told.remarks},
    )


@router.post("/review/thread/{thread_id}")
def said(here: InPage, form: Posted, thread_id: str) -> Response:
    """Answer, comment, or say what became of a thread."""
    told = _named(here, thread_id)
    act = form.choice("act", ("answer", "comment", *SETTLING))
    if act == "answer":
        here.book.answer(told.id, form.text("text"))
    elif act == "comment":
        here.book.remark("comment", told.id, form.text("text"))
    elif here.book.resolve(told.id, note=form.text("note"), state=act).batch is None:
        return here.go(f"/review/thread/{told.id}", f"It is {act} already; nothing was written.", "attention")
    words = {"answer": "Your answer is on record.", "comment": "Your comment is on record."}
    return here.go(f"/review/thread/{told.id}", words.get(act, f"{told.id} is {act}."))


def _named(here: Here, thread_id: str) -> Thread:
    everything: tuple[Thread, ...] = here.read("threads")
    told = next((one for one in everything if thread_id in {remark.entry for remark in one.remarks}), None)
    if told is None:
        raise Misuse("there is no such thread in the review", "take one of the list of threads")
    return told


def _first_of(here: Here, entry: str) -> str:
    return _named(here, entry).id


def _table(here: Here, found: Sequence[Thread]) -> Table:
    columns = [
        Column("id", "Thread", "code"), Column("kind", "Kind"), Column("state", "State"), Column("about", "About"),
        Column("text", "What was said"), Column("person", "By"), Column("when", "Since", "day"),
        Column("asked", "Asks"), Column("remarks", "Remarks", "number"), Column("engagement", "Engagement"),
    ]  # fmt: skip
    rows = []
    for one in found:
        href = place_of(here, one.about.kind, one.about.text)
        asked = "" if one.kind == "comment" else ", ".join(here.called(person) for person in one.asked)
        rows.append(Row({
            "id": Linked(one.id, here.link(f"/review/thread/{one.id}")), "kind": one.kind, "state": one.state,
            "about": Linked(one.about.label, href) if href else one.about.label, "text": one.opened.text,
            "person": f"{here.called(one.opened.person)} ({one.opened.role})", "when": one.opened.recorded_at.date(),
            "asked": asked, "remarks": len(one.remarks), "engagement": one.engagement_id,
        }, "attention" if one.is_unsettled else ""))  # fmt: skip
    return Table(
        "threads",
        "Threads",
        columns,
        rows,
        empty="No such thread. Anyone may open one, about an entry, a batch, a figure or a period.",
    )


def _ticks(here: Here, ticks: Sequence[Tick]) -> Table:
    columns = [
        Column("about", "On"), Column("mark", "Mark"), Column("means", "What was done"), Column("note", "Note"),
        Column("person", "By"), Column("when", "When", "day"), Column("engagement", "Engagement"),
        Column("entry", "Recorded as", "code"),
    ]  # fmt: skip
    rows = []
    for one in ticks:
        href = place_of(here, one.about.kind, one.about.text)
        rows.append(Row({
            "about": Linked(one.about.label, href) if href else one.about.label, "mark": one.mark,
            "means": TICK_MARKS.get(one.mark, ""), "note": one.note, "person": here.called(one.person),
            "when": one.recorded_at.date(), "engagement": one.engagement_id, "entry": one.entry,
        }))  # fmt: skip
    return Table("ticks", "Tick marks", columns, rows, empty="No tick mark is set.")
