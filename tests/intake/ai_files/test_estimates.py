"""Estimates by other programs: cloud bills, requests to models, runs that logged them; ranges, blanks and doubts."""

from __future__ import annotations

import json
from decimal import Decimal

import polars as pl
import pytest


@pytest.fixture
def readings(read_with):
    """The readings of a file."""

    def listed(content, name="f.json", **choices) -> pl.DataFrame:
        upload = read_with(content, name=name, **choices)
        assert not upload.has_errors, upload.findings[:3]
        return upload.frames["measurement"]

    return listed


def footprint(*times: str, **more) -> str:
    """Estimates of one service at some times."""
    estimate = {"cloudProvider": "AWS", "accountName": "prod", "serviceName": "ec2", "kilowattHours": 50.5,
                "co2e": 0.0125, "cost": 6.7, "region": "us-east-1", "usesAverageCPUConstant": False}  # fmt: skip
    return json.dumps([{"timestamp": time, "serviceEstimates": [estimate]} | more for time in times])


def test_cloud_carbon_footprint(readings, read_with, codes):
    """50.5 kWh with PUE inside, 12.5 kg beside it, of a month by the steps of the file, as it says, or as chosen."""
    frame = readings(footprint("2026-01-01T05:00:00.000Z", "2026-02-01T05:00:00.000Z"))
    row = frame.row(0, named=True)
    assert (row["energy_wh"], row["co2e_kg_stated"]) == (Decimal(50_500), Decimal("12.5"))
    assert (row["energy_level"], row["reading_method"], row["cloud_provider"]) == ("facility", "model", "aws")
    assert (row["subject"], row["account"]) == ("AWS/prod/ec2/us-east-1", "prod")
    assert [f"{end:%m-%d %H}" for end in frame["end_utc"]] == ["02-01 05", "03-01 05"]
    one = footprint("2026-01-01T00:00:00Z")
    assert codes(read_with(one)) == ["choice-needed"]
    assert f"{readings(one, period='week')['end_utc'][0]:%F}" == "2026-01-08"
    assert codes(read_with(one, period="fortnight")) == ["choice-not-read"]
    assert f"{readings(footprint('2026-01-01T00:00:00Z', groupBy='quarter'))['end_utc'][0]:%F}" == "2026-04-01"
    said = footprint("2026-01-01T00:00:00Z", periodEndDate="2026-01-03T00:00:00Z")
    assert f"{readings(said)['end_utc'][0]:%F}" == "2026-01-03"


def test_the_commands_table_of_days(readings, read_with, codes):
    """Its Total is held against the days and never read; where it differs the file is refused."""
    head = "Date (UTC), SUM kilowatt hours, SUM metric tons CO2e Emissions"
    days = "2026-01-01, 2, 0.001\n2026-01-02, 3.5, 0.002\n"
    frame = readings(f"{head}\nTotal, 5.5, 0.003\n{days}", name="e.csv")
    assert frame["energy_wh"].to_list() == [Decimal(2000), Decimal(3500)]
    assert frame["co2e_kg_stated"].sum() == Decimal(3)
    assert codes(read_with(f"{head}\nTotal, 9, 0.003\n{days}", name="e.csv")) == ["total-differs"]


BILL = ("ChargePeriodStart,ChargePeriodEnd,SubAccountId,ServiceName,RegionId,ProviderName,BilledCost,"
        "operational_energy_kwh,operational_emissions_co2eq_g,embodied_emissions_co2eq_g")  # fmt: skip


def bill(*amounts: str) -> str:
    """Lines of an enriched bill of one day."""
    start = "2026-05-01 00:00:00,2026-05-02 00:00:00,0042,AmazonEC2,us-east-2,Amazon Web Services,1.5"
    return "\n".join([BILL, *(f"{start},{amount}" for amount in amounts)]) + "\n"


