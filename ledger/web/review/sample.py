"""One sample on record: its items, its work papers to take and to bring back, and what the results say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.assurance.sampling.evaluation import PROJECTIONS
from ledger.errors import Misuse
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import entry_link
from ledger.web.frame.measures import measure_title
from ledger.web.frame.paging import paged
from ledger.web.frame.sent_files import own_folder, plain_name, put_file
from ledger.web.frame.tables import Column, Row, Table
from ledger.web.review.parts import part_of_address
from ledger.web.review.samples import PAPERS, items_table, papers

if TYPE_CHECKING:
    from ledger.assurance.sampling.evaluation import Evaluation

router = APIRouter()
_FORMS = tuple(f".{form}" for form in PAPERS)


@router.get("/review/sample/{sample_id}")
def sample(here: InPage, sample_id: str) -> Response:
    """A sample, drawn again, with its results and their evaluation."""
    made = here.read("recorded_sample", sample_id)
    record = next(one for one in here.read("samples") if one.row["sample_id"] == sample_id)
    engagement, projection = here.query("engagement") or made.engagement_id, here.query("projection", "ratio")
    told: Evaluation = here.read("evaluate", sample_id, engagement=engagement, projection=projection)
    table, pages = paged(here, items_table(here, made, {one.item: one for one in told.items}))
    return here.page(
        "review/sample.html.j2", title=f"Sample {sample_id}", place="review", tab="samples", made=made, says=told,
        record=record, entry=entry_link(here, f"B{record.batch}"), person=here.called(record.person), pages=pages,
        engagement=engagement or "", projection=projection, projections=PROJECTIONS, may=here.may("sample"),
        engagements=[one.engagement_id for one in here.read("engagements")], measure=measure_title(told.measure),
        own=f"/review/sample/{part_of_address(sample_id)}", tables=(table, _projections(told)),
    )  # fmt: skip


@router.get("/review/sample/{sample_id}/papers.{form}")
def papers_of(here: InPage, sample_id: str, form: str) -> Response:
    """The work papers of a sample on record, at any time the same bytes."""
    if form not in PAPERS:
        raise Misuse(f"papers are not written as '{form[:20]}'", "take one of: " + ", ".join(PAPERS))
    return papers(here, here.read("recorded_sample", sample_id), form)


@router.post("/review/sample/{sample_id}/results")
def results(here: InPage, form: Posted, sample_id: str) -> Response:
    """Take filled-in work papers; one line that is not as it was handed out, and nothing is recorded."""
    upload = form.needed_file("papers", "no work papers were chosen")
    if not (label := plain_name(upload.filename or "")).lower().endswith(_FORMS):
        fix = "choose one that ends in " + " or ".join(_FORMS)
        raise Misuse(f"'{label[:60]}' is not a file of the kind that is taken here", fix)
    with own_folder() as folder:
        done = here.book.record_results(sample_id, put_file(upload, folder))
    own = f"/review/sample/{part_of_address(sample_id)}"
    if done.findings:
        return _refused(here, sample_id, done.findings)
    left = f" {done.left} items have no result yet." if done.left else " Every item has a result."
    if done.batch is None:
        what = f"{done.already} results are on record already" if done.already else "no line was filled in"
        return here.go(own, f"Nothing was written: {what}.{left}", "attention")
    return here.go(own, f"{done.recorded} results are on record, batch B{done.batch}.{left}")


def _refused(here: Here, sample_id: str, findings: Any) -> Response:
    return here.page(
        "review/results.html.j2",
        title="The work papers were refused",
        place="review",
        tab="samples",
        findings=findings,
        back=here.link(f"/review/sample/{part_of_address(sample_id)}"),
        sample=sample_id,
        status=422,
    )


def _projections(told: Evaluation) -> Table:
    columns = [
        Column("stratum", "Stratum"), Column("units", "Units", "number"), Column("kg", "Without signs", "tonnes"),
        Column("drawn", "Drawn", "number"), Column("tested", "Tested", "number"),
        Column("misstatement", "Found in them", "tonnes", places=3),
        Column("projected", "Projects", "tonnes", places=3), Column("method", "How"),
    ]  # fmt: skip
    rows = [
        Row({"stratum": one.stratum, "units": one.units, "kg": one.absolute_kg, "drawn": one.drawn,
             "tested": one.tested, "misstatement": one.misstatement_kg, "projected": one.projected_kg,
             "method": one.method})
        for one in told.strata
    ]  # fmt: skip
    return Table("projections", "What the drawn items stand for", columns, rows,
                 empty="These items stand for themselves alone.")  # fmt: skip
