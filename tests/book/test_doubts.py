"""Rows that hold and yet are doubtful: bills that came before, wrong units, absurd amounts, far and long periods."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from ledger import Ledger
from ledger.inventory import period
from ledger.store import session

HEADER = "facility_id,meter_id,activity_type,quantity,unit,period_start,period_end,data_basis,supplier,invoice_id"
HISTORY = [f"LON,M1,electricity_purchased,{1000 + n},kWh,2025-0{n}-01,2025-0{n}-28,measured,Grid,I{n}"
           for n in range(1, 7)]  # fmt: skip
Given = Callable[..., Any]


@pytest.fixture
def given(ledger: Ledger, tmp_path: Path) -> Given:
    """Upload rows, or only check them; gives what became of them."""
    numbers = itertools.count(1)

    def uploaded(*rows: str, check: bool = False, header: str = HEADER) -> Any:
        path = tmp_path / f"rows-{next(numbers)}.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return ledger.upload(path, "activity", check=check)

    return uploaded


def told(done: Any, code: str) -> list[str]:
    """The messages of a code."""
    return [finding.message for finding in done.findings if finding.code == code]


@pytest.mark.thorough
def test_the_same_invoice_with_another_amount(given: Given):
    """Two uploads of one invoice that differ in the amount: the later one names entry, file and line of the first."""
    first = given(*HISTORY)
    assert first.findings == ()
    for check in (True, False):
        done = given("LON,,electricity_purchased,999,kWh,2025-02-01,2025-02-28,measured,Grid,I2", check=check)
        (message,) = told(done, "invoice-recorded-before")
        assert message == (f"the ledger has invoice I2 already with another amount: B{first.batch}-2 "
                           "(rows-1.csv, line 3) has 1002 kWh")  # fmt: skip
    assert told(given("LON,,electricity_purchased,999,kWh,2025-07-01,2025-07-31,measured,Grid,I2"),
                "invoice-recorded-before") == []  # fmt: skip
    assert told(given("LON,,electricity_purchased,999,kWh,2025-02-01,2025-02-28,measured,Other,I2"),
                "invoice-recorded-before") == []  # fmt: skip


def test_a_reversed_row_is_no_earlier_row(ledger: Ledger, given: Given):
    """What was taken back does not count as recorded before."""
    first = given(*HISTORY)
    ledger.reverse(f"B{first.batch}", reason="error")
    done = given("LON,M1,electricity_purchased,999,kWh,2025-02-01,2025-02-28,measured,Grid,I2", check=True)
    assert [finding.code for finding in done.findings] == []


@pytest.mark.parametrize(
    ("first", "last", "entry"),
    [
        ("2025-02-20", "2025-03-05", 3),  # two bills, the one that reaches further is named
        pytest.param("2025-02-28", "2025-02-28", 2, marks=pytest.mark.thorough),
        ("2025-01-29", "2025-01-31", None),  # between two bills
        pytest.param("2025-08-01", "2025-08-31", None, marks=pytest.mark.thorough),
    ],
)
def test_days_of_a_meter_that_came_before(given: Given, first: str, last: str, entry: int | None):
    """Some of the days are in the ledger under that meter; a day between two bills is not."""
    batch = given(*HISTORY).batch
    done = given(f"LON,M1,electricity_purchased,900,kWh,{first},{last},measured,Grid,X", check=True)
    messages = told(done, "meter-recorded-before")
    assert [f"B{batch}-{entry} " in message for message in messages] == ([True] if entry else [])


def test_a_long_row_under_a_later_short_one(given: Given):
    """A row of three months is found although a row of its second month begins later."""
    given("LON,M1,electricity_purchased,900,kWh,2025-01-01,2025-03-31,measured,Grid,A",
          "LON,M1,electricity_purchased,10,kWh,2025-02-01,2025-02-02,measured,Grid,B")  # fmt: skip
    done = given("LON,M1,electricity_purchased,5,kWh,2025-03-10,2025-03-20,measured,Grid,C", check=True)
    (message,) = told(done, "meter-recorded-before")
    assert "from 2025-01-01 to 2025-03-31" in message


@pytest.mark.parametrize(
    ("quantity", "unit", "likely"),
    [
        ("1", "kWh", "looks like MWh given as kWh"),
        ("1003", "MWh", "looks like kWh given as MWh"),
        pytest.param("1003000", "kWh", "looks like Wh given as kWh", marks=pytest.mark.thorough),
        ("1", "MWh", None),
        pytest.param("3000", "kWh", None, marks=pytest.mark.thorough),
    ],
)
def test_a_thousand_times_what_is_usual(given: Given, quantity: str, unit: str, likely: str | None):
    """Against the usual row of the facility and type, whatever units either is in."""
    given(*HISTORY)
    done = given(f"LON,M1,electricity_purchased,{quantity},{unit},2025-09-01,2025-09-30,measured,Grid,X", check=True)
    messages = told(done, "quantity-off-by-thousand")
    assert [likely in message for message in messages if likely] == ([True] if likely else [])
    assert bool(messages) == bool(likely)


@pytest.mark.parametrize(
    ("row", "is_told"),
    [
        ("LON,,electricity_purchased,24000001,kWh,2025-03-01,2025-03-01", True),  # 24 GWh a day is the bound
        ("LON,,electricity_purchased,24000000,kWh,2025-03-01,2025-03-01", False),
        ("LON,,electricity_purchased,47,GWh,2025-03-01,2025-03-02", False),
        ("LON,,refrigerant_r32,101,t,2025-03-01,2025-03-31", True),  # its own bound, a row
        ("LON,,refrigerant_r32,99,t,2025-03-01,2025-03-01", False),
    ],
)
def test_an_absurd_amount(given: Given, row: str, is_told: bool):
    """More than the shipped bound of its kind is told with the reason of the bound, and recorded all the same."""
    done = given(row + ",measured,S,I1")
    assert bool(told(done, "quantity-implausible")) == is_told
    assert done.status == "accepted"


def test_long_and_far_periods(given: Given):
    """More than 366 days, and an end more than a year ahead, are warnings; a leap year is neither."""
    done = given("LON,,natural_gas,5,kWh,2024-01-01,2024-12-31,measured,G,I1",
                 "LON,,natural_gas,5,kWh,2024-01-01,2025-01-01,measured,G,I2",
                 "LON,,natural_gas,5,kWh,2099-01-01,2099-01-31,measured,G,I3")  # fmt: skip
    assert [(f.code, f.line) for f in done.findings if f.code.startswith("period-")] == [
        ("period-long", 3), ("period-far", 4),
    ]  # fmt: skip


def test_every_bound_has_a_unit_of_its_dimension_and_a_reason(root: Path):
    """The shipped bounds, thresholds and continuous types name known things, and say why."""
    from ledger import units
    from ledger.intake.checks.doubts import plausible_quantities
    from ledger.intake.checks.thresholds import continuous_types, shipped_thresholds
    from ledger.intake.known import shipped_types

    for row in plausible_quantities():
        assert units.dimension(row["unit"]) == row["dimension"]
        assert row["per"] in ("day", "row")
        assert len(row["reason"]) > 5
        assert row["activity_type"] in {"", *shipped_types()}
    assert set(continuous_types()) <= set(shipped_types())
    assert all(value > 0 for value in shipped_thresholds().values())
    text = (root / "data" / "thresholds.csv").read_text(encoding="utf-8")
    assert all(line.count(",") >= 4 for line in text.splitlines())


def test_a_threshold_is_a_setting(ledger: Ledger):
    """A setting of the same name replaces the shipped threshold from its day on."""
    from datetime import date

    from ledger.intake.checks.thresholds import shipped_thresholds, thresholds
    from ledger.store import Act, append, as_arrow
    from ledger.store.tables import Setting

    row = {"name": "year_ratio", "value": "3.5", "valid_from": date(2025, 1, 1)}
    with session(ledger.path, "write") as s:
        append(s, Act("setting", "t", "admin", "k"),
               lambda writing: writing.insert_rows(Setting, as_arrow(Setting, [row])) and None)  # fmt: skip
        assert thresholds(s)["year_ratio"] == Decimal("3.5")
        assert thresholds(s, date(2024, 1, 1)) == shipped_thresholds()
        assert period("2025").months


def test_readings_that_come_again_are_counted(ledger: Ledger, tmp_path: Path):
    """Three hours, then two of them again and one with another value: told at a check and on record, never alone."""

    def sent(*hours: str, check: bool = False) -> Any:
        path = tmp_path / "series.csv"
        rows = [f"facility,LON,2024-06-10T{hour[:2]}:00:00Z,{hour[3:]}" for hour in hours]
        path.write_text("\n".join(["source_kind,source_id,start_utc,kwh", *rows]) + "\n", encoding="utf-8")
        return ledger.upload(path, "interval", check=check)

    code = "interval-recorded-before"
    assert told(sent("00=5", "01=6", "02=7"), code) == []
    assert told(sent("03=5", "04=6", check=True), code) == []
    expected = ["2 of these readings were recorded before, 1 of them with another value or length: the later count"]
    checked, done = sent("01=6", "02=8", "03=1", check=True), sent("01=6", "02=8", "03=1")
    assert told(checked, code) == told(done, code) == expected
    assert [finding.line for finding in done.findings if finding.code == code] == [3]
    assert told(sent("03=1"), code) == [
        "one of these readings was recorded before (0 with another value or length): the later counts"
    ]