def test_spruce_adds_up_the_lines_of_a_bill(readings, read_with, codes):
    """Two lines of one service are one reading; whether PUE is inside is asked for; lines without energy are told."""
    lines = bill("0.25,100,5", "5e-1,200,", ",,")
    assert codes(read_with(lines, name="b.csv")) == ["choice-needed"]
    upload = read_with(lines, name="b.csv", energy_level="facility")
    row = upload.frames["measurement"].row(0, named=True)
    assert (upload.rows, row["energy_wh"], row["co2e_kg_stated"]) == (1, Decimal(750), Decimal("0.3"))
    assert (row["cloud_provider"], row["cloud_region"], row["account"]) == ("aws", "us-east-2", "0042")
    assert (row["energy_level"], f"{row['end_utc']:%F}") == ("facility", "2026-05-02")
    assert codes(upload) == ["estimate-lines-bare"]
    assert codes(read_with(bill("much,1,1"), name="b.csv", energy_level="it"))[0] == "number-not-read"


def watts(*values: float, gpu: int = 0, step: int = 10_000, run: str = "4f") -> list[dict]:
    """Samples of a GPU's power every ten seconds."""
    own = {"run_id": run, "key": f"system/gpu_{gpu}_power_usage_watts"}
    first = 1_775_001_600_000
    return [own | {"value": value, "timestamp": first + step * n, "step": n} for n, value in enumerate(values)]


def test_power_that_mlflow_logged(readings, read_with, codes):
    """360 W and 720 W for twenty seconds each are 2 and 4 Wh at chip level; the run is in the file or chosen."""
    history = [*watts(360, 360, 360), *watts(720, 720, 720, gpu=1), {**watts(1)[0], "key": "loss"}]
    frame = readings(json.dumps(history)).sort("subject")
    assert frame.select("subject", "energy_wh", "energy_level").rows() == [
        ("4f/gpu 0", Decimal(2), "chip"), ("4f/gpu 1", Decimal(4), "chip"),
    ]  # fmt: skip
    keys = [f"system/{node}/gpu_0_power_usage_watts" for node in ("n1", "n2")]
    nodes = [{**row, "key": key} for key in keys for row in watts(360, 360)]
    assert readings(json.dumps(nodes))["subject"].to_list() == ["4f/n1/gpu 0", "4f/n2/gpu 0"], "machines are apart"
    bare = {"metrics": [{name: row[name] for name in ("key", "value", "timestamp", "step")} for row in watts(360, 360)]}
    assert codes(read_with(json.dumps(bare))) == ["choice-needed"]
    assert readings(json.dumps(bare), run_id="a1")["run_id"].to_list() == ["a1"]
    table = "run_id,key,value,timestamp,step\n" + "".join(
        f"{row['run_id']},{row['key']},{row['value']},{row['timestamp']},{row['step']}\n" for row in watts(360, 360)
    )
    assert readings(table, name="m.csv")["energy_wh"].to_list() == [Decimal(1)]
    assert codes(read_with(json.dumps([{**watts(1)[0], "key": "loss"}])))[0] == "metrics-without-energy"


def test_runs_of_mlflow_with_logged_energy(readings, read_with, codes):
    """`energy_consumed` under whatever prefix; several such columns are asked for; a run without is told."""
    head = "run_id,experiment_id,status,start_time,end_time,metrics.energy_consumed,metrics.emissions"
    rows = "a1,1,FINISHED,1775001600000,1775005200000,0.25,0.1\nb2,1,FINISHED,1775001600000,1775005200000,,\n"
    upload = read_with(f"{head}\n{rows}", name="r.csv")
    row = upload.frames["measurement"].row(0, named=True)
    assert (row["energy_wh"], row["run_id"], row["co2e_kg_stated"]) == (Decimal(250), "a1", Decimal("0.1"))
    assert codes(upload) == ["estimate-lines-bare"]
    more = f"{head}\n{rows}b3,1,FINISHED,1775001600000,1775005200000,1,"
    silent = "".join(line.rpartition(",")[0] + "\n" for line in more.split("\n"))
    assert readings(silent, name="r.csv")["co2e_kg_stated"].to_list() == [None, None], "of two runs, without emissions"
    two = f"{head},metrics.cc_energy_consumed\n{rows.splitlines()[0]},0.5\n"
    assert codes(read_with(two, name="r.csv")) == ["choice-needed"]
    assert readings(two, name="r.csv", metric="metrics.cc_energy_consumed")["energy_wh"][0] == Decimal(500)


