"""Runs by the hour of the grid: a memo beside the yearly figure, and the intensity of the hours in a score."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from in_process import ghg

from ledger import Ledger
from ledger.errors import Misuse

D = Decimal
GB_2024 = D("0.20705")
"""kg CO2e per kWh of the grid of Great Britain: DESNZ 2024, location-based."""
RUNS = """run_id,model,stage,start_utc,end_utc,facility_id,country,provider,region,zone,energy_kwh,level,pue,requests
read,m,inference,2024-03-01T00:30:00Z,2024-03-01T03:30:00Z,LON,,,,,,,1.5,1000
even,m,inference,2024-03-01T02:00:00Z,2024-03-01T04:00:00Z,,,aws,eu-west-2,,7.000001,facility,,500
train,m,pre_training,2024-03-01T00:00:00Z,2024-03-01T01:00:00Z,LON,,,,XX-OWN,5,wall,,
cal,far,inference,2024-03-01T00:00:00Z,2024-03-01T01:00:00Z,SJC,,,,,5,wall,,100
nor,north,inference,2024-03-01T00:00:00Z,2024-03-01T02:00:00Z,,NO,,,,8,wall,,100
none,bare,inference,2024-03-01T00:00:00Z,2024-03-01T01:00:00Z,LON,,,,,0,wall,,100
"""
READINGS = """source,subject,run_id,start_utc,end_utc,energy_wh,component,level,method
kepler,n1,read,2024-03-01T00:30:00Z,2024-03-01T01:30:00Z,1000,node,it,counter
kepler,n1,read,2024-03-01T01:30:00Z,2024-03-01T03:30:00Z,6000,node,it,counter
codecarbon,n1,read,2024-03-01T00:30:00Z,2024-03-01T03:30:00Z,9999,total,it,model
"""
HEAD = "zone,start_utc,seconds,signal_kind,signal,signal_basis,intensity_g_per_kwh,estimated,source,revision\n"


def values(*rows: str) -> str:
    """Intensities: zone, time of the first of March, seconds, kind, signal, basis, g/kWh, estimated, revision."""
    made = [row.split() for row in rows]
    return HEAD + "".join(
        f"{zone},2024-03-01T{time}:00Z,{seconds},{kind},{signal},{basis},{grams},{estimated},the operator,{revision}\n"
        for zone, time, seconds, kind, signal, basis, grams, estimated, revision in made
    )


GRID = values(
    "GB 00:00 3600 actual average direct 100 no 1",
    "GB 01:00 1800 actual average direct 150 no 1",
    "GB 01:30 1800 actual average direct 250 yes 1",
    "GB 02:00 3600 actual average direct 999 no 1",
    "GB 02:00 3600 actual average direct 400 no 2",
    "GB 03:00 3600 actual average direct 300.5 no 1",
    "GB 03:30 1800 actual average direct 7 no 1",
    "GB 00:00 3600 actual average life_cycle 130 no 1",
    "GB 01:00 1800 actual average life_cycle 230 no 1",
    "GB 03:00 3600 actual marginal life_cycle 700 no 1",
    "NO 00:00 3600 actual average direct 30 no 1",
    "NO 00:00 3600 actual average life_cycle 60 no 1",
    "US 00:00 3600 actual average direct 350 no 1",
)


@pytest.fixture(scope="module")
def held(_founded, tmp_path_factory) -> Ledger:
    """A ledger with runs, readings and two hours of values and more; it is read only."""
    folder = tmp_path_factory.mktemp("hours") / "book"
    shutil.copytree(_founded, folder)
    ledger = Ledger(folder / "ledger.duckdb", actor="anna")
    for name, text in (("runs.csv", RUNS), ("readings.csv", READINGS), ("grid.csv", GRID)):
        (folder / name).write_text(text, encoding="utf-8")
        done = ledger.upload(folder / name)
        assert done.status == "accepted", done.findings
    return ledger


def test_energy_of_each_hour_times_its_intensity(held):
    """Kepler's readings give the hours (½, 2, 3, 1½ of 7 kWh); PUE once, the newest revision, means of half hours."""
    found = held.footprint("m")
    runs = {(run.run_id, run.basis): run for run in found.hourly.runs}
    read = runs["read", "direct"]
    assert (read.zone, read.energy_kwh, read.hours, read.is_spread) == ("GB", D("10.5"), 4, False)
    assert read.kg == D("1.5") * (D("0.5") * 100 + 2 * 200 + 3 * 400 + D("1.5") * D("300.5")) / 1000
    assert (read.hours_without, read.hours_estimated, read.priced_kwh) == (0, 1, D("10.5"))
    even = runs["even", "direct"]
    assert even.kg == (D("3.5") * 400 + D("3.500001") * D("300.5")) / 1000, "the last hour has the remainder"
    assert even.is_spread
    (stage,) = [stage for stage in found.by_hour if (stage.stage, stage.basis) == ("inference", "direct")]
    assert (stage.kg, stage.energy_kwh) == (read.kg + even.kg, D("17.500001"))
    assert stage.yearly_kg == D("17.500001") * GB_2024
    assert found.total.location_kg == D("22.500001") * GB_2024, "the footprint itself stays on yearly factors"


