"""The recorded runs, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.web.ai.parts import TABS, kg, kwh, model_link
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import entry_link
from ledger.web.frame.paging import SHOWN, pages_of
from ledger.web.frame.tables import Column, Row, Table

if TYPE_CHECKING:
    from ledger.ai.run_list import RunLine, RunPage

router = APIRouter()
MOST_PAGES = 1_000_000
_NOT_KEPT = ("failed", "interrupted", "superseded")


@router.get("/ai/runs")
def runs(here: InPage) -> Response:
    """The runs that began in the period, the newest first."""
    of = None if here.query("all") else here.of.label
    model = here.query("model") or None
    page = here.number("page", 1, MOST_PAGES)
    whole = bool(here.query("as"))
    skipped, count = (0, None) if whole else ((page - 1) * SHOWN, SHOWN)
    found: RunPage = here.read("ai_runs", of, model=model, skipped=skipped, count=count)
    return here.page(
        "ai/runs.html.j2", title="Runs", place="ai", tabs=TABS, model=model, of=of, total=found.total,
        pages=pages_of(here, found.total, page), tables=(runs_table(here, found),),
    )  # fmt: skip


def runs_table(here: Here, found: RunPage, *, of_model: bool = False) -> Table:
    """A table of runs, each leading to its record and to the entry that its energy is posted as.

    ``of_model``: they are all of one model, which is not named again.
    """
    columns = [
        Column("run", "Run"), Column("model", "Model"), Column("stage", "Stage"), Column("outcome", "Outcome"),
        Column("team", "Team"), Column("hardware", "On"), Column("place", "Where", unknown="not known"),
        Column("start", "Began", "time"), Column("hours", "Hours", "number", "h", 1), kwh("energy_kwh"),
        kg("location_kg", "Location-based"), kg("market_kg", "Market-based"), Column("counted", "Counted as"),
        Column("record", "Record", "code"), Column("entry", "Energy in", "code"),
    ]  # fmt: skip
    columns = [column for column in columns if column.key != "model" or not of_model]
    rows = [Row(_cells(here, line), "attention" if line.energy_kwh is None else "") for line in found.lines]
    return Table(
        "runs", "Runs", columns, rows, empty="No run began in this period.",
        note="Failed and repeated runs used energy and count as any other. Marked are runs without energy.",
    )  # fmt: skip


def _cells(here: Here, line: RunLine) -> dict[str, Any]:
    carbon = line.carbon
    name = line.run_id if line.attempt == 1 else f"{line.run_id}, attempt {line.attempt}"
    hardware = "" if line.hardware_id is None else f"{line.hardware_count or '?'} × {line.hardware_id}"
    told: dict[str, Any] = {
        "run": name, "model": "" if line.model is None else model_link(here, line.model),
        "stage": line.stage.replace("_", " "), "outcome": line.outcome, "team": line.team or "", "hardware": hardware,
        "place": line.place, "start": line.start, "hours": line.hours,
    }  # fmt: skip
    if carbon is None:
        return told
    return told | {
        "energy_kwh": carbon.energy_kwh, "location_kg": carbon.location_kg, "market_kg": carbon.market_kg,
        "counted": carbon.decision.replace("_", " "), "record": entry_link(here, carbon.run_entry),
        "entry": entry_link(here, carbon.entry),
    }  # fmt: skip

