"""The life of periods: where each stands, its steps with their figures, and the next step with what it will do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.inventory.periods.restatement import REASONS
from ledger.inventory.posted import VIEWS
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage, download
from ledger.web.frame.links import batch_link, figure_link
from ledger.web.frame.measures import NOT_ADDED, measure_columns, measure_title
from ledger.web.frame.rendering import span
from ledger.web.frame.tables import Column, Linked, Row, Table
from ledger.web.frame.year_before import year_before
from schemas.measures import INVENTORY_MEASURES, MEASURE_TITLES, SCOPE_MEASURES

if TYPE_CHECKING:
    from ledger.book.acts.closing import PeriodState
    from ledger.inventory import Inventory
    from ledger.inventory.periods.restatement import Restatement

router = APIRouter()


_TOTALS = ("total_location", "total_market")


@dataclass(frozen=True, slots=True)
class Act:
    """A step that somebody may take: its verb, the event that it records, the button, and what it does."""

    verb: str
    event: str
    button: str
    does: tuple[str, ...]
    done: str


ACTS = {
    act.verb: act
    for act in (
        Act("submit", "submitted", "Submit", (
            "You say that these are the figures, and hand them to whoever approves them.",
            "A second person approves them. Where they move before that, the period is open again."), "is submitted"),
        Act("approve", "approved", "Approve", (
            "You say that you have looked at exactly these figures and that they may stand.",
            "Nobody approves what they submitted or entered themselves. Where a figure moves first, it is open again."),
            "is approved"),
        Act("close", "closed", "Close", (
            "The figures are pinned to the ledger as it stands now. From then on they move by a restatement alone.",
            "What comes later for these days is taken in and kept, and counts only once the period is restated."),
            "is closed"),
        Act("restate", "restated", "Restate", (
            "The closed periods of these days are stated anew with everything that the ledger received since.",
            "The figures before stay readable beside the new ones, with your reason."), "is restated"),
    )
}  # fmt: skip
_NEXT = {"open": "submit", "submitted": "approve", "approved": "close", "closed": "restate", "restated": "restate"}
_RIGHT = {"submit": "period:submitted", "approve": "period:approved", "close": "period:closed",
          "restate": "restatement"}  # fmt: skip


@router.get("/review/periods")
def periods(here: InPage) -> Response:
    """Every period with its state, and the one of the page in full."""
    of = here.of
    states = here.read("status")
    own = [state for state in states if (state.period.start, state.period.end) == (of.start, of.end)]
    lives = [_life(here, state, number) for number, state in enumerate(own, 1)]
    told = here.read("restatements", here.period, view=here.view)
    tables = [states_table(here, states), *(life["table"] for life in lives)]
    tables += [restatement_table(one, f"restatement{number}") for number, one in enumerate(told, 1)]
    return here.page(
        "review/periods.html.j2", title="Periods", place="review", tab="periods", lives=lives, of=of, restated=told,
        may_submit=here.may("period", "submitted"), names={one.person: here.called(one.person) for one in told},
        standing=here.read("inventory", here.period, view=here.view).status, tables=tables,
    )  # fmt: skip


@router.get("/review/periods/figures")
def sealed(here: InPage) -> Response:
    """The canonical figures of a period's last step, whose SHA-256 the ledger has on record."""
    view, entity = here.query("of_view", "all"), here.query("entity") or None
    content = here.book.sealed_figures(here.period, view=view, entity=entity)
    return download(content, f"figures-{here.of.label}.json", "application/json")


