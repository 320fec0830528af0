"""Upload: hand in files, see what is wrong in words, and accept them in one step."""

from __future__ import annotations

from datetime import date
from typing import Annotated, NoReturn

from fastapi import APIRouter, Depends
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ledger.errors import Misuse, known_word
from ledger.web.frame.forms import Posted, Writing
from ledger.web.frame.here import Here, InPage, download
from ledger.web.frame.sent_files import own_folder
from ledger.web.frame.tables import DOWNLOADS
from ledger.web.upload.files import InReview
from ledger.web.upload.how import how_asked, kind_options, locale_options, pivot_options
from ledger.web.upload.review import Review, Reviews, how_read, wait_for
from ledger.web.upload.tables import (
    accepted_words,
    asks_names,
    asks_otherwise,
    effect_table,
    findings_table,
    first_rows,
    grouped_findings,
    kinds_table,
    settled_words,
    state_words,
    uploads_table,
)
from schemas.kinds import KINDS

router = APIRouter()


def reviews_of(here: Here) -> Reviews:
    """The files in review of this app."""
    site = here.site
    made: Reviews = site.held.get("upload") or site.held.setdefault("upload", Reviews(site.settings.ledger))
    return made


def preparing(asked: Writing) -> Here:
    """Where a request stands of somebody who may upload; asked before a body is read. Raises Refused for others."""
    if not asked.may("upload"):
        asked.book.check_may("upload")
    return asked


Preparer = Annotated[Here, Depends(preparing)]
"""The parameter of a handler for people who may upload."""


@router.get("/upload")
def upload_page(here: InPage) -> Response:
    """Where files are handed in, those in review, and those that were recorded."""
    reviews, mine = reviews_of(here), []
    if here.may("upload"):
        mine = [(one, state_words(reviews.of(one, here.book))) for one in reviews.inbox.of(here.person)]
    table, pages = uploads_table(here)
    return here.page(
        "upload/overview.html.j2", title="Upload", place="upload", mine=mine, tables=(table,), pages=pages,
        kinds=kind_options(), locales=locale_options(), pivots=pivot_options(), how={},
    )  # fmt: skip


@router.post("/upload")
def hand_in(here: Preparer, form: Posted) -> Response:
    """Take files into review and begin their checks; each has a page of its own."""
    files = form.files("files")
    if not files:
        raise Misuse("no file was chosen", "drop one on the field, or choose it; nothing was done")
    how, reviews = how_asked(form), reviews_of(here)
    taken = [reviews.inbox.take(here.person, file.filename or "", file.file, how) for file in files]
    begun = [reviews.check(one, here.book) for one in taken]
    wait_for(*begun)
    if len(begun) == 1:
        return _on(here, here.go(f"/upload/{taken[0].id}"))
    return _on(here, here.go("/upload", f"{len(begun)} files are in review; accept each from its page."))


@router.get("/upload/templates")
def templates_page(here: InPage) -> Response:
    """Every kind of upload: what it is for, what it needs, and an empty workbook."""
    return here.page("upload/templates.html.j2", title="Templates", place="upload", tables=(kinds_table(here),))


@router.get("/upload/template/{kind}")
def template_file(here: InPage, kind: str) -> Response:
    """The empty workbook of a kind, its drop-downs filled with what this ledger knows."""
    known_word("kind of upload", kind, KINDS)
    with own_folder() as folder:
        made = here.book.template(kind, folder / f"{kind}.xlsx").read_bytes()
    return download(made, f"{kind}.xlsx", DOWNLOADS["xlsx"])


@router.get("/upload/sample")
def sample_file(here: InPage) -> Response:
    """A small file of activity data to try with, of this ledger's own facility where it has one."""
    spans, first = here.read("boundary", here.years[0]).spans, date(int(here.years[0]), 1, 1)
    facility = next((span.facility_id for span in spans if span.facility_id and span.start <= first), "")
    country = "" if facility else "GB"
    rows = [
        "external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,country",
        *(f"{number},{facility},{what},{here.years[0]}-01-01,{here.years[0]}-01-31,{basis},{country}"
          for number, what, basis in _SAMPLE),
    ]  # fmt: skip
    return download("\n".join(rows).encode(), "sample_activity.csv", DOWNLOADS["csv"])


_SAMPLE = (
    ("sample-1", "electricity_purchased,12000,kWh", ""), ("sample-2", "natural_gas,5400,kWh", "gross"),
    ("sample-3", "diesel,180,L", ""),
)  # fmt: skip


@router.get("/upload/{number}")
def review_page(here: Preparer, number: str) -> Response:
    """A file in review: what was found in it, what would be recorded, and what to do."""
    ended = reviews_of(here).ended(here.person, number)
    if ended is not None:
        return _to_batch(here, ended)
    review = review_here(here, number)
    if review.works:
        return here.page("upload/doing.html.j2", title=review.file.name, place="upload", review=review)
    effect, (findings, pages) = effect_table(review), findings_table(here, review)
    tables = (findings, *((effect,) if effect else ()))
    return here.page(
        "upload/review.html.j2", title=review.file.name, place="upload", review=review, result=review.result,
        groups=grouped_findings(review), pages=pages, first=first_rows(review), tables=tables,
        kinds=kind_options(), locales=locale_options(), pivots=pivot_options(), how=review.file.how,
        effect=effect, summary=state_words(review), opened=asks_otherwise(review), asks_names=asks_names(review),
        settled=settled_words(review.result),
    )  # fmt: skip


