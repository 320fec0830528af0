"""The demo company's files: the same bytes each time, in the words of the catalogue, about three thousand rows."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from datetime import date

import pytest

from ledger import shipped
from ledger.demo import DemoFile, write_company
from ledger.demo.activities import CLOCK, german_energy, site_energy
from ledger.demo.company import SITES, facilities, holdings, instruments, legal_entities
from ledger.demo.files import CSVS, LATE_BILLS, _rows
from ledger.demo.journeys import flights, ground_travel

SEED = 2026


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> list[DemoFile]:
    """The company, written once."""
    return write_company(tmp_path_factory.mktemp("company"), SEED)


@pytest.fixture(scope="module")
def activities() -> list[dict[str, str]]:
    """Every activity row before it is laid out in files."""
    makers = [make for _, make, _, _ in CSVS] + [german_energy, flights, ground_travel]
    return [row for make in makers for row in _rows(make, SEED)]


def catalogue(name: str) -> dict[str, dict[str, str]]:
    """A shipped table by its first column."""
    with (shipped.path("data") / name).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {next(iter(row.values())): row for row in rows}


def digest(files: list[DemoFile]) -> dict[str, str]:
    """SHA-256 of each file by its name."""
    return {file.path.name: hashlib.sha256(file.path.read_bytes()).hexdigest() for file in files}


def test_same_seed_same_bytes(files, tmp_path):
    """The files are the same to the byte for the same seed, the workbook too."""
    assert digest(write_company(tmp_path / "again", SEED)) == digest(files)


def test_other_seed_other_amounts(files, tmp_path):
    """Another seed gives another company's figures in every file of activities that is drawn."""
    other = digest(write_company(tmp_path / "other", SEED + 1))
    drawn = [file.path.name for file in files if file.path.name[:1] in {"1", "2", "3"}]
    assert all(other[name] != digest(files)[name] for name in drawn)


def test_size(files, activities):
    """It is about three thousand rows of activity data over 24 months."""
    assert 2800 <= sum(file.rows for file in files if file.kind == "activity") <= 3600
    assert {row["period_start"][:7] for row in activities} == {clock.start[:7] for clock in CLOCK}
    assert (CLOCK[0].start, CLOCK[-1].end) == ("2024-10-01", "2026-09-30")


def test_activity_types_are_in_the_catalogue(activities):
    """Each row's activity type is one of the shipped catalogue."""
    known = catalogue("activity_types.csv")
    assert {row["activity_type"] for row in activities} | {bill[1] for bill in LATE_BILLS} <= set(known)


def test_units_fit_the_activity(activities):
    """Each row's unit, by code or synonym, has a dimension in which its activity may be measured."""
    types, units = catalogue("activity_types.csv"), catalogue("units.csv")
    by_name = {name: unit for unit in units.values() for name in (unit["unit"], *unit["synonyms"].split("|"))}
    for row in activities:
        dimensions = types[row["activity_type"]]["dimension"].split("|")
        assert by_name[row["unit"]]["dimension"] in dimensions, row


def test_gas_names_its_calorific_basis(activities):
    """A fuel metered in energy says whether its heating value is gross or net."""
    gas = [row for row in activities if row["activity_type"] == "natural_gas"]
    assert gas
    assert {row["calorific_basis"] for row in gas} == {"gross"}


def test_quantities_fit_the_ledger(activities):
    """No quantity has more than 12 whole digits or 6 decimals, none is zero or negative."""
    for row in activities:
        whole, _, decimals = row["quantity"].partition(".")
        assert whole.isdigit(), row
        assert len(whole) <= 12, row
        assert len(decimals) <= 6, row
        assert int(whole + decimals) > 0, row


def test_rows_lie_in_their_facilitys_dates(activities):
    """A row of a place begins after the place was opened."""
    opened = {site.facility_id: site.exists_from for site in SITES}
    placed = [row for row in activities if "facility_id" in row]
    assert all(row["period_start"] >= opened[row["facility_id"]] for row in placed)
    assert min(row["period_start"] for row in placed if row["facility_id"] == "AUS") == "2025-04-01"


