"""Is this file ours, and unchanged? A file of a report is held against what is on record."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.web.frame.forms import Signed
from ledger.web.frame.here import InPage
from ledger.web.frame.sent_files import plain_name
from ledger.web.frame.workshop import Work, workshop
from ledger.web.reports.words import BECAME, differences_table

router = APIRouter()
_MOST_FILES = 10
_LARGEST = 512 * 2**20  # bytes, of all files together


@router.get("/reports/check")
def check(here: InPage) -> Response:
    """The form that takes files of reports."""
    return here.page("reports/check.html.j2", title="Check a file", place="reports", work=None, checked=(), became={})


@router.post("/reports/check")
def begin_check(here: InPage, form: Signed) -> Response:
    """Hold files against the ledger; nothing of them is kept."""
    files = form.files("files")
    if not files:
        raise Misuse("no file was chosen", "choose the file of a report: PDF, XLSX, HTML or JSON")
    if len(files) > _MOST_FILES:
        raise Misuse(f"{len(files)} files came at once", f"check at most {_MOST_FILES} together")
    if sum(one.size or 0 for one in files) > _LARGEST:
        raise Misuse("the files are larger than reports are (512 MB together)", "check fewer, or smaller ones")
    texts, book = form.file("texts"), here.book

    def held_against(work: Work) -> Any:
        reports, narrative = work.files[: len(files)], work.files[len(files) :]
        try:
            return book.check_reports(*reports, narrative=narrative[0] if narrative else None)
        finally:
            for file in work.files:  # nothing of them is kept
                file.unlink(missing_ok=True)

    work = workshop(here.request).begin(
        here.person, held_against, files=[*files, *([texts] if texts else [])], what="check",
        names=[plain_name(one.filename or "") for one in files],
    )  # fmt: skip
    work.finished.wait(1)
    return here.go(f"/reports/check/{work.id}")


@router.get("/reports/check/{work_id}")
def checked(here: InPage, work_id: str) -> Response:
    """What files turned out to be."""
    work = workshop(here.request).of(work_id, here.person)
    if work.given.get("what") != "check":
        raise Misuse("this is no check of a report", "choose a file on the page Check a file")
    told = () if work.running or work.fault is not None else work.answer
    tables = [differences_table(place, one) for place, one in enumerate(told, 1) if one.differences]
    return here.page(
        "reports/check.html.j2", title="Check a file", place="reports", work=work, checked=told, became=BECAME,
        tables=tables,
    )  # fmt: skip