@router.get("/review/periods/{verb}")
def step_page(here: InPage, verb: str) -> Response:
    """What a step will do, with the figures that it speaks of, and the form that takes it."""
    act = _act(verb)
    view, entity = here.query("of_view", "all"), here.query("entity") or None
    plans = _planned(here, view, entity) if verb == "restate" else ()
    state = next((one for one in here.read("status", here.period) if _is(one, here, view, entity)), None)
    own = here.person
    tables: list[Table] = [restatement_table(one, f"restatement{number}") for number, one in enumerate(plans, 1)]
    if verb != "restate":
        tables.append(figures_table(here))
    return here.page(
        "review/step.html.j2", title=f"{act.button} {here.of.label}", place="review", tab="periods", act=act,
        of=here.of, of_view=view, entity=entity or "", views=("all", *VIEWS), may=_may(here, verb), plans=plans,
        is_next=verb == "restate" or verb == (_NEXT[state.state] if state else "submit"),
        state=state, person=here.called(state.person) if state else "", reasons=REASONS,
        is_own=bool(state and verb == "approve" and any(_submitted_by(step, own) for step in state.steps[-1:])),
        findings=len(here.read("findings", here.period, open_only=True)),
        threads=len(here.read("threads", period=here.period, open_only=True)), tables=tables,
    )  # fmt: skip


@router.post("/review/periods/{verb}")
def step_taken(here: InPage, form: Posted, verb: str) -> Response:
    """Take a step of a period."""
    act = _act(verb)
    period = form.text("of", required="which period?", most=60)
    view, entity, note = (
        form.text("of_view", most=60) or "all",
        form.text("entity", most=200) or None,
        form.text("note"),
    )
    if verb == "restate":
        return _restated(here, period, form.text("reason", most=60), note, (view, entity))
    done: PeriodState = getattr(here.book, verb)(period, view=view, entity=entity, note=note)
    words = f"{period} {act.done}, batch B{done.batch}."
    if done.single_person:
        words += " One person submitted and approved it; every figure says so."
    return here.go("/review/periods", words, period=period)


def _restated(here: Here, period: str, reason: str, note: str, whose: tuple[str, str | None]) -> Response:
    done = here.book.restate(period, reason=reason, note=note, view=whose[0], entity=whose[1])
    batches = sorted({one.batch for one in done if one.batch is not None})
    if not batches:
        return here.go("/review/periods", f"Nothing of {period} differs; nothing was written.", "attention",
                       period=period)  # fmt: skip
    labels = ", ".join(one.period.label for one in done)
    return here.go("/review/periods", f"{labels} restated, batch B{batches[-1]}. Both figures stay.", period=period)


def _planned(here: Here, view: str, entity: str | None) -> tuple[Restatement, ...]:
    found: tuple[Restatement, ...] = here.read(
        "restate", here.period, reason="late_data", view=view, entity=entity, check=True
    )
    return found


def _act(verb: str) -> Act:
    if verb not in ACTS:
        raise Misuse("there is no such step of a period", "take one of: " + ", ".join(ACTS))
    return ACTS[verb]


def _may(here: Here, verb: str) -> bool:
    return here.may(_RIGHT[verb])


def _is(state: PeriodState, here: Here, view: str, entity: str | None) -> bool:
    return (state.period.start, state.period.end, state.view, state.legal_entity_id) == (
        here.of.start, here.of.end, view, entity)  # fmt: skip


def _submitted_by(step: Any, person: str) -> bool:
    return bool(step.event == "submitted" and step.person == person)


def _life(here: Here, state: PeriodState, number: int) -> dict[str, Any]:
    """A life of the page's period: its state, steps as a table, and the step that may come next."""
    verb = _NEXT[state.state]
    whose = {"of_view": state.view if state.view != "all" else "", "entity": state.legal_entity_id or ""}
    label = state.period.label
    return {
        "state": state, "person": here.called(state.person), "act": ACTS[verb], "may": _may(here, verb),
        "href": here.link(f"/review/periods/{verb}", period=label, **whose),
        "sealed": here.link("/review/periods/figures", period=label, **whose),
        "table": _steps_table(here, state, f"steps{number}"),
    }  # fmt: skip


