"""Sources held against each other, providers against our runs, and the indicators of data centres."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.web.ai.models import ranged
from ledger.web.ai.parts import TABS, kg, kwh
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import entry_link
from ledger.web.frame.paging import SHOWN
from ledger.web.frame.tables import Column, Row, Table

if TYPE_CHECKING:
    from ledger.ai.reconcile import Cause, Comparison
    from ledger.ai.stated_held import StatedHeld
    from ledger.inventory.data_centre import DataCentre

router = APIRouter()


@router.get("/ai/reconciliation")
def reconciliation(here: InPage) -> Response:
    """What several sources saw of the same computing in the period, and data centres."""
    of, part = here.of.label, here.query("of") or None
    seen, held = _compared(here, of, part)
    centres: Sequence[DataCentre] = here.read("data_centres", of, view=here.view)
    tables = [sources_table(seen), statements_table(here, held), centres_table(centres)]
    return here.page(
        "ai/reconciliation.html.j2", title="Reconciliation", place="ai", tabs=TABS, of=of, part=part or "",
        seen=seen[:SHOWN], more=max(0, len(seen) - SHOWN), held=held, centres=centres, tables=tables,
    )  # fmt: skip


def _compared(here: Here, of: str, part: str | None) -> tuple[Sequence[Comparison], Sequence[StatedHeld]]:
    try:
        found: tuple[Sequence[Comparison], Sequence[StatedHeld]] = here.read("reconcile", of, of=part)
    except Misuse:  # nothing was seen by more than one source: the page says how to get there
        return (), ()
    return found


def sources_table(seen: Sequence[Comparison]) -> Table:
    """Each unit with all that saw it, the one that counts first, and each difference by its named causes."""
    columns = [
        Column("unit", "Run, cluster, account or facility"), Column("first", "From", "day"),
        Column("last", "To", "day"), Column("source", "Seen by"), Column("counts", "Counts"), kwh("energy_kwh"),
        Column("difference_kwh", "Difference", "number", "kWh", 2),
        Column("why", "Because of"), kg("stated_kg", "States", unknown="—"),
        kg("ours_kg", "Ours", unknown="—"),
    ]  # fmt: skip
    rows = []
    for unit in seen:
        for at, one in enumerate(unit.sources):
            told: dict[str, Any] = {
                "unit": unit.unit, "first": unit.period_start, "last": unit.period_end, "source": one.source,
                "counts": "yes" if one.counts else "", "energy_kwh": one.energy_kwh,
                "difference_kwh": None if one.counts else one.difference_kwh, "why": causes_words(one.causes, "kWh"),
                "stated_kg": one.stated_kg, "ours_kg": one.ours_kg,
            }  # fmt: skip
            rows.append(Row(told, "group" if at == 0 else "sub"))
    return Table(
        "sources", "What several sources saw", columns, rows,
        empty="Nothing of this period was seen by more than one source. Readings of another source are uploaded by the "
              "template measurement; clusters, accounts, facilities and runs are compared by name.",
        note="Causes and residual add up to the difference. A residual is what nothing on record gives.",
    )  # fmt: skip


def causes_words(causes: Sequence[Cause], unit: str) -> str:
    """Causes with their amounts and what they rest on, in one line."""
    from ledger.disclosure.words import numbers

    return "; ".join(
        f"{cause.name} {numbers.signed(numbers.significant(cause.amount))} {unit} ({cause.why})" for cause in causes
    )


def statements_table(here: Here, held: Sequence[StatedHeld]) -> Table:
    """What providers state, held against the runs that they hold."""
    columns = [
        Column("supplier", "Provider"), Column("first", "From", "day"), Column("last", "To", "day"),
        kg("stated_kg", "States"), Column("runs", "Runs or meters of ours", "number"), kwh("runs_kwh"),
        kg("runs_kg", "Come to"), Column("why", "Differs by"), Column("entry", "Entry", "code"),
    ]  # fmt: skip
    rows = [
        Row({"supplier": one.supplier, "first": one.period_start, "last": one.period_end, "stated_kg": one.stated_kg,
             "runs": one.runs, "runs_kwh": one.runs_kwh, "runs_kg": one.runs_kg,
             "why": causes_words(one.causes, "kg CO₂e"), "entry": entry_link(here, one.entry)})
        for one in held
    ]  # fmt: skip
    return Table("statements", "What providers state", columns, rows,
                 empty="No provider's statement of this period holds runs of ours.")  # fmt: skip


def centres_table(centres: Sequence[DataCentre]) -> Table:
    """The indicators of ISO/IEC 30134 of each data centre, with their terms."""
    columns = [
        Column("centre", "Data centre"), Column("what", "Indicator"), Column("value", "Value"), Column("unit", "Unit"),
        Column("terms", "From"), Column("source", "By"),
    ]  # fmt: skip
    rows = []
    for centre in centres:
        for figure in centre.figures:
            terms = " ÷ ".join(f"{ranged(term.value)} {term.unit}" for term in figure.terms)
            told = {"centre": centre.facility_id, "what": figure.what, "value": ranged(figure.value)}
            rows.append(Row({**told, "unit": figure.unit, "terms": terms, "source": figure.source}))
        rows += [
            Row({"centre": centre.facility_id, "what": "not quantified", "terms": missing}, "attention")
            for missing in centre.missing
        ]  # fmt: skip
    return Table(
        "centres", "Data centres", columns, rows,
        empty="No facility has a metric of IT energy in this period. Upload it by the template metric (it_energy, "
              "water_consumption, renewable_energy); the indicators follow from it and from what is posted there.",
        note="PUE, CUE by both methods, WUE and REF as ISO/IEC 30134 defines them.",
    )  # fmt: skip
