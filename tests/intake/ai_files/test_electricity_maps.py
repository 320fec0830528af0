"""Electricity Maps: headers of all years, direct and life cycle apart, answers of the API, blanks that stay open."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
import pytest

OLD = (
    "Datetime (UTC),Country,Zone Name,Zone Id,Carbon Intensity gCO₂eq/kWh (direct),Carbon Intensity gCO₂eq/kWh "
    "(LCA),Low Carbon Percentage,Renewable Percentage,Data Source,Data Estimated,Data Estimation Method"
)
NEW = (
    "Datetime (UTC),Country,Zone name,Zone id,Carbon intensity gCO₂eq/kWh (direct),Carbon intensity gCO₂eq/kWh "
    "(Life cycle),Carbon-free energy percentage (CFE%),Renewable energy percentage (RE%),Data source,Data estimated,"
    "Data estimation method"
)
MIXED = NEW.replace("Zone name", "Zone Name").replace("CO₂", "CO2").rpartition(",Data estimated")[0]
ROWS = ("2026-01-01 00:00:00,Norway,Norway,NO,33.11,63.03,94.86,90.85,entsoe.eu,false,",
        "2026-01-01 01:00:00,Norway,Norway,NO,27.06,56.47,96.07,92.12,entsoe.eu,true,X")  # fmt: skip


@pytest.fixture
def rows(read_with):
    """The intensities of a file."""

    def listed(content, **choices) -> pl.DataFrame:
        upload = read_with(content, name="NO_2019_hourly.csv", **choices)
        assert not upload.has_errors, upload.findings[:3]
        return upload.frames["grid_intensity"]

    return listed


def table(header: str, *lines: str) -> str:
    """Rows under a header, cut to its length."""
    width = header.count(",") + 1
    return "\n".join([header, *(",".join(row.split(",")[:width]) for row in lines)]) + "\n"


@pytest.mark.parametrize("header", [OLD, NEW, MIXED], ids=["old", "new", "mixed"])
def test_headers_of_all_years(rows, header):
    """Two rows an hour: 33.11 g direct, 63.03 g life cycle, with shares as parts of one, estimated as it was told."""
    frame = rows(table(header, *ROWS))
    first, second, third, _ = frame.rows(named=True)
    amounts = [row["intensity_g_per_kwh"] for row in (first, second, third)]
    assert amounts == [Decimal("33.11"), Decimal("63.03"), Decimal("27.06")]
    assert [row["signal_basis"] for row in (first, second)] == ["direct", "life_cycle"]
    assert (first["zone"], first["seconds"], f"{third['start_utc']:%F %H}") == ("NO", 3600, "2026-01-01 01")
    assert (first["carbon_free_share"], first["source"]) == (Decimal("0.9486"), "Electricity Maps, entsoe.eu")
    assert (first["estimated"], third["estimated"]) == (False, "stimated" in header)
    assert frame["source_line"].to_list() == [2, 2, 3, 3]


def test_how_long_a_row_is(rows, read_with, codes):
    """By the steps of the file; one row alone does not tell it, and years are no hours."""
    day = "2026-01-02 00:00:00,Norway,Norway,NO,1,2,,,x,false,"
    assert rows(table(NEW, ROWS[0], day))["seconds"].unique().to_list() == [86_400]
    assert codes(read_with(table(NEW, ROWS[0]), name="a.csv")) == ["choice-needed"]
    assert rows(table(NEW, ROWS[0]), granularity="15_minutes")["seconds"].unique().to_list() == [900]
    assert codes(read_with(table(NEW, ROWS[0]), name="a.csv", granularity="weekly")) == ["choice-not-read"]
    year = day.replace("2026-01-02", "2027-01-01")
    assert codes(read_with(table(NEW, ROWS[0], year), name="a.csv")) == ["series-too-coarse"]


def test_a_blank_intensity_stays_open(rows, read_with, codes):
    """An hour without direct has the life cycle alone; one without any makes no row and is told."""
    some = table(NEW, ROWS[0], ROWS[1].replace("27.06", ""))
    assert rows(some)["intensity_g_per_kwh"].len() == 3
    none = table(NEW, ROWS[0], ROWS[1].replace("27.06", "").replace("56.47", ""))
    assert codes(read_with(none, name="a.csv")) == ["intensity-blank"]


def test_answers_of_the_api(rows, read_with, codes):
    """The latest, a history and a forecast; null makes no row; the basis must be told."""
    one = {"zone": "DE", "carbonIntensity": 302, "datetime": "2026-01-01T00:00:00.000Z",
           "emissionFactorType": "direct", "isEstimated": True, "estimationMethod": "TIME_SLICER_AVERAGE"}  # fmt: skip
    first = rows(json.dumps(one)).row(0, named=True)
    assert (first["zone"], first["intensity_g_per_kwh"], first["signal_basis"]) == ("DE", Decimal(302), "direct")
    assert (first["estimated"], first["source"]) == (True, "Electricity Maps, API, TIME_SLICER_AVERAGE")
    bare = {"datetime": "2026-01-01T01:00:00Z", "carbonIntensity": None, "emissionFactorType": "lifecycle"}
    history = {"zone": "DE", "history": [{**bare, "carbonIntensity": 7}, {**bare, "datetime": "2026-01-01T02:00:00Z"}]}
    upload = read_with(json.dumps(history))
    assert upload.frames["grid_intensity"]["signal_basis"].to_list() == ["life_cycle"]
    assert codes(upload) == ["intensity-blank"]
    forecast = {"zone": "DE", "updatedAt": "2026-01-01T00:30:00Z", "forecast": [
        {"carbonIntensity": 9, "datetime": "2026-01-01T05:00:00Z"}]}  # fmt: skip
    assert codes(read_with(json.dumps(forecast)))[0] == "choice-needed"
    row = rows(json.dumps(forecast), signal_basis="life_cycle").row(0, named=True)
    assert (row["signal_kind"], f"{row['issued_at']:%H:%M}") == ("forecast", "00:30")
    year = {**one, "temporalGranularity": "yearly"}
    assert codes(read_with(json.dumps(year))) == ["series-too-coarse"]


@pytest.mark.needs("reference")
@pytest.mark.parametrize(
    ("name", "count", "direct"),
    [("electricitymaps_old_NO_2022_hourly_first168h.csv", 336, None),
     ("electricitymaps_new_header_rows.csv", 6, Decimal("235.57"))],
)  # fmt: skip
def test_real_files(samples, rows, name, count, direct):
    """A week of Norway and three rows of the new files: direct intensities as the file's own column adds up."""
    content = (samples / name).read_bytes()
    frame = rows(content)
    assert frame.height == count
    lines = content.decode("utf-8-sig").splitlines()[1:]
    expected = sum(Decimal(row.split(",")[4]) for row in lines)
    assert direct in (None, expected)
    assert frame.filter(pl.col("signal_basis") == "direct")["intensity_g_per_kwh"].sum() == expected