REPORT = {
    "header": {"reportId": "r-1"}, "task": {"taskStage": "inference"}, "environment": {"country": "france"},
    "infrastructure": {"cloudProvider": "ovh"},
    "measures": [{"measurementMethod": "codecarbon", "cpuTrackingMode": "constant", "gpuTrackingMode": "nvml",
                  "powerConsumption": 0.5, "measurementDuration": 3600, "measurementDateTime": "2026-09-30 12:00:00"}],
}  # fmt: skip


def test_a_report_of_boamps(readings, read_with, codes):
    """Half a kWh in the hour before noon, of a report, in a country by its name; local times need their zone."""
    assert codes(read_with(json.dumps(REPORT))) == ["choice-needed"]
    row = readings(json.dumps(REPORT), timezone="Europe/Paris").row(0, named=True)
    assert (row["energy_wh"], row["subject"], row["country"]) == (Decimal(500), "r-1", "FR")
    assert f"{row['start_utc']:%H} {row['end_utc']:%H}" == "09 10"
    assert (row["source"], row["energy_level"], row["reading_method"]) == ("codecarbon", "it", "model")
    meter = {**REPORT, "measures": [{**REPORT["measures"][0], "measurementMethod": "wattmeter"}]}
    row = readings(json.dumps(meter), timezone="UTC").row(0, named=True)
    assert (row["energy_level"], row["reading_method"]) == ("wall", "counter")
    other = {**REPORT, "measures": [{**REPORT["measures"][0], "measurementMethod": "other"}]}
    assert codes(read_with(json.dumps(other), timezone="UTC")) == ["choice-needed"]
    assert readings(json.dumps(other), timezone="UTC", energy_level="it")["source"][0] == "other"


def request(low, high, **more) -> dict:
    """A request with its impacts."""
    return {"model": "m-1", "provider": "openai", "timestamp": "2026-05-01T10:00:00Z", "impacts": {
        "energy": {"type": "energy", "value": {"min": low, "max": high}, "unit": "kWh"},
        "gwp": {"value": {"min": 9, "max": 9}, "unit": "kgCO2eq"},
        "usage": {"gwp": {"type": "GWP", "value": {"min": 0.001, "max": 0.003}, "unit": "kgCO2eq"}},
        "embodied": {"gwp": {"value": 5, "unit": "kgCO2eq"}}}} | more  # fmt: skip


def test_impacts_of_ecologits(readings, read_with, codes):
    """The middle of 0.2 to 0.6 Wh, the range in the text, PUE inside; of gases the use phase alone."""
    row = readings(json.dumps(request(0.0002, 0.0006))).row(0, named=True)
    assert (row["energy_wh"], row["energy_text"]) == (Decimal("0.4"), "0.0002 to 0.0006 kWh")
    assert (row["co2e_kg_stated"], row["energy_level"]) == (Decimal("0.002"), "facility")
    assert (row["subject"], row["cloud_provider"]) == ("openai/m-1", "openai")
    alone = request(0, 0)["impacts"] | {"energy": {"value": 0.001, "unit": "kWh"}}
    assert codes(read_with(json.dumps(alone))) == ["choice-needed"]
    row = readings(json.dumps(alone), time="2026-05-01T10:00:00Z").row(0, named=True)
    assert (row["energy_wh"], row["energy_text"]) == (Decimal(1), "0.001 kWh")


