"""Runs of MLflow into the ledger and back: a real store of MLflow, itself and behind a server that speaks its REST API.

The server of MLflow is not in `mlflow-skinny`; the double answers out of a real store, with MLflow's own messages.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from in_process import ghg
from werkzeug import Request, Response

from ledger import Ledger
from ledger.errors import LedgerError, Misuse
from ledger.store import session

T0 = 1_772_352_000_000
"""2026-03-01T08:00:00Z in milliseconds."""
HOUR = 3_600_000


@pytest.fixture(scope="module")
def _founded(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    Ledger.init(folder / "ledger.duckdb", organisation="Acme", actor="anna", datasets=("ipcc-gwp", "ember-2026"))
    return folder


@pytest.fixture
def ledger(_founded, tmp_path) -> Ledger:
    """A ledger of one's own."""
    shutil.copytree(_founded, tmp_path / "book")
    return Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna")


@pytest.fixture
def client(tmp_path, monkeypatch):
    """MLflow's own client of an empty store in a folder."""
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    for name in ("MLFLOW_TRACKING_TOKEN", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.delenv(name, raising=False)
    from mlflow import MlflowClient

    return MlflowClient((tmp_path / "mlruns").as_uri())


class Maker:
    """Runs in a store, by what they tell."""

    def __init__(self, client) -> None:
        self.client = client
        self.experiment = client.create_experiment("bert")

    def run(self, *, watts=(), metrics=None, tags=None, status="FINISHED", hours=1.0) -> str:
        """A run from eight o'clock on with the power of GPUs at ten-second steps, and its id."""
        from mlflow.entities import Metric

        run = self.client.create_run(self.experiment, start_time=T0, tags=tags or {}).info.run_id
        samples = [
            Metric(f"system/gpu_{gpu}_power_usage_watts", value, T0 + step * 10_000, step)
            for gpu, row in enumerate(watts)
            for step, value in enumerate(row)
        ]
        self.client.log_batch(run, samples + [Metric(key, value, T0, 0) for key, value in (metrics or {}).items()])
        if status:
            self.client.set_terminated(run, status, T0 + int(hours * HOUR))
        return run


@pytest.fixture
def made(client) -> Maker:
    """The maker of runs."""
    return Maker(client)


@pytest.fixture
def server(client, httpserver):
    """The same store behind REST, two runs a page, busy now and then; gives its address and what it was asked."""
    from google.protobuf.json_format import ParseDict
    from mlflow.entities import RunTag, ViewType
    from mlflow.protos import service_pb2 as sent
    from mlflow.utils.proto_json_utils import message_to_json

    store = client._tracking_client.store
    asked: list[Request] = []

    def answered(act):
        def answer(request: Request) -> Response:
            asked.append(request)
            if len(asked) in (1, 3):
                return Response("busy", status=429 if len(asked) == 1 else 503, headers={"Retry-After": "0"})
            return Response(message_to_json(act(request)), content_type="application/json")

        return answer

    def experiments(_request):
        found = store.search_experiments(view_type=ViewType.ACTIVE_ONLY)
        return sent.SearchExperiments.Response(experiments=[one.to_proto() for one in found])

    def runs(request):
        told = ParseDict(request.get_json(), sent.SearchRuns())
        page = store.search_runs(list(told.experiment_ids), "", ViewType.ACTIVE_ONLY, 2, list(told.order_by),
                                 told.page_token or None)  # fmt: skip
        return sent.SearchRuns.Response(runs=[one.to_proto() for one in page], next_page_token=page.token or None)

    def history(request):
        found = store.get_metric_history(request.args["run_id"], request.args["metric_key"])
        first = 100 * int(request.args.get("page_token", 0))
        more = str(first // 100 + 1) if first + 100 < len(found) else None
        return sent.GetMetricHistory.Response(metrics=[one.to_proto() for one in found[first : first + 100]],
                                              next_page_token=more)  # fmt: skip

    def set_tag(request):
        told = request.get_json()
        store.set_tag(told["run_id"], RunTag(told["key"], told["value"]))
        return sent.SetTag.Response()

    for path, method, act in (("experiments/search", "POST", experiments), ("runs/search", "POST", runs),
                              ("metrics/get-history", "GET", history), ("runs/set-tag", "POST", set_tag)):  # fmt: skip
        httpserver.expect_request(f"/api/2.0/mlflow/{path}", method=method).respond_with_handler(answered(act))
    httpserver.asked = asked
    return httpserver


def kept(ledger: Ledger) -> tuple[list, list]:
    """Runs and readings that the ledger has."""
    with session(ledger.path) as s:
        return (s.rows("select run_id, stage, outcome, model, country from ai_run order by all"),
                s.rows("select source, reading_method, energy_part, sum(energy_wh) from measurement group by all "
                       "order by all"))  # fmt: skip


CHOSEN = {"stage": "tuning", "country": "DEU"}


def test_runs_of_a_server_end_in_the_ledger_once_and_are_told_what_it_made_of_them(ledger, made, server):
    """Over pages and a busy server: watts by the trapezoid, tags of ours, entry and kilograms written back exactly."""
    power = made.run(watts=[[300.1] * 181, [100.0 + step for step in range(181)]], hours=0.5)
    logged = made.run(metrics={"cc/energy_consumed": 1.25, "cc/emissions": 0.5}, status="FAILED",
                      tags={"ghg.stage": "pre_training", "ghg.country": "FRA", "ghg.model": "m2"})  # fmt: skip
    bare = made.run(metrics={"loss": 1.0})
    going = made.run(status=None)
    done = ledger.connect_mlflow(server.url_for("/"), choices=CHOSEN, tag=True)
    assert (set(done.taken), done.without, done.going_on) == ({power, logged}, (bare,), (going,))
    runs, readings = kept(ledger)
    assert sorted(runs) == sorted([(power, "tuning", "completed", "bert", "DE"),
                                   (logged, "pre_training", "failed", "m2", "FR")])  # fmt: skip
    # 300.1 W and 100 to 280 W (mean 190 W) over 1800 s
    assert readings == [("codecarbon", "model", "total", Decimal(1250)),
                        ("mlflow", "integrated_power", "gpu", (Decimal("300.1") + 190) / 2)]  # fmt: skip
    kwh = {power: Decimal("0.24505"), logged: Decimal("1.25")}
    for run, amount in kwh.items():
        tags = made.client.get_run(run).data.tags
        carbon = done.carbon[run]
        assert (Decimal(tags["ghg.entry_kwh"]), tags["ghg.entry"]) == (amount, carbon.entry)
        assert Decimal(tags["ghg.location_kg_co2e"]) == carbon.location_kg
        trace = ledger.trace(tags["ghg.entry"])
        assert str(carbon.location_kg.normalize()) in json.dumps(trace.as_json())
        assert ledger.trace(tags["ghg.run_entry"])
    assert "ghg.entry" not in made.client.get_run(bare).data.tags
    again = ledger.connect_mlflow(server.url_for("/"), choices=CHOSEN, tag=True)
    assert (set(again.held), again.files, again.tagged) == ({power, logged}, (), {})
    assert kept(ledger) == (runs, readings)
    paths = [request.path.rpartition("/")[2] for request in server.asked]
    assert paths.count("get-history") == 4, "two GPUs, two pages each, and nothing of what is held"


def test_a_folder_is_read_and_written_like_a_server(ledger, made, tmp_path):
    """The command takes a store of files: it asks for what is open, takes the runs in, and tags when told to."""
    run = made.run(metrics={"energy_consumed": 2.0})
    folder = str(tmp_path / "mlruns")
    asked = ghg("connect", "mlflow", "--uri", folder, ledger=ledger)
    assert asked.returncode == 1
    assert "--choose stage=tuning" in asked.stdout
    assert "--choose facility_id=SITE" in asked.stdout
    words = ("connect", "mlflow", "--uri", folder, "--choose", "stage=tuning", "--choose", "country=DEU")
    checked = ghg(*words, "--check", ledger=ledger)
    assert "1 run would be taken in" in checked.stdout, checked.stdout + checked.stderr
    assert kept(ledger) == ([], [])
    told = ghg(*words, "--tag", "--json", ledger=ledger)
    assert json.loads(told.stdout)["tagged"][run]["ghg.entry_kwh"] == "2"
    assert made.client.get_run(run).data.tags["ghg.decision"] == "posted"
    wrong = ghg(*words, "--experiment", "brt", ledger=ledger)
    assert (wrong.returncode, "did you mean bert?" in wrong.stderr) == (2, True)


def test_the_same_energy_in_several_runs_counts_once(ledger, made, tmp_path):
    """Runs inside a run that tells energy, or goes on, are left; so are runs of ghg-track until their lines come."""
    outer = made.run(metrics={"energy_consumed": 2.0})
    inner = made.run(metrics={"energy_consumed": 1.5}, tags={"mlflow.parentRunId": outer})
    open_outer = made.run(status=None)
    early = made.run(metrics={"energy_consumed": 1.0}, tags={"mlflow.parentRunId": open_outer})
    tags = {"ghg.run_id": "r9", "ghg.attempt": "2", "ghg.energy_kwh": "0.500000", "ghg.estimated": "cpu,ram",
            "ghg.stage": "evaluation", "ghg.country": "FRA", "ghg.start_utc": "2026-03-01T08:00:01.000000Z",
            "ghg.end_utc": "2026-03-01T08:30:01.000000Z"}  # fmt: skip
    tracked = made.run(watts=[[300.0] * 10], tags=tags)
    done = ledger.connect_mlflow(str(tmp_path / "mlruns"), choices=CHOSEN)
    assert (done.taken, set(done.nested), done.waiting) == ((outer,), {inner, early}, (tracked,))
    assert "ghg.entry" not in made.client.get_run(outer).data.tags, "nothing is written there unasked"
    late = ledger.connect_mlflow(str(tmp_path / "mlruns"), choices=CHOSEN, from_tags=True, tag=True)
    assert late.taken == (tracked,)
    with session(ledger.path) as s:
        held = s.rows("select run_id, attempt, stage, country, start_utc::varchar from ai_run where attempt = 2")
        readings = s.rows("select source, energy_wh, reading_method from measurement where run_id = 'r9'")
    assert held == [("r9", 2, "evaluation", "FR", "2026-03-01 08:00:01+00")]
    assert readings == [("ghg-track", Decimal(500), "model")]
    assert made.client.get_run(tracked).data.tags["ghg.entry_kwh"] == "0.5"


@pytest.mark.thorough
def test_a_run_that_went_on_is_told_and_days_before_are_left(ledger, made, tmp_path):
    """One resumed after it was taken in keeps its entry, and is named; `since` leaves what ended before its day."""
    run = made.run(metrics={"energy_consumed": 2.0})
    folder = str(tmp_path / "mlruns")
    assert ledger.connect_mlflow(folder, choices=CHOSEN, since=date(2026, 3, 2)).taken == ()
    assert ledger.connect_mlflow(folder, choices=CHOSEN, since=date(2026, 3, 1)).taken == (run,)
    made.client.set_terminated(run, "FINISHED", T0 + 2 * HOUR)
    assert ledger.connect_mlflow(folder, choices=CHOSEN).changed == (run,)


def test_who_may_not_upload_is_told_before_anything_is_asked(ledger, server):
    """A reviewer takes nothing in, and the server hears nothing."""
    ledger.add_person("rob", "reviewer")
    with pytest.raises(LedgerError):
        Ledger(ledger.path, actor="rob").connect_mlflow(server.url_for("/"))
    assert server.asked == []


@pytest.mark.parametrize(("status", "body", "told", "code"), [
    (401, "who are you", r"does not let you: 401", 2),
    (404, '{"error_code": "NOT_FOUND", "message": "no such thing"}', "404: no such thing", 2),
    (200, "<html>login</html>", "with no JSON: '<html>login</html>'", 1),
    (200, '{"experiments": {"a": 1}}', "none of MLflow's tracking server", 2),
])  # fmt: skip
def test_what_is_no_tracking_server_is_told_in_words(ledger, httpserver, monkeypatch, status, body, told, code):
    """Who asks is sent as a token or as name and password; a password in the address is never printed."""
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "s3cret")
    httpserver.expect_request("/api/2.0/mlflow/experiments/search",
                              headers={"Authorization": "Bearer s3cret"}).respond_with_data(body, status)  # fmt: skip
    address = httpserver.url_for("/").replace("http://", "http://ann:hunter2@")
    with pytest.raises(LedgerError, match=told) as fault:
        ledger.connect_mlflow(address)
    assert fault.value.exit_code == code
    assert "hunter2" not in str(fault.value)
    monkeypatch.delenv("MLFLOW_TRACKING_TOKEN")
    for name in ("USERNAME", "PASSWORD"):
        monkeypatch.setenv(f"MLFLOW_TRACKING_{name}", name.lower())
    httpserver.clear()
    httpserver.expect_request("/api/2.0/mlflow/experiments/search").respond_with_data(body, status)
    with contextlib.suppress(LedgerError):
        ledger.connect_mlflow(httpserver.url_for("/"))
    assert httpserver.log[-1][0].authorization.password == "password"


@pytest.mark.parametrize("uri", ["nowhere", "ftp://host/x", "http://"])
def test_what_is_no_address_is_told_in_words(ledger, uri):
    """A folder that is not there, a scheme that nobody opens, an address without a host."""
    with pytest.raises(Misuse, match=r"there is no nowhere|does not open|is no address"):
        ledger.connect_mlflow(uri)


SCRIPT = """
import random
import mlflow
from ghg_track import track

mlflow.set_experiment("digits")
mlflow.start_run()
with track("digits", folder="spool", stage="pre_training", model="digits-mlp", country="DEU"):
    random.seed(1)
    weights = [random.gauss(0, 1) for _ in range(64)]
    for step in range(200):
        for row in range(60):
            inputs = [random.random() for _ in weights]
            error = sum(w * x for w, x in zip(weights, inputs)) - sum(inputs) / 64
            weights = [w - 0.01 * error * x for w, x in zip(weights, inputs)]
    mlflow.log_metric("loss", error * error)
mlflow.end_run()
"""


def test_one_line_in_a_training_script_ends_as_carbon_on_its_mlflow_run(ledger, client, root, tmp_path, monkeypatch):
    """A script that trains, measured by CodeCarbon itself: lines, ledger, and the entry and kilograms in MLflow."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", (tmp_path / "mlruns").as_uri())
    monkeypatch.setenv("PYTHONPATH", str(root / "track"))
    ran = subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    run = client.search_runs([client.get_experiment_by_name("digits").experiment_id])[0]
    measured = Decimal(run.data.tags["ghg.energy_kwh"])
    assert measured > 0
    waiting = ledger.connect_mlflow(str(tmp_path / "mlruns"), tag=True)
    assert (waiting.waiting, waiting.tagged) == ((run.info.run_id,), {})
    assert ledger.connect_spool(tmp_path / "spool").counts["accepted"] == 1
    done = ledger.connect_mlflow(str(tmp_path / "mlruns"), tag=True)
    assert done.held == (run.info.run_id,)
    tags = client.get_run(run.info.run_id).data.tags
    assert abs(Decimal(tags["ghg.entry_kwh"]) - measured) <= Decimal("0.000001"), "rounded once to a milliwatt hour"
    carbon = done.carbon[run.info.run_id]
    assert (tags["ghg.entry"], Decimal(tags["ghg.location_kg_co2e"])) == (carbon.entry, carbon.location_kg)
    assert carbon.location_kg > 0
