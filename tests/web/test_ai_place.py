"""The place AI: figures of runs as the ledger has them, trade-offs, decisions on record, and grids on a timer."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import stamina
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from ledger.errors import Misuse
from ledger.schedule.job import Job
from ledger.schedule.policy import policy_of
from ledger.store import session
from ledger.web.app import create_app
from ledger.web.grid_watch import GridWatch, grid_plan
from ledger.web.settings import GridPlan

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
RUNS = """run_id,model,stage,start_utc,end_utc,country,gpu,gpus,energy_kwh,level,pue,owner,outcome,requests,zone
t1,m/7b <i>,tuning,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,GB,A100 SXM4 80GB,8,120.5,it,1.2,blue,completed,,
t2,m/7b <i>,tuning,2024-03-03T00:00:00Z,2024-03-03T06:00:00Z,GB,,,,,,blue,failed,,
s1,m/7b <i>,inference,2024-04-01T00:00:00Z,2024-05-01T00:00:00Z,GB,L4,2,60,wall,,red,completed,50000,
old,other,tuning,2023-04-01T00:00:00Z,2023-04-01T04:00:00Z,GB,L4,2,6,wall,,red,completed,,
"""
READINGS = """source,subject,run_id,energy_part,energy_level,start_utc,end_utc,energy_kwh,reading_method
dcgm,node1,t1,gpu,chip,2024-03-01T00:00:00Z,2024-03-02T00:00:00Z,101,counter
"""
PRICES = b"""provider,region,hardware,kind,price_per_accelerator_hour,currency,date,source
hyperstack,,H100 SXM,list,2.40,USD,2026-05-24,page
verda,,A100 SXM4 80GB,list,1.29,USD,2026-05-24,page
"""
QUESTION = {
    "options": "H100 SXM @ hyperstack:PL\nA100 SXM4 80GB @ verda:FI", "hours": "1000", "reference": "A100 SXM4 80GB",
    "benchmark": "bert/v2.1/8", "count": "8", "pue": "hyperstack:PL=1.3\nverda:FI=1.1",
}  # fmt: skip
FORECAST = (300, 310, 200, 100, 120, 300, 300, 300, 300, 300, 300, 300)
JOB = {"job": "web-1", "region": "DE", "hours": "2", "energy_kwh": "50", "idle_kwh": "10", "max_delay_hours": "6"}


def intensities() -> str:
    """Germany: a day measured, of which one value is an estimate, and a forecast of twelve hours from now."""
    lines = ["zone,start_utc,seconds,signal_kind,issued_at,signal,signal_basis,intensity_g_per_kwh,estimated,source"]
    steps = [("actual", NOW + n * HOUR, 400 + n, "") for n in range(-24, 1)]
    steps += [("forecast", NOW + n * HOUR, g, f"{NOW - HOUR:%Y-%m-%dT%H:%M:%SZ}") for n, g in enumerate(FORECAST)]
    lines += [
        f"DE,{at:%Y-%m-%dT%H:%M:%SZ},3600,{kind},{issued},average,direct,{g},{'yes' if g == 400 else 'no'},operator"
        for kind, at, g, issued in steps
    ]
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module", autouse=True)
def filled(served, tmp_path_factory) -> None:
    """Runs, readings and intensities in the served ledger."""
    folder = tmp_path_factory.mktemp("ai")
    for kind, text in (("ai_run", RUNS), ("measurement", READINGS), ("grid_intensity", intensities())):
        (folder / f"{kind}.csv").write_text(text, encoding="utf-8")
        done = served.ledger().upload(folder / f"{kind}.csv", kind)
        assert done.status == "accepted", [found.message for found in done.findings]


def sent(client: Any, path: str, files: Any = None, **fields: Any) -> Any:
    """Send a form with the session's token, as a page of this place has it."""
    return client.submit(path, files, **fields | {"csrf": client.token("/ai/compare")})


def size(served) -> int:
    """How many batches the ledger has."""
    return int(served.ledger().checkpoint().size)


