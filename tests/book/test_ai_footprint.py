"""A model's footprint, sources held side by side, and a run recorded from the command line."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger import Ledger
from ledger.cli import app
from ledger.errors import Misuse

RUNS = """run_id,attempt,model,stage,outcome,start_utc,end_utc,facility_id,provider,region,gpu,gpus,energy_kwh,level,\
pue,requests,tokens_out,cost,currency,quality_name,quality_value
data,1,llm,data,completed,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,LON,,,,,10,wall,,,,,,,
train,1,llm,pre_training,failed,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,LON,,,a100-sxm4-80gb,8,50,it,1.2,,,100,USD,,
train,2,llm,pre_training,completed,2024-03-02T00:00:00Z,2024-03-03T00:00:00Z,LON,,,a100-sxm4-80gb,8,100,it,1.2,,,200,USD,MMLU,0.7
serve,1,llm,inference,completed,2024-03-05T00:00:00Z,2024-03-06T00:00:00Z,,aws,eu-west-2,,,20,facility,,50000,1000000,30,EUR,MMLU,0.71
blind,1,llm,evaluation,completed,2024-03-05T00:00:00Z,2024-03-06T00:00:00Z,LON,,,,,,,,,,,,,
other,1,vision,tuning,completed,2024-03-05T00:00:00Z,2024-03-06T00:00:00Z,LON,,,,,500,wall,,,,,,,
"""
FOUR = """source,subject,cluster,country,provider,region,start_utc,end_utc,energy_kwh,component,level,method,\
co2e_kg_stated
codecarbon,host-1,C1,GB,aws,eu-west-2,2024-03-01T00:00:00Z,2024-04-01T00:00:00Z,900,total,it,integrated_power,150
dcgm,GPU-1,C1,GB,aws,eu-west-2,2024-03-01T00:00:00Z,2024-04-01T00:00:00Z,820,gpu,chip,counter,
provider,project-1,C1,GB,aws,eu-west-2,2024-03-01T00:00:00Z,2024-04-01T00:00:00Z,1100,facility,facility,model,
"""
GB_2024 = Decimal("0.20705")
"""kg CO2e per kWh of the grid of Great Britain: DESNZ 2024, location-based."""


def given(ledger: Ledger, tmp_path: Path, text: str):
    """Upload a text, which is accepted."""
    file = tmp_path / f"given{ledger.checkpoint().size}.csv"
    file.write_text(text, encoding="utf-8")
    done = ledger.upload(file)
    assert done.status == "accepted", done.findings
    return done


def test_a_footprint_has_every_stage_and_every_run(ledger, tmp_path):
    """Failed attempts too; PUE once; both methods; per request; cost and quality beside; other models are not in it."""
    given(ledger, tmp_path, RUNS)
    found = ledger.footprint("llm")
    assert [(stage.stage, stage.runs, stage.not_kept, stage.energy_kwh) for stage in found.stages] == [
        ("data", 1, 0, 10), ("pre_training", 2, 1, 180), ("evaluation", 1, 0, None), ("inference", 1, 0, 20),
    ]  # fmt: skip
    total = found.total
    assert total.energy_kwh == 210
    assert total.location_kg == 210 * GB_2024
    training = found.stages[1]
    assert training.accelerator_hours == 384
    assert found.stages[3].market_kg == found.stages[3].location_kg, "a service bought has one figure"
    low, high = training.embodied_kg
    assert low < high
    assert total.embodied_kg == training.embodied_kg
    inventory = ledger.inventory("2024-03")
    upstream = sum(stage.upstream_kg for stage in found.stages if stage.upstream_kg is not None)
    vision = 500 * GB_2024
    assert total.location_kg + vision == inventory.scope_2_location + 20 * GB_2024
    assert total.market_kg + vision == inventory.scope_2_market + 20 * GB_2024
    assert total.upstream_kg == upstream
    assert found.cost == {"EUR": 30, "USD": 300}
    assert found.quality == ("MMLU 0.71, run serve",)
    served = found.stages[3]
    assert found.per_1000_requests["inference_kg"] == ((served.location_kg + served.upstream_kg) / 50).quantize(
        Decimal("1e-12")
    )
    assert total.without_energy == 1
    assert any("1 run without energy" in note for note in found.notes)


def test_runs_that_a_bill_holds_are_a_part_of_it(ledger, tmp_path):
    """The same kilograms as if they were posted: the bill's own, by kWh."""
    given(ledger, tmp_path, RUNS)
    before = ledger.footprint("llm").total
    given(ledger, tmp_path, "facility_id,activity_type,quantity,unit,period_start,period_end\n"
                            "LON,electricity_purchased,9,MWh,2024-03-01,2024-03-31\n")  # fmt: skip
    after = ledger.footprint("llm")
    assert after.total.energy_kwh == before.energy_kwh
    assert abs(after.total.location_kg - before.location_kg) < Decimal("1e-9")
    assert any("3 runs held by bills" in note for note in after.notes)
    assert ledger.footprint("llm", at=ledger.checkpoint().size - 1).total == before


