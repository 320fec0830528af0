"""Putting an entry right: a form of its columns, the reversal with its replacement, and what that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import LedgerError, Misuse, Refused
from ledger.web.frame.forms import Form, Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.rendering import tonnes
from ledger.web.frame.words import page_words
from ledger.web.frame.words_of_files import OTHERWISE
from ledger.web.upload.how import locale_options

if TYPE_CHECKING:
    from ledger.book.results import WriteResult

router = APIRouter()
CORRECTION_REASONS = ("error", "meter", "unit", "wrong_facility", "other")
REVERSAL_REASONS = ("error", "duplicate", "wrong_facility", "withdrawn", "other")
_ALWAYS = ("facility_id", "activity_type", "quantity", "unit", "period_start", "period_end", "data_basis", "supplier")
"""Columns that the form shows whether or not they are filled."""
_NEVER = ("replaces", "reason_code")
"""Columns that the correction fills in itself."""
_PREFIX = "set-"


@router.get("/entry/{entry}/correct")
def correct_form(here: InPage, entry: str) -> Response:
    """The columns of an entry to put right, for whoever may. Raises Refused for others."""
    if not here.may("correction"):
        raise Refused("only preparers correct entries", "ask one of them, or remark on the entry", code="role")
    return _form_page(here, entry, here.book.given(entry), {})


@router.post("/entry/{entry}/correct")
def correct(here: InPage, entry: str, form: Posted) -> Response:
    """Reverse the entry and put its changed copy beside it; what is refused is told beside what was typed."""
    given = here.book.given(entry)
    own = (name for name in given if name not in _NEVER)
    typed = {name: form.text(_PREFIX + name) for name in own if _PREFIX + name in form.data}
    changes = {name: text for name, text in typed.items() if text != given[name]}
    try:
        done = _corrected(here, entry, changes, form)
    except (Refused, Misuse) as fault:
        return _form_page(here, entry, given, typed, fault, form)
    new = here.book.trace(entry).facts.get("replaced_by", [entry])[-1]
    words = f"{entry} is taken back, and {new} stands in its place (batch {done.batch}). {_effect(here, entry, done)}"
    return here.go(f"/entry/{new}", words)


def _corrected(here: Here, entry: str, changes: dict[str, str], form: Form) -> WriteResult:
    reason = form.choice("reason", CORRECTION_REASONS)
    note = form.text("note", required="say why in your words", most=2_000)
    if not changes:
        raise Misuse("no column differs from what is recorded", "change one, or leave the entry as it is")
    return here.book.correct(entry, changes, reason=reason, note=note, locale=form.text("locale") or None)


@router.post("/entry/{entry}/reverse")
def reverse(here: InPage, entry: str, form: Posted) -> Response:
    """Take an entry back by its exact negative."""
    done = taken_back(here, entry, form)
    return here.go(f"/entry/{entry}", f"{entry} is taken back, by batch {done.batch}. {_effect(here, entry, done)}")


def taken_back(here: Here, what: str, form: Form) -> WriteResult:
    """Reverse an entry or a whole batch, with the reason that the form gives."""
    reason = form.choice("reason", REVERSAL_REASONS)
    note = form.text("note", required="say why in your words", most=2_000)
    return here.book.reverse(what, reason=reason, note=note)


def _effect(here: Here, entry: str, done: WriteResult) -> str:
    """What a correction moved in the years of its rows, in words, and what it means for settled periods."""
    messages = [page_words(finding.message) for finding in done.findings]
    said = [message[:1].upper() + message[1:] + "." for message in messages]
    year = str(here.book.trace(entry).facts["period_start"].year)
    differences = {
        one.measure: one for one in here.book.changes(done.batch - 1, period=year, view=here.view).totals[year]
    } if done.batch else {}  # fmt: skip
    for measure, basis in (("total_location", "location-based"), ("total_market", "market-based")):
        one = differences.get(measure)
        if one is not None and one.difference_kg:
            said.append(f"{year} {basis}: {tonnes(one.old_kg, 3)} → {tonnes(one.new_kg, 3)} t CO₂e.")
    return " ".join(said) if said else f"No total of {year} changed."


def _sentence(text: str) -> str:
    return (text[:1].upper() + text[1:]).rstrip(".")


def _form_page(
    here: Here, entry: str, given: dict[str, str], typed: dict[str, str], fault: LedgerError | None = None,
    form: Form | None = None,
) -> Response:  # fmt: skip
    """The form; after a fault with what was typed, and what is wrong with it."""
    from schemas.activity_columns import ACTIVITY_COLUMNS
    from schemas.term_columns import TERM_COLUMNS

    known = {column.name: column for column in (*ACTIVITY_COLUMNS, *TERM_COLUMNS)}
    fields: list[dict[str, Any]] = [
        {"name": _PREFIX + name, "label": name, "value": typed.get(name, text), "hint": known[name].meaning,
         "choices": sorted(known[name].values) if known[name].values else [],
         "shown": name in _ALWAYS or bool(text) or bool(typed.get(name))}
        for name, text in given.items() if name in known and name not in _NEVER
    ]  # fmt: skip
    status = 200 if fault is None else 403 if isinstance(fault, Refused) else 422
    return here.page(
        "entries/correct.html.j2", title=f"Correct {entry}", place="explore", entry=entry, fault=fault, status=status,
        message="" if fault is None else _sentence(str(fault)),
        shown=[one for one in fields if one["shown"]], more=[one for one in fields if not one["shown"]],
        fix="" if fault is None else page_words(fault.fix).replace(f"under {OTHERWISE}", "on this page"),
        locales=locale_options(), reasons=CORRECTION_REASONS, reason=form.text("reason") if form else "error",
        note=form.text("note") if form else "", locale=form.text("locale") if form else "",
        entry_href=here.link(f"/entry/{entry}"),
    )  # fmt: skip
