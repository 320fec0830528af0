"""Emissions of earlier years, stated by scope and category: offered, and read from how people label them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest

from ledger.intake.tables.history import co2e_unit, label
from ledger.intake.tables.mapping import Shaping

LONG = (
    "Year,Scope,Category,tCO2e\n2022,Scope 1,,1234\n2022,Scope 2 (location-based),,50.5\n"
    "2022,Scope 2 (market-based),,40\n2022,Scope 3,6 Business travel,7\n2023,3,Waste,8\n2023,Scope 3,,9\n"
)
BY_YEAR = "Scope,Unit,2021,2022,Total\nScope 1,t,1,2,3\nScope 2 LB,t,3,4,7\nScope 2 MB,t,5,6,11\n"
BY_SCOPE = (
    "Year,Scope 1 (tCO2e),Scope 2 LB (tCO2e),Scope 2 MB (tCO2e),3.6 Business travel (kg CO2e)\n"
    "2022,1,2,3,4\n2023,5,6,7,\n"
)


def rows(upload) -> list[tuple]:
    """Line, column, type, quantity, unit and first day of each staged row."""
    assert not upload.has_errors, upload.findings[:3]
    frame = pl.concat([pl.read_parquet(part) for part in upload.parts])
    column = pl.col("tags").str.json_path_match("$.source_column")
    return frame.select("source_line", column, "activity_type", "quantity", "unit_given", "period_start").rows()


@pytest.mark.parametrize(
    ("text", "option"),
    [(LONG, "--as history"), (BY_YEAR, "--as history --pivot years"), (BY_SCOPE, "--as history --pivot scopes")],
)
def test_a_table_of_stated_years_is_offered_and_not_taken(read, text, option):
    """The fix is the exact option to add, and with it the file is read."""
    upload = read(text)
    assert [found.code for found in upload.findings] == ["history-offered"]
    assert upload.findings[0].fix == f"if that is meant, add: {option}"
    pivot = option.rpartition("--pivot ")[2] if "pivot" in option else None
    assert not read(text, kind="history", shaping=Shaping(pivot)).has_errors


def test_each_line_is_a_stated_emission_of_its_year(read):
    """By scope, method and category, in the unit of the header, tagged as history and with a note that says so."""
    upload = read(LONG, kind="history")
    first, last = date(2022, 1, 1), date(2023, 1, 1)
    assert [row[2:] for row in rows(upload)] == [
        ("stated_scope_1", Decimal(1234), "tCO2e", first),
        ("stated_scope_2_location", Decimal("50.5"), "tCO2e", first),
        ("stated_scope_2_market", Decimal(40), "tCO2e", first),
        ("stated_scope_3_category_6", Decimal(7), "tCO2e", first),
        ("stated_scope_3_category_5", Decimal(8), "tCO2e", last),
        ("stated_emissions", Decimal(9), "tCO2e", last),
    ]
    frame = pl.read_parquet(upload.parts)
    assert set(frame["tags"].str.json_path_match("$.onboarding")) == {"history"}
    assert set(frame["kind"]) == {"stated_emissions"}
    assert all("no activity data stands behind it" in note for note in frame["note"])


def test_years_across_columns_keep_their_cells(read, told):
    """And their total is checked."""
    upload = read(BY_YEAR, kind="history", shaping=Shaping("years"))
    assert [row[:4] for row in rows(upload)][:2] == [
        (2, "2021", "stated_scope_1", Decimal(1)), (2, "2022", "stated_scope_1", Decimal(2)),
    ]  # fmt: skip
    wrong = read(BY_YEAR.replace(",7\n", ",8\n"), kind="history", shaping=Shaping("years"))
    assert ("pivot-total-differs", 3, "Total") in told(wrong)


def test_scopes_across_columns_take_the_unit_of_their_headers(read):
    """Each its own."""
    made = rows(read(BY_SCOPE, kind="history", shaping=Shaping("scopes")))
    assert [(row[2], row[4]) for row in made[:4]] == [
        ("stated_scope_1", "tCO2e"), ("stated_scope_2_location", "tCO2e"), ("stated_scope_2_market", "tCO2e"),
        ("stated_scope_3_category_6", "kgCO2e"),
    ]  # fmt: skip


def test_a_faulty_cell_of_history_is_told_at_its_column(read, told):
    """As for any wide table."""
    upload = read(BY_YEAR.replace("t,3,4,7", "t,3,x,7"), kind="history", shaping=Shaping("years"))
    assert ("number-not-read", 3, "2022") in told(upload)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ((" (location-based)", ""), "history-method-missing"),
        (("Scope 1,", "Scope 1+2,"), "value-not-allowed"),
        (("2022,Scope 1", "FY2022,Scope 1"), "period-not-read"),
        (("tCO2e", "Emissions"), "value-missing"),
        (("2022,Scope 2 (market-based)", "2022,Scope 2 (location-based)"), "identity-duplicate"),
    ],
)
def test_what_is_not_told_beyond_doubt_is_an_error(read, change, code):
    """A Scope 2 without its method, a sum of scopes, a fiscal year, no unit, one line twice."""
    assert code in {found.code for found in read(LONG.replace(*change), kind="history").findings}


def test_activity_data_with_a_scope_is_no_history(read):
    """A file of activities whose sender states a scope is read as ever."""
    text = "facility_id,activity,quantity,unit,year,scope\nLON,Electricity,5,kWh,2025,2\n"
    assert read(text).kind == "activity"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Scope 1", ("1", None, None)), ("S2", ("2", None, None)),
        ("Scope 2 (location-based)", ("2", None, "location")),
        ("Scope 2 MB", ("2", None, "market")), ("3.6 Business travel", ("3", "6", None)),
        ("Employee commuting", ("3", "7", None)), ("Scope 3 category 11", ("3", "11", None)),
        ("Scope 1+2", (None, None, None)), ("Total", (None, None, None)), ("", (None, None, None)),
    ],
)  # fmt: skip
def test_what_labels_say(text, found):
    """Scope, category and method, each only where the label says it."""
    said = label(text)
    assert tuple(said.get(name) for name in ("stated_scope", "stated_scope3_category", "stated_method")) == found


@pytest.mark.parametrize(
    ("text", "unit"),
    [("tCO2e", "tCO2e"), ("Emissions (kg CO₂e)", "kgCO2e"), ("t CO2-eq", "tCO2e"), ("Emissions", None), ("CO2", None)],
)
def test_what_headers_say_of_the_unit_of_emissions(text, unit):
    """Tonnes or kilograms of CO2e; a bare CO2e is no unit."""
    assert co2e_unit(text) == unit