def test_an_unknown_model_is_told_with_what_is_meant(ledger, tmp_path):
    """Before any run, and with another name."""
    with pytest.raises(Misuse, match="no run"):
        ledger.footprint("llm")
    given(ledger, tmp_path, RUNS)
    with pytest.raises(Misuse) as fault:
        ledger.footprint("lm")
    assert "did you mean llm" in fault.value.fix


def test_a_difference_is_explained_by_name(ledger, tmp_path):
    """PUE of the region for what reads machines alone, the grid for stated kilograms; causes and residual add up."""
    given(ledger, tmp_path, FOUR)
    (unit,), _ = ledger.reconcile("2024-03", of="c1")
    assert (unit.unit, unit.counted_kwh) == ("cluster:C1/2024-03", 1100)
    assert [(seen.source, seen.counts, seen.difference_kwh) for seen in unit.sources] == [
        ("provider", True, 0), ("dcgm", False, 280), ("codecarbon", False, 200),
    ]  # fmt: skip
    for seen in unit.sources:
        assert sum(cause.amount for cause in seen.causes) == seen.difference_kwh
    dcgm, carbon = unit.sources[1:]
    assert [cause.name for cause in dcgm.causes] == ["PUE", "residual"]
    assert dcgm.causes[0].amount == 820 * Decimal("0.23")
    assert (carbon.stated_kg, carbon.ours_kg) == (150, (1100 * GB_2024).quantize(Decimal("0.000001")))
    assert [cause.name for cause in carbon.kg_causes][:2] == ["energy", "grid basis"]
    assert carbon.kg_causes[0].amount == (200 * GB_2024).quantize(Decimal("0.000001"))
    assert sum(cause.amount for cause in carbon.kg_causes) == carbon.ours_kg - carbon.stated_kg
    with pytest.raises(Misuse, match="more than one source"):
        ledger.reconcile("2025")


def test_a_statement_is_held_against_the_runs_that_it_holds(ledger, tmp_path):
    """The provider's kilograms, ours of the same runs, the overhead that it publishes, and the rest by name."""
    given(ledger, tmp_path, "run_id,stage,start_utc,end_utc,provider,region,energy_kwh,level\n"
          "a,tuning,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,aws,eu-west-2,100,it\n"
          "b,tuning,2024-03-03T00:00:00Z,2024-03-04T00:00:00Z,aws,eu-west-2,50,facility\n")  # fmt: skip
    given(ledger, tmp_path, "activity_type,quantity,unit,period_start,period_end,cloud_provider,supplier\n"
                            "cloud_services_stated,0.05,tCO2e,2024-03-01,2024-03-31,AWS,AWS\n")  # fmt: skip
    seen, (held,) = ledger.reconcile("2024-03")
    assert seen == ()
    assert (held.stated_kg, held.runs, held.runs_kwh, held.runs_kg) == (50, 2, 150, 150 * GB_2024)
    overhead = 100 * Decimal("0.23") * GB_2024
    assert [(cause.name, cause.amount) for cause in held.causes] == [
        ("PUE", overhead), ("residual", 50 - 150 * GB_2024 - overhead),
    ]  # fmt: skip


