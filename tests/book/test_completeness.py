"""Completeness: what was expected against what came, estimates in its stead, and what looks unusual."""

from __future__ import annotations

import calendar
import csv
import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import Ledger, Misuse
from ledger.inventory.coverage.statements import make_standing, make_standing_sum
from ledger.store import Act, append, as_arrow, session
from ledger.store.tables import Activity, ActivityDetail, Expectation

HEADER = "facility_id,meter_id,activity_type,quantity,unit,period_start,period_end,data_basis,supplier,invoice_id"
PLACES = "facility_id,name,legal_entity_id,country,timezone,relation,exists_from,valid_from,floor_m2"
_numbers = itertools.count(1)


def put(ledger: Ledger, folder: Path, kind: str, *rows: str, header: str = HEADER) -> Any:
    """Upload rows under a header; gives what became of them."""
    path = folder / f"{kind}-{next(_numbers)}.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return ledger.upload(path, kind)


def expect(ledger: Ledger, folder: Path, *rows: str) -> Any:
    """Upload expectations."""
    return put(ledger, folder, "expectation", *rows,
               header="facility_id,meter_id,activity_type,frequency,valid_from,valid_to")  # fmt: skip


def months(year: int, wanted: Iterable[int] = range(1, 13)) -> Iterator[tuple[date, date]]:
    """First and last days of months of a year."""
    for month in wanted:
        yield date(year, month, 1), date(year, month, calendar.monthrange(year, month)[1])


def bills(year: int, quantity: str = "1000", meter: str = "M1", left_out: Iterable[int] = ()) -> list[str]:
    """A bill for each month of a year, but those left out."""
    return [
        f"LON,{meter},electricity_purchased,{quantity},kWh,{first},{last},measured,Grid,I-{meter}-{first}"
        for first, last in months(year) if first.month not in set(left_out)
    ]  # fmt: skip


def codes(found: Any) -> list[str]:
    """The codes of findings, in order."""
    return [finding.code for finding in found.findings]


def test_a_month_that_did_not_come(ledger: Ledger, tmp_path: Path):
    """Of twelve months one is missing: 28 of 365 days, in the matrix, as a gap, and as a finding that says so."""
    expect(ledger, tmp_path, "LON,M1,electricity_purchased,monthly,2023-01-01,")
    put(ledger, tmp_path, "activity", *bills(2023, left_out=[2]))
    found = ledger.completeness("2023")
    assert not found.derived
    assert found.days == (365, 337, 0)
    assert {cell.month.month: cell.state for cell in found.cells if cell.state != "covered"} == {2: "missing"}
    (gap,) = found.gaps
    assert (gap.first_day, gap.last_day, gap.days, gap.due) == (date(2023, 2, 1), date(2023, 2, 28), 28, True)
    (finding,) = found.findings
    assert finding.code == "data-missing"
    assert "LON, electricity_purchased, meter M1: nothing from 2023-02-01 to 2023-02-28 (28 days)" in finding.message


def test_a_month_of_which_a_part_came(ledger: Ledger, tmp_path: Path):
    """Twelve of thirty-one days make the month partial, and the other nineteen a gap."""
    expect(ledger, tmp_path, "LON,,electricity_purchased,monthly,2023-03-01,2023-03-31")
    put(ledger, tmp_path, "activity", "LON,M1,electricity_purchased,5,kWh,2023-03-01,2023-03-12,measured,Grid,I1")
    found = ledger.completeness("2023")
    (cell,) = found.cells
    assert (cell.state, cell.days_expected, cell.days_covered, cell.days_missing) == ("partial", 31, 12, 19)


