"""The AI report: models by stage as posted, training as Annex XI asks, two scores that never merge, by hand."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from ledger import Ledger
from ledger.disclosure.quarterly.tables import quarterly_tables
from ledger.disclosure.statement.tables import statement_tables
from ledger.disclosure.tables.ai import powers
from ledger.errors import Misuse
from ledger.inventory.exact import exact_sum

ENTITIES = """legal_entity_id,name,country,in_consolidated_accounts,valid_from
L1,Model works,GB,yes,2020-01-01
"""
FACILITIES = """facility_id,name,country,legal_entity_id,timezone,relation,valid_from
DC,Data hall,GB,L1,Europe/London,owned,2020-01-01
HQ,Office,GB,L1,Europe/London,owned,2020-01-01
"""
BILL = """external_id,facility_id,activity_type,quantity,unit,month,data_basis
1,HQ,electricity_purchased,1000,kWh,2024-02,measured
"""
RUN_COLUMNS = (
    "run_id,attempt,model,stage,outcome,start_utc,end_utc,facility_id,energy_kwh,level,pue,parameters_total,tokens_in,"
    "requests"
)
RUNS = f"""{RUN_COLUMNS}
pt,1,m1,pre_training,failed,2024-02-01T00:00:00Z,2024-02-02T00:00:00Z,DC,100,it,1.2,1000000000,1000000000,
pt,2,m1,pre_training,completed,2024-02-03T00:00:00Z,2024-02-05T00:00:00Z,DC,500,it,1.2,1000000000,20000000000,
inf,1,m1,inference,completed,2024-02-10T00:00:00Z,2024-02-20T00:00:00Z,DC,50,facility,,,,10000
late,1,m1,inference,completed,2024-05-01T00:00:00Z,2024-05-02T00:00:00Z,DC,7,facility,,,,10
ev,1,m2,evaluation,completed,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,DC,10,facility,,,,
"""
MACHINES = """asset_id,hardware_id,count,acquired_on,life_years,retired_on,embodied_kg_each,embodied_source,facility_id
OLD,a100,2,2022-03-01,2,,100,PCF sheet,DC
EARLY,h100,1,2023-01-01,4,2024-03-31,1461,PCF sheet,DC
NEW,h100,4,2024-02-01,4,,50,PCF sheet,DC
NIC,mi300x,1,2024-03-01,4,,,,DC
"""
METRICS = """name,facility_id,period_start,period_end,value,unit,source
it_energy_pdu,DC,2024-01-01,2024-03-31,0.6,MWh,meter
Water intake,DC,2024-01-01,2024-03-31,1.2,m3,meter
it_energy,HQ,2024-01-01,2024-02-29,10,kWh,meter
"""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Ledger:
    """A company with a data hall that trains and serves a model, and an office."""
    folder = tmp_path_factory.mktemp("ai_report")
    made = Ledger.init(
        folder / "ai.duckdb", organisation="Model works", base_year=2024, actor="ann", datasets=("desnz-2024",)
    )
    files = {"legal_entity": ENTITIES, "facility": FACILITIES, "activity": BILL, "ai_run": RUNS, "metric": METRICS}
    files["hardware_asset"] = MACHINES
    for name, content in files.items():
        file = folder / f"{name}.csv"
        file.write_text(content)
        done = made.upload(file, name)
        assert done.status == "accepted", [finding.message for finding in done.findings]
    return made


@pytest.fixture(scope="module")
def tables(ledger: Ledger):
    """The tables of the report of the first quarter, by key."""
    held = ledger.statement("ai-footprint", period="2024-Q1")
    return statement_tables(held, quarterly_tables(held.figures))


def values(table) -> dict[str, list[Decimal | None]]:
    """A table's exact values by the label of the row; of several alike the first."""
    made: dict[str, list[Decimal | None]] = {}
    for row in table.rows:
        made.setdefault(row.cells[0].text, [cell.value for cell in row.cells[1:]])
    return made


def test_models_by_stage_are_what_was_posted(tables, ledger: Ledger):
    """600 kWh of machines at a PUE of 1.2 are 720; kg as the ledger posts 1 kWh there; a run of May is not in it."""
    held = values(tables["ai_models"])
    with_office = ledger.inventory("2024-Q1")
    kg_per_kwh = {
        measure: getattr(with_office, measure) / (1000 + 720 + 50 + 10)
        for measure in ("scope_2_location", "scope_2_market", "scope_3")
    }
    kg_per_kwh["scope_3"] -= Decimal(200) / (1000 + 720 + 50 + 10)  # machines bought
    location = kg_per_kwh["scope_2_location"] + kg_per_kwh["scope_3"]
    market = kg_per_kwh["scope_2_market"] + kg_per_kwh["scope_3"]
    for stage, runs, not_kept, kwh in (("Pre-training", 2, 1, 720), ("Inference", 1, 0, 50), ("Evaluation", 1, 0, 10)):
        assert held[stage][:2] == [runs, not_kept]
        assert held[stage][3] == kwh
        assert held[stage][4] == pytest.approx(location * kwh)
        assert held[stage][5] == pytest.approx(market * kwh)
    assert held["Total"][3] == 770
    notes = " ".join(tables["ai_models"].notes)
    assert "not kept used 120 kWh" in notes


