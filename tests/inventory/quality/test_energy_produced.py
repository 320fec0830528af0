"""Energy produced: in kWh whatever its unit, only where the metric covers each day of the period once, never netted."""

from __future__ import annotations

import json

from ledger import Ledger
from ledger.inventory import period
from ledger.inventory.registers.energy_produced import EnergyProduced, energy_produced
from ledger.store import latest_checkpoint, session

METRIC = "name,value,unit,period_start,period_end,facility_id,source"
ACTIVITY = "external_id,facility_id,activity_type,quantity,unit,month,data_basis"


def produced(ledger: Ledger, label: str) -> EnergyProduced | None:
    """What the ledger holds of a period now."""
    with session(ledger.path) as s:
        return energy_produced(s, period(label), latest_checkpoint(s).size)


def test_nothing_on_record_is_nothing_said(ledger: Ledger):
    """Without a metric there is no figure: unknown is never 0."""
    assert produced(ledger, "2024") is None


def test_units_of_energy_become_kwh_and_sites_add_up(upload, ledger: Ledger):
    """Two sites of 1.5 MWh and 500 kWh, and 3.6 GJ (1 000 kWh) of a generator; a mass is no energy."""
    upload("metric", METRIC, "energy produced renewable,1.5,MWh,2024-01-01,2024-12-31,LON,inverter",
           "energy_produced_renewable,500,kWh,2024-01-01,2024-12-31,BRS,inverter",
           "energy_produced_non_renewable,3.6,GJ,2024-01-01,2024-12-31,,generator")  # fmt: skip
    held = produced(ledger, "2024")
    assert (held.renewable_kwh, held.non_renewable_kwh) == (2000, 1000)
    assert produced(ledger, "2024-Q1").renewable_kwh is None
    upload("metric", METRIC, "energy_produced_non_renewable,7,t,2024-01-01,2024-12-31,LON,slip of the pen")
    held = produced(ledger, "2024")
    assert (held.renewable_kwh, held.non_renewable_kwh) == (2000, None)
    assert "t is no unit of energy" in " ".join(held.notes)


def test_the_statement_prints_it_and_the_requirement_is_met(upload, ledger: Ledger, tmp_path):
    """E1-5 39 is missing, then met in part, then met; the table has it apart from what is consumed."""
    upload("activity", ACTIVITY, "1,LON,electricity_purchased,1000,kWh,2024-02,measured")

    def answer() -> tuple[str, str]:
        index = ledger.requirements("esrs-set-1", period="2024")
        return next((line.state, line.words) for line in index.lines if line.requirement.code == "E1-5.39")

    assert answer()[0] == "missing"
    upload("metric", METRIC, "energy_produced_renewable,2,MWh,2024-01-01,2024-12-31,,inverter")
    assert answer() == ("partly", "energy_produced_non_renewable is not given.")
    upload("metric", METRIC, "energy_produced_non_renewable,0,MWh,2024-01-01,2024-12-31,,none")
    assert answer()[0] == "met"
    made = ledger.report("esrs-set-1", period="2024", formats=("json",), folder=tmp_path / "out")
    held = json.loads(made["json"].read_text(encoding="utf-8"))
    rows = {row[0]: row[2] for row in held["tables"]["energy_mix"]["rows"]}
    assert rows["Energy produced, renewable"]["value"] == "2000"
    assert rows["Energy produced, non-renewable"]["value"] == "0"
    assert rows["Total energy consumption"]["value"] == "1000"