def test_figures_are_those_of_the_ledger_and_what_is_not_quantified_is_said(served):
    """Models, stages and teams of the period alone, both methods apart, each figure led to its page by its own id."""
    page = served.client().page("/ai?period=2024")
    rows = served.client().get("/ai?period=2024&as=json&table=models").json()["rows"]
    by_stage = {row["model"]: row for row in rows}
    held = {(g.model, g.stage): g for g in served.ledger().ai_groups("2024", by=("model", "stage"))}
    assert set(by_stage) == {"m/7b <i>", "tuning", "inference"}
    tuning = held["m/7b <i>", "tuning"]
    assert (by_stage["tuning"]["runs"], by_stage["tuning"]["without"]) == (2, 1)
    assert Decimal(by_stage["tuning"]["location_kg"]) == tuning.location_kg.normalize()
    own = [Decimal(by_stage["tuning"][name]) for name in ("location_kg", "upstream_kg", "posted_location")]
    assert own[0] + own[1] == pytest.approx(own[2], abs=Decimal("0.000002"))  # two ways to the same postings
    whole = Decimal(by_stage["m/7b <i>"]["posted_location"])
    size = served.ledger().checkpoint().size
    model = served.ledger().trace(f"2024/operational_control/total_location/model=m%2F7b <i>@{size}", limit=1)
    assert whole == model.value, "a model is all of its stages"
    assert Decimal(by_stage["tuning"]["energy_kwh"]) == Decimal("121.2")  # the counter's 101 kWh × 1.2
    link = re.search(r'href="(/explore/figure/2024/[^"]*total_location/model=[^"]*stage=tuning@\d+)', page)
    assert link is not None
    assert "m%252F7b" in link[1] or "m%2F7b" in link[1]
    assert "1 of 3 runs have no energy or no factor" in page
    teams = served.client().get("/ai?period=2024&as=json&table=teams").json()["rows"]
    assert [(row["team"], row["runs"]) for row in teams] == [("blue", 2), ("red", 1)]
    assert "m/7b &lt;i&gt;" in page
    assert "<i>" not in page


def test_grids_are_shown_with_age_basis_and_estimates(served):
    """The value of this hour, what its source flags, how old the forecast is, and the plot with both kinds of line."""
    page = served.client().page("/ai?period=2024")
    assert re.search(r'Grid DE.*?<p class="value">(400|300|310) ', page, re.DOTALL)
    assert re.search(r"1 of 2[45] measured values are flagged as estimated", page)
    assert "Basis: generation alone" in page
    assert re.search(r"Forecast issued \d+ (min|h) ago", page)
    assert 'stroke-dasharray="5,3"' in page
    assert "started without" in page


def test_a_model_has_every_stage_and_both_scores_apart(served):
    """A name with a slash and markup has its page; a score that cannot be worked out says why, and the other stands."""
    page = served.client().page("/ai/model/m%2F7b%20%3Ci%3E")
    assert "Not quantified: tuning: 1 of 2 runs without energy, such as t2" in page
    assert "g CO₂e per token" in page or "g CO₂e per request" in page
    found = served.ledger().footprint("m/7b <i>")
    stages = served.client().get("/ai/model/m%2F7b%20%3Ci%3E?as=json&table=stages").json()["rows"]
    assert [row["stage"] for row in stages] == ["tuning", "inference", "total"]
    assert Decimal(stages[-1]["location_kg"]) == found.total.location_kg
    answer = served.client().get("/ai/export?model=m%2F7b%20%3Ci%3E&form=annex-xi")
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert json.loads(answer.text)
    served.client().page("/ai/export?model=m%2F7b%20%3Ci%3E&form=nothing", 422)
    assert "&lt;b&gt;" in served.client().page("/ai/model/nothing%3Cb%3E", 422)


def test_runs_are_leafed_through_and_lead_to_their_entries(served):
    """The newest first, of the period or of all time; the record and the activity that holds the energy are links."""
    page = served.client().page("/ai/runs?period=2024")
    assert page.index(">s1<") < page.index(">t2<") < page.index(">t1<")
    assert ">old<" not in page
    assert ">old<" in served.client().page("/ai/runs?all=yes&model=other")
    rows = served.client().get("/ai/runs?as=json&table=runs&period=2024").json()["rows"]
    (run,) = [row for row in rows if row["run"] == "t1"]
    assert f'href="/entry/{run["record"]}' in page
    assert f'href="/entry/{run["entry"]}' in page
    served.client().page("/ai/runs?page=0", 422)
    served.client().page("/ai/runs?page=99999999999", 422)


