"""The small kinds: what is read, what is taken for a blank, and the rows that the ledger's tables get."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from ledger.errors import Misuse
from ledger.intake.master import master_rows
from ledger.store import as_arrow

FACILITY = "facility_id,name,legal_entity_id,country,relation,valid_from"


def rows_of(upload) -> dict[str, list[dict]]:
    """The rows by table, which must fit the tables' types."""
    assert not upload.has_errors, upload.findings[:3]
    made = {table.__tablename__: (table, rows) for table, rows in master_rows(upload)}
    return {name: as_arrow(table, rows).to_pylist() for name, (table, rows) in made.items()}


def test_a_facility_takes_its_market_from_its_country(read, told):
    """Germany is in the market of the AIB, the United States are their own; a time zone that is not given is told."""
    upload = read(f"{FACILITY}\nBER,Berlin,ACME,DE,owned,2024-01-01\nAUS,Austin,Acme plc,USA,rented,2024-01-01\n")
    assert upload.kind == "facility"
    assert told(upload) == [("default-taken", None, "timezone")]
    found = rows_of(upload)["facility"]
    assert [(row["market_boundary"], row["country"], row["relation"]) for row in found] == [
        ("AIB", "DE", "owned"),
        ("US", "US", "lease_in_operating"),
    ]
    assert {row["legal_entity_id"] for row in found} == {"ACME"}
    assert found[0]["withdrawn"] is False


@pytest.mark.parametrize(
    ("row", "code", "column"),
    [
        ("BER,Berlin,NOBODY,DE,owned,2024-01-01", "legal-entity-unknown", "legal_entity_id"),
        ("BER,Berlin,ACME,Atlantis,owned,2024-01-01", "country-unknown", "country"),
        ("BER,Berlin,ACME,DE,borrowed,2024-01-01", "value-not-allowed", "relation"),
        ("BER,Berlin,ACME,DE,owned,01/02/2024", "date-order-unknown", "valid_from"),
        ("BER,,ACME,DE,owned,2024-01-01", "value-missing", "name"),
        (",Berlin,ACME,DE,owned,2024-01-01", "value-missing", "facility_id"),
    ],
)
def test_faults_of_a_facility(read, told, row, code, column):
    """Each is told by line and column."""
    upload = read(f"{FACILITY},timezone\n{row},Europe/Berlin\n")
    assert told(upload) == [(code, 2, column)]


def test_the_same_version_twice_is_refused(read, told):
    """Two rows of one facility need two dates."""
    row = "BER,Berlin,ACME,DE,owned,2024-01-01,UTC\n"
    upload = read(f"{FACILITY},timezone\n{row}{row.replace('2024', '2025')}{row}")
    assert told(upload) == [("identity-duplicate", 4, "facility_id")]


def test_legal_entities_and_holdings(read, known):
    """Entities may come before anything is known; a holding names entities that are."""
    upload = read("legal_entity_id,name,country,valid_from\nNEW,New Ltd,GB,2024-01-01\n")
    assert upload.kind == "legal_entity"
    assert rows_of(upload)["legal_entity"][0]["in_consolidated_accounts"] is True
    header = "parent,child,equity_share,financial_control,operational_control,valid_from\n"
    held = replace(known, legal_entities={"ACME": "Acme plc", "ORE": "Ore Ltd"})
    upload = read(header + "ACME,ORE,0.5,joint,no,2024-01-01\n", known=held)
    row = rows_of(upload)["holding"][0]
    assert (row["equity_share"], row["financial_control"], row["operational_control"]) == (
        Decimal("0.5"),
        "joint",
        False,
    )
    wrong = read(header + "ACME,NEW,50,joint,no,2024-01-01\n")
    assert {found.code for found in wrong.findings} == {"legal-entity-unknown", "number-out-of-range"}


