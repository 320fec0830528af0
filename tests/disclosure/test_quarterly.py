"""The report's figures read from a real ledger, small enough to reckon by hand."""

from __future__ import annotations

import dataclasses
import json
from datetime import date
from decimal import Decimal

import pytest

from ledger.disclosure.figures.quarterly import quarterly_figures
from ledger.disclosure.figures.record import MEASURES
from ledger.disclosure.quarterly.document import quarterly_document
from ledger.disclosure.tables.emissions import summary
from ledger.inventory import compile_inventory, period
from ledger.store import session

QUARTER = (date(2024, 4, 1), date(2024, 5, 1), date(2024, 6, 1))


@pytest.fixture(scope="module")
def ledger(tiny, tmp_path_factory):
    """Power in GB for the second quarters of 2023 and 2024, 0.3 and 0.2 kg per kWh, part covered by a certificate."""
    path = tmp_path_factory.mktemp("ledger") / "l.duckdb"
    factors = [
        tiny.factor("grid-24", co2e_published_kg_per_unit="0.2"),
        tiny.factor(
            "grid-23",  co2e_published_kg_per_unit="0.3", dataset="t-2023",
            edition="2023", data_year="2023", valid_from="2023-01-01", valid_to="2023-12-31",
        ),
    ]  # fmt: skip
    settings = [
        {"name": "organisation", "value": "Tiny & Co", "valid_from": tiny.EPOCH},
        {"name": "base_year", "value": "2023", "valid_from": tiny.EPOCH},
    ]
    with session(path, "write", create=True) as s:
        tiny.found(
            s,
            factors,
            settings=settings,
            datasets=[tiny.dataset("t-2024"), tiny.dataset("t-2023")],
            facilities=[tiny.facility("F1", name="Works"), tiny.facility("F2", name="Office")],
            instruments=[tiny.instrument("C1", "600")],
        )
        for year, kwh in ((2023, "1000"), (2024, "500")):
            rows = []
            for month in (4, 5, 6):
                day = date(year, month, 1), date(year, month, 30)
                rows.append(tiny.row("electricity_purchased", kwh, "kWh", *day, facility_id="F1"))
                given = (kwh, "kWh") if year == 2023 else ("0.5", "MWh")  # the Office's bills changed their unit
                rows.append(tiny.row("electricity_purchased", *given, *day, facility_id="F2"))
            tiny.upload(s, f"power-{year}", rows)
        tiny.calculate(s, "all")
    return path


@pytest.fixture(scope="module")
def found(ledger):
    """The figures of the second quarter of 2024, before anything was added later."""
    with session(ledger) as s:
        return quarterly_figures(s, period("2024-Q2"))


def test_figures_are_those_of_the_inventory(ledger, found):
    """3,000 kWh × 0.2 = 600 kg location-based; 600 certified kWh bring market-based to 480; last year 1,800 kg."""
    with session(ledger) as s:
        held = compile_inventory(s, period("2024-Q2"))
    assert found.current == held
    assert found.current.scope_2_location == Decimal(600)
    assert found.current.scope_2_market == Decimal(480)
    assert found.comparative.scope_2_location == Decimal(1800)
    assert found.base_year.scope_2_location == Decimal(1800)
    assert found.organisation.name == "Tiny & Co"
    assert found.status == "draft"
    assert sum((line.kwh for line in found.allocations), Decimal(0)) == Decimal(600)
    assert found.instruments[0].used_in_period_kwh == Decimal(600)


def test_a_bill_in_another_unit_is_the_same_use(found):
    """Half the kWh is half the use, whether this year's bills are in kWh or in MWh."""
    moved = {c.facility: c for c in found.changes if c.measure == "scope_2_location"}
    assert moved["Works"].by_activity_kg == moved["Office"].by_activity_kg == Decimal(-450)
    assert moved["Office"].by_factor_kg == moved["Works"].by_factor_kg


def test_breakdowns_and_postings_sum_to_the_figures(found):
    """Facilities, months, quarters, factors and the postings each add up to the quarter, digit for digit."""
    for lines in (found.facilities, found.months):
        for measure in MEASURES:
            parts = [getattr(line, measure) for line in lines if getattr(line, measure) is not None]
            assert (sum(parts, Decimal(0)) if parts else None) == getattr(found.current, measure)
    assert found.quarters[-1].scope_2_market == found.current.scope_2_market
    assert next(line.key for line in found.quarters) == "2023-Q2"
    rows = found.postings.to_pylist()
    for method, measure in (("location", "scope_2_location"), ("market", "scope_2_market")):
        kg = sum(
            (r["total_co2e_kg"] for r in rows if r["method"] == method and r["total_co2e_kg"] is not None), Decimal(0)
        )
        assert kg == getattr(found.current, measure)
    for row in rows:
        if row["total_co2e_kg"] is not None:
            assert row["sign"] * row["quantity"] * row["co2e_kg_per_unit"] == row["total_co2e_kg"]


def test_changes_say_use_and_factor(found):
    """Half the use (−900 kg at last year's factor) and a third off the factor (−300 kg) explain −1,200 kg."""
    moved = [change for change in found.changes if change.measure == "scope_2_location"]
    assert sum((c.by_activity_kg for c in moved), Decimal(0)) == Decimal(-900)
    assert sum((c.by_factor_kg for c in moved), Decimal(0)) == Decimal(-300)
    assert {c.facility for c in moved} == {"Works", "Office"}
    assert moved[0].reason == "use 50.0\u202f% lower; emissions per unit 33.3\u202f% lower"


def test_an_earlier_size_gives_the_earlier_report(ledger, tiny):
    """A report as of a size keeps its bytes whatever is added later."""
    with session(ledger) as s:
        size = compile_inventory(s, period("2024-Q2")).checkpoint.size
        before = quarterly_document(quarterly_figures(s, period("2024-Q2"))).made(("json", "xlsx", "html"))
    with session(ledger, "write") as s:
        day = date(2024, 6, 1), date(2024, 6, 30)
        tiny.upload(s, "late", [tiny.row("electricity_purchased", "7", "kWh", *day)])
    with session(ledger) as s:
        again = quarterly_document(quarterly_figures(s, period("2024-Q2"), at=size)).made(("json", "xlsx", "html"))
        later = quarterly_document(quarterly_figures(s, period("2024-Q2"))).made(("json",))
    assert again == before
    assert later["json"] != before["json"]


def test_a_quarter_without_data_makes_a_report(ledger):
    """Nothing recorded is no figure, in every document."""
    with session(ledger) as s:
        found = quarterly_figures(s, period("2030-Q1"))
    made = quarterly_document(found).made(("json", "html", "xlsx"))
    assert found.comparative is None
    assert json.loads(made["json"])["inventories"]["current"]["scope_1"] is None
    assert "The ledger holds no activity of Q1 2030: every figure below is a dash" in made["html"].decode()


def test_a_running_quarter_is_not_held_against_a_whole_one(ledger):
    """With data of two of three months, against three of the year before, no change is told, and a note says why."""
    with session(ledger) as s:
        whole = quarterly_figures(s, period("2024-Q2"))
    assert (whole.months_held, whole.comparative_months) == (3, 3)
    running = dataclasses.replace(whole, months_held=2)
    changes = [[row.cells[3].value for row in summary(figures).rows] for figures in (whole, running)]
    assert any(changes[0])
    assert not any(changes[1])
    assert any("2 of 3 months so far" in note for note in summary(running).notes)
    assert not any("so far" in note for note in summary(whole).notes)
    assert b"2 of 3 months so far" in quarterly_document(running).made(("html",))["html"]
