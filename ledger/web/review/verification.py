"""Verification: whether the ledger holds, told in words; a button that recomputes it, looked at while it runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.book import Ledger
from ledger.errors import Finding
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage, Site
from ledger.web.frame.links import entry_link
from ledger.web.frame.paging import paged
from ledger.web.frame.tables import Column, Row, Table
from ledger.web.frame.words import page_words
from ledger.web.frame.workshop import Work, workshop
from ledger.web.review.checkpoints import keys_table
from ledger.web.review.parts import sent_checkpoint

if TYPE_CHECKING:
    from ledger.assurance.verification import Verification

router = APIRouter()
KEY = "verification"


@router.get("/review/verification")
def verification(here: InPage) -> Response:
    """Whether the ledger was verified, what came of it, and what an auditor takes along."""
    shop = workshop(here.request)
    work, size = shop.under(KEY), here.read("checkpoint").size
    outcome: Verification | None = None if work is None or work.running else work.answer
    table, pages = paged(here, _faults(here, () if outcome is None else outcome.findings))
    return here.page(
        "review/verification.html.j2", title="Verification", place="review", tab="verification", work=work,
        outcome=outcome, pages=pages, point=here.read("checkpoint"), looked=here.site.verified.get(size),
        may_run=not here.site.settings.read_only, packs=shop.own(here.person, "pack"), tables=(table, keys_table(here)),
    )  # fmt: skip


@router.get("/review/verification/state")
def state(here: InPage) -> Response:
    """How far it is, for a page that looks again and again; once it is over, the page is loaded anew."""
    work = workshop(here.request).under(KEY)
    answer = here.part("review/running.html.j2", work=work)
    if work is None or not work.running:
        answer.headers["HX-Refresh"] = "true"
    return answer


@router.post("/review/verification")
def verify(here: InPage, form: Posted) -> Response:
    """Begin a verification; of a checkpoint that was kept outside too, where one is sent. One runs at a time."""
    kept = sent_checkpoint(form)
    shop, site, book = workshop(here.request), here.site, here.book
    before = shop.under(KEY)
    if before is not None and before.running:
        return here.go("/review/verification", "A verification is running already; this is it.", "attention")
    if before is not None:
        shop.drop(before)

    def run(work: Work) -> Verification:
        file = None if kept is None else work.folder / "your checkpoint"
        if file is not None and kept is not None:
            file.write_bytes(kept)
        return verified(site, book, file)

    shop.begin(here.person, run, shared=True, key=KEY, against=kept is not None)
    return here.go("/review/verification", "The verification has begun; you can leave this page.")


def verified(site: Site, book: Ledger, kept: Path | None) -> Verification:
    """Verify the ledger and note for every page whether it holds at its size."""
    told = book.verify(checkpoint=kept)
    if kept is None or told.ok:
        site.verified[told.size] = (datetime.now(UTC), told.ok)
    return told


def _faults(here: Here, findings: Sequence[Finding]) -> Table:
    columns = [
        Column("severity", "Kind"), Column("message", "What is wrong"), Column("entry", "Where", "code"),
        Column("file", "File"), Column("fix", "What to do"), Column("code", "Code", "code"),
    ]  # fmt: skip
    rows = [
        Row({"severity": one.severity, "message": one.message, "entry": entry_link(here, one.entry),
             "file": one.file, "fix": page_words(one.fix), "code": one.code}, _LOOKS.get(one.severity, ""))
        for one in findings
    ]  # fmt: skip
    return Table("faults", "What was found", columns, rows, empty="Nothing was found.")


_LOOKS: dict[str, Any] = {"error": "wrong", "warning": "attention"}