def test_an_impact_that_is_missing_is_not_zero(read_with, codes):
    """None, and 0 to 0, make no reading and are told; another unit is refused."""
    rows = [request(0.0002, 0.0006), {**request(0, 0), "id": "x"}, {"model": "own", "impacts": None,
            "timestamp": "2026-05-01T10:00:00Z"}]  # fmt: skip
    upload = read_with(json.dumps(rows))
    assert upload.rows == 1
    assert codes(upload) == ["impact-zero", "reading-blank", "reading-blank"]
    joules = json.loads(json.dumps(request(1, 2)).replace("kWh", "J"))
    assert "statement-unit" in codes(read_with(json.dumps(joules)))


def test_a_log_of_a_gateway(read_with, codes):
    """Requests of a model and hour are one run of inference with its tokens; costs only with their currency."""
    rows = ["timestamp,model,provider,prompt_tokens,completion_tokens,cost,team",
            "2026-05-01T10:05:00Z,m-1,openai,100,20,0.01,red", "2026-05-01T10:59:59Z,m-1,openai,50,5,0.02,red",
            "2026-05-01T11:00:00Z,m-1,openai,7,1,0.5,red"]  # fmt: skip
    table = "\n".join(rows) + "\n"
    upload = read_with(table, name="log.csv")
    frame = upload.frames["ai_run"]
    assert frame.select("requests", "tokens_in", "tokens_out").rows() == [(2, 150, 25), (1, 7, 1)]
    first = frame.row(0, named=True)
    assert (first["stage"], first["cloud_provider"], first["tenant"], first.get("cost")) == (
        "inference", "openai", "red", None,
    )  # fmt: skip
    assert f"{first['start_utc']:%H} {first['end_utc']:%H}" == "10 11"
    assert "run-energy-unknown" in codes(upload)
    paid = read_with(table, name="log.csv", currency="USD").frames["ai_run"]
    assert paid["cost"].to_list() == [Decimal("0.03"), Decimal("0.5")]
    assert codes(read_with(table.replace("Z,", ","), name="log.csv")) == ["choice-needed"]
    assert "number-not-read" in codes(read_with(table.replace(",100,", ",many,"), name="log.csv"))
    blank = read_with(table.replace(",100,20,", ",,,"), name="log.csv")
    assert "tokens-blank" in codes(blank)
    assert blank.frames["ai_run"]["requests"].to_list() == [1, 1]


@pytest.mark.needs("reference")
def test_real_files(samples, readings, read_with, codes):
    """The estimates add up to 5034.58 kWh and 1.595 t, the report to 2.67 Wh, Google's regions to their own columns."""
    frame = readings((samples / "ccf_mock_estimates.json").read_bytes())
    assert frame.height == 120
    assert abs(frame["energy_wh"].sum() - Decimal("5034583.78984702581236777")) < Decimal("0.0001")
    assert abs(frame["co2e_kg_stated"].sum() - Decimal("1594.999845243387318674666")) < Decimal("1e-12")
    report = (samples / "boamps_llm_inference.json").read_bytes()
    assert readings(report, timezone="Europe/Paris")["energy_wh"].to_list() == [Decimal("2.67074")]
    regions = (samples / "gcp_region_carbon_2023.csv").read_bytes()
    assert codes(read_with(regions, name="g.csv")) == ["choice-needed"]
    measures = read_with(regions, name="g.csv", year="2023").frames["metric"]
    assert measures.height == 80
    lines = [line.rsplit(",", 2) for line in regions.decode().splitlines()[1:]]
    grid = measures.filter(pl.col("name") == "grid_intensity")
    assert grid["value"].sum() == sum(Decimal(line[2]) for line in lines)


@pytest.mark.needs("reference")
@pytest.mark.parametrize(
    "name",
    ["ccf_lookup_input_aws.csv", "ccf_on_premise_input.csv", "azure_cost_details_iso_dates_spruce.csv",
     "mlco2_gpus.csv", "mlco2_impact_regions.csv", "mlco2_instances.csv"],
)  # fmt: skip
def test_inputs_are_known_and_refused(samples, read, codes, name):
    """They hold neither energy nor emissions, and the finding says what they are."""
    assert codes(read((samples / name).read_bytes(), name=name)) == ["file-without-readings"]
