"""The base year: what it says, what may ask for its recalculation, and the decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.book.acts.deciding import DECISIONS
from ledger.errors import Misuse
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import batch_link
from ledger.web.frame.measures import NOT_ADDED, measure_columns, measure_title
from ledger.web.frame.tables import Column, Linked, Row, Table
from ledger.web.frame.words import page_words
from schemas.measures import SCOPE_MEASURES

if TYPE_CHECKING:
    from ledger.inventory.periods.base_year import BaseYear
    from ledger.inventory.periods.recalculation_candidates import Candidate

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Asked:
    """What the ledger answers, or why it does not."""

    answer: Any
    wrong: str = ""
    fix: str = ""


def asked(here: Here, verb: str) -> Asked:
    """What a verb on the base year answers under the page's view; where there is none, why."""
    try:
        return Asked(here.read(verb, view=here.view))
    except Misuse as fault:
        return Asked(None, page_words(str(fault)), page_words(fault.fix))


@router.get("/review/base-year")
def base_year(here: InPage) -> Response:
    """The base year, its candidates, and what was decided."""
    held, candidates = asked(here, "base_year"), asked(here, "base_year_candidates")
    tables = []
    if held.answer is not None:
        tables += [_years_table(held.answer), _decisions_table(here, held.answer)]
    tables.append(_candidates_table(here, candidates.answer or ()))
    return here.page(
        "review/base_year.html.j2", title="Base year", place="review", tab="periods", held=held,
        candidates=candidates, tables=tables,
    )  # fmt: skip


@router.get("/review/base-year/decide")
def decision_page(here: InPage) -> Response:
    """A candidate with its effects, and the form that decides on it."""
    name = here.query("candidate")
    found: tuple[Candidate, ...] = here.read("base_year_candidates", view=here.view)
    candidate = next((one for one in found if one.name == name), None)
    if candidate is None:
        raise Misuse("there is no such candidate", "take one of the list of candidates")
    return here.page(
        "review/decide.html.j2", title=f"Base year: {candidate.name}", place="review", tab="periods",
        candidate=candidate, person=here.called(candidate.person), may=here.may("base_year"),
        tables=(_effects_table(candidate),),
    )  # fmt: skip


@router.post("/review/base-year/decide")
def decided(here: InPage, form: Posted) -> Response:
    """Decide on a candidate."""
    name = form.text("candidate", required="which candidate?", most=100)
    decision = form.choice("decision", DECISIONS)
    done = here.book.decide_base_year(name, decision, reason=form.text("reason"), view=here.view)
    taken = f" Taken in with it: {', '.join(done.taken_in)}." if done.taken_in else ""
    said = "the base year is recalculated" if decision == "recalculate" else "declined"
    return here.go("/review/base-year", f"{name}: {said}, batch B{done.batch}.{taken}")


def _years_table(held: BaseYear) -> Table:
    columns = [
        Column("year", "Year"),
        Column("state", "State"),
        Column("basis", "Basis"),
        *measure_columns(),
        Column("at", "At size", "number"),
    ]
    rows = []
    for year in held.series:
        for name, basis in (("as first stated", year.first_stated), ("on the current basis", year.current)):
            if basis is not None:
                cells = {scope: getattr(basis, scope) for scope in SCOPE_MEASURES}
                rows.append(
                    Row({"year": year.period.label, "state": year.status, "basis": name, "at": basis.at, **cells})
                )
    note = NOT_ADDED
    if held.current.structure_on is not None:
        note += f" The current basis has the structure of {held.current.structure_on}."
    return Table("years", "The base year and the years since", columns, rows, note=note)


def _decisions_table(here: Here, held: BaseYear) -> Table:
    columns = [Column("candidate", "Candidate", "code"), Column("cause", "Cause"), Column("decision", "Decision"),
               Column("kg", "Effect then", "tonnes"), Column("pct", "Effect then", "number", unit="%", places=2),
               Column("person", "By"), Column("when", "When", "day"), Column("reason", "Why"),
               Column("batch", "Batch", "code")]  # fmt: skip
    rows = [
        Row({"candidate": one.candidate, "cause": one.cause, "decision": one.decision, "kg": one.effect_kg,
             "pct": one.effect_pct, "person": here.called(one.person), "when": one.recorded_at.date(),
             "reason": one.reason, "batch": batch_link(here, one.batch)})
        for one in held.decisions
    ]  # fmt: skip
    return Table("decisions", "Decisions", columns, rows, empty="Nothing was decided on the base year yet.")


def _candidates_table(here: Here, found: Sequence[Candidate]) -> Table:
    columns = [Column("candidate", "Candidate"), Column("cause", "Cause"), Column("about", "What"),
               Column("figure", "Figure that it moves most"), Column("kg", "Effect", "tonnes", places=3),
               Column("pct", "Effect", "number", unit="%", places=2),
               Column("sum", "Running sum", "number", unit="%", places=2), Column("state", "State")]  # fmt: skip
    rows = []
    for one in found:
        most = one.leading
        state = one.decision or ("asks for a decision" if one.asks else "logged")
        name = (
            Linked(one.name, here.link("/review/base-year/decide", candidate=one.name))
            if one.decision is None
            else one.name
        )
        rows.append(
            Row(
                {
                    "candidate": name,
                    "cause": one.cause,
                    "about": one.about,
                    "figure": measure_title(most.measure),
                    "kg": most.effect_kg,
                    "pct": most.effect_pct,
                    "sum": one.leading_sum.cumulative_pct,
                    "state": state,
                },
                "attention" if one.asks and one.decision is None else "",
            )
        )
    return Table("candidates", "What changed it since", columns, rows,
                 empty="Nothing changed the base year since it was closed or last recalculated.")  # fmt: skip


def _effects_table(candidate: Candidate) -> Table:
    columns = [Column("figure", "Figure"), Column("base", "Base year", "tonnes", places=3),
               Column("kg", "Effect", "tonnes", places=3), Column("pct", "Effect", "number", unit="%", places=2),
               Column("sum", "Running sum", "number", unit="%", places=2)]  # fmt: skip
    rows = [
        Row({"figure": measure_title(one.measure), "base": one.base_kg, "kg": one.effect_kg, "pct": one.effect_pct,
             "sum": one.cumulative_pct})
        for one in candidate.effects
    ]  # fmt: skip
    return Table("effects", "What it does to the base year", columns, rows, note=NOT_ADDED)
