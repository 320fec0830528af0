"""A file in which each row is a key of its own: it is decided, recorded and verified within the memory limit."""

from __future__ import annotations

import pytest

from ledger.book import Ledger

ENTITIES = """legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from
ACME,Acme plc,GB,yes,no,2010-01-01
"""
HEADER = (
    "external_id,legal_entity_id,activity_type,quantity,unit,period_start,period_end,country,contract_id,data_basis"
)
KEYS = 200_000


@pytest.mark.thorough
def test_two_hundred_thousand_keys_fit(tmp_path):
    """Power under 200,000 contracts: six lines each, one batch, and every choice follows."""
    ledger = Ledger.init(tmp_path / "l.duckdb", organisation="Acme", actor="anna")
    (tmp_path / "entity.csv").write_text(ENTITIES, encoding="utf-8")
    ledger.upload(tmp_path / "entity.csv")
    with (tmp_path / "power.csv").open("w", encoding="utf-8") as file:
        file.write(HEADER + "\n")
        for n in range(KEYS):
            month, country = n % 12 + 1, ("GB", "US", "DE")[n % 3]
            days = f"2025-{month:02d}-01,2025-{month:02d}-28"
            file.write(f"{n},ACME,electricity_purchased,{1000 + n % 977},kWh,{days},{country},C{n},measured\n")
    done = ledger.upload(tmp_path / "power.csv")
    assert (done.status, done.rows) == ("accepted", KEYS)
    found = ledger.verify()
    assert [finding.message for finding in found.findings if finding.severity == "error"] == []
