"""A publisher's file of factors: brought, looked at with its effect, and only then published; and the recalculation."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from ledger.intake.publishers.reading import KINDS
from ledger.web.factors.words import effect_tables
from ledger.web.frame.forms import Posted, Signed
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.workshop import Work, workshop

router = APIRouter()
_KIND_WORDS = {
    "desnz": "UK Government flat file", "epa_hub": "US EPA Emission Factors Hub", "egrid": "US EPA eGRID",
    "aib": "European residual mixes (AIB)", "green_e": "Green-e residual mixes",
    "country_grid": "countries under a licence of yours", "electricity_maps": "Electricity Maps, by year or by hour",
    "spend_table": "sectors by money: CEDA, EXIOBASE, EPA, or a table of your own",
}  # fmt: skip


@router.get("/factors/import")
def form_to_import(here: InPage) -> Response:
    """The form that takes a file."""
    return _page(here, None)


@router.post("/factors/import")
def bring(here: InPage, form: Signed) -> Response:
    """Read a file and say what it would change; nothing is written."""
    file = form.needed_file("file", "no file was chosen")
    named = _named(form.choice("kind", ("", *KINDS)), form.text("edition", most=40), form.text("erratum", most=1_000))
    book = here.book

    def looked_at(work: Work) -> Any:
        return book.import_factors(work.files[0], check=True, **named)

    work = workshop(here.request).begin(
        here.person, looked_at, files=[file], what="import", named=named
    )
    work.finished.wait(2)
    return here.go(f"/factors/import/{work.id}")


@router.get("/factors/import/{work_id}")
def brought(here: InPage, work_id: str) -> Response:
    """What a file holds, and what it would change."""
    return _page(here, _own(here, work_id))


@router.post("/factors/import/{work_id}/publish")
def publish(here: InPage, form: Posted, work_id: str) -> Response:
    """Publish what a file holds, as it was looked at."""
    work = _own(here, work_id)
    named = work.given["named"] | {"erratum": form.text("erratum", most=1_000) or work.given["named"]["erratum"]}
    done = here.book.import_factors(work.files[0], **named)
    if done.status == "refused":
        return here.go(f"/factors/import/{work_id}", "The file is refused; nothing was recorded.", "wrong")
    workshop(here.request).drop(work)
    what = f"{done.factors} factors" if done.factors else f"{done.intervals} intervals"
    verb = "had been recorded already" if done.status == "already_recorded" else "are recorded"
    where = f"/factors/dataset/{done.dataset}" if done.dataset else "/factors/datasets"
    batch = f" as batch {done.batch}" if done.batch else ""
    return here.go(where, f"{what} {verb}{batch}. Figures change with the next recalculation.")


@router.get("/factors/recalculation")
def recalculation(here: InPage) -> Response:
    """What a recalculation would change, every cause together; and the form that accepts it."""
    book, size = here.book, here.read("checkpoint").size

    def computed(_: Work) -> Any:
        return book.calculation_effect()

    work = workshop(here.request).begin(here.person, computed, shared=True, key=("recalculation", size)).seen(2)
    done = not work.running and work.fault is None
    return here.page(
        "factors/recalculation.html.j2", title="Recalculation", place="factors", work=work,
        tables=effect_tables(here, work.answer) if done else (),
    )  # fmt: skip


@router.post("/factors/recalculation")
def recalculate(here: InPage, form: Posted) -> Response:
    """Accept it: every key is decided anew, and what differs is written."""
    done = here.book.calculate(reason=form.text("reason", required="a recalculation needs its reason", most=1_000))
    if done.batch is None:
        return here.go("/factors/recalculation", "Nothing differs; nothing was written.", "attention")
    return here.go("/factors/recalculation", f"Recalculated by batch {done.batch}.")


def _named(kind: str, edition: str, erratum: str) -> dict[str, str | None]:
    return {"kind": kind or None, "edition": edition or None, "erratum": erratum or None}


def _own(here: Here, work_id: str) -> Work:
    work = workshop(here.request).of(work_id, here.person)
    if work.given.get("what") != "import":
        raise HTTPException(404)
    return work


def _page(here: Here, work: Work | None) -> Response:
    result = work.answer if work is not None and not work.running and work.fault is None else None
    shown = effect_tables(here, result.effect) if result is not None and result.effect is not None else ()
    return here.page(
        "factors/import.html.j2", title="Import factors", place="factors", work=work, result=result, tables=shown,
        kinds=[("", "told by its headers"), *((kind, f"{kind}: {_KIND_WORDS.get(kind, '')}") for kind in KINDS)],
        may=here.may("factor_set"),
    )  # fmt: skip