def test_two_rows_straddle_a_quarter(activities):
    """Two electricity bills lie across the end of June, and the days around them are billed once each."""
    bills = sorted(
        (row["period_start"], row["period_end"]) for row in _rows(site_energy, SEED) if row.get("meter_id") == "E-LYS-1"
    )
    straddling = [bill for bill in bills if bill[0][5:7] == "06" and bill[1][5:7] == "07"]
    assert straddling == [("2025-06-17", "2025-07-16"), ("2026-06-17", "2026-07-16")]
    days = sum((date.fromisoformat(end) - date.fromisoformat(start)).days + 1 for start, end in bills)
    assert days == (date(2026, 9, 30) - date(2024, 10, 1)).days + 1


def test_no_bill_twice(activities):
    """No two rows could be taken for the same bill."""
    keys = ("facility_id", "legal_entity_id", "activity_type", "period_start", "quantity", "invoice_id", "note")
    twice = [key for key, n in Counter(tuple(row.get(k) for k in keys) for row in activities).items() if n > 1]
    assert twice == []


def test_spend_is_in_four_currencies(activities):
    """Spend is in pounds, dollars, euros and Singapore dollars, net of tax, with a six-digit NAICS code."""
    spend = [row for row in activities if row["activity_type"].endswith("_spend")]
    assert {row["unit"] for row in spend} == {"GBP", "USD", "EUR", "SGD"}
    assert all(len(row["classification_code"]) == 6 and row["tax_included"] == "no" for row in spend)
    assert {row["activity_type"] for row in spend} >= {"cloud_spend", "it_hardware_spend"}


def test_organisation():
    """Eight places in five countries, two American grids, one joint venture of one half that the group operates."""
    places = facilities()
    assert Counter(place["country"] for place in places) == {"GB": 2, "US": 2, "DE": 2, "FR": 1, "SG": 1}
    assert {place["grid_region"] for place in places if place["country"] == "US"} == {"ERCT", "CAMX"}
    joint = [holding for holding in holdings() if holding["equity_share"] == "0.5"]
    held = [(holding["child"], holding["financial_control"], holding["operational_control"]) for holding in joint]
    assert held == [("NORDKAI-GMBH", "joint", "yes")]
    assert {place["legal_entity_id"] for place in places} == {entity["legal_entity_id"] for entity in legal_entities()}


def test_instruments_cover_less_than_is_consumed(activities):
    """No instrument holds more than its market or place consumed in its year, so none is left over."""
    country = {site.facility_id: site.country for site in SITES}
    factor = {"kWh": 1, "MWh": 1000}
    for instrument in instruments():
        consumed = sum(
            float(row["quantity"]) * factor[row["unit"]]
            for row in activities
            if row["activity_type"] == "electricity_purchased"
            and row["period_start"][:4] == instrument["vintage_start"][:4]
            and country[row["facility_id"]] == instrument["country"]
            and instrument.get("facility_id") in (None, row["facility_id"])
        )
        assert int(instrument["kwh"]) < consumed, instrument["instrument_id"]


def test_faulty_file_and_its_correction(files):
    """The faulty file is the corrected one with a wrong cell in each row and a sum at the end."""
    faulty, right = (file for file in files if file.path.name.startswith("4"))
    assert (faulty.faulty, right.faulty) == (True, False)
    wrong_rows = list(csv.DictReader(faulty.path.open(encoding="utf-8")))
    right_rows = list(csv.DictReader(right.path.open(encoding="utf-8")))
    assert len(wrong_rows) == len(right_rows) + 1
    differing = [{k for k in a if a[k] != b[k]} for a, b in zip(wrong_rows, right_rows, strict=False)]
    assert all(differing)
    assert len({frozenset(columns) for columns in differing}) >= 6