def test_an_instrument_that_says_nothing_of_its_criteria_meets_none(read):
    """A criterion that is not answered is unknown, which counts as not met; that is said."""
    header = "instrument_id,type,kwh,technology,energy_source,country,vintage_start,vintage_end,registry\n"
    upload = read(header + "GO-1,guarantee of origin,5000,wind,renewable,DE,2026-01-01,2026-12-31,HKNR\n")
    row = rows_of(upload)["instrument"][0]
    assert (row["criterion_1"], row["market_boundary"], row["registry_name"]) == ("unknown", "AIB", "HKNR")
    assert (row["type"], row["criterion_6"], row["criterion_7"]) == ("go", "na", "na")
    assert {found.column for found in upload.findings if found.code == "default-taken"} >= {
        "criterion_1",
        "criterion_8",
    }


def test_a_users_factor_serves_what_its_type_asks_for(read):
    """A supplier's rate for purchased electricity serves the market-based energy line of its supplier, by the kWh."""
    header = "factor_id,activity_type,unit,co2e,year,source,supplier\n"
    upload = read(header + "northmoor-2026,electricity,kWh,0.134,2026,label of 2026,Northmoor Energy\n")
    assert upload.kind == "factor"
    tables = rows_of(upload)
    (row,) = tables["emission_factor"]
    assert (row["activity_type"], row["line"], row["kind"], row["serves"]) == (
        "electricity", "energy", "supplier", "market",
    )  # fmt: skip
    assert row["co2e_published_kg_per_unit"] == Decimal("0.134")
    assert (row["valid_from"], row["valid_to"], row["gas_coverage"]) == (
        date(2026, 1, 1),
        date(2026, 12, 31),
        "co2e_only",
    )
    assert row["source_cell"] == "label of 2026 (file.csv, line 2)"
    assert (row["verification"], row["dataset"]) == ("user", tables["factor_dataset"][0]["dataset"])


def test_that_a_factor_without_a_supplier_serves_both_methods_is_told(read, told):
    """A rate that names nobody would change location-based figures too: it is said, and not where the file says it."""
    header = "factor_id,activity_type,unit,co2e,year,source,supplier,serves\n"
    upload = read(
        header + "a,electricity,kWh,0.1,2026,x,,\nb,electricity,kWh,0.1,2026,x,Northmoor,\n"
        "c,electricity,kWh,0.1,2026,x,,market\nd,diesel,L,2.6,2026,x,,\n"
    )
    assert told(upload) == [("serves-assumed", 2, "serves")]
    assert [row["serves"] for row in rows_of(upload)["emission_factor"]] == ["both", "market", "market", "na"]


def test_a_users_factor_needs_a_unit_that_suits(read, told):
    """Kilometres of electricity are refused; a fuel's factor per kWh is taken on gross calorific value and says so."""
    header = "factor_id,activity_type,unit,co2e,year,source\n"
    assert ("unit-unsuited", 2, "unit") in told(read(header + "a,electricity,km,0.1,2026,x\n"))
    upload = read(header + "a,natural_gas,kWh,0.18,2026,x\n")
    assert told(upload) == [("calorific-basis-assumed", 2, "calorific_basis")]
    assert rows_of(upload)["emission_factor"][0]["calorific_basis"] == "gross"


def test_a_metric_keeps_fifteen_decimals(read):
    """Rates and indices need more decimals than quantities; a unit may be anything that is counted."""
    header = "name,value,unit,period_start,period_end,source\n"
    upload = read(header + "rate,0.123456789012345,persons per day,2026-01-01,2026-12-31,survey\n")
    assert rows_of(upload)["metric"][0]["value"] == Decimal("0.123456789012345")


def test_activities_fill_no_register(read):
    """Asking for the register rows of activities is a mistake of the caller."""
    upload = read("activity_type,quantity,unit,month,facility_id\nelectricity,5,kWh,2026-07,LON\n")
    with pytest.raises(Misuse):
        list(master_rows(upload))