EVERYONE = """source,subject,run_id,cluster,provider,region,start_utc,end_utc,energy_kwh,component,level,method
codecarbon,r1,r1,C1,aws,eu-west-2,2024-03-01T00:00:00Z,2024-03-31T00:00:00Z,700,total,it,integrated_power
dcgm,GPU-1,,C1,aws,eu-west-2,2024-03-01T00:00:00Z,2024-04-01T00:00:00Z,820,gpu,chip,counter
kepler,n1,,C1,aws,eu-west-2,2024-03-01T00:00:00Z,2024-04-01T00:00:00Z,40,cpu,chip,counter
"""


def test_a_month_seen_by_all_is_posted_once(ledger, tmp_path):
    """CodeCarbon's run, DCGM, Kepler and the provider's statement: one posting, three pieces of evidence, and why."""
    given(ledger, tmp_path, EVERYONE)
    given(ledger, tmp_path, "activity_type,quantity,unit,period_start,period_end,cloud_provider,supplier\n"
                            "cloud_services_stated,0.31,tCO2e,2024-03-01,2024-03-31,AWS,AWS\n")  # fmt: skip
    assert ledger.inventory("2024-03").scope_3 == 310
    (cluster,), (held,) = ledger.reconcile("2024-03")
    assert [(seen.source, seen.counts, seen.difference_kwh) for seen in cluster.sources] == [
        ("dcgm", True, 0), ("kepler", False, 780), ("1 run by codecarbon", False, 120),
    ]  # fmt: skip
    _, kepler, runs = cluster.sources
    assert [(cause.name, cause.amount) for cause in kepler.causes] == [("coverage", 820), ("coverage", -40)]
    assert [(cause.name, cause.amount, cause.why) for cause in runs.causes] == [
        ("residual", 120, "what the meter has beyond its runs"),
    ]  # fmt: skip
    assert (held.runs, held.runs_kwh) == (1, 820), "the run is inside of the cluster and is not added to it"
    assert sum(cause.amount for cause in held.causes) == held.difference_kg
    assert ledger.verify().ok


METER = """source,subject,cluster,run_id,country,start_utc,end_utc,energy_kwh,component,level,method
meter,pdu,C2,,GB,2024-03-01T00:00:00Z,2024-03-01T01:00:00Z,10,facility,facility,counter
meter,pdu,C2,,GB,2024-03-01T01:00:00Z,2024-03-01T02:00:00Z,12.500001,facility,facility,counter
codecarbon,h1,C2,ra,GB,2024-03-01T00:00:00Z,2024-03-01T03:00:00Z,9,total,it,integrated_power
codecarbon,h2,C2,rb,GB,2024-03-01T00:30:00Z,2024-03-01T01:30:00Z,5,total,it,integrated_power
"""


def test_runs_and_residual_come_to_the_meter_in_every_hour(ledger, tmp_path):
    """By either policy, to the last digit; an hour without the meter allots nothing and says so."""
    given(ledger, tmp_path, METER)
    found = ledger.allocation("C2", "2024-03")
    told = [(row.hour.hour, row.meter_kwh, row.runs_kwh, row.residual_kwh) for row in found.hours]
    assert told == [
        (0, 10, Decimal("5.5"), Decimal("4.5")), (1, Decimal("12.500001"), Decimal("5.5"), Decimal("7.000001")),
        (2, None, 3, None),
    ]  # fmt: skip
    assert [(run.run, run.own_kwh, run.residual_kwh) for run in found.runs] == [("ra", 6, 0), ("rb", 5, 0)]
    assert (found.platform_kwh, found.meter_kwh, found.unmetered_kwh) == (Decimal("11.500001"), Decimal("22.500001"), 3)
    shared = ledger.allocation("C2", "2024-03", "reserved")
    assert [run.residual_kwh for run in shared.runs] == [Decimal("7.666667"), Decimal("3.833334")]
    for each in (found, shared):
        assert sum(run.total_kwh for run in each.runs) + each.platform_kwh == each.meter_kwh
    assert any("hours without a reading" in note for note in found.notes)
    with pytest.raises(Misuse, match="no policy"):
        ledger.allocation("C2", "2024-03", "fair")
    with pytest.raises(Misuse, match="no meter"):
        ledger.allocation("C2", "2024-05")


