"""A small sound file of every format, damaged at random: rows or findings, never an exception, never half a file."""

from __future__ import annotations

import json
import random

import pytest

from ledger.intake.tables.mapping import Shaping

CHOICES = {
    "aws.csv": {}, "google.jsonl": {}, "azure.json": {"month": "2026-05"}, "codecarbon.csv": {"timezone": "UTC"},
    "maps.csv": {}, "maps.json": {}, "matrix.json": {}, "metrics.prom": {}, "ccf.json": {"period": "day"},
    "spruce.csv": {"energy_level": "it"}, "mlflow.json": {}, "boamps.json": {"timezone": "UTC"}, "ecologits.json": {},
    "gateway.csv": {}, "feed.xml": {"timezone": "UTC"}, "track.jsonl": {"stage": "tuning", "country": "DE"},
}  # fmt: skip
_GPU = {"__name__": "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "UUID": "a", "Hostname": "n"}
_SCRAPE = 'DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{UUID="a",Hostname="n"} %d %d\n'
FILES = {
    "aws.csv": "usage_period_start,usage_period_end,usage_account_id,model_version,product_code,"
               "total_lbm_emissions_value,total_mbm_emissions_value,total_mbm_emissions_unit\n"
               "2026-05-01,2026-05-31,0042,v3.0.0,EC2,0.5,0.2,MTCO2e\n2026-06-01,2026-06-30,0042,v3.0.0,EC2,1e-7,0,\n",
    "google.jsonl": "".join(json.dumps({
        "usage_month": f"2026-0{n}-01", "project": {"id": "p"}, "carbon_model_version": n,
        "carbon_footprint_total_kgCO2e": {"location_based": 1.5, "market_based": 1},
    }) + "\n" for n in (4, 5)),
    "azure.json": json.dumps({"subscriptionAccessDecisionList": [{"subscriptionId": "s", "decision": "Denied"}],
                              "value": [{"dataType": "ResourceItemDetailsData", "latestMonthEmissions": 0.1}]}),
    "codecarbon.csv": "timestamp,run_id,project_name,duration,emissions,energy_consumed,country_name,country_iso_code,"
                      "pue,tracking_mode\n2026-03-01T12:00:00,r1,p,3600.5,0.05,2.5e-1,France,FRA,1.2,machine\n"
                      "2026-03-01T12:01:00,r2,p,60,0.05,,France,FRA,,machine\n",
    "maps.csv": "Datetime (UTC),Zone id,Carbon intensity gCO2eq/kWh (direct),Data estimated\n"
                "2026-01-01 00:00:00,NO,33.1,true\n2026-01-01 01:00:00,NO,,false\n",
    "maps.json": json.dumps({"zone": "DE", "history": [
        {"carbonIntensity": 302, "datetime": "2026-01-01T00:00:00Z", "emissionFactorType": "direct"}]}),
    "matrix.json": json.dumps({"data": {"resultType": "matrix", "result": [
        {"metric": _GPU, "values": [[1775001600, "1"], [1775001660.5, "3600001"]]}]}}),
    "metrics.prom": _SCRAPE % (1, 1775001600000) + _SCRAPE % (3600001, 1775001660000),
    "ccf.json": json.dumps([{"timestamp": "2026-01-01T00:00:00Z", "serviceEstimates": [
        {"cloudProvider": "AWS", "region": "us-east-1", "kilowattHours": 5.5, "co2e": 0.01}]}]),
    "spruce.csv": "ChargePeriodStart,ChargePeriodEnd,SubAccountId,ProviderName,operational_energy_kwh,"
                  "operational_emissions_co2eq_g\n2026-05-01 00:00:00,2026-05-02 00:00:00,1,AWS,0.5,100\n",
    "mlflow.json": json.dumps([{"run_id": "r", "key": "system/gpu_0_power_usage_watts", "value": 300.1,
                                "timestamp": 1775001600000 + 9000 * n} for n in range(3)]),
    "boamps.json": json.dumps({"header": {"reportId": "r"}, "task": {}, "environment": {"country": "france"},
                               "measures": [{"measurementMethod": "codecarbon", "powerConsumption": 0.5,
                                             "measurementDuration": 3600,
                                             "measurementDateTime": "2026-09-30 12:00:00"}]}),
    "ecologits.json": json.dumps({"model": "m", "provider": "p", "timestamp": 1775001600, "impacts": {
        "energy": {"value": {"min": 0.1, "max": 0.2}, "unit": "kWh"}, "gwp": {"value": 1, "unit": "kgCO2eq"}}}),
    "gateway.csv": "timestamp,model,provider,prompt_tokens,completion_tokens\n2026-05-01T10:05:00Z,m,openai,100,20\n",
    "track.jsonl": "".join(json.dumps({"v": 1, "run_id": "r", "attempt": 1, "rank": 0, **line}) + "\n" for line in (
        {"line": "start", "start_utc": "2026-03-01T08:00:00.0Z"},
        {"line": "reading", "source": "codecarbon", "subject": "h", "part": "cpu", "method": "model", "level": "chip",
         "start_utc": "2026-03-01T08:00:01.5Z", "end_utc": "2026-03-01T09:00:00Z", "energy_wh": "1.5",
         "total_wh": "1.5", "tracker": "t", "program": "p"},
        {"line": "end", "outcome": "failed", "start_utc": "2026-03-01T08:00:00.0Z", "end_utc": "2026-03-01T09:00:01Z",
         "wall_seconds": "3601", "flops": "3e23", "total_wh": {"cpu": "1.5"}},
    )),
    "feed.xml": '<feed xmlns="http://www.w3.org/2005/Atom"><entry><link rel="self" href="/u/1"/><content>'
                '<e:UsagePoint xmlns:e="http://naesb.org/espi"><e:ServiceCategory><e:kind>0</e:kind></e:ServiceCategory>'
                '</e:UsagePoint><e:ReadingType xmlns:e="http://naesb.org/espi"><e:uom>72</e:uom></e:ReadingType>'
                '<e:IntervalBlock xmlns:e="http://naesb.org/espi"><e:IntervalReading><e:timePeriod><e:duration>3600'
                '</e:duration><e:start>1777586400</e:start></e:timePeriod><e:value>5</e:value></e:IntervalReading>'
                "</e:IntervalBlock></content></entry></feed>",
}  # fmt: skip
PIECES = (
    *(b"\n", b"\0", b"[" * 90, b"9" * 90, b"1e400", b"-", b"NaN", b"null"),
    *(b'"', b",", b"{}", b"&x;", b"\xff", b"<!--"),
)
MUTANTS = 20


def damaged(content: bytes, chance: random.Random) -> bytes:
    """The bytes with some of them changed, taken out, doubled, or with others put in."""
    raw = bytearray(content)
    for _ in range(chance.randint(1, 4)):
        place, kind = chance.randrange(len(raw)), chance.randrange(4)
        if kind == 0:
            raw[place] = chance.randrange(256)
        elif kind == 1:
            raw[place:place] = chance.choice(PIECES)
        elif kind == 2:
            del raw[place : place + chance.randint(1, 30)]
        else:
            raw[place:place] = raw[place : place + chance.randint(1, 60)]
        raw = raw or bytearray(b"x")
    return bytes(raw)


def test_every_file_is_sound(read):
    """Undamaged each makes rows, but for the one that tells a denied subscription."""
    for name, text in FILES.items():
        upload = read(text, name=name, shaping=Shaping(choices=CHOICES[name]))
        errors = [found.code for found in upload.findings if found.severity == "error"]
        assert errors == (["answer-denied"] if name == "azure.json" else []), name
        assert upload.rows or errors


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("count", [MUTANTS, pytest.param(600, marks=pytest.mark.thorough)])
def test_damaged_files_are_answered_in_words(read, name, count):
    """Whatever was done to the bytes."""
    chance = random.Random(name)  # noqa: S311  no secret
    for _ in range(count):
        raw = damaged(FILES[name].encode(), chance)
        upload = read(raw, name=name, shaping=Shaping(choices=CHOICES[name]))
        assert upload.rows or upload.findings, raw
        assert not (upload.has_errors and (upload.parts or upload.frames)), raw
        assert all(found.message and found.fix for found in upload.findings), raw