@router.get("/upload/{number}/state")
def review_state(here: Preparer, number: str) -> Response:
    """How far the work on a file is, for its page; which loads anew when it ended."""
    ended = reviews_of(here).ended(here.person, number)
    review = ended or review_here(here, number)
    if review.works:
        return here.part("upload/doing_part.html.j2", review=review)
    return Response(headers={"HX-Redirect": here.link(f"/upload/{number}")})


@router.post("/upload/{number}/accept")
def accept(here: Preparer, form: Posted, number: str) -> Response:  # noqa: ARG001 — a form of this session is asked for
    """Record a file that was checked; leads to its batch."""
    ended = reviews_of(here).ended(here.person, number)
    if ended is not None:
        return _to_batch(here, ended)
    review = review_here(here, number)
    if review.result is None or review.result.status not in {"checked", "already_recorded"}:
        raise Misuse(f"the file {review.file.name} has not passed its check", "see what was found, and mend it first")
    reviews_of(here).accept(review, here.book)
    wait_for(review)
    return _to_batch(here, review) if review.doing == "accepted" else here.go(f"/upload/{number}")


@router.post("/upload/{number}/again")
def check_again(here: Preparer, form: Posted, number: str) -> Response:
    """Check a file anew; read otherwise where the form says so."""
    reviews, file = reviews_of(here), file_here(here, number)
    wait_for(held := reviews.of(file, here.book))
    if held.works:
        raise Misuse(f"the file {file.name} is being worked on", "wait a moment, then send the form again")
    if form.is_set("otherwise"):
        kept = {name: value for name, value in file.how.items() if name in {"remembered", "as_it_is"}}
        file = reviews.inbox.read_so(file, kept | how_asked(form))
    wait_for(reviews.check(file, here.book))
    return here.go(f"/upload/{number}")


@router.post("/upload/{number}/replace")
def replace_file(here: Preparer, form: Posted, number: str) -> Response:
    """Take a corrected file in place of one in review; it is read in the same way."""
    reviews, earlier = reviews_of(here), file_here(here, number)
    file = form.needed_file("files", "no file was chosen")
    made = reviews.inbox.take(here.person, file.filename or "", file.file, earlier.how)
    mapping = earlier.mapping
    if mapping.exists():
        reviews.inbox.keep_beside(made, mapping)
    reviews.discard(earlier)
    wait_for(reviews.check(made, here.book))
    return _on(here, here.go(f"/upload/{made.id}"))


@router.post("/upload/{number}/discard")
def discard(here: Preparer, form: Posted, number: str) -> Response:  # noqa: ARG001 — a form of this session is asked for
    """Remove a file from review; nothing of it was recorded."""
    file = file_here(here, number)
    reviews_of(here).discard(file)
    return here.go("/upload", f"{file.name} was discarded; nothing of it was recorded.")


@router.get("/upload/{number}/marked")
def marked_file(here: Preparer, number: str) -> Response:
    """The file handed back as a workbook with its faults marked."""
    result = review_here(here, number).result
    if result is None or result.marked is None or not result.marked.exists():
        _not_found()
    return download(result.marked.read_bytes(), result.marked.name, DOWNLOADS["xlsx"])


@router.get("/upload/{number}/unknown")
def unknown_file(here: Preparer, number: str) -> Response:
    """A workbook of the facilities, entities and contracts that a file names and the ledger lacks, to be filled in."""
    review = review_here(here, number)
    with own_folder() as folder:
        target = folder / "to_fill_in.xlsx"
        here.book.upload(review.file.path, propose=target, **how_read(review.file))
        return download(target.read_bytes(), target.name, DOWNLOADS["xlsx"])


def file_here(here: Here, number: str) -> InReview:
    """A file in review of this person; anybody else's is not there."""
    return reviews_of(here).inbox.get(here.person, number) or _not_found()


def review_here(here: Here, number: str) -> Review:
    """The review of a file of this person; its check is begun where the app was started since."""
    return reviews_of(here).of(file_here(here, number), here.book)


def _not_found() -> NoReturn:
    raise HTTPException(404)


def _to_batch(here: Here, review: Review) -> Response:
    """On to the batch that an accepted file became, with words of what it brought."""
    result = review.result
    if result is None or result.batch is None:
        return here.go("/upload", f"{review.file.name}: everything in it is in the ledger already; nothing was added.")
    for words in settled_words(result):
        here.session.tell(words, "attention")
    return here.go(f"/batch/{result.batch}", accepted_words(result))


def _on(here: Here, answer: Response) -> Response:
    """The way to the next page, said so that a form sent by script follows it as a whole page."""
    if here.request.headers.get("hx-request") == "true":
        return Response(headers={"HX-Redirect": answer.headers["location"]})
    return answer
