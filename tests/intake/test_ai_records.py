"""Runs of AI models and readings of their energy: what is read, what a blank means, and what is refused in words."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import polars as pl
import pytest

from ledger.intake.checks.ai_checks import answer_unknown_energy
from ledger.intake.faults import Faults

HEADER = "run_id,model,stage,start_utc,end_utc,provider,region,gpu,gpus,energy_kwh,level,pue"
RUN = "r1,llm,training,2026-03-01T00:00:00Z,2026-03-02T00:00:00Z,aws,us-east-1,A100,8,120.5,it,1.2"
READING = "source,subject,start_utc,end_utc,energy_wh,level,method"
HOUR = "DCGM,GPU-1,2026-03-01T00:00:00Z,2026-03-01T01:00:00Z,310.25,chip,counter"


def row_of(upload, kind: str = "ai_run") -> dict:
    """The one row of a file that is read without an error."""
    assert not upload.has_errors, upload.findings
    return upload.frames[kind].row(0, named=True)


def test_a_run_is_recognised_and_its_words_are_ours(read, told):
    """Headers and words of practice become ours; stage, outcome, state and component stay four columns."""
    upload = read(f"{HEADER}\n{RUN}\n")
    assert upload.kind == "ai_run"
    assert told(upload) == [("default-taken", None, name) for name in ("outcome", "state", "component")]
    row = row_of(upload)
    named = ("stage", "outcome", "state", "component", "cloud_provider", "hardware_id", "hardware_count", "attempt")
    assert [row[name] for name in named] == [
        "pre_training", "completed", "active", "operational", "aws", "A100", 8, 1,
    ]  # fmt: skip
    assert (row["energy_kwh"], row["source_line"]) == (Decimal("120.500000"), 2)


def test_large_counts_keep_every_digit(read):
    """Operations in scientific notation, and counts beyond 12 digits, are exact."""
    header = HEADER.replace(",pue", ",flops,tokens_in,parameters_total,quality_value")
    row = row_of(read(f"{header}\n{RUN[:-4]},3.14e23,15600000000001,1.8E12,-0.25\n"))
    assert row["flops"] == Decimal(314 * 10**21)
    assert (row["tokens_in"], row["parameters_total"]) == (15_600_000_000_001, 1_800_000_000_000)
    assert row["quality_value"] == Decimal("-0.25")


@pytest.mark.parametrize(
    ("change", "code", "column", "words"),
    [
        (("1.2", "0.98"), "pue-absurd", "pue", "leave it blank"),
        (("1.2", "1000"), "pue-absurd", "pue", "leave it blank"),
        ((",it,", ",,"), "energy-level-missing", "level", "facility"),
        (("aws,us-east-1", ","), "run-place-missing", "facility_id", "cloud_region"),
        (("aws", ""), "region-without-provider", "provider", "aws"),
        (("00:00:00Z,2026-03-02", "00:00:00,2026-03-02"), "instant-without-zone", "start_utc", "timezone"),
        (("2026-03-02", "2026-02-02"), "period-end-before-start", "end_utc", "correct"),
        (("training", "dreaming"), "value-not-allowed", "stage", "pre_training"),
        (("120.5", "-1"), "number-negative", "energy_kwh", "positive"),
        (("120.5", "1.5e3"), "number-scientific", "energy_kwh", "number"),
        (("8,", "half,"), "number-not-read", "gpus", "write"),
        (("r1,", ","), "value-missing", "run_id", "fill in"),
    ],
)  # fmt: skip
def test_faults_of_a_run(read, change, code, column, words):
    """Each is told by line and column, with what to do, and the file is refused."""
    upload = read(f"{HEADER}\n{RUN.replace(*change, 1)}\n")
    first = next(found for found in upload.findings if found.severity == "error")
    assert (first.code, first.line, first.column) == (code, 2, column)
    assert words in first.fix
    assert not upload.frames


@pytest.mark.parametrize(("given", "likely"), [("87", ", like 0.87"), ("1.4", ", like 0.014"), ("140", "")])
def test_a_utilisation_above_one_is_refused(read, given, likely):
    """140 % cannot be; what looks like per cent is written as a part."""
    upload = read(f"{HEADER},utilisation\n{RUN},{given}\n")
    errors = [found for found in upload.findings if found.severity == "error"]
    assert [found.code for found in errors] == ["part-over-whole"]
    assert errors[0].fix.endswith(f"a part of one{likely}")


def test_one_run_twice(read, told):
    """The same start is the same record; another start within the run is the run twice; another attempt is neither."""
    again = RUN.replace("2026-03-01T00", "2026-03-01T06")
    later = RUN.replace("2026-03-02", "2026-03-04").replace("2026-03-01", "2026-03-02")
    found = told(read(f"{HEADER}\n{RUN}\n{RUN}\n{again}\n{later}\n"))
    codes = [entry for entry in found if entry[0] != "default-taken"]
    assert codes == [("identity-duplicate", 3, "run_id"), ("run-twice", 4, "run_id")]
    attempts = read(f"{HEADER},attempt\n{RUN},1\n{again},2\n")
    assert not attempts.has_errors


def test_what_is_unknown_stays_unknown(read):
    """No energy, no PUE, no utilisation: the row is taken with a warning for each, and nothing is filled in."""
    upload = read(
        "run_id,stage,start_utc,wall_seconds,country,gpu,gpus\n"
        "r1,eval,2026-03-01T00:00:00Z,3600,US,,\nr2,eval,2026-03-01T00:00:00Z,3600,US,A100,2\n"
    )
    warned = {found.code: found.line for found in upload.findings if found.severity == "warning"}
    assert warned == {"run-energy-unknown": 2, "pue-unknown": 3, "utilisation-assumed": 3}
    row = row_of(upload)
    assert row["end_utc"] == datetime(2026, 3, 1, 1, tzinfo=UTC)
    assert row.get("energy_kwh") is None
    assert row.get("pue") is None


@pytest.mark.parametrize(("read_runs", "left"), [(["r1", "r2"], 0), (["r1"], 1)])
def test_a_run_with_readings_is_not_at_full_power(read_runs, left):
    """Where each run of a file has a reading in it, nothing is said of full power; where one has none, it is."""
    runs = pl.DataFrame(
        {"run_id": ["r1", "r2"], "component": ["operational"] * 2, "withdrawn": [False] * 2,
         "hardware_count": [8, 8], "hardware_id": ["A100"] * 2}, schema_overrides={"hardware_count": pl.Int32}
    )  # fmt: skip
    faults = Faults("emissions.csv", 10)
    faults.add("utilisation-assumed", line=2, column="utilisation", count=2)
    answer_unknown_energy(faults, {"ai_run": runs, "measurement": pl.DataFrame({"run_id": read_runs})})
    assert [found.code for found in faults.listed()] == ["utilisation-assumed"] * left


def test_a_reading_in_watt_hours_or_kilowatt_hours(read):
    """Energy becomes watt-hours exactly, and stays as it stood beside it."""
    row = row_of(read(f"{READING}\n{HOUR}\n"), "measurement")
    assert (row["source"], row["energy_wh"], row["energy_text"]) == ("dcgm", Decimal("310.25"), "310.25")
    assert (row["energy_part"], row["energy_level"], row["reading_method"]) == ("total", "chip", "counter")
    kwh = row_of(read(f"{READING.replace('_wh', '_kwh')}\n{HOUR.replace('310.25', '0.310251')}\n"), "measurement")
    assert (kwh["energy_wh"], kwh["energy_text"]) == (Decimal("310.251"), "0.310251 kWh")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("310.25", ""), "quantity-missing"),
        (("310.25", "-5"), "number-negative"),
        (("chip", "somewhere"), "value-not-allowed"),
        (("T01:00:00Z", "T01:00:00"), "instant-without-zone"),
        (("2026-03-01T01", "2026-02-01T01"), "period-end-before-start"),
    ],
)
def test_faults_of_a_reading(read, change, code):
    """A blank is not zero, and nothing of the file is taken."""
    upload = read(f"{READING}\n{HOUR.replace(*change, 1)}\n")
    assert [found.code for found in upload.findings if found.severity == "error"] == [code]
    assert not upload.frames


def test_a_local_time_with_its_zone(read):
    """A clock time is read in the row's time zone."""
    local = HOUR.replace("00:00:00Z", "00:00:00").replace("01:00:00Z", "01:00:00")
    row = row_of(read(f"{READING},timezone\n{local},Europe/Berlin\n"), "measurement")
    assert row["start_utc"] == datetime(2026, 2, 28, 23, tzinfo=UTC)
