"""A founded ledger with two sites, made once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from ledger import Ledger

FACILITIES = """facility_id,name,legal_entity_id,country,grid_region,timezone,relation,exists_from,valid_from
LON,London office,ACME,GB,,Europe/London,lease_in_operating,2018-01-01,2018-01-01
SJC,San Jose laboratory,ACME,US,CAMX,America/Los_Angeles,owned,2015-01-01,2015-01-01
"""
ENTITIES = """legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from
ACME,Acme plc,GB,yes,no,2010-01-01
"""
ENERGY = """external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis
1,LON,electricity_purchased,100000,kWh,2024-03-01,2024-03-31,,measured
2,LON,natural_gas,5000,kWh,2024-03-01,2024-03-31,gross,measured
3,SJC,electricity_purchased,20,MWh,2024-03-15,2024-04-14,,measured
"""


@pytest.fixture(scope="session")
def _founded(made_for_all) -> Path:
    return made_for_all("book", founded)


def founded(folder: Path) -> None:
    """The ledger with its two sites."""
    ledger = Ledger.init(folder / "ledger.duckdb", organisation="Acme", base_year=2024, actor="anna")
    for name, text in (("entity.csv", ENTITIES), ("facility.csv", FACILITIES)):
        (folder / name).write_text(text, encoding="utf-8")
        assert ledger.upload(folder / name).status == "accepted"


@pytest.fixture
def ledger(_founded: Path, tmp_path: Path) -> Ledger:
    """A ledger of one's own, with two sites and nothing that happened there yet."""
    shutil.copytree(_founded, tmp_path / "book")
    return Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna")


@pytest.fixture(scope="session")
def _recorded(_founded: Path, made_for_all) -> tuple[Path, int]:
    def recorded(folder: Path) -> None:
        shutil.copytree(_founded, folder / "book")
        (folder / "energy.csv").write_text(ENERGY, encoding="utf-8")
        ledger = Ledger(folder / "book" / "ledger.duckdb", actor="anna")
        assert ledger.upload(folder / "energy.csv").status == "accepted"

    folder = made_for_all("recorded", recorded) / "book"
    return folder, Ledger(folder / "ledger.duckdb").checkpoint().size


@pytest.fixture
def batch(ledger: Ledger, _recorded: tuple[Path, int]) -> int:
    """The three rows of energy are recorded in the ledger: their batch."""
    folder, number = _recorded
    shutil.rmtree(ledger.path.parent)
    shutil.copytree(folder, ledger.path.parent)
    return number


@pytest.fixture
def energy(tmp_path: Path) -> Path:
    """Three rows of energy."""
    path = tmp_path / "energy.csv"
    path.write_text(ENERGY, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def energy_text() -> str:
    """Three rows of energy, as text."""
    return ENERGY
