"""Evidence packs: made in the background into a folder of the app, then taken by whoever asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import FileResponse, Response

from ledger.errors import Misuse
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import InPage
from ledger.web.frame.workshop import Work, workshop

if TYPE_CHECKING:
    from ledger.book.packing import Packed

router = APIRouter()
KIND = "pack"
FORMATS = ("pdf", "xlsx", "html", "json")


@router.post("/review/packs")
def begin(here: InPage, form: Posted) -> Response:
    """Begin the evidence pack of a period."""
    period, view = form.text("of", required="of which period?", most=60), form.text("of_view", most=60) or here.view
    formats = tuple(name for name in FORMATS if name in form.many("formats"))
    if not formats:
        raise Misuse("in which formats?", "tick one at least: " + ", ".join(FORMATS))
    book = here.book

    label = "".join(letter if letter.isalnum() or letter in "-." else "-" for letter in period)

    def run(work: Work) -> Packed:
        return book.pack(period, work.folder / f"evidence-{label}.zip", view=view, formats=formats)

    workshop(here.request).begin(here.person, run, kind=KIND, about=f"{period}, {view.replace('_', ' ')}")
    return here.go("/review/verification", "The pack is being made; it will be offered on this page.")


@router.get("/review/pack/{work_id}/state")
def state(here: InPage, work_id: str) -> Response:
    """Whether a pack is ready, for a page that looks again and again."""
    return here.part("review/pack.html.j2", work=_own(here, work_id))


@router.get("/review/pack/{work_id}")
def pack(here: InPage, work_id: str) -> Response:
    """A pack that is ready, for whoever asked for it alone."""
    made: Packed | None = _own(here, work_id).answer
    if made is None:
        raise Misuse("this pack is not ready", "look at the page of the verification")
    return FileResponse(made.path, media_type="application/zip", filename=made.path.name)


def _own(here: InPage, work_id: str) -> Work:
    work = workshop(here.request).of(work_id, here.person)
    if work.given.get("kind") != KIND:
        raise Misuse("there is no such pack, or no longer", "have it made again; a pack is kept for a day")
    return work
