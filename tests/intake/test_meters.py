"""Meter readings in place of consumption: differences, rollover, new meters, estimates, and how the ledger goes on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake.known import HeldReading

HEADER = "Meter,Site,Fuel,Reading date,Meter reading,Unit,Meter factor,digits,estimated,reset,day_end\n"
HELD = HeldReading(
    date(2026, 1, 1), Decimal("100.000000"), "kWh", Decimal("1.000000"), "electricity_purchased", False, "B9-1"
)


@pytest.fixture
def read_meter(read, known):
    """Read readings; each is (day, reading, further cells), of meter E1, electricity in kWh."""

    def reading(*rows: str, held: dict | None = None, **options):
        return read(HEADER + "".join(f"{row}\n" for row in rows), known=replace(known, readings=held or {}), **options)

    return reading


def e1(day: str, shown: object, multiplier: object = "", digits: object = "", rest: str = ",,") -> str:
    """A reading of meter E1."""
    return f"E1,LON,Electricity,{day},{shown},kWh,{multiplier},{digits},{rest}"


def consumed(upload) -> list[tuple]:
    """Line, quantity, first and last day, basis of each staged row."""
    assert not upload.has_errors, upload.findings[:3]
    frame = pl.concat([pl.read_parquet(part) for part in upload.parts])
    return frame.select("source_line", "quantity", "period_start", "period_end", "data_basis").rows()


def codes(upload) -> set[str]:
    """The codes that say something of meters."""
    return {found.code for found in upload.findings if found.code.startswith("meter")}


def test_consumption_is_the_difference_of_two_readings_times_the_multiplier(read_meter):
    """In the order of their days, whatever that of the lines; a reading counts at the beginning of its day."""
    upload = read_meter(e1("2026-03-01", 130, 10), e1("2026-01-01", 100, 10), e1("2026-02-01", "110.5", 10))
    assert consumed(upload) == [
        (4, Decimal(105), date(2026, 1, 1), date(2026, 1, 31), "measured"),
        (2, Decimal(195), date(2026, 2, 1), date(2026, 2, 28), "measured"),
    ]
    assert codes(upload) == {"meter-first-readings"}


def test_readings_at_the_end_of_the_day_shift_it_by_one(read_meter):
    """Read on 31 January and 28 February in the evening: February."""
    upload = read_meter(e1("2026-01-31", 1, rest=",,yes"), e1("2026-02-28", 3, rest=",,yes"))
    assert consumed(upload)[0][2:4] == (date(2026, 2, 1), date(2026, 2, 28))


def test_both_readings_stand_with_the_row(read_meter):
    """The terms of the formula, each with file, line and day, from which anyone can recompute the quantity."""
    upload = read_meter(e1("2026-01-01", 990, 2, 3), e1("2026-02-01", 10, 2, 3))
    terms = {row["name"]: (row["value"], row["source"]) for row in upload.parameters.iter_rows(named=True)}
    assert terms == {
        "reading_start": (Decimal(990), "file.csv, line 2, 2026-01-01"),
        "reading_end": (Decimal(10), "file.csv, line 3, 2026-02-01"),
        "rollover": (Decimal(1000), "file.csv, line 3"), "multiplier": (Decimal(2), "file.csv, line 3"),
    }  # fmt: skip
    frame = pl.read_parquet(upload.parts)
    assert frame["note"].to_list() == [
        "consumption = (10 - 990 + 1000) × 2: readings at the beginning of 2026-02-01 and 2026-01-01"
    ]
    assert frame["quantity"].to_list() == [Decimal(40)]


def test_a_register_that_began_anew_is_told(read_meter):
    """With its digits known; more than half of a register since the last reading is no rollover but a mistake."""
    assert codes(read_meter(e1("2026-01-01", 990, "", 3), e1("2026-02-01", 10, "", 3))) >= {"meter-rollover"}
    assert codes(read_meter(e1("2026-01-01", 490, "", 3), e1("2026-02-01", 10, "", 3))) >= {"meter-backwards"}
    assert codes(read_meter(e1("2026-01-01", 990), e1("2026-02-01", 10))) >= {"meter-backwards"}


def test_a_new_meter_begins_with_its_own_reading(read_meter):
    """The closing reading of the old one ends a consumption, the first of the new one none."""
    upload = read_meter(
        e1("2026-01-01", 100), e1("2026-02-10", 150), e1("2026-02-10", 3, rest=",yes,"), e1("2026-03-01", 10)
    )
    assert [(row[0], row[1]) for row in consumed(upload)] == [(3, Decimal(50)), (5, Decimal(7))]
    assert codes(upload) == {"meter-first-readings"}
    without = read_meter(e1("2026-01-01", 100), e1("2026-02-10", 3, rest=",yes,"), e1("2026-03-01", 10))
    assert "meter-reset-without-closing" in codes(without)
    assert [row[1] for row in consumed(without)] == [Decimal(7)]


def test_an_estimate_at_either_end_makes_the_consumption_estimated(read_meter):
    """And the next one too, which rests on it."""
    upload = read_meter(
        e1("2026-01-01", 1), e1("2026-02-01", 2, rest="yes,,"), e1("2026-03-01", 3), e1("2026-04-01", 4)
    )
    assert [row[4] for row in consumed(upload)] == ["estimated", "estimated", "measured"]


def test_a_later_file_goes_on_from_the_last_reading_in_the_ledger(read_meter):
    """Its entry is named as where the start was read; readings that are not later are passed over."""
    upload = read_meter(e1("2025-12-01", 70), e1("2026-01-01", 100), e1("2026-02-01", 130), held={"E1": HELD})
    assert [(row[0], row[1], row[2]) for row in consumed(upload)] == [(4, Decimal(30), date(2026, 1, 1))]
    assert codes(upload) == {"meter-reading-before"}
    start = upload.parameters.filter(pl.col("name") == "reading_start")["source"].to_list()
    assert start == ["B9-1, 2026-01-01"]


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ([e1("2026-01-01", 101), e1("2026-02-01", 130)], "meter-differs-from-ledger"),
        ([e1("2026-02-01", 99)], "meter-backwards"),
        ([e1("2026-02-01", 130, 2)], "meter-changed"),
        ([e1("2026-02-01", 130), e1("2026-01-31", 131, rest=",,yes")], "meter-same-day"),
        ([e1("2026-02-01", 130), e1("2026-02-01", 131)], "identity-duplicate"),
    ],
)
def test_readings_that_contradict_each_other_are_errors(read_meter, rows, code):
    """Another reading on the same day, less than before, another multiplier, two on one day."""
    upload = read_meter(*rows, held={"E1": HELD})
    assert upload.has_errors
    assert code in {found.code for found in upload.findings}


def test_one_reading_is_no_consumption(read_meter):
    """It is said, and nothing is recorded."""
    upload = read_meter(e1("2026-01-01", 100))
    assert {found.code for found in upload.findings} == {"meter-single-reading", "file-empty"}


def test_findings_lead_to_the_reading(read_meter, told):
    """A unit that does not suit the activity is told at the line of the later reading, under the file's header."""
    rows = [e1("2026-01-01", 1).replace("kWh", "km"), e1("2026-02-01", 2).replace("kWh", "km")]
    assert ("unit-unsuited", 3, "Unit") in told(read_meter(*rows))
    assert ("number-not-read", 2, "Meter reading") in told(read_meter(e1("2026-01-01", "x"), e1("2026-02-01", 1)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(steps=st.lists(st.integers(0, 999_999), min_size=2, max_size=12))
def test_consumption_adds_up_from_the_first_reading_to_the_last(read_meter, steps):
    """Whatever the readings in between, nothing is lost: the sum is last less first, times the multiplier."""
    shown, rows = Decimal(0), []
    for month, step in enumerate(steps):
        shown += Decimal(step) / 1000
        rows.append(e1(f"{2020 + month // 12}-{month % 12 + 1:02d}-01", shown, 3))
    upload = read_meter(*rows)
    total = sum(row[1] for row in consumed(upload))
    assert total == 3 * (shown - Decimal(steps[0]) / 1000)