def test_sources_are_held_against_each_other_by_name(served):
    """The counter and the run's own record differ, and the difference stands with its causes."""
    page = served.client().page("/ai/reconciliation?period=2024")
    assert re.search(r"dcgm.*?yes.*?run_record.*?residual", page, re.DOTALL)
    assert "No facility has a metric of IT energy" in page
    assert "Nothing of this period was seen" in served.client().page("/ai/reconciliation?period=2022")


def test_a_comparison_has_an_address_and_prices_are_their_senders_alone(served):
    """With prices there is a cost axis and a price at which it flips; another person cannot read the file by its id."""
    before = size(served)
    answer = sent(served.client(), "/ai/compare", files={"price_file": ("p.csv", PRICES)}, **QUESTION)
    assert answer.status_code == 200, answer.text
    address = str(answer.url).split(served.settings.origin)[1]
    assert "Price of carbon" in answer.text
    assert "2 020–3 536 USD/t" in answer.text.replace("\u202f", " ")
    assert 'aria-label="' in answer.text
    rows = served.client().get(address + "&as=json&table=options").json()["rows"]
    assert {row["option"].split(" @ ")[1] for row in rows} == {"hyperstack:PL", "verda:FI"}
    assert served.client().get(address + "&file=svg").text.startswith("<svg")
    assert "no longer kept" in served.client("rob").page(address, 422)
    lines = {name: text.replace("\n", "\r\n") for name, text in QUESTION.items()}  # as a form without POST sends them
    assert "No cost axis" in served.client().get("/ai/compare", params=lines).text
    assert size(served) == before


def test_a_service_moves_on_paper_alone(served):
    """What a model's year saves elsewhere, by both bases, with the plot; what is not known is asked for."""
    before, client = size(served), served.client()
    asked = {"model": "m/7b <i>", "stage": "inference", "places": "SE\r\nPL", "pue": "SE=1.1\r\nPL=1.3",
             "pue_here": "1.2"}  # fmt: skip
    answer = client.get("/ai/move", params=asked)
    assert answer.status_code == 200, answer.text
    assert "<svg" in answer.text
    table = asked | {"as": "json", "table": "places"}
    rows = {row["place"]: row for row in client.get("/ai/move", params=table).json()["rows"]}
    (here,) = [row for place, row in rows.items() if place.startswith("here")]
    assert Decimal(rows["SE"]["location_high"]) < Decimal(here["location_low"]) < Decimal(rows["PL"]["location_low"])
    told = client.get("/ai/move", params=asked | {"pue": ""})
    assert (told.status_code, "PUE" in told.text) == (422, True)
    assert client.get("/ai/move", params=asked | {"model": "no<b>"}).status_code == 422
    assert size(served) == before


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"pue": "PL"}, "gives no amount"),
        ({"pue": ""}, "the PUE of hyperstack:PL, which is not 1: “PUE” hyperstack:PL=1.2"),
        ({"hours": "1e999999"}, "no amount"),
        ({"hours": "1e30", "power_w": "H100 SXM=1e30", "factor": "hyperstack:PL=1e30"}, "beyond all measure"),
        ({"options": "H100 <script> @ PL"}, "H100 &lt;script&gt;"),
        ({"basis": "both"}, "basis"),
        ({"prices": "AAAA"}, "no longer kept"),
    ],
)
def test_a_comparison_that_cannot_be_says_what_to_do_and_keeps_the_form(served, changed, told):
    """Whatever is typed comes back beside its fault, escaped, and the fields are as they were."""
    answer = sent(served.client(), "/ai/compare", **QUESTION | changed)
    assert answer.status_code == 422, answer.text[-3000:]
    assert re.search(r'role="alert">.*?' + re.escape(told), answer.text, re.DOTALL | re.IGNORECASE), answer.text
    assert "What to do" in answer.text
    assert "bert/v2.1/8" in answer.text


