"""The log of misstatements: what was found, what of it is corrected, and what is left against materiality."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.assurance.sampling.misstatements import KINDS
from ledger.book.acts.misstating import Misstated
from ledger.errors import Misuse
from ledger.web.frame.forms import Posted
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import batch_link, entry_link
from ledger.web.frame.measures import measure_title
from ledger.web.frame.tables import Column, Linked, Row, Table
from ledger.web.review.parts import amount_of, part_of_address, place_of
from schemas.measures import MEASURE_PARTS

if TYPE_CHECKING:
    from ledger.assurance.sampling.misstatements import MisstatementTold
    from ledger.book.acts.misstating import MisstatementLog

router = APIRouter()


@router.get("/review/misstatements")
def misstatements(here: InPage) -> Response:
    """The log, and what is uncorrected of each measure."""
    found: MisstatementLog = here.read("misstatements", here.query("engagement") or None)
    return here.page(
        "review/misstatements.html.j2", title="Misstatements", place="review", tab="misstatements", found=found,
        may=here.may("misstatement"), engagement=here.query("engagement"), about=here.query("about"),
        sample=here.query("sample"), kinds=KINDS, samples=[one.row["sample_id"] for one in here.read("samples")],
        engagements=[told.engagement_id for told in here.read("engagements")],
        measures=[(measure, measure_title(measure)) for measure in MEASURE_PARTS],
        tables=(_totals(found), _log(here, found)),
    )  # fmt: skip


@router.post("/review/misstatements")
def added(here: InPage, form: Posted) -> Response:
    """Put a misstatement into the log."""
    effect = amount_of("the effect", form.text("effect", required="how many kg?", most=60))
    if effect is None:
        raise AssertionError("a required field is there")
    said = Misstated(
        form.text("kind", most=40), form.text("measure", most=60), effect, form.text("reason"),
        form.text("about", most=400) or None, form.text("sample", most=60) or None,
    )  # fmt: skip
    engagement = form.text("engagement", required="of which engagement?", most=60)
    name, done = here.book.add_misstatement(engagement, said)
    return here.go("/review/misstatements", f"{name} is in the log, batch B{done.batch}.", engagement=engagement)


@router.get("/review/misstatement/{misstatement_id}")
def misstatement(here: InPage, misstatement_id: str) -> Response:
    """One misstatement, and the forms that say what became of it."""
    one = _named(here, misstatement_id)
    return here.page(
        "review/misstatement.html.j2", title=f"Misstatement {one.misstatement_id}", place="review",
        tab="misstatements", one=one, may=here.may("misstatement"), person=here.called(one.person),
        href=place_of(here, one.about_kind, one.about), measure=measure_title(one.measure),
        corrected=batch_link(here, one.corrected_batch), entry=entry_link(here, one.entry),
    )  # fmt: skip


@router.post("/review/misstatement/{misstatement_id}")
def settled(here: InPage, form: Posted, misstatement_id: str) -> Response:
    """Say which batch corrected a misstatement, or take it out of the log."""
    name = _named(here, misstatement_id).misstatement_id
    if form.choice("act", ("correct", "withdraw")) == "withdraw":
        here.book.withdraw_misstatement(name, reason=form.text("reason"))
        return here.go("/review/misstatements", f"{name} is withdrawn; it stays on record.")
    batch = form.text("batch", required="which batch corrected it?", most=40)
    done = here.book.correct_misstatement(name, batch, note=form.text("note"))
    words = f"{name} was corrected by {batch}." if done.batch else f"{name} says that already; nothing was written."
    return here.go(f"/review/misstatement/{part_of_address(name)}", words)


def _named(here: Here, misstatement_id: str) -> MisstatementTold:
    found: MisstatementLog = here.read("misstatements", None)
    one = next((one for one in found.misstatements if one.misstatement_id == misstatement_id), None)
    if one is None:
        raise Misuse("there is no such misstatement in the log", "take one of the list of misstatements")
    return one


def _log(here: Here, found: MisstatementLog) -> Table:
    columns = [
        Column("id", "Misstatement"), Column("kind", "Kind"), Column("measure", "Of"),
        Column("effect", "Recorded less right", "tonnes", places=3), Column("about", "About"), Column("state", "State"),
        Column("reason", "What is wrong, and how that is known"), Column("sample", "Sample"),
        Column("engagement", "Engagement"), Column("person", "By"),
    ]  # fmt: skip
    rows = []
    for one in found.misstatements:
        href, name = place_of(here, one.about_kind, one.about), one.misstatement_id
        sample = one.sample_id and Linked(one.sample_id, here.link(f"/review/sample/{part_of_address(one.sample_id)}"))
        rows.append(Row({
            "id": Linked(name, here.link(f"/review/misstatement/{part_of_address(name)}")), "kind": one.kind,
            "measure": measure_title(one.measure), "effect": one.effect_kg,
            "about": Linked(one.about, href) if href else one.about,
            "state": f"corrected by B{one.corrected_batch}" if one.corrected else "uncorrected", "reason": one.reason,
            "sample": sample, "engagement": one.engagement_id, "person": here.called(one.person),
        }, "" if one.corrected else "attention"))  # fmt: skip
    return Table("misstatements", "The log", columns, rows, empty="No misstatement is in the log.",
                 note="Above zero, the ledger says too much.")  # fmt: skip


def _totals(found: MisstatementLog) -> Table:
    columns = [
        Column("measure", "Of"), Column("left", "Uncorrected", "tonnes", places=3),
        Column("over", "Too much", "tonnes", places=3), Column("under", "Too little", "tonnes", places=3),
        Column("verdict", "Against materiality"), Column("trivial", "Clearly trivial", "tonnes", places=3),
        Column("corrected", "Corrected", "tonnes", places=3),
    ]  # fmt: skip
    rows = [
        Row({"measure": measure_title(one.measure), "left": one.uncorrected_kg, "over": one.overstated_kg,
             "under": one.understated_kg, "verdict": one.verdict, "trivial": one.clearly_trivial_kg,
             "corrected": one.corrected_kg}, "attention" if one.verdict.startswith("above") else "")
        for one in found.totals
    ]  # fmt: skip
    return Table("totals", "What is left", columns, rows, empty="Nothing is uncorrected.")
