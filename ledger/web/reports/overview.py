"""Reports: every kind that there is, made for the period, seen in the page, taken along, and issued."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.book.issued import APPROVED
from ledger.disclosure.requirements.rule_sets import rule_sets
from ledger.disclosure.statement.layout import layouts
from ledger.errors import Misuse
from ledger.shipped import languages
from ledger.web.frame.forms import Posted, Signed
from ledger.web.frame.here import Here, InPage, download
from ledger.web.frame.tables import MEDIA
from ledger.web.frame.workshop import Work, workshop
from ledger.web.reports.making import (
    FORM_WORDS,
    PAPERS,
    PURPOSES,
    Wish,
    begin_making,
    checked_kind,
    forms_of,
    listed_kinds,
    making,
    narrative_of,
    title_of,
    view_of,
    wish_of,
    zipped,
)
from ledger.web.reports.words import index_table

router = APIRouter()

FRAMED = (
    "default-src 'none'; style-src 'unsafe-inline'; font-src data:; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
"""The policy of a preview: a page complete in itself, that runs nothing, and stands in pages of this app alone."""
_ISSUED_FORMS = ("pdf", "xlsx", "html")
_LANGUAGES = {"en": "English", "de": "German"}


@router.get("/reports")
def reports(here: InPage) -> Response:
    """Every kind of report, for the period."""
    now = here.read("inventory", here.period, view=here.view)
    listed = []
    for kind in listed_kinds():
        wish = wish_of(here, kind)
        listed.append({
            "kind": kind, "title": title_of(kind, now.period), "purpose": PURPOSES.get(kind, ""),
            "view": view_of(here, wish), "work": making(here, wish), "rule_sets": _rules(kind), "forms": forms_of(kind),
        })  # fmt: skip
    issued = here.read("issued_reports", here.period)
    return here.page(
        "reports/overview.html.j2", title="Reports", place="reports", now=now, listed=listed, issued=len(issued),
    )  # fmt: skip


@router.get("/reports/texts")
def texts(here: InPage) -> Response:
    """An empty file of the texts that people give, with its questions."""
    language = here.query("language", "en")
    if language not in languages():
        raise Misuse(f"there is no language '{language[:20]}'", "take one of: " + ", ".join(languages()))
    return download(here.book.narrative_template(language).encode(), "disclosure.toml", "application/toml")


@router.get("/reports/{kind}")
def report(here: InPage, kind: str) -> Response:
    """A kind of report: its options, and what was made with them."""
    wish = wish_of(here, checked_kind(kind))
    work = begin_making(here, wish).seen() if here.query("make") else making(here, wish)
    now = here.read("inventory", wish.period, view=view_of(here, wish), at=wish.at)
    brought = workshop(here.request).of(wish.texts, here.person) if wish.texts else None
    return here.page(
        "reports/kind.html.j2", title=title_of(kind, now.period), place="reports", kind=kind,
        purpose=PURPOSES.get(kind, ""),
        wish=wish, work=work, now=now, forms=forms_of(kind), form_words=FORM_WORDS, papers=PAPERS, brought=brought,
        languages=_languages(), rule_sets=_rules(kind), may_issue=here.may("issue"), approved=now.status in APPROVED,
        size=here.read("checkpoint").size, is_statement=kind in layouts(), issue_forms=_ISSUED_FORMS,
    )  # fmt: skip


@router.get("/reports/{kind}/preview")
def preview(here: InPage, kind: str) -> Response:
    """The page of a report, for a frame in ours."""
    work = _finished(here, wish_of(here, checked_kind(kind)), "html")
    headers = {
        "content-security-policy": FRAMED, "x-frame-options": "SAMEORIGIN", "cross-origin-opener-policy": "unsafe-none",
    }  # fmt: skip
    return Response(work.made["html"].read_bytes(), media_type="text/html; charset=utf-8", headers=headers)


@router.get("/reports/{kind}/file/{form}")
def made_file(here: InPage, kind: str, form: str) -> Response:
    """A file of a report; `zip` for all that were made."""
    wish = wish_of(here, checked_kind(kind))
    if form == "zip":
        work = _finished(here, wish)
        name = work.made["html"].with_suffix(".zip").name
        return download(zipped(work.made), name, MEDIA["zip"])
    work = _finished(here, wish, form)
    return download(work.made[form].read_bytes(), work.made[form].name, MEDIA[form])


@router.get("/reports/{kind}/requirements")
def requirements(here: InPage, kind: str) -> Response:
    """What the standards of a kind ask, and what is missing."""
    wish = wish_of(here, checked_kind(kind))
    if wish.texts:
        brought = workshop(here.request).of(wish.texts, here.person)
        indexes = here.book.content_indexes(
            kind, period=wish.period, view=wish.view, at=wish.at, narrative=narrative_of(here, wish)
        )
    else:
        brought = None
        indexes = here.read("content_indexes", kind, period=wish.period, view=wish.view, at=wish.at)
    only_open = bool(here.query("open"))
    return here.page(
        "reports/requirements.html.j2", title=f"What is asked: {title_of(kind, here.of)}", place="reports", kind=kind,
        name=title_of(kind, here.of), wish=wish, indexes=indexes, only_open=only_open, brought=brought,
        tables=[index_table(index, only_open=only_open) for index in indexes],
    )  # fmt: skip


@router.post("/reports/{kind}/texts")
def bring_texts(here: InPage, form: Signed, kind: str) -> Response:
    """Take the texts of people for a statement; they are read, and kept for a day."""
    wish, book = wish_of(here, checked_kind(kind)), here.book
    if kind not in layouts():
        raise Misuse("the quarterly report holds no texts of people", "make a statement: " + ", ".join(layouts()))
    file = form.needed_file("texts", "no file was chosen")
    if (file.size or 0) > 2**20:
        raise Misuse("the file is larger than texts may be (1 MB)", "keep texts to a few pages")

    def read(work: Work) -> Any:
        return book.content_indexes(kind, period=wish.period, view=wish.view, at=wish.at, narrative=work.files[0])

    work = workshop(here.request).begin(here.person, read, files=[file], what="texts")
    work.finished.wait(10)
    if work.fault is not None:
        raise work.fault
    options = wish.options | {"texts": work.id, "at": ""}
    return here.go(f"/reports/{kind}", "The texts were read; they go into what is made from here.", **options)


@router.post("/reports/{kind}/issue")
def issue(here: InPage, form: Posted, kind: str) -> Response:
    """Hand a report out: reviewers, of an approved period, with a note for the record."""
    here.book.check_may("issue")
    wish, book = wish_of(here, checked_kind(kind)), here.book
    note = form.text("note", most=1_000)
    wanted = tuple(one for one in form.many("formats") if one in forms_of(kind)) or _ISSUED_FORMS
    narrative = narrative_of(here, wish)

    def handed_out(work: Work) -> Any:
        return book.issue_report(
            kind, period=wish.period, view=wish.view, paper=wish.paper, language=wish.language or None,
            narrative=narrative, formats=wanted, folder=work.folder, reason=note or None,
        )  # fmt: skip

    work = workshop(here.request).begin(here.person, handed_out, what="issue", kind=kind)
    work.finished.wait(1 if here.may("issue") else 10)  # whoever may not is told so at once
    if work.fault is not None:
        raise work.fault
    return here.go(f"/reports/work/{work.id}")


@router.get("/reports/work/{work_id}")
def issuing(here: InPage, work_id: str) -> Response:
    """How an issue goes; then what was issued."""
    work = workshop(here.request).of(work_id, here.person)
    if work.given.get("what") != "issue":
        raise Misuse("this is no issue of a report", "go back to the reports")
    return here.page("reports/issuing.html.j2", title="Issuing", place="reports", work=work, done=work.answer,
                     kind=work.given["kind"], name=title_of(work.given["kind"]))  # fmt: skip


def _finished(here: Here, wish: Wish, form: str = "") -> Work:
    """The work on a wish, with its files; one form needs to be there, or all of it finished. Raises Misuse else."""
    work = making(here, wish)
    page = "make it on its page; it takes some seconds"
    if work is None:
        raise Misuse("this report is not made, or no longer kept", page)
    if work.fault is not None:
        raise work.fault
    if form in work.faults:
        raise work.faults[form]
    if (form and form not in work.made) or (not form and work.running):
        raise Misuse(f"{form or 'all of it'} is not made{' yet' if work.running else ''}", page)
    return work


def _rules(kind: str) -> list[Any]:
    return [rule_sets()[name] for name in layouts()[kind].rule_sets] if kind in layouts() else []


def _languages() -> list[tuple[str, str]]:
    return [("", "the company's own"), *((code, _LANGUAGES.get(code, code)) for code in languages())]
