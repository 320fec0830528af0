"""A batch: who did what, when, from which file; its entries, the findings it brought, its file to take along."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.web.entries.correct import REVERSAL_REASONS, taken_back
from ledger.web.explore.parts import SHOWN, pager
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage, saved
from ledger.web.frame.links import entry_link
from ledger.web.frame.tables import Column, Row, Table

if TYPE_CHECKING:
    from ledger.assurance.tracing.batch import BatchRecord

router = APIRouter()
DOWNLOADED = 100_000
_LAST_PAGE = 100_000
_VALUES_SHOWN = 8
_FINDINGS_SHOWN = 50


@router.get("/batch/{number}")
def a_batch(here: InPage, number: str) -> Response:
    """The header of a batch, a page of its entries, and what it brought."""
    page = here.number("page", 1, _LAST_PAGE)
    first, limit = (0, DOWNLOADED) if here.query("as") else ((page - 1) * SHOWN, SHOWN)
    found: BatchRecord = here.book.batch(batch_number(number), first=first, limit=limit)
    header, own = found.header, f"B{found.header['batch_no']}-"
    findings = [one for one in here.read("findings") if one.id.startswith(own)]
    return here.page(
        "entries/batch.html.j2", title=f"Batch {header['batch_no']}", place="explore", header=header, found=found,
        person=here.called(header["actor"]),
        pages=pager(here, page, len(found.entries), more=page * SHOWN < header["entry_count"]),
        findings=findings[:_FINDINGS_SHOWN], more=max(0, len(findings) - _FINDINGS_SHOWN),
        may_reverse=here.may("reversal") and bool(found.tables.get("activity")) and header["kind"] != "reversal",
        reasons=REVERSAL_REASONS, remarks_href=here.link("/review/threads", about=f"B{header['batch_no']}"),
        tables=(_entries_table(here, found),),
    )  # fmt: skip


@router.get("/batch/{number}/file")
def batch_file(here: InPage, number: str) -> Response:
    """The file that a batch came from, as it came; to be kept, never shown as a page of ours."""
    found: BatchRecord = here.book.batch(batch_number(number), limit=1)
    if found.kept_at is None:
        raise Misuse(f"no file of batch {number} is kept", "the page of the batch says where it came from")
    return saved(found.kept_at, found.header["source_name"] or found.kept_at.name)


@router.post("/batch/{number}/reverse")
def reverse(here: InPage, number: str, form: Posted) -> Response:
    """Take a whole batch back by its exact negative."""
    what = f"B{batch_number(number)}"
    done = taken_back(here, what, form)
    said = " ".join(finding.message for finding in done.findings)
    words = f"{done.counts['activities']} rows of {what} are taken back, by batch {done.batch}. {said}"
    return here.go(f"/batch/{batch_number(number)}", words.strip())


def batch_number(text: str) -> int:
    """The number in an address. Raises Misuse for what is none."""
    if not re.fullmatch("[0-9]{1,9}", text):
        raise Misuse(f"'{text[:40]}' is not a batch", "write its number, like 12")
    return int(text)


def _entries_table(here: Here, found: BatchRecord) -> Table:
    columns = (Column("entry", "Entry", "code"), Column("table", "Is"), Column("says", "Says"))
    rows = [
        Row({"entry": entry_link(here, one.entry), "table": one.table.replace("_", " "), "says": _says(one.values)})
        for one in found.entries
    ]
    return Table("entries", "Entries", columns, rows, empty="This batch has no entries.")


_UNSAID = (
    "activity_type", "facility_id", "legal_entity_id", "period_start", "period_end", "quantity", "unit_given",
    "quantity_text", "key_no", "month", "source_line", "kind", "primary_data",
)  # fmt: skip


def _says(values: dict[str, Any]) -> str:
    """The first columns of an entry in a line; of an activity what, where, when and how much."""
    said: list[str] = []
    unsaid: tuple[str, ...] = ()
    if {"activity_type", "period_start", "quantity"} <= values.keys():
        unsaid = _UNSAID
        place = values.get("facility_id") or values.get("legal_entity_id")
        said = [values["activity_type"].replace("_", " "), *([place] if place else [])]
        said.append(f"{values['period_start']} to {values['period_end']}")
        said.append(f"{plain_amount(values['quantity'])} {values['unit_given']}")
    said += [f"{name.replace('_', ' ')} {_value(value)}" for name, value in values.items() if name not in unsaid]
    return ", ".join(said[:_VALUES_SHOWN])


def _value(value: Any) -> str:
    if isinstance(value, Decimal):
        return plain_amount(value)
    return value.isoformat() if isinstance(value, date) else str(value)[:80]