def test_a_decision_is_shown_and_then_recorded_by_those_who_may(served):
    """What was looked at is put on record, once; others may not, and forged fields write nothing."""
    shown = sent(served.client(), "/ai/schedule", **JOB)
    assert f"{NOW + 3 * HOUR:%Y-%m-%d %H:%M} UTC" in shown.text
    fields = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', shown.text.split("/ai/schedule/record")[1]))
    before = size(served)
    other = served.client("rob")
    assert sent(other, "/ai/schedule/record", **fields).status_code == 403
    forged = sent(served.client(), "/ai/schedule/record", **fields | {"energy_kwh": "5000"})
    assert (forged.status_code, "has changed since" in forged.text) == (422, True)
    old = f"{NOW - 5 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert "not of the last hour" in sent(served.client(), "/ai/schedule/record", **fields | {"at": old}).text
    assert size(served) == before
    done = sent(served.client(), "/ai/schedule/record", **fields)
    assert (done.status_code, size(served)) == (200, before + 1)
    assert "Advice and truth" in done.text
    board = served.client().get("/ai/schedule?as=json&table=board").json()["rows"]
    assert [(row["state"], row["choice"]) for row in board if row["job"] == "web-1"] == [("held", "later")]
    again = sent(served.client(), "/ai/schedule/record", **fields)
    assert ("on record already" in again.text, size(served)) == (True, before + 1)


def test_a_run_is_held_against_its_advice_and_nothing_is_claimed_that_came_too_late(served, tmp_path):
    """An advice that was put on record after its run began is trued up and claims nothing; the page says why."""
    begun = NOW - 10 * HOUR
    job = Job(job_id="late", submitted_utc=begun, region="DE", duration_hours=Decimal(2), energy_kwh=Decimal(50),
              idle_kwh=Decimal(10))  # fmt: skip
    ledger = served.ledger()
    made = ledger.advise(job, policy_of("[policy]\nmax_delay_hours = 4\n"), now=begun)
    ledger.record_advice(made)
    assert re.search(r">late<.*?overdue", served.client().page("/ai/schedule?state=overdue"), re.DOTALL)
    run = ("run_id,model,stage,start_utc,end_utc,zone,country,energy_kwh,level\n"
           f"late,m,tuning,{begun:%Y-%m-%dT%H:%M:%SZ},{begun + 2 * HOUR:%Y-%m-%dT%H:%M:%SZ},DE,GB,50,it\n")  # fmt: skip
    (tmp_path / "run.csv").write_text(run, encoding="utf-8")
    assert ledger.upload(tmp_path / "run.csv", "ai_run").status == "accepted"
    assert "run late is on record: true it up" in served.client().page("/ai/schedule")
    assert sent(served.client("eve"), "/ai/schedule/true-up").status_code == 403
    assert "1 advice held against their runs" in sent(served.client(), "/ai/schedule/true-up").text
    page = served.client().page(f"/ai/schedule/{made.advice_id}")
    assert "Not claimed: the run began at" in page
    assert "390.5" in page  # measured, the mean of the two hours
    assert "not followed, not claimed" in served.client().page("/ai/schedule?state=trued_up")
    assert "1 trued up, not followed or not quantified" in served.client().page(f"/ai?period={begun.year}")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"region": ""}, "nobody says where"),
        ({"hours": "long"}, "no amount"),
        ({"hours": "1e400"}, "no amount"),
        ({"hours": "1000000000000"}, "longer than a year"),
        ({"submitted": "9999-12-31T23:00Z"}, "in the year 9999"),
        ({"job": "x" * 3000}, "has 3000 characters"),
        ({"idle_kwh": "60"}, "more than all"),
        ({"deadline": "<b>"}, "no instant: &lt;b&gt;"),
        ({"residency": "Germany"}, "no code of a country"),
        ({"max_delay_hours": "99999"}, "longer than a year"),
        ({"stage": "dreaming"}, "stage"),
        ({"policy": "../../etc/passwd"}, "no longer kept"),
    ],
)
def test_a_job_that_cannot_be_decided_on_says_what_to_do(served, changed, told):
    """A fault stands beside the form, nothing is written, and nothing of the server is told."""
    before = size(served)
    answer = sent(served.client(), "/ai/schedule", **JOB | changed)
    assert answer.status_code == 422, answer.text[-3000:]
    assert re.search(r'role="alert">.*?' + re.escape(told), answer.text, re.DOTALL | re.IGNORECASE), answer.text
    assert size(served) == before