def test_figures_of_models_are_traced_to_their_runs(tables, ledger: Ledger):
    """The id beside a kg leads to its postings, which add up to it; ids that cannot be are refused in words."""
    rows = {row.cells[0].text: row for row in tables["ai_models"].rows}
    for label, runs in (("Pre-training", {"pt"}), ("Total", {"pt", "inf"})):
        cell = rows[label].cells[5]
        traced = ledger.trace(cell.figure)
        assert traced.value == cell.value
        assert exact_sum([line.amount for line in traced.lines]) == cell.value
        assert traced.rest == 0
        assert traced.postings == len(traced.lines)
        entries = {line.details["entry"] for line in traced.lines}
        told = "\n".join(str(ledger.trace(entry).facts) for entry in entries)
        assert {run for run in ("pt", "inf", "ev") if f"run {run}" in told} == runs, told
    assert [cell.figure for cell in rows["Total"].cells[1:5]] == [None] * 4
    for wrong in ("scope_1/stage=tuning", "energy_kwh/model=m1", "scope_3/model=m1/category=1"):
        with pytest.raises(Misuse, match="model and stage cut"):
            ledger.trace(f"2024-Q1/operational_control/{wrong}@5")


def test_training_is_what_annex_xi_asks(tables):
    """6 × 10^9 × 21 × 10^9 FLOP, all estimated; 72 hours; 720 kWh are 0.72 MWh; an evaluation is none."""
    held = values(tables["ai_compute"])
    assert held["m1"] == [Decimal("126e18"), Decimal("126e18"), 72, None, 720]
    shown = {row.cells[0].text: [cell.text for cell in row.cells[1:]] for row in tables["ai_compute"].rows}
    assert shown["m1"][0] == "1.26 × 10²⁰"
    assert shown["m1"][4] == "0.72"
    assert "m2" not in held


def test_scores_print_every_term_and_never_merge(tables):
    """Provider: 720 kWh over 21 × 10^9 tokens; consumer: 50 kWh over 10,000 requests; E × I ÷ R is the score."""
    rows = [(row.cells[0].text, row.cells[1].value) for row in tables["ai_scores"].rows]
    names = [name for name, _ in rows]
    for score, kwh, units in (("SCI for AI, provider", 720, 21 * 10**9), ("SCI for AI, consumer", 50, 10_000)):
        place = names.index(score)
        (_, e), (_, i), (letter, m), (_, r) = rows[place + 1 : place + 5]
        assert (e, r) == (kwh, units)
        assert (letter, m) == ("M", None)
        assert rows[place][1] == pytest.approx(e * i / r)
    manufacture = [row.cells[1].text for row in tables["ai_scores"].rows if row.cells[0].text == "M"]
    assert set(manufacture) == {"not quantified"}


def test_data_centres_have_their_indicators_and_what_is_missing(tables, ledger: Ledger):
    """780 kWh of runs at the hall over 600 of IT: PUE 1.3; 1,200 L: 2 L/kWh; the office lacks a month of IT energy."""
    held = values(tables["data_centres"])
    assert held["PUE, power usage effectiveness"][0] == Decimal("1.3")
    assert held["WUE, water taken in"][0] == 2
    posted = values(tables["ai_models"])
    location = sum(posted[label][4] for label in ("Total", "Evaluation"))  # with upstream and losses, which are none
    assert 0 < held["CUE, carbon usage effectiveness, location-based"][0] * 600 < location
    told = [[cell.text for cell in row.cells] for row in tables["data_centres"].rows]
    assert ["DC", "", "", ""] in told
    assert any("780.0 kWh ÷ 600.0 kWh, read at: PDU output (category 2)" in row[3] for row in told)
    office = next(note for note in tables["data_centres"].notes if note.startswith("Not quantified at HQ: energy of"))
    assert "60 of 91 days" in office


def test_manufacture_stands_under_both_policies(tables, ledger: Ledger):
    """200 kg bought in the quarter are the inventory's; by days 0.1 to 1 kg a day; 1,005 days left are written off."""
    table = tables["manufacture"]
    names = [row.cells[0].text.rpartition("(")[2].rstrip(")") for row in table.rows]
    held = {name: [cell.value for cell in row.cells[3:]] for name, row in zip(names, table.rows, strict=True)}
    old = Decimal(200) * 60 / 731  # to 29 February 2024
    assert held["OLD"][0] == 0
    assert abs(held["OLD"][1] - old) < Decimal("0.00001")
    assert held["EARLY"] == [0, 91, 1461 - 365 - 91]
    assert held["NEW"][0] == 200
    assert abs(held["NEW"][1] - Decimal(200) * 60 / 1461) < Decimal("0.00001")
    assert held["NIC"] == [None, None, None]
    assert held["Total"][0] == 200
    assert held["Total"][0] == ledger.inventory("2024-Q1").scope_3_categories[2]
    notes = " ".join(table.notes)
    assert "never added" in notes
    assert "NIC: not quantified" in notes


def test_the_index_says_what_annex_xi_still_asks(ledger: Ledger, tmp_path):
    """Compute, time and energy of training are known (an evaluation is none); without runs nothing is asked."""
    state = {line.requirement.code: line.state for line in ledger.requirements("eu-ai-act", period="2024-Q1").lines}
    assert state == {"XI.1.2d-compute": "met", "XI.1.2d-time": "met", "XI.1.2e": "met", "boundary": "missing"}
    none = ledger.requirements("ai-act", period="2024-Q3").lines
    assert {line.state for line in none} == {"not_applicable"}
    made = ledger.report("ai-footprint", period="2024-Q1", formats=("json", "html"), folder=tmp_path, language="de")
    told = json.loads(made["json"].read_text(encoding="utf-8"))
    assert told["ai"][0]["model"] == "m1"
    page = made["html"].read_text(encoding="utf-8")
    assert "Vortraining" in page
    assert "gemessen: Ausgang der PDU (Kategorie 2)" in page
    assert told["data_centres"][0]["figures"][0]["terms"][1]["source"] == "PDU output"


def test_large_counts_are_powers_of_ten():
    """Three significant figures before the power; zero is zero."""
    assert [powers(Decimal(count)) for count in ("0", "3.14e23", "999.6")] == ["0", "3.14 × 10²³", "1.00 × 10³"]
