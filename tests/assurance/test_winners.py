"""Verification ranks factors again: a choice that took another than the best is told, whatever is wrong with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ledger.assurance.checks import winners
from ledger.book import Ledger
from ledger.calculation import choices

FACTORS = """factor_id,activity_type,kind,per_unit,data_year,co2e_published_kg_per_unit,source,supplier,country,region
acme:rate,electricity_purchased,supplier,kWh,2024,0.1,Acme's bill,Acme Power,GB,
residual:GB,electricity_purchased,residual,kWh,2024,0.4,A residual mix,,GB,
"""
ENTITIES = """legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from
ACME,Acme plc,GB,yes,no,2010-01-01
"""
HEADER = "external_id,legal_entity_id,activity_type,quantity,unit,period_start,period_end,country,grid_region,supplier"
ROWS = (
    "1,ACME,electricity_purchased,100,kWh,2024-03-01,2024-03-31,GB,,",
    "2,ACME,electricity_purchased,100,kWh,2024-03-01,2024-03-31,GB,,Acme Power",
    "3,ACME,electricity_purchased,100,kWh,2025-03-01,2025-03-31,US,CAMX,",
    "4,ACME,electricity_purchased,100,kWh,2025-03-01,2025-03-31,DE,,",
    "5,ACME,diesel,100,L,2024-03-01,2024-03-31,GB,,",
    "6,ACME,diesel,100,L,2026-03-01,2026-03-31,US,,",
    "7,ACME,flight_long_haul_economy,100,pkm,2023-03-01,2023-03-31,FR,,",
)


@pytest.fixture
def filled(tmp_path: Path):
    """A ledger in which suppliers, residual mixes, regions, countries and editions of several years meet."""

    def make() -> Ledger:
        ledger = Ledger.init(tmp_path / "l.duckdb", organisation="Acme", actor="anna")
        (tmp_path / "entity.csv").write_text(ENTITIES, encoding="utf-8")
        (tmp_path / "factor.csv").write_text(FACTORS, encoding="utf-8")
        (tmp_path / "rows.csv").write_text("\n".join((HEADER, *ROWS)) + "\n", encoding="utf-8")
        for name in ("entity", "factor", "rows"):
            assert ledger.upload(tmp_path / f"{name}.csv").status == "accepted"
        return ledger

    return make


def test_what_the_rule_chose_holds(filled):
    """Every choice of the ledger is the one that plain Python ranks first."""
    found = filled().verify()
    assert [finding.message for finding in found.findings if finding.severity == "error"] == []


MUTATIONS = [
    ("candidate", "named desc, age > 3, market_rank,", "named desc, age > 3, -market_rank,"),
    ("candidate", "own_first desc, tier,", "own_first desc, -tier,"),
    ("candidate", "place_rank, age, unofficial", "place_rank, -age, unofficial"),
    ("candidate", "place_rank, age, unofficial", "-place_rank, age, unofficial"),
    ("candidate", "when d.home_country = w.country then 1", "when d.home_country = w.country then 2"),
    ("candidate", "year(f.valid_from) <= w.edition_year", "year(f.valid_from) < w.edition_year"),
]


@pytest.mark.parametrize(("name", "right", "wrong"), MUTATIONS)
@pytest.mark.thorough
def test_a_changed_order_is_told(filled, monkeypatch, name, right, wrong):
    """A slip in the order of preference gives choices that verify tells, though each factor may serve its key."""
    text = choices.sql(name)
    assert right in text, "the statement has changed: give the mutation anew"
    real = choices.sql
    monkeypatch.setattr(choices, "sql", lambda asked: text.replace(right, wrong) if asked == name else real(asked))
    found = filled().verify()
    assert "choice-winner" in {finding.code for finding in found.findings}


def test_the_sample_reaches_every_type_line_and_method(filled, monkeypatch):
    """Some of each type, line and method are ranked again, so a fault in one of them does not hide behind the rest."""
    seen = []
    real = winners._fault
    monkeypatch.setattr(winners, "_fault", lambda choice, *more: seen.append(choice) or real(choice, *more))
    filled().verify()
    assert {(c["factor_activity_type"], c["line"], c["method"]) for c in seen} >= {
        ("electricity", "energy", "location"), ("electricity", "energy", "market"), ("diesel", "direct", "single"),
    }  # fmt: skip