def test_an_expectation_has_dates(ledger: Ledger, tmp_path: Path):
    """A later version ends the one before it, a withdrawn one counts for nothing, and a facility has its own start."""
    expect(
        ledger, tmp_path,
        "LON,M1,electricity_purchased,monthly,2017-01-01,",
        "LON,M2,electricity_purchased,monthly,2023-01-01,2023-06-30",
        "LON,M2,electricity_purchased,quarterly,2023-05-01,",
    )  # fmt: skip
    old = ledger.completeness("2018")
    assert old.subjects[0].first_day == date(2018, 1, 1)  # LON exists from 2018
    assert ledger.completeness("2017").subjects == ()
    by_meter = {(one.meter_id, one.frequency): (one.first_day, one.last_day)
                for one in ledger.completeness("2023").subjects}  # fmt: skip
    assert by_meter["M2", "monthly"] == (date(2023, 1, 1), date(2023, 4, 30))
    assert by_meter["M2", "quarterly"] == (date(2023, 5, 1), date(2023, 12, 31))
    put(ledger, tmp_path, "expectation", "LON,M2,electricity_purchased,quarterly,2023-05-01,yes",
        header="facility_id,meter_id,activity_type,frequency,valid_from,withdrawn")  # fmt: skip
    left = {one.frequency for one in ledger.completeness("2023").subjects if one.meter_id == "M2"}
    assert left == {"monthly"}


def test_versions_that_run_into_each_other_are_told(ledger: Ledger, tmp_path: Path):
    """Two versions that overlap, in one file or in two, are a warning; so is a meter nobody has read."""
    first = expect(ledger, tmp_path, "LON,M1,electricity_purchased,monthly,2023-01-01,2023-12-31")
    assert codes(first) == ["meter-unknown"]
    second = expect(ledger, tmp_path, "LON,M1,electricity_purchased,monthly,2023-07-01,")
    assert codes(second) == ["expectation-overlaps", "meter-unknown"]
    assert second.findings[0].line == 2


def test_what_is_not_yet_due_is_no_finding(ledger: Ledger, tmp_path: Path):
    """A year that has not ended by the day of the checkpoint may still come in one yearly row."""
    year = datetime.now(UTC).year
    expect(ledger, tmp_path, f"LON,,water_supply,yearly,{year}-01-01,")
    found = ledger.completeness(str(year))
    assert [gap.due for gap in found.gaps] == [False]
    assert codes(found) == []


def test_days_that_came_twice(ledger: Ledger, tmp_path: Path):
    """Two bills of one meter for the same ten days are named both, with their lines; days apart are none."""
    rows = [
        "LON,M1,electricity_purchased,5,kWh,2023-03-01,2023-03-20,measured,Grid,I1",
        "LON,M1,electricity_purchased,5,kWh,2023-03-11,2023-03-31,measured,Grid,I2",
        "LON,M2,electricity_purchased,5,kWh,2023-03-11,2023-03-31,measured,Grid,I3",
        "LON,,diesel,5,L,2023-03-11,2023-03-31,measured,Oil,I4",
        "LON,,diesel,6,L,2023-03-11,2023-03-31,measured,Oil,I5",
    ]
    batch = put(ledger, tmp_path, "activity", *rows).batch
    (one,) = ledger.completeness("2023").overlaps
    assert (one.meter_id, one.first_day, one.last_day, one.days) == ("M1", date(2023, 3, 11), date(2023, 3, 20), 10)
    assert one.entries == (f"B{batch}-1", f"B{batch}-2")
    assert [place.rsplit(", ")[-1] for place in one.places] == ["line 2", "line 3"]


def test_one_facility_and_supplier_without_meters(ledger: Ledger, tmp_path: Path):
    """Where no meter is named, two bills of one supplier overlap; of two suppliers they do not, nor by one day."""
    put(ledger, tmp_path, "activity",
        "LON,,natural_gas,5,kWh,2023-03-01,2023-03-31,measured,Gas,I1",
        "LON,,natural_gas,6,kWh,2023-03-31,2023-04-30,measured,Gas,I2",
        "LON,,natural_gas,7,kWh,2023-03-01,2023-03-31,measured,Other,I3",
        "LON,,natural_gas,8,kWh,2023-04-20,2023-04-30,measured,Gas,I4",
    )  # fmt: skip
    found = ledger.completeness("2023")
    assert [(one.first_day, one.days) for one in found.overlaps] == [(date(2023, 3, 31), 1), (date(2023, 4, 20), 11)]
    assert [finding.code for finding in found.findings if finding.code == "data-overlaps"] == ["data-overlaps"]