def test_a_policy_comes_as_a_file(served):
    """The rules of the file are taken and not the fields; a file that is no policy is told by its fault."""
    rules = b"[policy]\nname = 'nights'\nmax_delay_hours = 0\n"
    answer = sent(served.client(), "/ai/schedule", files={"policy_file": ("n.toml", rules)}, **JOB)
    assert "n.toml is taken" in answer.text
    assert ">web-1: now<" in answer.text
    bad = sent(served.client(), "/ai/schedule", files={"policy_file": ("n.toml", b"[policy]\ndelay = 1\n")}, **JOB)
    assert (bad.status_code, "key in [policy]" in bad.text) == (422, True)
    deep = sent(served.client(), "/ai/schedule", files={"policy_file": ("n.toml", b"a=" + b"[" * 9000)}, **JOB)
    assert (deep.status_code, "is no TOML" in deep.text) == (422, True)
    bytes_ = sent(served.client(), "/ai/schedule", files={"policy_file": ("n.toml", b"\xff\xfe")}, **JOB)
    assert "no text in UTF-8" in bytes_.text


def test_an_empty_ledger_teaches(make_served, tmp_path):
    """Where nothing is recorded the page shows how to begin, with a sample that is taken, and every sub-place opens."""
    served = make_served()
    client = served.client()
    page = client.page("/ai")
    for words in ("Nothing is recorded of AI yet", "ghg connect spool", "run_id,model,stage", "ghg connect grid"):
        assert words in page
    (sample,) = re.findall("<pre>(run_id,.*?)</pre>", page, re.DOTALL)
    (tmp_path / "runs.csv").write_text(sample, encoding="utf-8")
    done = served.ledger().upload(tmp_path / "runs.csv", "ai_run", check=True)
    assert (done.status, done.errors) == ("checked", 0)
    for path in ("/ai/runs", "/ai/runs?all=yes", "/ai/reconciliation", "/ai/compare", "/ai/move", "/ai/schedule"):
        client.page(path)
    client.page("/ai/model/nothing", 422)


@pytest.mark.needs("chromium")
def test_a_person_decides_on_a_job_in_the_browser(visit):
    """Fields, the plot, the record: without an error of the page, and read out as it should be (axe)."""
    page = visit()
    faults: list[str] = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.goto("/ai/schedule")
    for name, text in (JOB | {"job": "seen-1"}).items():
        page.fill(f"#f-{name}", text)
    page.click("text=Decide >> nth=-1")
    page.wait_for_selector(".decision svg")
    assert _serious(page) == []
    page.click("text=Put this advice on record")
    page.wait_for_selector("text=Advice and truth")
    page.goto("/ai?period=2024")
    assert _serious(page) == []
    assert faults == []


