"""CodeCarbon's files: every set of columns, one reading a run, no PUE twice, nothing on doubt."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
import pytest

V1 = ("timestamp,experiment_id,project_name,duration,emissions,energy_consumed,country_name,country_iso_code,region,"
      "on_cloud,cloud_provider,cloud_region")  # fmt: skip
V2 = ("timestamp,project_name,run_id,duration,emissions,emissions_rate,cpu_power,gpu_power,ram_power,cpu_energy,"
      "gpu_energy,ram_energy,energy_consumed,country_name,country_iso_code,region,cloud_provider,cloud_region,os,"
      "python_version,cpu_count,cpu_model,gpu_count,gpu_model,longitude,latitude,ram_total_size,tracking_mode,"
      "on_cloud")  # fmt: skip
LATER = {
    "2.0.0": V2, "2.2.0": f"{V2},codecarbon_version", "2.2.3": f"{V2},codecarbon_version,pue",
    "2.7.0": f"{V2},codecarbon_version,pue,experiment_id",
    "3.0.8": f"{V2},codecarbon_version,pue,experiment_id,water_consumed,wue",
    "3.2.1": f"{V2},codecarbon_version,pue,experiment_id,water_consumed,wue,cpu_utilization_percent,"
             "gpu_utilization_percent,ram_utilization_percent,ram_used_gb",
    "2026-05": f"{V2},codecarbon_version,pue,experiment_id,water_consumed,wue,cpu_utilization_percent,"
               "gpu_utilization_percent,ram_utilization_percent,ram_used_gb,cpu_temperature,gpu_temperature,"
               "neuron_power,neuron_energy,neuron_utilization_pct",
}  # fmt: skip
RUN = {
    "timestamp": "2026-03-01T12:00:00", "project_name": "apollo", "run_id": "r1", "duration": "3600.0",
    "emissions": "0.05", "energy_consumed": "0.25", "country_name": "France", "country_iso_code": "FRA",
    "region": "île-de-france", "tracking_mode": "machine", "on_cloud": "N", "cpu_model": "CPU-A", "cpu_count": "16",
    "gpu_count": "2", "gpu_model": "2 x GPU-A", "ram_total_size": "64.0", "longitude": "2.3", "latitude": "48.9",
}  # fmt: skip


def table(header: str, *rows: dict[str, str]) -> str:
    """Rows under a header, blank where a row says nothing."""
    columns = header.split(",")
    lines = [",".join((RUN | row).get(name.strip(), "") for name in columns) for row in rows]
    return "\n".join([header, *lines]) + "\n"


@pytest.fixture
def readings(read_with):
    """The readings of a file, in Paris unless it is said otherwise."""

    def listed(content, name="emissions.csv", **choices) -> pl.DataFrame:
        upload = read_with(content, name=name, **({"timezone": "Europe/Paris"} | choices))
        assert not upload.has_errors, upload.findings[:3]
        return upload.frames["measurement"]

    return listed


@pytest.mark.parametrize("header", [V1, *LATER.values()], ids=["1.2.0", *LATER])
def test_every_set_of_columns(readings, header):
    """A quarter of a kWh in the hour before 12 in Paris: 250 Wh at IT level from 10 to 11 UTC, in any order."""
    turned = ",".join(reversed(header.split(",")))
    for columns in (header, turned, header.replace(",", ", ")):
        row = readings(table(columns, {}), blank_runs="each").row(0, named=True)
        assert (row["energy_wh"], row["energy_text"], row["energy_level"]) == (Decimal(250), "0.25", "it")
        assert f"{row['start_utc']:%d %H:%M} {row['end_utc']:%H:%M}" == "01 10:00 11:00"
        assert (row["source"], row["country"], row["pue_inside"], row["reading_method"]) == (
            "codecarbon", "FR", None, "model",
        )  # fmt: skip
        assert row["co2e_kg_stated"] == Decimal("0.05")
        assert row["source_line"] == 2
        assert "longitude" not in row


def test_clock_times_need_their_zone(read_with, codes):
    """Without a zone nothing is posted, and an unknown one is told; summer and winter differ by an hour."""
    assert codes(read_with(table(V2, {}), name="e.csv")) == ["choice-needed"]
    assert codes(read_with(table(V2, {}), name="e.csv", timezone="Mars/Base")) == ["timezone-unknown"]
    rows = table(V2, {}, {"run_id": "r2", "timestamp": "2026-07-01T12:00:00"})
    upload = read_with(rows, name="e.csv", timezone="Europe/Paris")
    assert [f"{end:%H}" for end in upload.frames["measurement"]["end_utc"]] == ["11", "10"]
    gone = table(V2, {"timestamp": "2026-03-29T02:30:00"})  # an hour that no clock of Paris showed
    assert codes(read_with(gone, name="e.csv", timezone="Europe/Paris"))[0] == "reading-time"


def test_of_a_run_the_last_row_counts(readings, read_with, codes):
    """Numbers rise from flush to flush: 250 Wh of three rows, never their sum, in whatever order they stand."""
    flushes = [
        {"timestamp": "2026-03-01T12:00:00"},
        {"timestamp": "2026-03-01T11:20:00", "duration": "1200", "energy_consumed": "0.08"},
        {"timestamp": "2026-03-01T11:40:00", "duration": "2400", "energy_consumed": "1.7e-1"},
    ]
    assert readings(table(V2, *flushes))["energy_wh"].to_list() == [Decimal(250)]
    assert "reading-flushes" in codes(read_with(table(V2, *flushes), name="e.csv", timezone="UTC"))


def test_blank_energy_is_not_zero(readings, read_with, codes):
    """A run whose last row is blank keeps the last that is filled, and the blank one is told."""
    rows = [{}, {"timestamp": "2026-03-01T12:10:00", "duration": "4200", "energy_consumed": "", "emissions": ""}]
    assert readings(table(V2, *rows))["energy_wh"].to_list() == [Decimal(250)]
    assert codes(read_with(table(V2, *rows), name="e.csv", timezone="UTC")) == ["reading-blank"]
    zero = readings(table(V2, {"energy_consumed": "0.0"}))
    assert zero["energy_wh"].to_list() == [Decimal(0)]


def test_rows_without_a_run(readings, read_with, codes):
    """Which rows are one run is asked for: those that begin together, each, or none of them."""
    bare = {"run_id": "", "duration": "60", "energy_consumed": "0.001"}
    later = {**bare, "timestamp": "2026-03-01T12:01:01", "duration": "120.5", "energy_consumed": "0.002"}
    other = {**bare, "timestamp": "2026-03-01T13:00:00", "energy_consumed": "0.004"}
    rows = table(V2, {}, bare, later, other)
    assert codes(read_with(rows, name="e.csv", timezone="UTC")) == ["choice-needed"]
    by_start = readings(rows, blank_runs="by_start", copies="all")
    assert by_start["energy_wh"].to_list() == [Decimal(250), Decimal(2), Decimal(4)]
    assert by_start["run_id"].to_list() == ["r1", "emissions.csv line 3", "emissions.csv line 5"]
    assert readings(rows, blank_runs="each", copies="all")["energy_wh"].sum() == Decimal(257)
    assert readings(rows, blank_runs="leave_out")["energy_wh"].sum() == Decimal(250)


def test_a_pue_is_inside_already(readings, read_with, codes):
    """At 1.4 the tracker multiplied: the reading is of the facility. 1.0 is none; 0.98 and 1000 cannot be."""
    header = LATER["2.2.3"]
    row = readings(table(header, {"pue": "1.4"})).row(0, named=True)
    assert (row["energy_level"], row["pue_inside"], row["energy_wh"]) == ("facility", Decimal("1.4"), Decimal(250))
    assert readings(table(header, {"pue": "1.0"})).row(0, named=True)["pue_inside"] is None
    for wrong, code in (("0.98", "pue-absurd"), ("1000", "pue-absurd"), ("NaN", "number-not-finite")):
        assert codes(read_with(table(header, {"pue": wrong}), name="e.csv", timezone="UTC")) == [code]


def test_ranks_of_one_node_are_copies(readings, read_with, codes):
    """Two processes measured the whole node at once: asked for; one counts, or both where they are nodes apart."""
    ranks = table(V2, {}, {"run_id": "r2", "timestamp": "2026-03-01T12:00:03", "energy_consumed": "0.251"})
    assert codes(read_with(ranks, name="e.csv", timezone="UTC")) == ["reading-copies"] * 2
    assert readings(ranks, copies="one")["run_id"].to_list() == ["r2"]
    assert readings(ranks, copies="all")["energy_wh"].sum() == Decimal(501)
    after = table(V2, {}, {"run_id": "r2", "timestamp": "2026-03-01T13:00:00"})
    other = table(V2, {}, {"run_id": "r2", "gpu_count": "4", "gpu_model": "4 x GPU-A"})
    process = table(V2, {"tracking_mode": "process"}, {"run_id": "r2", "tracking_mode": "process"})
    for rows in (after, other, process):
        assert readings(rows).height == 2


def test_rows_that_lost_their_blank_cells_are_refused(read_with, codes):
    """Fewer cells than the header: never padded; the message says which versions wrote such rows."""
    whole = table(LATER["3.2.1"], {}).splitlines()
    short = whole[1].replace(",,", ",", 1)
    assert codes(read_with("\n".join([*whole, short]), name="e.csv", timezone="UTC")) == [
        "codecarbon-shifted", "ragged-row",
    ]  # fmt: skip


def test_cloud_and_machine(readings):
    """A cloud is kept with its region, a chosen machine is the subject, counters are a matter of choice."""
    cloud = {"on_cloud": "Y", "cloud_provider": "aws", "cloud_region": "us-east-2", "country_iso_code": "US"}
    row = readings(table(V2, cloud), subject="node-17", reading_method="counter").row(0, named=True)
    assert (row["cloud_provider"], row["cloud_region"], row["country"]) == ("aws", "us-east-2", "US")
    assert (row["subject"], row["run_id"], row["reading_method"]) == ("node-17", "r1", "counter")


def test_runs_where_their_stage_is_told(read_with, codes):
    """With --choose stage each run stands beside its reading: project, accelerators by name and number, place."""
    choices = {"timezone": "UTC", "stage": "tuning", "model": "m-7b"}
    upload = read_with(table(V2, {}, {"run_id": "r2", "timestamp": "2026-03-02T12:00:00"}), name="e.csv", **choices)
    assert not upload.has_errors, upload.findings[:2]
    row = upload.frames["ai_run"].row(0, named=True)
    assert (row["run_id"], row["stage"], row["model"], row["project"]) == ("r1", "tuning", "m-7b", "apollo")
    assert (row["hardware_id"], row["hardware_count"], row["country"]) == ("GPU-A", 2, "FR")
    assert upload.frames["measurement"]["run_id"].to_list() == ["r1", "r2"]
    assert codes(upload) == ["pue-unknown"]  # of energy at full power no word: each was read
    assert codes(read_with(table(V2, {}), name="e.csv", timezone="UTC", model="m-7b")) == ["choice-needed"]


def test_tasks_of_a_run_are_apart(readings):
    """A file by task has a row a task; each counts."""
    rows = table(f"task_name,{V2}", {"task_name": "load"}, {"task_name": "train", "timestamp": "2026-03-01T13:30:00"})
    assert readings(rows)["subject"].to_list() == ["r1/load", "r1/train"]


def test_records_of_the_server_are_added_up(read, read_with):
    """Each is the energy since the one before: two of 0.1 kWh stay two readings, at instants with an offset."""
    rows = [{"run_id": "r1", "timestamp": f"2026-03-01T12:0{minute}:00+01:00", "duration": 60, "emissions_sum": 0.01,
             "energy_consumed": 0.1} for minute in (1, 2)]  # fmt: skip
    frame = read(json.dumps(rows), name="e.json").frames["measurement"]
    assert frame["energy_wh"].to_list() == [Decimal(100), Decimal(100)]
    assert [f"{start:%H:%M}" for start in frame["start_utc"]] == ["11:00", "11:01"]


def test_an_absurd_power_is_told(read_with, codes):
    """Eight kWh in half a minute is no machine: a warning, since the number may be of a rack."""
    rows = table(V2, {"duration": "34", "energy_consumed": "8"})
    assert codes(read_with(rows, name="e.csv", timezone="UTC")) == ["reading-power"]


@pytest.mark.needs("reference")
@pytest.mark.parametrize(
    ("name", "choices", "wh", "runs", "told"),
    [
        ("codecarbon_v1_bom_examples.csv", {"blank_runs": "each"}, "24000", 5, ["reading-power"] * 5),
        ("codecarbon_dev_2021-07_examples.csv", {"blank_runs": "each"}, "24000", 5, ["reading-power"] * 5),
        ("codecarbon_v1_invalid_headers.csv", {"blank_runs": "each"}, "1.308619", 1, []),
        ("codecarbon_v2.5.0_multi_gpu.csv", {}, None, 39, []),
        ("codecarbon_v2.4.3rc1_emissions.csv", {"blank_runs": "by_start"}, None, 18,
         ["reading-blank"] * 2 + ["reading-flushes"]),
        ("codecarbon_v3.3_valid_headers.csv", {}, "0.574429", 1, []),
        ("codecarbon_master_2026-05_neuron_headers.csv", {}, "0.574429", 1, []),
    ],
)  # fmt: skip
def test_real_files(samples, readings, read_with, codes, name, choices, wh, runs, told):
    """Each is known and comes to its last rows' sum, added up here from the file itself where it has many."""
    content = (samples / name).read_bytes()
    rows = readings(content, **choices)
    if wh is None:
        lines = [line.split(",") for line in content.decode("utf-8-sig").splitlines()]
        place, run = lines[0].index("energy_consumed"), lines[0].index("run_id")
        last = {cells[run] or cells[0]: Decimal(cells[place]) for cells in lines[1:] if cells[place]}
        by_start = {"2024-05-31T10:45:08"} if "blank_runs" in choices else set()  # a flush of the row after it
        expected = sum(value for key, value in last.items() if key not in by_start) * 1000
        assert abs(rows["energy_wh"].sum() - expected) < Decimal("0.00002")
    else:
        assert rows["energy_wh"].sum() == Decimal(wh)
    assert rows.height == runs
    assert codes(read_with(content, name="e.csv", timezone="Europe/Paris", **choices)) == told


@pytest.mark.needs("reference")
def test_a_real_shifted_shape_is_refused(samples, read_with, codes):
    """The row of 36 cells under 38 headers."""
    content = (samples / "CONSTRUCTED_codecarbon_v3.3.0_shifted_append.csv").read_bytes()
    assert codes(read_with(content, name="e.csv", timezone="UTC")) == ["codecarbon-shifted", "ragged-row"]
