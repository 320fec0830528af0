"""A model over its life: stages with every term, both scores of SCI, and its documents in other people's forms."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.disclosure.words import numbers
from ledger.errors import Misuse
from ledger.plain import visible
from ledger.web.ai.parts import TABS, kg, kwh
from ledger.web.ai.runs import runs_table
from ledger.web.frame.here import Here, InPage, download
from ledger.web.frame.paging import SHOWN
from ledger.web.frame.tables import Column, Row, Table

if TYPE_CHECKING:
    from ledger.ai.exports import Export
    from ledger.ai.footprint import Footprint
    from ledger.ai.interval import Interval
    from ledger.ai.worked import Worked

router = APIRouter()
KINDS = ("provider", "consumer")
FORMS = {"annex-xi": "EU AI Act, Annex XI", "boamps": "BoAmps", "spdx": "SPDX 3.0 AI"}
_FEW = 4


@dataclass(frozen=True, slots=True)
class Score:
    """A score of a model, or why there is none; ``units`` are those that it may be per."""

    kind: str
    units: tuple[str, ...]
    unit: str
    value: str
    worked: Worked | None
    why: str


@router.get("/ai/model/{name:path}")
def model(here: InPage, name: str) -> Response:
    """The page of a model."""
    found: Footprint = here.read("footprint", name)
    scores = [_score(here, name, kind) for kind in KINDS]
    page = here.read("ai_runs", None, model=name, skipped=0, count=SHOWN)
    tables = [stages_table(found), *(scored for score in scores if (scored := terms_table(score)) is not None)]
    if found.by_hour:
        tables.append(hours_table(found))
    tables.append(runs_table(here, page, of_model=True))
    return here.page(
        "ai/model.html.j2", title=name, place="ai", tabs=TABS, model=found, beside=_beside(found), scores=scores,
        forms=FORMS, of_runs=page, shown=SHOWN, tables=tables,
    )  # fmt: skip


def stages_table(found: Footprint) -> Table:
    """The stages of a life and their sum."""
    columns = [
        Column("stage", "Stage"), Column("runs", "Runs", "number"), Column("not_kept", "Not kept", "number"),
        Column("accelerator_hours", "Accelerator-hours", "number", "h", 1, "not known"), kwh("energy_kwh"),
        kg("location_kg", "Location-based"), kg("market_kg", "Market-based"),
        kg("upstream_kg", "Upstream and losses"), kg("embodied_low", "Embodied, least (memo)"),
        kg("embodied_high", "Embodied, most (memo)"), Column("without", "Not quantified", "number"),
    ]  # fmt: skip
    rows = []
    for stage in (*found.stages, found.total):
        low, high = stage.embodied_kg or (None, None)
        rows.append(Row({
            "stage": stage.stage.replace("_", " "), "runs": stage.runs, "not_kept": stage.not_kept,
            "accelerator_hours": stage.accelerator_hours, "energy_kwh": stage.energy_kwh,
            "location_kg": stage.location_kg, "market_kg": stage.market_kg, "upstream_kg": stage.upstream_kg,
            "embodied_low": low, "embodied_high": high, "without": stage.without_energy + stage.without_factor,
        }, "total" if stage is found.total else ""))  # fmt: skip
    return Table(
        "stages", "By stage, over its whole life", columns, rows,
        note="Not kept are runs that failed, were interrupted or superseded; they are in the sums. Location-based and "
             "market-based figures are not added. Upstream is category 3 of own electricity, or part of category 1 of "
             "a provider's. Embodied is the accelerators' share of life, in no total.",
    )  # fmt: skip


def hours_table(found: Footprint) -> Table:
    """The same by the hours of the grid, a memo."""
    columns = [
        Column("stage", "Stage"), Column("basis", "Basis"), kwh("energy_kwh"), kwh("priced_kwh", "With a value"),
        kg("kg", "By the hour"), kg("yearly_kg", "The same by the year"), Column("hours", "Hours", "number"),
        Column("without", "Hours without a value", "number"),
    ]  # fmt: skip
    rows = [
        Row({"stage": one.stage.replace("_", " "), "basis": one.basis.replace("_", " "), "energy_kwh": one.energy_kwh,
             "priced_kwh": one.priced_kwh, "kg": one.kg, "yearly_kg": one.yearly_kg, "hours": one.hours,
             "without": one.hours_without}, "total" if one.stage == "total" else "")
        for one in found.by_hour
    ]  # fmt: skip
    return Table("hours", "By the hour of the grid (memo)", columns, rows,
                 note="A memo in no total: the table above stays on yearly factors. Hours without a value are in no "
                      "kilograms, and are never filled.")  # fmt: skip


def _beside(found: Footprint) -> list[tuple[str, str]]:
    """Cost, quality, what was served, and water, each with its name."""
    told = [(f"Cost, {currency}", numbers.grouped(amount, 2)) for currency, amount in found.cost.items()]
    told += [("Quality", text) for text in found.quality]
    for what, per in (("1 000 requests", found.per_1000_requests), ("million tokens", found.per_million_tokens_out)):
        names = {"inference_kg": "inference alone", "life_so_far_kg": "the whole life so far"}
        told += [
            (f"Per {what}, {words}", f"{numbers.significant(per[name])} kg CO₂e, location-based")
            for name, words in names.items() if name in per
        ]  # fmt: skip
    if found.water_l is not None:
        told.append(("Water", f"{numbers.significant(found.water_l)} L"))
    return told


def _score(here: Here, name: str, kind: str) -> Score:
    """The score of a kind per the unit that is asked for, else per the first that the runs give."""
    from ledger.ai.model_scores import UNITS

    asked = here.query(kind)
    tried = (asked,) if asked else UNITS[kind]
    why = ""
    for unit in tried:
        try:
            made = here.read("model_score", name, kind, unit, reason=f"the runs record {unit}s")
        except Misuse as fault:
            why = why or visible(f"{fault}. {fault.fix[:1].upper()}{fault.fix[1:]}.")
            continue
        return Score(kind, UNITS[kind], unit, ranged(made.value), made, "")
    return Score(kind, UNITS[kind], asked, "", None, why)


def ranged(value: Interval) -> str:
    """A value, or both ends of a range, at four significant figures."""
    low, high = numbers.significant(value.low, _FEW), numbers.significant(value.high, _FEW)
    return low if low == high else f"{low} to {high}"


def terms_table(score: Score) -> Table | None:
    """Every term of a score; None where there is no score."""
    if score.worked is None:
        return None
    columns = [
        Column("term", "Term"), Column("low", "Least", "number", places=6), Column("high", "Most", "number", places=6),
        Column("unit", "Unit"), Column("source", "From"),
    ]  # fmt: skip
    rows = [
        Row({"term": term.name.replace("_", " "), "low": term.value.low, "high": term.value.high,
             "unit": term.unit.replace("CO2e", "CO₂e"), "source": term.source})
        for term in score.worked.terms
    ]  # fmt: skip
    return Table(f"terms_{score.kind}", f"Terms of the {score.kind} score", columns, rows, note=score.worked.formula)


@router.get("/ai/export")
def export(here: InPage) -> Response:
    """A model in another form, as a file; several documents come as an archive."""
    from ledger.ai.exports import written

    name, form = here.query("model"), here.query("form")
    told: Export = here.read("ai_export", form, name, task_family=here.query("task") or None)
    documents = [(written(document) + "\n").encode() for document in told.documents]
    stem = f"{name}.{form}"
    if len(documents) == 1:
        return download(documents[0], f"{stem}.json", "application/json")
    return download(_archive(documents, form), f"{stem}.zip", "application/zip")


def _archive(documents: Sequence[bytes], form: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, document in enumerate(documents, 1):
            archive.writestr(zipfile.ZipInfo(f"{form}-{number}.json", (1980, 1, 1, 0, 0, 0)), document)
    return content.getvalue()