def _steps_table(here: Here, state: PeriodState, key: str) -> Table:
    columns = [
        Column("event", "Step"), Column("person", "By"), Column("role", "As"), Column("when", "When", "time"),
        Column("batch", "Batch", "code"), Column("pin", "At size", "number"),
        *measure_columns(), Column("note", "Note"),
        Column("digest", "Digest of its figures", "digest"),
    ]  # fmt: skip
    rows = []
    for step in state.steps:
        at = step.batch if step.event in ("closed", "restated") else step.pin
        view = here.view if state.view == "all" else state.view
        figures = here.read("inventory", state.period.label, view=view, at=at)
        cells = {name: getattr(figures, name) for name in SCOPE_MEASURES}
        rows.append(Row({
            "event": step.event, "person": here.called(step.person), "role": step.role, "when": step.recorded_at,
            "batch": batch_link(here, step.batch), "pin": step.pin, "note": _note(step),
            "digest": step.figures_sha256, **cells,
        }))  # fmt: skip
    whose = f", {state.legal_entity_id}" if state.legal_entity_id else ""
    view_words = "all views" if state.view == "all" else state.view.replace("_", " ")
    note = NOT_ADDED if state.legal_entity_id is None else f"The figures are those of the whole company. {NOT_ADDED}"
    return Table(key, f"Its life: {view_words}{whose}", columns, rows, note=note)


def _note(step: Any) -> str | None:
    """What was said with a step; of a restatement the reason's code in words."""
    code, parted, note = (step.reason or "").partition(": ")
    return f"{code.replace('_', ' ')}: {note}" if parted and code in REASONS else step.reason


def states_table(here: Here, states: Sequence[PeriodState]) -> Table:
    """Every period that was ever submitted, each leading to its page."""
    columns = [
        Column("period", "Period"), Column("view", "View"), Column("entity", "Company"), Column("state", "State"),
        Column("person", "Last step by"), Column("when", "When", "day"), Column("pin", "At size", "number"),
        Column("late", "Rows received after close", "number"),
        Column("late_kg", "Their total, location-based", "tonnes"),
    ]  # fmt: skip
    rows = []
    for state in states:
        label, late = state.period.label, state.received_after_close
        told = f"open again, changed since {state.steps[-1].event}" if state.changed else state.state
        rows.append(Row({
            "period": Linked(label, here.link("/review/periods", period=label)),
            "view": "all" if state.view == "all" else state.view.replace("_", " "),
            "entity": state.legal_entity_id or "the whole", "state": told, "person": here.called(state.person),
            "when": state.recorded_at.date(), "pin": state.pin, "late": None if late is None else late.rows,
            "late_kg": None if late is None else late.total_location,
        }, "attention" if state.changed or late is not None else ""))  # fmt: skip
    return Table(
        "periods", "Every period", columns, rows,
        empty="No period was submitted yet: every one is open, and takes every row at once.",
    )  # fmt: skip


def figures_table(here: Here) -> Table:
    """The figures of the page's period as they stand, beside those of the same months of the year before."""
    now: Inventory = here.read("inventory", here.period, view=here.view)
    before, _ = year_before(here.read, now.period, here.view)
    columns = [
        Column("figure", "Figure"), Column("now", now.period.label, "tonnes", unknown="not quantified"),
        Column("before", span(before.period), "tonnes"),
    ]  # fmt: skip
    rows = []
    for name in INVENTORY_MEASURES:
        cells = {"figure": MEASURE_TITLES[name], "now": figure_link(here, now, name, getattr(now, name)),
                 "before": getattr(before, name)}  # fmt: skip
        rows.append(Row(cells, "total" if name in _TOTALS else ""))
    return Table("figures", "The figures as they stand", columns, rows, note=NOT_ADDED)


def restatement_table(told: Restatement, key: str) -> Table:
    """Old, new and difference of each figure of a restatement, done or planned."""
    columns = [
        Column("figure", "Figure"),
        Column("old", "Before", "tonnes", places=3),
        Column("new", "After", "tonnes", places=3),
        Column("difference", "Difference", "tonnes", places=3),
    ]
    rows = [
        Row({"figure": measure_title(line.measure), "old": line.old_kg, "new": line.new_kg,
             "difference": line.difference_kg}, _look(line.measure))
        for line in told.lines
    ]  # fmt: skip
    whose = f", {told.legal_entity_id}" if told.legal_entity_id else ""
    verb = "would be restated" if told.batch is None else f"restated in batch B{told.batch}"
    return Table(key, f"{told.period.label}{whose} {verb}", columns, rows, note=NOT_ADDED)


def _look(measure: str) -> str:
    if measure in _TOTALS:
        return "total"
    return "sub" if "category" in measure else ""