def test_bases_stay_apart_and_what_has_no_value_is_named(held):
    """Life cycle: one whole hour is held; half an hour and a marginal value are none. Its kg are of that hour alone."""
    found = held.footprint("m")
    life = {run.run_id: run for run in found.hourly.runs if run.basis == "life_cycle"}
    assert (life["read"].kg, life["read"].priced_kwh) == (D("0.75") * 130 / 1000, D("0.75"))
    assert (life["even"].kg, life["even"].hours_without) == (None, 2)
    spans = [(span.zone, span.start.hour, span.end.hour, span.hours, span.energy_kwh) for span in found.hourly.without
             if span.basis == "life_cycle"]  # fmt: skip
    assert spans == [("GB", 1, 4, 3, D("16.750001")), ("XX-OWN", 0, 1, 1, D(5))]
    total = found.by_hour[-1]
    assert (total.stage, total.basis, total.kg) == ("total", "life_cycle", D("0.0975"))
    assert total.yearly_kg is None, "the yearly factor is of generation alone"


def test_by_the_year_stands_beside_its_like(held):
    """Norway's factor is of the life cycle: the same 4 kWh by the year stand in that row, and not beside direct."""
    direct, _, life, _ = held.footprint("north").by_hour
    assert (direct.kg, direct.priced_kwh, direct.yearly_kg) == (D("0.12"), 4, None)
    assert (life.kg, life.yearly_kg) == (D("0.24"), held.footprint("north").total.location_kg / 2)


def test_the_zone_of_a_run(held):
    """Its own word and no other, though values of its country are held; else the narrowest of which values are held."""
    zones = {run.run_id: (run.zone, run.kg) for run in held.footprint("m").hourly.runs if run.basis == "direct"}
    assert zones["train"] == ("XX-OWN", None)
    (cal,) = held.footprint("far").hourly.runs
    assert (cal.zone, cal.kg) == ("US", D("1.75")), "none of CAMX is held, but of the country"


def test_before_any_value_there_is_no_memo(held):
    """As the ledger stood before the intensities came; and a run without energy has no hours."""
    before = held.footprint("m", at=held.checkpoint().size - 1)
    assert (before.by_hour, before.hourly.runs) == ((), ())
    assert before.total == held.footprint("m").total
    assert held.footprint("bare").by_hour == ()