def test_what_came_regularly_is_proposed_and_taken(ledger: Ledger, tmp_path: Path):
    """Without an expectation what came regularly is one; the proposal uploads as it is, and then nothing is left."""
    put(ledger, tmp_path, "activity", *bills(2022), *bills(2023, left_out=[4]),
        "LON,,diesel,5,L,2023-03-11,2023-03-31,measured,Oil,I4")  # fmt: skip
    derived = ledger.completeness("2023")
    assert derived.derived
    assert [str(one) for one in derived.subjects] == ["LON, electricity_purchased, meter M1"]
    assert [gap.first_day for gap in derived.gaps] == [date(2023, 4, 1)]
    file = tmp_path / "expectations.csv"
    (one,) = ledger.propose_expectations(file)
    assert (one.frequency, one.valid_from) == ("monthly", date(2022, 1, 1))
    assert ledger.upload(file).status == "accepted"
    stated = ledger.completeness("2023")
    assert (stated.derived, stated.days) == (False, derived.days)
    assert ledger.propose_expectations() == ()
    with pytest.raises(Misuse, match="is there already"):
        ledger.propose_expectations(file)


def test_quarters_are_seen_as_quarters(ledger: Ledger, tmp_path: Path):
    """Rows of three months each are proposed as quarterly, rows of a year as yearly."""
    quarters = [(f"2023-{first:02}-01", f"2023-{first + 2:02}-{30 if first in (4, 7) else 31}") for first in (1, 4, 7)]
    put(ledger, tmp_path, "activity",
        *(f"LON,Q,natural_gas,5,kWh,{first},{last.replace('09-31', '09-30')},measured,G,I{first}"
          for first, last in quarters),
        *(f"LON,Y,water_supply,5,m3,{year}-01-01,{year}-12-31,measured,W,I{year}" for year in (2022, 2023)),
    )  # fmt: skip
    assert {one.meter_id: one.frequency for one in ledger.propose_expectations()} == {"Q": "quarterly", "Y": "yearly"}


def unmetered(rows: list[str]) -> list[str]:
    """The same bills without the name of a meter."""
    return [row.replace("LON,M1,", "LON,,") for row in rows]


def test_a_meter_that_got_its_name_is_one_series(ledger: Ledger, tmp_path: Path):
    """Rows without a meter in 2024 and with one in 2025: expected once, proposed once, and each gap filled once."""
    put(ledger, tmp_path, "activity", *unmetered(bills(2024)), *bills(2025, left_out=[2, 9]))
    found = ledger.completeness("2025")
    assert [str(one) for one in found.subjects] == ["LON, electricity_purchased"]
    assert found.days == (365, 307, 0)
    assert [(row["period_start"], row["quantity"]) for row in filled(ledger, tmp_path, "2025")] == [
        ("2025-02-01", "965.517241"), ("2025-09-01", "1000"),
    ]  # fmt: skip
    (one,) = ledger.propose_expectations()
    assert (one.meter_id, one.valid_from, one.valid_to) == (None, date(2024, 1, 1), None)
    expect(ledger, tmp_path, "LON,M1,electricity_purchased,monthly,2025-01-01,")
    assert ledger.propose_expectations() == ()


def test_bills_of_a_meter_that_touch_by_a_day_are_one_series(ledger: Ledger, tmp_path: Path):
    """The last bill without a meter ends on the day on which the first one with it begins."""
    late = [row.replace("2025-01-01", "2024-12-31", 1) for row in bills(2025)]
    put(ledger, tmp_path, "activity", *unmetered(bills(2024)), *late)
    assert [one.meter_id for one in ledger.completeness("2025").subjects] == [None]


def test_rows_beside_those_of_a_meter_are_a_series_of_their_own(ledger: Ledger, tmp_path: Path):
    """In the same months they are another supply; each has its subject."""
    put(ledger, tmp_path, "activity", *unmetered(bills(2025, "7")), *bills(2025))
    assert [one.meter_id for one in ledger.completeness("2025").subjects] == [None, "M1"]


def test_several_meters_take_the_place_of_rows_without_one(ledger: Ledger, tmp_path: Path):
    """What came without a meter ends where the meters begin, in the matrix and in the proposal."""
    put(ledger, tmp_path, "activity", *unmetered(bills(2024)), *bills(2025), *bills(2025, meter="M2", left_out=[3]))
    assert [one.meter_id for one in ledger.completeness("2025").subjects] == ["M1", "M2"]
    assert [one.meter_id for one in ledger.completeness("2024").subjects] == [None]
    file = tmp_path / "expectations.csv"
    proposed = ledger.propose_expectations(file)
    assert [(one.meter_id, one.valid_to) for one in proposed] == [
        (None, date(2024, 12, 31)), ("M1", None), ("M2", None),
    ]  # fmt: skip
    assert ledger.upload(file).status == "accepted"
    assert [gap.first_day for gap in ledger.completeness("2025").gaps] == [date(2025, 3, 1)]


