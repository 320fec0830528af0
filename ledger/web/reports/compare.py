"""Two reports side by side: each figure with its difference, and the causes that add up to it."""

from __future__ import annotations

import re
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.disclosure.comparison.document import COMPARE_FORMATS, lead
from ledger.errors import Misuse
from ledger.plain import visible
from ledger.web.frame.here import VIEWS, Here, InPage, download
from ledger.web.frame.tables import MEDIA
from ledger.web.frame.workshop import Work, waited_for, workshop
from ledger.web.reports.making import FORM_WORDS
from ledger.web.reports.words import causes_table, compared_table, energy_table

router = APIRouter()
_NAMED = re.compile(r"B[0-9]{1,9}(-[0-9]{1,9})?|[A-Za-z0-9]+[A-Za-z0-9-]*(\.\.[0-9-]+)?(/[a-z0-9_]+)?(@[0-9]{1,9})?")
"""An issued report, or a period with a view and a size: nothing else of this machine is opened by a name."""


@router.get("/reports/compare")
def compare(here: InPage) -> Response:
    """The form, and what makes two reports differ."""
    a, b = here.query("a"), here.query("b")
    compared = _compared(here, a, b) if a and b else None
    issued = here.read("issued_reports")
    tables = []
    if compared is not None:
        tables = [compared_table(compared), energy_table(compared), causes_table(compared, here.names)]
    return here.page(
        "reports/compare.html.j2", title="Compare two reports", place="reports", a=a, b=b, compared=compared,
        lead="" if compared is None else lead(compared), tables=tables, seen=here.query("view"), views=VIEWS,
        named=[one.row.entry for one in issued], forms=COMPARE_FORMATS, form_words=FORM_WORDS,
        size=here.read("checkpoint").size,
    )  # fmt: skip


@router.get("/reports/compare/{form}")
def compared_file(here: InPage, form: str) -> Response:
    """The comparison as a file."""
    a, b = _checked(here.query("a")), _checked(here.query("b"))
    if form not in COMPARE_FORMATS:
        raise Misuse(f"there is no format '{visible(form)[:20]}'", "take one of: " + ", ".join(COMPARE_FORMATS))
    view, book = _view(here), here.book

    def made(work: Work) -> Any:
        return book.compare_report_files(a, b, view=view, formats=(form,), folder=work.folder)

    key = ("compare", a, b, view, form, here.read("checkpoint").size)
    work = waited_for(workshop(here.request).begin(here.person, made, shared=True, key=key))
    path = work.answer[form]
    return download(path.read_bytes(), path.name, MEDIA[form])


def _compared(here: Here, a: str, b: str) -> Any:
    return here.read("compare_reports", _checked(a), _checked(b), view=_view(here))


def _view(here: Here) -> str | None:
    return here.view if here.query("view") else None


def _checked(named: str) -> str:
    """The name of a side. Raises Misuse for one that is neither an issued report nor a period."""
    if not _NAMED.fullmatch(named):
        raise Misuse(
            f"'{visible(named)[:40]}' names no report",
            "name an issued report (B52-1), 2026-Q3@12 (the ledger at 12 batches), 2026-Q3/equity_share@12, or 2026-Q3",
        )
    return named
