"""What was issued: each report with its state, its inputs and its files as they were handed out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ledger.disclosure.documents.files import format_of
from ledger.disclosure.kinds import kinds
from ledger.web.frame.here import Here, InPage, download
from ledger.web.frame.tables import MEDIA
from ledger.web.frame.workshop import Work, waited_for, workshop
from ledger.web.reports.making import FORM_WORDS, title_of, zipped
from ledger.web.reports.words import BECAME, issued_table, moved_table

if TYPE_CHECKING:
    from ledger.book.issued import IssuedState

router = APIRouter()


@router.get("/reports/issued")
def issued(here: InPage) -> Response:
    """What was issued, of every period."""
    told = here.read("issued_reports")
    return here.page(
        "reports/issued.html.j2", title="Issued reports", place="reports",
        tables=[issued_table(here, told)], any_issued=bool(told),
    )  # fmt: skip


@router.get("/reports/issued/{entry}")
def issued_report(here: InPage, entry: str) -> Response:
    """One issued report."""
    one = _of(here, entry)
    files = [
        (FORM_WORDS.get(form := format_of(name), form), form, name, sha256) for name, sha256 in one.row.files.items()
    ]
    kind = one.row.report
    name = title_of(kind, one.row.period) if kind in kinds() else kind
    return here.page(
        "reports/issued_one.html.j2", title=f"{kind} {one.row.period.label}, {entry}", place="reports", one=one,
        name=name, by=here.called(one.row.person),
        files=files, became=BECAME[one.state], inputs=_flat(one.row.inputs or {}), tables=[moved_table(one)],
    )  # fmt: skip


@router.get("/reports/issued/{entry}/{form}")
def issued_file(here: InPage, entry: str, form: str) -> Response:
    """A file of an issued report out of evidence, as it was handed out; `zip` for all of them."""
    _of(here, entry)
    book = here.book

    def taken(work: Work) -> Any:
        return book.issued_files(entry, folder=work.folder)

    work = waited_for(workshop(here.request).begin(here.person, taken, shared=True, key=("issued", entry)))
    if form == "zip":
        return download(zipped(work.answer), f"issued-{entry}.zip", MEDIA["zip"])
    if form not in work.answer:
        raise HTTPException(404)
    path = work.answer[form]
    return download(path.read_bytes(), path.name, MEDIA.get(form, "application/octet-stream"))


def _of(here: Here, entry: str) -> IssuedState:
    found: IssuedState | None = next((one for one in here.read("issued_reports") if one.row.entry == entry), None)
    if found is None:
        raise HTTPException(404)
    return found


def _flat(inputs: dict[str, Any], within: str = "") -> list[tuple[str, str]]:
    """The inputs as lines of a name and what it was; lists are numbered."""
    made: list[tuple[str, str]] = []
    for name, value in inputs.items():
        own = f"{within}{name}".replace("_", " ")
        if isinstance(value, dict):
            made += _flat(value, f"{own} · ")
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for place, part in enumerate(value, 1):
                made += _flat(part, f"{own} {place} · ")
        else:
            made.append((own, ", ".join(map(str, value)) if isinstance(value, list) else _said(value)))
    return made


def _said(value: Any) -> str:
    return "—" if value in (None, "") else str(value)
