"""`ghg views` and `ghg boundary`: what a person reads and a script gets, and what a wrong view answers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from in_process import ghg

from ledger import Ledger

ENTITY = "legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from\n"
HOLDING = "parent,child,equity_share,financial_control,operational_control,valid_from\n"


@pytest.fixture
def joint(made_once, _recorded, tmp_path: Path) -> Ledger:
    """A copy of that ledger."""
    return Ledger(made_once(ventured, tmp_path / "joint", _recorded[0]) / "ledger.duckdb", actor="anna")


def ventured(folder: Path, recorded: Path) -> None:
    """The two sites, of which the one in San Jose now belongs to a joint venture of 40 % that a partner operates."""
    facility = (
        "facility_id,name,legal_entity_id,country,grid_region,timezone,relation,valid_from\n"
        "SJC,San Jose laboratory,VENTURE,US,CAMX,America/Los_Angeles,owned,2020-01-01\n"
    )
    shutil.copytree(recorded, folder, dirs_exist_ok=True)
    ledger = Ledger(folder / "ledger.duckdb", actor="anna")
    for name, text in (
        ("venture", ENTITY + "VENTURE,Venture Inc,US,no,no,2010-01-01\n"),
        ("holding", HOLDING + "ACME,VENTURE,0.4,joint,no,2010-01-01\n"),
        ("moved", facility),
    ):
        path = folder / f"{name}.csv"
        path.write_text(text, encoding="utf-8")
        assert ledger.upload(path).status == "accepted", name


def test_views_stand_side_by_side(joint: Ledger):
    """Every view with its totals, and what stands differently, in words and as JSON; `--view all` is the same."""
    before = joint.checkpoint()
    done = ghg("views", "--period", "2024", ledger=joint)
    assert done.returncode == 0, done.stderr
    assert (
        "SJC (San Jose laboratory), 2024-01-01 to 2024-12-31: 40 % held by ACME, joint financial control" in done.stdout
    )
    assert "Scope 3 category 15, 40 %: operational control, esrs set1" in done.stdout
    assert "inside, 40 %: financial control, equity share, esrs revised" in done.stdout
    assert ghg("inventory", "--period", "2024", "--view", "all", ledger=joint).stdout == done.stdout
    answer = json.loads(ghg("views", "--period", "2024", "--json", ledger=joint).stdout)
    assert set(answer) == {"views", "differences"}
    assert answer["views"]["operational_control"]["scope_3_categories"]["15"] is not None
    assert answer["views"]["esrs_set1"]["split"]["other_investees"]["scope_1"] is None
    assert {row["facility_id"] for row in answer["differences"]} == {"LON", "SJC"}
    assert joint.checkpoint() == before


def test_the_boundary_names_share_place_and_reason(joint: Ledger):
    """A line for each facility and span, with the clause that it rests on."""
    done = ghg("boundary", "--period", "2024", "--view", "financial_control", ledger=joint)
    assert "Scope 3 category 8, 100 %" in done.stdout
    assert "by GHG Protocol Corporate Standard, app. F" in done.stdout
    spans = json.loads(ghg("boundary", "--period", "2024", "--json", ledger=joint).stdout)
    assert spans["view"] == "operational_control"
    venture = next(span for span in spans["spans"] if span["facility_id"] == "SJC")
    assert (venture["placement"], venture["share"]) == ("category_15", "0.4")


def test_a_trace_says_the_share(joint: Ledger):
    """Under equity share the line has a further factor, and says at which share it counts."""
    size = joint.checkpoint().size
    done = ghg("trace", f"2024/equity_share/scope_2_location/facility=SJC@{size}", ledger=joint)
    assert " × 0.4 = " in done.stdout
    assert "counts at 40 %" in done.stdout
    by = json.loads(ghg("inventory", "--period", "2024", "--view", "equity_share", "--by", "legal_entity", "--json",
                        ledger=joint).stdout)  # fmt: skip
    assert [row["legal_entity"] for row in by] == ["ACME", "VENTURE"]


def test_a_view_that_is_none_is_misuse(joint: Ledger):
    """Exit code 2, with the views that there are."""
    done = ghg("boundary", "--period", "2024", "--view", "control", ledger=joint)
    assert done.returncode == 2
    assert "operational_control, financial_control, equity_share, esrs_set1, esrs_revised" in done.stderr
