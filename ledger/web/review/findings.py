"""Findings on record: what is open and what became of the rest, largest first, and the page on which one is settled."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.inventory.coverage.findings import STATES
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import entry_link
from ledger.web.frame.paging import paged
from ledger.web.frame.tables import Column, Linked, Row, Table
from ledger.web.frame.words import page_words

if TYPE_CHECKING:
    from ledger.inventory.coverage.findings import BookFinding

router = APIRouter()
_SHOWS = ("open", "settled", "all")


@router.get("/review/findings")
def findings(here: InPage) -> Response:
    """The findings about days of the period, by their effect."""
    found: tuple[BookFinding, ...] = here.read("findings", here.period)
    show, severity, code = here.query("show", "open"), here.query("severity"), here.query("code")
    if show not in _SHOWS:
        raise Misuse("'show' in the address is none of its words", "take one of: " + ", ".join(_SHOWS))
    kept = [one for one in found if show == "all" or one.is_open == (show == "open")]
    kept = [one for one in kept if severity in ("", one.severity) and code in ("", one.code)]
    table, pages = paged(here, _table(here, sorted(kept, key=_by_effect)))
    return here.page(
        "review/findings.html.j2", title="Findings", place="review", tab="findings", pages=pages, show=show,
        severity=severity, code=code, severities=sorted({one.severity for one in found}),
        codes=sorted({one.code for one in found}), shows=_SHOWS, of=here.of, tables=(table,),
        may_record=here.may("finding"),
    )  # fmt: skip


@router.post("/review/findings/record")
def record(here: InPage, form: Posted) -> Response:
    """Put the warnings of a period's completeness on record, so that they can be settled."""
    period = form.text("of", required="of which period?", most=60)
    done = here.book.record_completeness(period)
    words = f"Warnings of {period} put on record: {done.counts['findings']}, batch B{done.batch}."
    if done.batch is None:
        words = f"Every warning on the completeness of {period} is on record already."
    return here.go("/review/findings", words, period=period)


@router.get("/review/finding/{finding_id}")
def finding(here: InPage, finding_id: str) -> Response:
    """One finding: what is wrong, where, what it would change, and what became of it."""
    one = _named(here, finding_id)
    threads = here.read("threads", about=one.id)
    return here.page(
        "review/finding.html.j2", title=f"Finding {one.id}", place="review", tab="findings",
        one=replace(one, fix=page_words(one.fix)),
        entry=entry_link(here, one.entry), other=entry_link(here, one.other_entry), person=here.called(one.actor),
        threads=threads, may=here.may("review"),
    )  # fmt: skip


@router.post("/review/finding/{finding_id}")
def settle(here: InPage, form: Posted, finding_id: str) -> Response:
    """Say what became of a finding."""
    state = form.choice("state", STATES)
    one = _named(here, finding_id)
    done = here.book.resolve(one.id, note=form.text("note"), state=state)
    words = f"{one.id} is {state}." if done.batch else f"{one.id} is {state} already; nothing was written."
    return here.go(f"/review/finding/{one.id}", words)


def _named(here: Here, finding_id: str) -> BookFinding:
    everything: tuple[BookFinding, ...] = here.read("findings")
    one = next((one for one in everything if one.id == finding_id), None)
    if one is None:
        raise Misuse("there is no such finding on record", "take one of the list of findings")
    return one


def _by_effect(one: BookFinding) -> tuple[int, Decimal, str]:
    """The open ones first, then those that would change most, kg CO2e."""
    return (not one.is_open, -(abs(one.effect_kg) if one.effect_kg is not None else Decimal(-1)), one.id)


def _where(one: BookFinding) -> str:
    parts = [one.file or "", f"sheet {one.sheet}" if one.sheet else "", f"line {one.line}" if one.line else "",
             f"column {one.column}" if one.column else ""]  # fmt: skip
    return ", ".join(part for part in parts if part)


def _table(here: Here, found: list[BookFinding]) -> Table:
    columns = [
        Column("id", "Finding", "code"), Column("severity", "Kind"), Column("message", "What is wrong"),
        Column("where", "Where"), Column("value", "Value"), Column("entry", "Entry", "code"),
        Column("effect", "Would change", "tonnes", places=3), Column("state", "State"), Column("note", "Note"),
        Column("code", "Code", "code"),
    ]  # fmt: skip
    rows = [
        Row({"id": Linked(one.id, here.link(f"/review/finding/{one.id}")), "severity": one.severity,
             "message": one.message, "where": _where(one), "value": one.value, "entry": entry_link(here, one.entry),
             "effect": one.effect_kg, "state": one.state, "note": one.note, "code": one.code},
            "attention" if one.is_open else "")
        for one in found
    ]  # fmt: skip
    return Table("findings", "Findings", columns, rows, empty="There are none of these about days of the period.")
