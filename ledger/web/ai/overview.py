"""AI at a glance: energy and emissions by model, stage and team, manufacture, grids now, jobs held, savings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from fastapi.responses import Response

from ledger.errors import Misuse
from ledger.inventory.exact import exact_sum
from ledger.web.ai.grids import grids, questions
from ledger.web.ai.parts import MEMO, TABS, kg, kwh, minute, model_link
from ledger.web.frame.here import Here, InPage
from ledger.web.frame.links import entry_link, figure_link
from ledger.web.frame.measures import NOT_ADDED
from ledger.web.frame.tables import Column, Row, Table

if TYPE_CHECKING:
    from decimal import Decimal

    from ledger.ai.assets.by_policy import EmbodiedRow
    from ledger.ai.run_carbon import GroupCarbon

router = APIRouter()
NO_RUNS = "No run began in this period."


@router.get("/ai")
def overview(here: InPage) -> Response:
    """The dashboard of the place."""
    of = here.of.label
    board = here.read("advice_board", minute())
    in_period = here.read("advice_board", minute(), of)
    total: tuple[GroupCarbon, ...] = here.read("ai_groups", of, by=())
    every: tuple[GroupCarbon, ...] = total or here.read("ai_groups", None, by=())
    machines = embodied_rows(here, of)
    return here.page(
        "ai/overview.html.j2", title="AI", place="ai", tabs=TABS, total=total[0] if total else None, is_new=not every,
        of=of, board=board, in_period=in_period, grids=grids(here, board.lines), questions=questions(here), memo=MEMO,
        plan=here.site.settings.grid,
        tables=(models_table(here, of), teams_table(here, of), embodied_table(here, machines)),
    )  # fmt: skip


def models_table(here: Here, of: str) -> Table:
    """Every model and stage with what its runs emitted, and beside it what the inventory has posted of them."""
    columns = [
        Column("model", "Model and stage"), Column("runs", "Runs", "number"),
        Column("without", "Not quantified", "number"), kwh("energy_kwh"), kg("location_kg", "Location-based"),
        kg("market_kg", "Market-based"), kg("upstream_kg", "Upstream and losses", unknown="—"),
        kg("posted_location", "Inventory, location-based", unknown="—"),
        kg("posted_market", "Inventory, market-based", unknown="—"),
    ]  # fmt: skip
    posted = here.read("ai_posted", of, view=here.view)
    stages: dict[str | None, list[Any]] = {}
    for group in here.read("ai_groups", of, by=("model", "stage")):
        stages.setdefault(group.model, []).append(group)
    rows = []
    for group in here.read("ai_groups", of, by=("model",)):
        told = amounts(group) | posted_of_model(here, posted, group.model)
        rows.append(Row({"model": model_link(here, group.model), **told}, "group"))
        for stage in stages[group.model]:
            told = amounts(stage) | posted_cells(here, posted, stage)
            rows.append(Row({"model": str(stage.stage).replace("_", " "), **told}, "sub"))
    return Table(
        "models", "By model and stage", columns, rows, empty=NO_RUNS,
        note=f"{NOT_ADDED} The last two columns are the figures of the "
             "inventory, with upstream and losses; a dash where a bill or a provider's statement holds the energy. "
             "Not quantified are runs without energy or without a factor: the sums are lower bounds then.",
    )  # fmt: skip


def amounts(group: GroupCarbon) -> dict[str, Any]:
    """The cells of a group of runs."""
    return {
        "runs": group.runs, "without": group.without, "energy_kwh": group.energy_kwh,
        "location_kg": group.location_kg, "market_kg": group.market_kg, "upstream_kg": group.upstream_kg,
    }  # fmt: skip


def posted_cells(here: Here, posted: Mapping[tuple[str, str], Any], group: GroupCarbon) -> dict[str, Any]:
    """The figures of the inventory of a model's stage, each leading to its page."""
    key = (group.model or "", group.stage or "")
    if key not in posted:
        return {}
    now, cuts = here.read("inventory", here.of.label, view=here.view), {"model": key[0], "stage": key[1]}
    location, market = posted[key]
    return {
        "posted_location": figure_link(here, now, "total_location", location, **cuts),
        "posted_market": figure_link(here, now, "total_market", market, **cuts),
    }


def posted_of_model(here: Here, posted: Mapping[tuple[str, str], Any], model: str | None) -> dict[str, Any]:
    """The figures of the inventory of a model: the sums of its stages that have any."""
    parts = [figures for (name, _), figures in posted.items() if name == (model or "")]
    now, cells = here.read("inventory", here.of.label, view=here.view), {}
    for at, basis in enumerate(("location", "market")):
        if held := [figures[at] for figures in parts if figures[at] is not None]:
            cells[f"posted_{basis}"] = figure_link(here, now, f"total_{basis}", exact_sum(held), model=model or "")
    return cells


def teams_table(here: Here, of: str) -> Table:
    """Every team with what its runs emitted."""
    columns = [
        Column("team", "Team"), Column("runs", "Runs", "number"), Column("without", "Not quantified", "number"),
        kwh("energy_kwh"), kg("location_kg", "Location-based"), kg("market_kg", "Market-based"),
        kg("upstream_kg", "Upstream and losses", unknown="—"),
    ]  # fmt: skip
    groups: Sequence[GroupCarbon] = here.read("ai_groups", of, by=("team",))
    rows = [Row({"team": group.team or "no team named", **amounts(group)}) for group in groups]
    return Table("teams", "By team", columns, rows, empty=NO_RUNS, note="A run names its team in the column owner.")


def embodied_rows(here: Here, of: str) -> tuple[EmbodiedRow, ...]:
    """The machines of the period under both policies; none where the register holds none."""
    try:
        found: tuple[EmbodiedRow, ...] = here.read("embodied", of)
    except Misuse:  # no machine is in the register: the table says how to begin
        return ()
    return found


def embodied_table(here: Here, machines: Sequence[EmbodiedRow]) -> Table:
    """The manufacture of machines: in full when bought, and by life; nothing adds the two."""
    columns = [
        Column("machine", "Machine"), Column("name", "Of"), Column("count", "Machines", "number"),
        kg("purchase_kg", "Bought (inventory, category 2)"), kg("amortised_kg", "By life (memo)"),
        kg("write_off_kg", "Written off (memo)"), Column("entry", "Entry", "code"), Column("note", "To know"),
    ]  # fmt: skip
    rows = [
        Row({
            "machine": row.asset.asset_id, "name": row.asset.name, "count": row.asset.count,
            "purchase_kg": row.purchase_kg, "amortised_kg": row.amortised_kg, "write_off_kg": row.write_off_kg,
            "entry": entry_link(here, row.asset.posted_entry), "note": row.asset.note or row.asset.source,
        })
        for row in machines
    ]  # fmt: skip
    if len(rows) > 1:
        rows.append(Row({"machine": "Total", **{
            name: _known([getattr(row, name) for row in machines])
            for name in ("purchase_kg", "amortised_kg", "write_off_kg")
        }}, "total"))  # fmt: skip
    return Table(
        "embodied", "Manufacture of machines, by both policies", columns, rows,
        empty="No machine is in the register. Enter accelerators and servers by the template hardware_asset.",
        note="Bought is the inventory, in full in the year of purchase; by life is a memo for models and products. "
             "They are the same kilograms twice and are never added. Totals are of what is quantified.",
    )  # fmt: skip


def _known(values: Sequence[Decimal | None]) -> Decimal | None:
    known = [value for value in values if value is not None]
    return exact_sum(known) if known else None
