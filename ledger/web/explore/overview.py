"""Explore: the inventory of a period and view, cut as one likes, each number a link to what it is made of."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from ledger.web.explore.parts import lines_link, size_asked, tabs
from ledger.web.explore.tables import (
    BY,
    compared,
    cut_drawn,
    cut_table,
    energy_table,
    gas_table,
    inventory_table,
    outside_table,
)
from ledger.web.frame.here import VIEWS, Here, InPage
from ledger.web.frame.year_before import year_before

if TYPE_CHECKING:
    from ledger.inventory import Inventory

router = APIRouter()

_ENTRY = re.compile(r"[Bb](\d{1,9})-(\d{1,9})")
_BATCH = re.compile(r"(?:[Bb]|[Bb]atch\s*)?(\d{1,9})")


@router.get("/explore")
def explore(here: InPage) -> Response:
    """The inventory, and where a search leads."""
    if sought := here.query("q"):
        return RedirectResponse(found(here, sought), 303)
    at = size_asked(here)
    now = here.read("inventory", here.period, view=here.view, **at)
    before, is_part = year_before(here.read, now.period, here.view, **at)
    by, tag = here.query("by", "facility"), here.query("tag")
    asked = f"tag:{tag}" if by == "tag" else by
    cut = here.read("breakdown", here.period, asked, view=here.view, **at)
    held = _held(now)
    return here.page(
        "explore/overview.html.j2", title="Explore", place="explore", tabs=tabs(here, "inventory"), now=now,
        before=before, by=by, tag=tag, cuts=BY, views=VIEWS, at=here.query("at"), held=held,
        chart=cut_drawn(here, by, cut),
        tables=(
            compared(inventory_table(here, now, before), before, is_part), cut_table(here, now, asked, cut),
            gas_table(here, now), compared(energy_table(here, now, before), before, is_part),
            outside_table(here, now, before),
        ),
    )  # fmt: skip


def _held(now: Inventory) -> bool:
    """Whether the period has any activity at all."""
    return now.total_location is not None or bool(now.not_quantified)


def found(here: Here, sought: str) -> str:
    """Where a search leads: to an entry, a batch, a figure, an instrument, a facility, a type; else to its lines."""
    if entry := _ENTRY.fullmatch(sought):
        return here.link(f"/entry/B{entry[1]}-{entry[2]}")
    if batch := _BATCH.fullmatch(sought):
        return here.link(f"/batch/{batch[1]}")
    if "@" in sought and sought.count("/") >= 2:
        return here.link(f"/explore/figure/{sought}")
    if instrument := here.book.instrument_entry(sought):
        return here.link(f"/entry/{instrument}")
    facility = _facility(here, sought)
    if facility is not None:
        return lines_link(here, facility=facility)
    code = re.sub(r"[\s-]+", "_", sought.lower())
    types = here.read("breakdown", here.period, "activity_type", view=here.view)
    if any(line["activity_type"] == code for line in types):
        return lines_link(here, activity_type=code)
    return lines_link(here, words=sought)


def _facility(here: Here, sought: str) -> str | None:
    """The id of the facility that is called so, by id or name; None of no such."""
    word = sought.casefold()
    for span in here.read("boundary", here.period, view=here.view).spans:
        if span.facility_id is not None and word in {span.facility_id.casefold(), span.name.casefold()}:
            return str(span.facility_id)
    return None
