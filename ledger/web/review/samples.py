"""Samples: those on record, and the form that draws another; a draw is shown before anybody records it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.assurance.sampling.drawing import GAPS, METHODS, STRATA, Wish
from ledger.assurance.sampling.frame import MEASURES
from ledger.inventory.periods.life import span_label
from ledger.inventory.posted import VIEWS
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage, download
from ledger.web.frame.links import entry_link
from ledger.web.frame.measures import measure_title
from ledger.web.frame.paging import paged
from ledger.web.frame.sent_files import own_folder
from ledger.web.frame.tables import DOWNLOADS, Column, Linked, Row, Table
from ledger.web.review.parts import amount_of, part_of_address, whole_of

if TYPE_CHECKING:
    from ledger.assurance.sampling.sample import Item, Sample
    from ledger.book.acts.sampling import SampleRecord

router = APIRouter()
FIELDS = (
    "of", "measure", "method", "seed", "size", "interval", "performance_materiality", "confidence_factor", "by",
    "gaps", "sample", "engagement", "of_view", "at",
)  # fmt: skip
"""The words of a draw, as its form and its address carry them."""
PAPERS = {"xlsx": DOWNLOADS["xlsx"], "csv": DOWNLOADS["csv"]}


@router.get("/review/samples")
def samples(here: InPage) -> Response:
    """The samples on record, and the form that draws one."""
    found: tuple[SampleRecord, ...] = here.read("samples")
    return here.page(
        "review/samples.html.j2", title="Samples", place="review", tab="samples", tables=(_records(here, found),),
        drawing=drawing(here),
    )  # fmt: skip


@router.get("/review/samples/draw")
def drawn(here: InPage) -> Response:
    """A draw as it comes out; nothing is written. Anyone who may read may draw."""
    asked = {name: here.query(name) for name in FIELDS}
    made = draw(here, asked)
    table, pages = paged(here, items_table(here, made))
    return here.page(
        "review/draw.html.j2",
        title=f"Sample {made.sample_id}",
        place="review",
        tab="samples",
        made=made,
        pages=pages,
        asked=asked,
        may=here.may("sample"),
        tables=(table,),
        drawing=drawing(here, asked),
        files={
            name: here.link(f"/review/samples/{name}", **asked) for name in ("papers.xlsx", "papers.csv", "frame.txt")
        },
    )


@router.get("/review/samples/{name}")
def file_of_draw(here: InPage, name: str) -> Response:
    """The work papers or the frame of a draw that need not be on record."""
    asked = {field: here.query(field) for field in FIELDS}
    with own_folder() as folder:
        if name == "frame.txt":
            made = draw(here, asked, frame=folder / name)
            return download((folder / name).read_bytes(), f"frame-{made.sample_id}.txt", "text/plain; charset=utf-8")
        return papers(here, draw(here, asked), name.removeprefix("papers."))


@router.post("/review/samples")
def record(here: InPage, form: Posted) -> Response:
    """Draw once more, from the ledger at the same size, and put it on record."""
    made = draw(here, {name: form.text(name, most=400) for name in FIELDS})
    done = here.book.record_sample(made)
    words = f"{made.sample_id} is on record, batch B{done.batch}: every verification draws it again from now on."
    if done.batch is None:
        words = f"{made.sample_id} is on record already; nothing was written."
    return here.go(f"/review/sample/{part_of_address(made.sample_id)}", words)


def draw(here: Here, asked: dict[str, str], frame: Any = None) -> Sample:
    """The sample that a form asks for."""
    gaps = whole_of("gaps", asked["gaps"])
    wish = Wish(
        asked["method"], asked["seed"], whole_of("size", asked["size"]), amount_of("interval", asked["interval"]),
        amount_of("performance materiality", asked["performance_materiality"]),
        amount_of("confidence factor", asked["confidence_factor"]), asked["by"] or None, GAPS if gaps is None else gaps,
    )  # fmt: skip
    ask: Callable[..., Sample] = here.book.sample if frame is not None else lambda *a, **n: here.read("sample", *a, **n)
    named = {"frame_file": frame} if frame is not None else {}
    return ask(
        asked["of"],
        asked["measure"],
        wish,
        view=asked["of_view"] or None,
        at=whole_of("size of the ledger", asked["at"]),
        name=asked["sample"] or None,
        engagement=asked["engagement"] or None,
        **named,
    )


def papers(here: Here, sample: Sample, form: str) -> Response:
    """The work papers of a sample as a file."""
    with own_folder() as folder:
        file = here.book.write_papers(sample, folder / f"papers.{form}")
        return download(file.read_bytes(), f"papers-{sample.sample_id}.{form}", PAPERS[form])


def drawing(here: Here, asked: dict[str, str] | None = None) -> dict[str, Any]:
    """What the form that draws offers, and what stands in it."""
    held = dict.fromkeys(FIELDS, "") | {"of": here.period, "method": "carbon-unit", "measure": "total_market"}
    return {
        "held": held | (asked or {}), "methods": METHODS, "strata": STRATA, "gaps": GAPS, "views": VIEWS,
        "measures": [(measure, measure_title(measure)) for measure in MEASURES],
        "engagements": [told.engagement_id for told in here.read("engagements")],
    }  # fmt: skip


def _records(here: Here, found: Sequence[SampleRecord]) -> Table:
    columns = [
        Column("sample", "Sample"),
        Column("period", "Period"),
        Column("measure", "Of"),
        Column("method", "Method"),
        Column("seed", "Seed", "code"),
        Column("items", "Items", "number"),
        Column("units", "Units in the frame", "number"),
        Column("kg", "Frame", "tonnes"),
        Column("size", "At size", "number"),
        Column("engagement", "Engagement"),
        Column("person", "Drawn by"),
        Column("entry", "Batch", "code"),
    ]
    rows = []
    for one in found:
        row, name = one.row, one.row["sample_id"]
        rows.append(Row({
            "sample": Linked(name, here.link(f"/review/sample/{part_of_address(name)}")),
            "period": span_label(row["period_start"], row["period_end"]), "measure": measure_title(row["measure"]),
            "method": row["sampling_method"], "seed": row["seed"], "items": row["item_count"],
            "units": row["frame_count"], "kg": row["frame_kg"], "size": row["checkpoint_size"],
            "engagement": row["engagement_id"], "person": here.called(one.person),
            "entry": entry_link(here, f"B{one.batch}"),
        }))  # fmt: skip
    return Table("samples", "Samples on record", columns, rows, empty="No sample is on record yet.")


def items_table(here: Here, sample: Sample, results: dict[int, Any] | None = None) -> Table:
    """The items of a sample; with what an auditor found, where there are results."""
    columns = [
        Column("item", "Item", "number"), Column("selection", "How drawn"), Column("stratum", "Stratum"),
        Column("about", "About", "code"), Column("what", "What"), Column("where", "Where"),
        Column("kg", "Recorded", "tonnes", places=3, unknown="not quantified"),
    ]  # fmt: skip
    if results is not None:
        columns += [
            Column("audited", "Audited", "tonnes", places=3),
            Column("misstatement", "Misstatement", "tonnes", places=3),
            Column("outcome", "Outcome"),
        ]
    rows = []
    for item in sample.items:
        found = (results or {}).get(item.number)
        told = {} if found is None else {"audited": found.audited_kg, "misstatement": found.misstatement_kg,
                                         "outcome": found.outcome.replace("_", " ")}  # fmt: skip
        rows.append(
            Row(
                {
                    "item": item.number,
                    "selection": item.selection,
                    "stratum": item.stratum,
                    "about": entry_link(here, item.about),
                    "what": str(item.details.get("activity_type") or "").replace("_", " "),
                    "where": _where(item),
                    "kg": item.kg,
                    **told,
                },
                "attention" if found is not None and found.misstatement_kg else "",
            )
        )
    note = "" if results is None else "Misstatement is recorded less audited: above zero, the ledger says too much."
    return Table("sample_items", "Items", columns, rows, note=note)


def _where(item: Item) -> str:
    told = item.details
    if item.selection in ("line", "document"):
        return str(told.get("entry", "in no entry"))
    file, line = told.get("source_file"), told.get("source_line")
    parts = [told.get("facility_id") or told.get("legal_entity_id"), f"{file} line {line}" if file and line else file]
    return ", ".join(str(part) for part in parts if part)