# -- estimates --------------------------------------------------------------------------------------


def filled(ledger: Ledger, folder: Path, period: str, method: str | None = None) -> list[dict[str, str]]:
    """The rows that would be uploaded."""
    file = folder / f"estimates-{next(_numbers)}.csv"
    ledger.fill_gaps(period, file, method=method)
    if not file.exists():
        return []
    with file.open(encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def test_a_gap_is_estimated_by_the_year_before(ledger: Ledger, tmp_path: Path):
    """February 2024 had 29 days and 2,900 kWh, so 28 days of February 2025 are 2,800; the row says how."""
    put(ledger, tmp_path, "activity", *bills(2024, left_out=[2]), *bills(2025, left_out=[2]),
        "LON,M1,electricity_purchased,2900,kWh,2024-02-01,2024-02-29,measured,Grid,I9")  # fmt: skip
    expect(ledger, tmp_path, "LON,M1,electricity_purchased,monthly,2024-01-01,2025-12-31")
    (row,) = filled(ledger, tmp_path, "2025")
    assert (row["quantity"], row["unit"], row["data_basis"]) == ("2800", "kWh", "estimated")
    assert (row["period_start"], row["period_end"]) == ("2025-02-01", "2025-02-28")
    assert row["estimate_method"] == "same month last year; 2024-02: 2900 kWh ÷ 29 × 28 days"
    assert '"expectation": "B' in row["tags"]
    # neighbours: 1,000 kWh over 31 days of January and of March: 28 days of it, rounded at 6 decimals
    (other,) = filled(ledger, tmp_path, "2025", "neighbours")
    assert Decimal(other["quantity"]) == (Decimal(1000) * 28 / 31).quantize(Decimal("0.000001"))


def test_a_part_of_a_month_is_estimated_by_its_other_days(ledger: Ledger, tmp_path: Path):
    """Twenty days had 400 kWh, so the ten others of June are 200."""
    expect(ledger, tmp_path, "LON,M1,electricity_purchased,monthly,2025-06-01,2025-06-30")
    put(ledger, tmp_path, "activity", "LON,M1,electricity_purchased,400,kWh,2025-06-01,2025-06-20,measured,Grid,I1")
    (row,) = filled(ledger, tmp_path, "2025")
    assert (row["quantity"], row["period_start"], row["period_end"]) == ("200", "2025-06-21", "2025-06-30")
    assert row["estimate_method"].startswith("by days; the other 20 days of 2025-06")


def test_a_gap_is_estimated_by_floor_area(ledger: Ledger, tmp_path: Path):
    """Two facilities used 1 and 3 kWh per m² in June: the median, 2, times 50 m² are 100 kWh."""
    put(ledger, tmp_path, "facility",
        *(f"{name},{name},ACME,GB,Europe/London,owned,2018-01-01,2018-01-01,{area}"
          for name, area in (("A", 100), ("B", 200), ("C", 50))),
        header=PLACES)  # fmt: skip
    expect(ledger, tmp_path, *(f"{name},,electricity_purchased,monthly,2025-06-01,2025-06-30" for name in "ABC"))
    put(ledger, tmp_path, "activity", "A,,electricity_purchased,100,kWh,2025-06-01,2025-06-30,measured,Grid,I1",
        "B,,electricity_purchased,600,kWh,2025-06-01,2025-06-30,measured,Grid,I2")  # fmt: skip
    (row,) = filled(ledger, tmp_path, "2025")
    assert (row["facility_id"], row["quantity"]) == ("C", "100")
    assert row["estimate_method"].startswith("floor area; median of 2 facilities")


def test_nothing_to_go_by_is_told_and_not_zero(ledger: Ledger, tmp_path: Path):
    """A gap without any history is named as such, and no row is made for it."""
    expect(ledger, tmp_path, "LON,M1,electricity_purchased,monthly,2025-06-01,2025-06-30")
    done = ledger.fill_gaps("2025", tmp_path / "none.csv")
    assert (done.file, done.estimates, len(done.unfilled)) == (None, (), 1)
    assert not (tmp_path / "none.csv").exists()
    with pytest.raises(Misuse, match="there is no method"):
        ledger.fill_gaps("2025", method="guess")


def test_an_estimate_gives_way_to_data(ledger: Ledger, tmp_path: Path):
    """Uploaded it covers its days; when data comes the exact command is told, and once it is run nothing is left."""
    put(ledger, tmp_path, "activity", *bills(2024), *bills(2025, left_out=[2]))
    expect(ledger, tmp_path, "LON,M1,electricity_purchased,monthly,2024-01-01,2025-12-31")
    file = tmp_path / "estimates.csv"
    ledger.fill_gaps("2025", file)
    estimate = ledger.upload(file)
    assert (estimate.status, estimate.rows) == ("accepted", 1)
    covered = ledger.completeness("2025")
    assert (covered.days, codes(covered)) == ((365, 365, 28), [])
    share = ledger.inventory("2025").share_estimated
    assert share is not None
    assert 0 < share < 1
    late = put(ledger, tmp_path, "activity",
               "LON,M1,electricity_purchased,1000,kWh,2025-02-01,2025-02-28,measured,Grid,I9")  # fmt: skip
    assert codes(late) == ["estimate-replaced"]
    (one,) = ledger.completeness("2025").superseded
    assert (one.entry, one.data_entry) == (f"B{estimate.batch}-1", f"B{late.batch}-1")
    # 1000 kWh of 29 days of February 2024, for 28 days: 965.517241; 0.177 + 0.0459 + 0.01853 + 0.00397 kg per kWh
    assert one.kg == Decimal("965.517241") * Decimal("0.2454")
    command = f"ghg reverse B{estimate.batch}-1 --reason superseded"
    assert ledger.completeness("2025").findings[-1].fix == command
    assert [finding.effect_kg for finding in ledger.findings() if finding.code == "estimate-replaced"] == [one.kg]
    ledger.reverse(one.entry, reason="superseded")
    after = ledger.completeness("2025")
    assert (after.superseded, after.days, codes(after)) == ((), (365, 365, 0), [])
    assert [finding.state for finding in ledger.findings() if finding.code == "estimate-replaced"] == ["reversed"]


# -- outliers ---------------------------------------------------------------------------------------


def test_the_sums_hold_what_the_rows_say(ledger: Ledger, tmp_path: Path):
    """Rows of one day, of several months, by the hour, of a meter, sold, guessed and taken back: the same by sums.

    The number, quantity, first four and largest entry of each group are those of a plain grouping of the rows.
    """
    first = put(
        ledger, tmp_path, "activity", "LON,,electricity_purchased,5,kWh,2023-01-03,2023-01-03,measured,Grid,I1",
        *(f"LON,,electricity_purchased,{n},kWh,2023-01-02,2023-01-02,measured,Grid,I2" for n in (3, 9, 4, 1, 2)),
        "LON,M1,electricity_purchased,70,kWh,2023-01-20,2023-03-10,estimated,Grid,I3",
        "LON,M2,electricity_purchased,8,kWh,2023-02-01,2023-02-10,proxy,,",
        "LON,,water_supply,6,m3,2023-02-01,2023-02-10,measured,,",
        "LON,,freight_hgv,90,tkm,2023-02-01,2023-02-10,calculated,Haul,",
    ).batch
    ledger.reverse(f"B{first}-4", reason="input_error", note="entered twice")
    hours = put(
        ledger, tmp_path, "activity", "LON,electricity_purchased,50,kWh,2023-01-02,2023-01-02,2023-01-02T00:00:00Z",
        "LON,electricity_purchased,51,kWh,2023-01-02,2023-01-02,2023-01-02T01:00:00Z",
        header="facility_id,activity_type,quantity,unit,period_start,period_end,start_utc",
    )  # fmt: skip
    assert hours.status == "accepted", hours.findings
    named = ("facility_id, activity_type, supplier, meter_id, direction, period_start, period_end, unit_given, "
             "is_estimated, is_by_the_hour")  # fmt: skip
    number = "(batch_no << 32) + seq"
    with session(ledger.path) as s:
        make_standing_sum(s, 10**6)
        make_standing(s, date.min, date.max, 10**6)
        summed = s.rows(f"select {named}, n, quantity, first_entries, entry from standing_sum")
        rows = s.rows(
            f"select {named}, count(*), sum(quantity)::decimal(38,6), list({number} order by {number})[1:4], "
            f"arg_max({number}, quantity) from standing group by all"
        )
    assert sorted(summed, key=str) == sorted(rows, key=str)
    assert sum(row[-4] for row in rows) == 11
    assert max(row[-4] for row in rows) == 4


def test_a_month_in_the_wrong_unit(ledger: Ledger, tmp_path: Path):
    """A thousandth of what is usual looks like MWh given as kWh; a thousandfold like Wh."""
    small = bills(2025, left_out=[6])
    small.append("LON,M1,electricity_purchased,1.05,kWh,2025-06-01,2025-06-30,measured,Grid,I9")
    large = bills(2025, meter="M2", left_out=[6])
    large.append("LON,M2,electricity_purchased,990000,kWh,2025-06-01,2025-06-30,measured,Grid,I9")
    put(ledger, tmp_path, "activity", *small, *large)
    found = [one for one in ledger.completeness("2025").outliers if one.test == "unit-error"]
    assert [(one.meter_id, one.likely, one.month) for one in found] == [
        ("M1", "looks like MWh given as kWh", date(2025, 6, 1)), ("M2", "looks like Wh given as kWh", date(2025, 6, 1)),
    ]  # fmt: skip


def test_a_month_far_from_the_others(ledger: Ledger, tmp_path: Path):
    """Months of about 1,000 kWh and one of 2,900: it is told against the median of the twelve before, once."""
    rows = [bill.replace(",1000,", f",{990 + 5 * place},") for place, bill in enumerate(bills(2025, left_out=[11]))]
    rows.append("LON,M1,electricity_purchased,2900,kWh,2025-11-01,2025-11-30,measured,Grid,I9")
    put(ledger, tmp_path, "activity", *rows)
    (one,) = ledger.completeness("2025").outliers
    assert (one.test, one.month) == ("outlier-months", date(2025, 11, 1))
    assert (one.amount, one.compared) == (2900, Decimal("1012.5"))


def test_a_month_unlike_that_of_the_year_before(ledger: Ledger, tmp_path: Path):
    """With too few months for a median, the same month of the year before is what is left to compare with."""
    put(ledger, tmp_path, "activity",
        "LON,M1,electricity_purchased,1000,kWh,2024-06-01,2024-06-30,measured,Grid,I1",
        "LON,M1,electricity_purchased,2001,kWh,2025-06-01,2025-06-30,measured,Grid,I2",
        "LON,M2,electricity_purchased,1000,kWh,2024-06-01,2024-06-30,measured,Grid,I3",
        "LON,M2,electricity_purchased,2,MWh,2025-06-01,2025-06-30,measured,Grid,I4",
    )  # fmt: skip
    (one,) = ledger.completeness("2025").outliers
    assert (one.test, one.meter_id, one.ratio) == ("outlier-year", "M1", Decimal("2.001"))


def test_a_facility_unlike_the_others(ledger: Ledger, tmp_path: Path):
    """Five facilities of 100 m², one of which uses five times the others' kWh per m²."""
    put(ledger, tmp_path, "facility",
        *(f"{name},{name},ACME,GB,Europe/London,owned,2018-01-01,2018-01-01,100" for name in "ABCDE"),
        header=PLACES)  # fmt: skip
    put(ledger, tmp_path, "activity", *(
        f"{name},,electricity_purchased,{5000 if name == 'E' else 1000},kWh,2025-06-01,2025-06-30,measured,Grid,I{name}"
        for name in "ABCDE"))  # fmt: skip
    (one,) = ledger.completeness("2025").outliers
    assert (one.test, one.facility_id, one.ratio) == ("outlier-floor-area", "E", 5)


# -- implied factors --------------------------------------------------------------------------------

STATED = "facility_id,activity_type,quantity,unit,period_start,period_end,data_basis,energy_kwh_net"


@pytest.mark.parametrize(("kg", "told"), [("20000", False), ("200000", True), ("2000", True)])
def test_the_factor_that_a_stated_emission_implies(ledger: Ledger, tmp_path: Path, kg: str, told: bool):
    """20,000 kg over 100,000 kWh is a British factor (0.20705 in 2024); ten times it, or a tenth, is not."""
    put(ledger, tmp_path, "activity", f"LON,stated_scope_2_location,{kg},kgCO2e,2024-03-01,2024-03-31,measured,100000",
        header=STATED)  # fmt: skip
    found = ledger.completeness("2024").implied_factors
    assert [(one.implied_kg_per_kwh, one.national_kg_per_kwh, one.beside) for one in found] == (
        [(Decimal(kg) / 100000, Decimal("0.20705"), True)] if told else []
    )


def test_the_energy_of_the_facility_stands_in(ledger: Ledger, tmp_path: Path):
    """Without energy on the row, the facility's electricity of the same days is the divisor."""
    put(ledger, tmp_path, "activity", "LON,stated_scope_2_market,900,tCO2e,2024-03-01,2024-03-31,measured,",
        "LON,electricity_purchased,100,MWh,2024-03-01,2024-03-31,measured,", header=STATED)  # fmt: skip
    (one,) = ledger.completeness("2024").implied_factors
    assert (one.implied_kg_per_kwh, one.kwh, one.beside) == (9, 100000, False)


# -- the property -----------------------------------------------------------------------------------

DAYS = st.integers(0, 120)
SPANS = st.lists(st.tuples(DAYS, st.integers(0, 50), st.booleans()), max_size=8)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(spans=SPANS, start=st.integers(0, 60), length=st.integers(0, 60))
def test_days_covered_and_missing_are_the_days_expected(
    ledger: Ledger, spans: list[tuple[int, int, bool]], start: int, length: int
):
    """Whatever rows come, each expected day is covered or missing, as counting day by day in Python says too."""
    zero = date(2023, 1, 1)
    meter = f"P{next(_numbers)}"
    first, last = zero + timedelta(start), zero + timedelta(start + length)
    with session(ledger.path, "write") as s:
        rows = [
            {"quantity_text": "1", "quantity": Decimal(1), "period_start": zero + timedelta(day),
             "period_end": zero + timedelta(day + long), "source_line": place + 2, "facility_id": "LON",
             "activity_type": "electricity_purchased", "kind": "quantity", "unit_given": "kWh", "primary_data": False,
             "data_basis": "estimated" if guessed else "measured"}
            for place, (day, long, guessed) in enumerate(spans)
        ]  # fmt: skip
        expected = {"facility_id": "LON", "meter_id": meter, "activity_type": "electricity_purchased",
                    "frequency": "monthly", "valid_from": first, "valid_to": last, "withdrawn": False}  # fmt: skip

        def fill(writing: Any) -> None:
            writing.insert_rows(Activity, as_arrow(Activity, rows))
            details = [{"activity_batch": writing.batch_no, "activity_seq": place + 1, "meter_id": meter}
                       for place in range(len(rows))]  # fmt: skip
            writing.insert_rows(ActivityDetail, as_arrow(ActivityDetail, details))
            writing.insert_rows(Expectation, as_arrow(Expectation, [expected]))

        append(s, Act("upload", "tester", "preparer", meter), fill)
    found = ledger.completeness("2023")
    (number,) = [subject.number for subject in found.subjects if subject.meter_id == meter]
    cells = [cell for cell in found.cells if cell.subject == number]
    own, guessed = set[int](), set[int]()
    for day, long, is_guessed in spans:
        (guessed if is_guessed else own).update(range(day, day + long + 1))
    wanted = set(range(start, start + length + 1))
    assert sum(cell.days_expected for cell in cells) == len(wanted)
    assert sum(cell.days_covered for cell in cells) == len(wanted & (own | guessed))
    assert sum(cell.days_estimated for cell in cells) == len(wanted & (guessed - own))
    assert sum(cell.days_missing for cell in cells) == len(wanted - own - guessed)
    gaps = [gap for gap in found.gaps if gap.subject == number]
    missing = {(gap.first_day - zero).days + step for gap in gaps for step in range(gap.days)}
    assert missing == wanted - own - guessed