def test_a_score_takes_the_intensity_of_the_hours(held):
    """Σ energy × intensity of each hour ÷ requests; by the year on wish; the hours are told with zone and basis."""
    told = held.model_score("m", "consumer", "request")
    kg = sum(run.kg for run in held.footprint("m").hourly.runs if run.basis == "direct" and run.stage == "inference")
    assert round(told.value.low, 20) == round(kg * 1000 / 1500, 20)
    intensity = next(term for term in told.terms if term.name == "I")
    assert intensity.source.startswith("location-based, by the hour, direct, zone GB, 6 hours of runs, 1 of them est")
    assert "1 of 2 runs laid evenly" in intensity.source
    assert held.model_score("m", "consumer", "request", by="hour").value == told.value
    yearly = held.model_score("m", "consumer", "request", by="year")
    assert round(yearly.value.low, 20) == round(D("17.500001") * GB_2024 * 1000 / 1500, 20)


def test_an_hour_without_a_value_is_never_filled(held, tmp_path):
    """By the year then, and the score says which hours lack; asked for by the hour it is refused with them."""
    shutil.copytree(held.path.parent, tmp_path / "book")
    ledger = Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna")
    file = tmp_path / "late.csv"
    file.write_text("run_id,model,stage,start_utc,end_utc,facility_id,energy_kwh,level,requests\n"
                    "late,m,inference,2024-03-01T03:00:00Z,2024-03-01T06:00:00Z,LON,3,wall,10\n")  # fmt: skip
    assert ledger.upload(file).status == "accepted"
    told = ledger.model_score("m", "consumer", "request")
    assert round(told.value.low, 20) == round(D("20.500001") * GB_2024 * 1000 / 1510, 20)
    span = "direct: 2 of 9 hours of the runs have no value, such as 2024-03-01 04:00 to 2024-03-01 06:00 UTC in zone GB"
    assert any(span in note for note in told.notes)
    with pytest.raises(Misuse, match="2 of 9 hours"):
        ledger.model_score("m", "consumer", "request", by="hour")
    asked = ghg("ai", "sci", "--model", "m", "--by-hour", ledger=ledger)
    assert (asked.returncode, "--by-year" in asked.stderr) == (2, True)


def test_what_is_printed_says_that_it_is_a_memo(held):
    """Both bases by stage, every run on wish, the hours without a value; no block where nothing is held."""
    told = " ".join(ghg("ai", "footprint", "--model", "m", "--runs", ledger=held).stdout.split())
    span = "zone GB, life cycle: 2024-03-01 01:00 to 2024-03-01 04:00 UTC, 3 hours, 16.750001 kWh"
    for words in ("a memo in no total", span, "XX-OWN", "never mixed or added", "2 of 3 runs have no readings"):
        assert words in told
    assert "memo in no total" not in ghg("ai", "footprint", "--model", "bare", ledger=held).stdout
    assert ghg("ai", "sci", "--energy", "1", "--intensity", "4", "--units", "2", "--by-hour").returncode == 2


def test_a_run_without_readings_is_spread_evenly_in_its_cluster(ledger, tmp_path):
    """Four kWh over two hours are two in each, not all in the last: the residual of both hours stays what it is."""
    file = tmp_path / "given.csv"
    file.write_text("source,subject,cluster,run_id,country,start_utc,end_utc,energy_kwh,component,level,method\n"
                    "meter,pdu,C,,GB,2024-03-01T00:00:00Z,2024-03-01T01:00:00Z,3,facility,facility,counter\n"
                    "meter,pdu,C,,GB,2024-03-01T01:00:00Z,2024-03-01T02:00:00Z,3,facility,facility,counter\n"
                    "codecarbon,h,C,r,GB,2024-03-01T00:00:00Z,2024-03-01T02:00:00Z,4,total,it,model\n")  # fmt: skip
    assert ledger.upload(file).status == "accepted"
    hours = ledger.allocation("C", "2024-03").hours
    assert [(row.hour, row.runs_kwh, row.residual_kwh) for row in hours] == [
        (datetime(2024, 3, 1, hour, tzinfo=UTC), D(2), D(1)) for hour in (0, 1)
    ]
