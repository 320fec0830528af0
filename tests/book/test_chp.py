"""A supplier's combined heat and power: two factors from one plant, which heat and power bought from it take."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.errors import Refused

HEADER = (
    "plant_id,supplier,chp_method,fuel_factor_id,fuel_burned,fuel_unit,heat_kwh,power_kwh,heat_efficiency,"
    "power_efficiency,data_year,source\n"
)
FUEL = (
    "factor_id,activity_type,per_unit,co2e_published_kg_per_unit,co2_kg_per_unit,data_year,source,calorific_basis,"
    "country\nt:wood,natural_gas,kWh,0.2,0.19,2024,made for a test,gross,XK\n"
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Ledger:
    """A ledger with a company, a place and a fuel."""
    folder = tmp_path_factory.mktemp("chp")
    made = Ledger.init(folder / "x.duckdb", organisation="Acme", actor="accountant")
    texts = {
        "legal_entity": "legal_entity_id,name,country,valid_from\nA,Acme,DE,2020-01-01\n",
        "facility": "facility_id,name,legal_entity_id,country,relation,valid_from\nULM,Ulm,A,DE,owned,2020-01-01\n",
        "factor": FUEL,
    }
    for kind, text in texts.items():
        uploaded(made, kind, text)
    return made


def uploaded(ledger: Ledger, kind: str, text: str):
    """The result of an upload."""
    file = ledger.path.parent / f"{kind}.csv"
    file.write_text(text, encoding="utf-8")
    return ledger.upload(file, kind, locale="en-GB")


def test_a_plant_gives_two_factors_that_its_customers_take(ledger):
    """By efficiencies: 1000 MWh × 200 kg/MWh = 200 t; heat bears 400 ÷ 0.8 = 500 of 500 + 300 ÷ 0.4 = 1250.

    So heat is 0.4 × 200 t = 80 t over 400 MWh: 0.2 kg/kWh; power 120 t over 300 MWh: 0.4 kg/kWh.
    """
    row = "W,Stadtwerke Ulm,efficiency,t:wood,1000,MWh,400000,300000,0.8,0.4,2024,operator's statement\n"
    assert uploaded(ledger, "chp_plant", HEADER + row).status == "accepted"
    (split,) = ledger.chp()
    assert (split.heat_share, split.total_kg) == (Decimal("0.4"), 200_000)
    assert (split.heat_kg_per_kwh, split.power_kg_per_kwh) == (Decimal("0.2"), Decimal("0.4"))
    assert ledger.factor("W:heat")["co2_kg_per_unit"] == Decimal("0.19")
    uploaded(
        ledger, "activity",
        "facility_id,activity_type,quantity,unit,month,data_basis,supplier\n"
        "ULM,district_heat,1000,kWh,2024-01,measured,Stadtwerke Ulm\n"
        "ULM,electricity_purchased,1000,kWh,2024-02,measured,Stadtwerke Ulm\n"
    )  # fmt: skip
    rows = {row.carrier: row for row in ledger.scope2("2024").rows}
    assert (rows["heat_and_steam"].market_kg, rows["electricity"].market_kg) == (200, 400)
    assert rows["heat_and_steam"].supplier_rate_kwh == 1000
    assert rows["heat_and_steam"].location_kg != rows["heat_and_steam"].market_kg
    assert ledger.verify().findings == []


def test_by_energy_content(ledger):
    """400 of 700 MWh are heat: 4/7 of the emissions, so heat and power emit the same per kWh."""
    row = "E,Other Works,energy_content,t:wood,1000,MWh,400000,300000,,,2024,operator's statement\n"
    assert uploaded(ledger, "chp_plant", HEADER + row).status == "accepted"
    split = next(found for found in ledger.chp() if found.plant_id == "E")
    assert split.heat_kg_per_kwh == split.power_kg_per_kwh == Decimal("0.285714285714286")
    assert split.heat_share == Decimal("0.571429")


def test_what_a_plant_cannot_be(ledger: Ledger, tmp_path: Path):
    """No efficiency is assumed; nothing made, an unknown fuel, and a fuel in the wrong unit are refused in words."""
    rows = (
        "A,S,efficiency,t:wood,1000,MWh,400000,300000,,0.4,2024,x\n"
        "B,S,energy_content,t:wood,1000,MWh,0,300000,,,2024,x\n"
        "C,S,energy_content,t:none,1000,MWh,1,1,,,2024,x\n"
    )
    found = uploaded(ledger, "chp_plant", HEADER + rows)
    told = {(finding.line, finding.code) for finding in found.findings if finding.severity == "error"}
    assert told == {(2, "chp-without-efficiency"), (3, "not-above-zero"), (4, "factor-unknown")}
    before = ledger.checkpoint()
    with pytest.raises(Refused, match="is per kWh, which cannot be had from L"):
        uploaded(ledger, "chp_plant", HEADER + "D,S,energy_content,t:wood,1000,L,1,1,,,2024,x\n")
    with pytest.raises(Refused, match="is no factor of burning a fuel"):
        uploaded(ledger, "chp_plant", HEADER + "D,S,energy_content,W:heat,1000,kWh,1,1,,,2024,x\n")
    assert ledger.checkpoint() == before