@pytest.fixture
def ghg(ledger: Ledger):
    """Run a command on the ledger and give its answer and exit code."""

    def running(*words: str) -> tuple[str, int]:
        result = CliRunner().invoke(app, [*words, "--ledger", str(ledger.path), "--actor", "anna"])
        return result.output, result.exit_code

    return running


RECORD = ("ai", "record", "r1", "--stage", "tuning", "--start", "2024-03-01T00:00:00Z", "--hours", "100", "--gpu",
          "a100-sxm4-80gb", "--count", "1", "--facility", "LON", "--model", "llm")  # fmt: skip


@pytest.mark.thorough
def test_a_run_is_recorded_from_the_command_line(ledger, ghg, tmp_path):
    """From options, from TOML with an option above it, and from CSV; recorded once; a misspelling is proposed."""
    told, code = ghg(*RECORD, "--power", "300", "--set", "cost=5", "--set", "currency=EUR", "--json")
    assert code == 0, told
    assert json.loads(told)["status"] == "accepted"
    assert ledger.footprint("llm").total.energy_kwh == 30
    told, code = ghg(*RECORD, "--power", "300", "--set", "cost=5", "--set", "currency=EUR")
    assert (code, "already recorded" in told) == (0, True)
    told, code = ghg(*RECORD, "--power", "310")
    assert (code, "record-differs" in told) == (1, True)
    assert "marked" not in told  # the file was made of the options, and is gone
    toml = tmp_path / "run.toml"
    toml.write_text(
        'run_id = "r2"\nstage = "tuning"\nstart_utc = 2024-03-02T00:00:00Z\nenergy_kwh = 12.5\n'
        'model = "llm"\nenergy_level = "wall"\nfacility_id = "LON"\n',
        encoding="utf-8",
    )
    told, code = ghg("ai", "record", "--file", str(toml), "--hours", "1")
    assert (code, "Next: ghg ai footprint --model" in told) == (0, True), told
    assert ledger.footprint("llm").total.energy_kwh == Decimal("42.5")
    for words, said in ((("--set", "costs=5"), "did you mean cost?"), (("--set", "cost"), "NAME=VALUE"),
                        (("--hours", "ten"), "12.5")):  # fmt: skip
        told, code = ghg(*RECORD, *words)
        assert (code, said in told) == (2, True), told
    assert ghg("ai", "record")[1] == 2


def test_remedies_stand_in_the_order_of_their_faults(ghg):
    """A wrong stage comes before a wrong level, and so do the values that each may have."""
    told, code = ghg("ai", "record", "r3", "--stage", "trainig", "--level", "rack", "--energy", "5",
                     "--start", "2024-03-01T00:00:00Z", "--hours", "1", "--facility", "LON")  # fmt: skip
    assert code == 1
    places = [told.index(words) for words in ("“trainig”", "“rack”", "one of: data", "one of: chip")]
    assert places == sorted(places), told


@pytest.mark.thorough
def test_what_is_printed_can_be_read(ledger, ghg, tmp_path):
    """Footprint and comparison as tables with their words; unknown is a dash."""
    given(ledger, tmp_path, RUNS)
    given(ledger, tmp_path, FOUR)
    told, code = ghg("ai", "footprint", "--model", "llm")
    assert code == 0
    for words in ("pre_training", "per 1 000 requests", "300.00 USD", "never added", "–"):
        assert words in told
    known = next(stage for stage in ledger.footprint("llm").stages if stage.stage == "inference").upstream_kg
    beside = "location-based, upstream not quantified" if known is None else "location-based with upstream"
    assert f"inference alone, {beside}" in " ".join(told.split())
    given(ledger, tmp_path, METER)
    told, code = ghg("ai", "allocation", "C2", "--period", "2024-03", "--by-hour")
    assert (code, "2024-03-01 02:00" in told, "platform" in told) == (0, True, True), told
    told, code = ghg("ai", "reconcile", "C1")
    assert (code, "dcgm: PUE +188.6 kWh" in told) == (0, True), told