def _serious(page: Any) -> list[str]:
    """What axe finds that keeps people out."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in {"serious", "critical"}]


class Service:
    """Electricity Maps as it answers; ``status`` other than 200 for its forecast.

    ``written`` says whether somebody else could write the ledger while an answer was awaited.
    """

    def __init__(self, server: HTTPServer, path: Path) -> None:
        self.status = 200
        self.path = path
        self.written = False
        server.expect_request("/v3/carbon-intensity/history").respond_with_handler(self.history)
        server.expect_request("/v3/carbon-intensity/latest").respond_with_handler(self.latest)
        server.expect_request("/v3/carbon-intensity/forecast").respond_with_handler(self.forecast)

    def row(self, asked: Any, at: datetime) -> dict[str, Any]:
        """One value, an estimate."""
        return {"zone": asked["zone"], "datetime": at.isoformat(), "carbonIntensity": 77, "isEstimated": True,
                "updatedAt": NOW.isoformat(), "emissionFactorType": asked["emissionFactorType"],
                "estimationMethod": "TIME_SLICER_AVERAGE", "temporalGranularity": "hourly"}  # fmt: skip

    def history(self, request: Request) -> Response:
        """The last day."""
        with session(self.path, "write"):
            self.written = True
        rows = [self.row(request.args, NOW - n * HOUR) for n in range(23, -1, -1)]
        return Response(json.dumps({"zone": request.args["zone"], "history": rows}))

    def latest(self, request: Request) -> Response:
        """The present value."""
        return Response(json.dumps(self.row(request.args, NOW)))

    def forecast(self, request: Request) -> Response:
        """A day ahead, or a refusal."""
        if self.status != 200:
            return Response(json.dumps({"error": "not in your plan"}), self.status)
        rows = [{"datetime": (NOW + n * HOUR).isoformat(), "carbonIntensity": 90 + n} for n in range(24)]
        told = {"zone": request.args["zone"], "forecast": rows, "updatedAt": NOW.isoformat()}
        return Response(json.dumps(told))


def test_grids_are_fetched_on_a_timer_and_a_fault_ends_nothing(served, httpserver, monkeypatch):
    """One thread asks while the app runs: values come with age and flags, a refusal is shown, the next round comes."""
    monkeypatch.setenv("GHG_ELECTRICITY_MAPS_TOKEN", "token-9")
    service = Service(httpserver, served.path)
    service.status = 403
    plan = GridPlan(("FR",), "electricity-maps", 60, httpserver.url_for("/v3"))
    app = create_app(replace(served.settings, founder="pia", grid=plan))
    watched = replace(served, app=app, clients={})
    site = app._app.state.site
    with stamina.set_testing(True, attempts=1), watched.stranger():
        while any(one.asked_at is None or not (one.answered_at or one.fault_at) for one in site.watch.standing):
            time.sleep(0.05)
        assert site.watch.is_running
        assert service.written
        page = watched.client("pia").page("/ai?period=2024")
        assert re.search(r'Grid FR.*?<p class="value">77.0 ', page, re.DOTALL)
        assert "24 of 24 measured values are flagged as estimated" in page
        assert "fetched just now" in page
        assert re.search(r"not in your plan.*?\(just now\)", page, re.DOTALL)
        assert "token-9" not in page
        service.status = 200
        site.watch.ask_all()
        page = watched.client("pia").page("/ai?period=2024")
        assert "not in your plan" not in page
        assert "answered just now, 24 new values" in page
        known = size(served)
        site.watch.ask_all()
        assert size(served) == known  # the same values are recorded once
    assert site.watch._ended.is_set()


def test_a_timer_shows_whatever_goes_wrong(served, monkeypatch):
    """No leave to record, no service, a fault of our own: each is told with its moment, and none leaves the round."""
    monkeypatch.delenv("GHG_ELECTRICITY_MAPS_TOKEN", raising=False)
    watch = GridWatch(GridPlan(("DE",), "electricity-maps", 60), served.path, "rob")
    watch.ask_all()
    assert all("may not upload" in one.fault and one.fault_at for one in watch.standing)
    watch = GridWatch(GridPlan(("DE",), "electricity-maps", 60), served.path, "pia")
    watch.ask_all()
    assert all("token" in one.fault for one in watch.standing)
    monkeypatch.setattr("ledger.book.Ledger.connect_grid", lambda *_, **__: 1 / 0)
    watch.ask_all()
    assert all("ZeroDivisionError" in one.fault for one in watch.standing)


@pytest.mark.parametrize(
    ("zones", "source", "minutes"),
    [("de", "electricity-maps", 60), ("DE", "somewhere", 60), ("DE", "uk-carbon-intensity", 60),
     ("DE", "electricity-maps", 1)],
)  # fmt: skip
def test_a_timer_that_cannot_be_is_told_at_the_start(zones, source, minutes):
    """A zone, a service or an interval that is none ends the start, before anything is served."""
    with pytest.raises(Misuse):
        grid_plan(zones, source, minutes)
    assert grid_plan("", source, minutes) is None
