"""Cluster and ledger together: advice on record before a Job is held, its run after it, the commands that do it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from cluster_double import stamp
from in_process import ghg

from ledger import Ledger
from ledger.connectors.kubernetes.controller import Rules
from ledger.schedule.policy import policy_of

NOON = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
"""Tomorrow: an advice stands on record before its run, by the clock of whoever tries it."""
POLICY = "[policy]\nmax_delay_hours = 10\n"
HEAD = "zone,start_utc,intensity_g_per_kwh,seconds,signal,signal_kind,signal_basis,issued_at,source\n"


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A ledger with a forecast for Germany: 500 g/kWh, and 100 from 18:00 to 21:00. Each test has Jobs of its own."""
    folder = tmp_path_factory.mktemp("book")
    ledger = Ledger.init(folder / "l.duckdb", organisation="A", actor="anna", datasets=["ember-2026"])
    rows = [f"DE,{stamp(NOON + timedelta(hours=n))},{100 if 6 <= n < 9 else 500},3600,average,forecast,direct,"
            f"{stamp(NOON)},a test\n" for n in range(30)]  # fmt: skip
    (folder / "forecast.csv").write_text(HEAD + "".join(rows))
    assert ledger.upload(folder / "forecast.csv").status == "accepted"
    return ledger


@pytest.fixture
def german(cluster, config):
    """A cluster whose nodes stand in Frankfurt."""
    cluster.now = NOON
    cluster.node("n1", "eu-central-1", gpu="NVIDIA-A100-SXM4-80GB")
    return cluster


def ended_pod(job: dict, start: datetime, end: datetime) -> dict:
    """The pod of a Job after its end."""
    head = job["metadata"]
    labels = {"batch.kubernetes.io/job-name": head["name"], "ghg-ledger/stage": "tuning", "ghg-ledger/model": "bert"}
    owner = {"kind": "Job", "name": head["name"], "uid": head["uid"], "apiVersion": "batch/v1"}
    state = {"terminated": {"startedAt": stamp(start), "finishedAt": stamp(end)}}
    return {
        "metadata": {"name": f"{head['name']}-x", "namespace": "ml", "labels": labels, "ownerReferences": [owner]},
        "spec": {"nodeName": "n1", "containers": [{"resources": {"limits": {"nvidia.com/gpu": "2"}}}]},
        "status": {"phase": "Succeeded", "containerStatuses": [{"name": "main", "restartCount": 0, "state": state}]},
    }


def test_from_advice_to_run(german, book):
    """The advice on the Job is the one on record; its pod becomes the run that it is held against, and is followed."""
    job = german.job("tune", notes={"ghg-ledger/hours": "3", "ghg-ledger/energy-kwh": "9", "ghg-ledger/idle-kwh": "1"})
    rules = Rules(policy_of(POLICY), apply=True)
    [act] = book.control(rules, now=german.now)
    [held] = book.advice(job=f"ml/tune/{job['metadata']['uid'][:8]}")
    assert held.advice_id == act.advice == german.notes("tune")["advice"]
    assert (act.what, act.at) == ("held", NOON + timedelta(hours=6))
    german.pass_hours(6)
    assert book.control(rules, now=german.now)[0].what == "released"
    german.put("pods", ended_pod(german.get("tune"), NOON + timedelta(hours=6), NOON + timedelta(hours=9)))
    told = ghg("connect", "kubernetes", ledger=book)
    assert told.returncode == 0, told.stdout + told.stderr
    assert book.connect_kubernetes().upload.status == "already_recorded"
    truth = book.true_up(held.advice_id)[0].truth
    assert (truth.run_id, truth.is_followed) == (held.job_id, True)


def test_pods_at_work_and_chores_are_left(german, book):
    """A Job with a pod at work is told and waits; a pod that says no stage is not asked for; nothing is changed."""
    pod = ended_pod(german.job("other"), NOON, NOON + timedelta(hours=1))
    german.put("pods", {**pod, "status": {"phase": "Running"}})
    chore = ended_pod(german.job("backup"), NOON, NOON + timedelta(hours=1))
    del chore["metadata"]["labels"]["ghg-ledger/stage"]
    german.put("pods", chore)
    told = ghg("connect", "kubernetes", ledger=book)
    assert told.stdout.startswith("No Job has ended whose pods say ghg-ledger/stage")
    assert "ml/other: a pod of it has not ended; left for later" in told.stdout
    assert {verb for verb, _ in german.asked} == {"GET"}
    german.token = "another"
    lost = ghg("connect", "kubernetes", ledger=book)
    assert (lost.returncode, "401" in lost.stderr) == (1, True)


def test_a_wrong_call_lets_go_nothing(german, book, tmp_path):
    """No ledger, no policy, no word of how often, a context that is not there: told, and every Job stays as it is."""
    german.job("a")
    (tmp_path / "p.toml").write_text(POLICY)
    call = ["ai", "controller", "--apply", "--policy", tmp_path / "p.toml"]
    for more, words in (
        ([], "say how often"),
        (["--once", "--every", "5"], "say how often"),
        (["--once", "--context", "hone"], "no context 'hone'"),
        (["--once", "--region", "hone=DE"], "no context 'hone'"),
        (["--once", "--ledger", tmp_path / "none.duckdb"], "no ledger"),
    ):
        told = ghg(*call, *more, ledger=book)
        assert told.returncode == 2, told.stderr
        assert words in told.stderr
    assert german.patches == []


def test_the_command_tells_and_does(german, book, tmp_path, monkeypatch):
    """Once without --apply it tells; every so often with it, it does, and says only what is new, faults included."""
    german.now = datetime.now(UTC)
    german.job("mine", notes={"ghg-ledger/deadline": "2020-01-01T00:00:00Z"})
    (tmp_path / "p.toml").write_text(POLICY)
    call = ("ai", "controller", "--policy", tmp_path / "p.toml")
    told = ghg(*call, "--once", "--region", "DE", ledger=book)
    assert told.stdout.startswith("home ml/mine: would release: its deadline is 2020-01-01T00:00:00Z")
    assert told.stdout.endswith("Nothing was changed. Next: the same with --apply\n")
    passes = []

    def sleeping(seconds):
        if seconds < 10:  # between two tries of one call
            return
        passes.append(seconds)
        if len(passes) == 2:
            german.fail("GET /apis/batch", *[500] * 5)
        if len(passes) == 4:
            raise SystemExit(0)

    monkeypatch.setattr(time, "sleep", sleeping)
    done = ghg(*call, "--every", "60", "--apply", ledger=book)
    assert done.returncode == 0, done.stderr
    lines = [line.partition(" ")[2] for line in done.stdout.splitlines()]
    assert lines[0].startswith("home ml/mine: released: its deadline is 2020-01-01")
    assert lines[1:] == ["home ml/mine: running: it is not held"] * 2  # before the fault and after it
    assert "home: failed: GET /apis/batch/v1/jobs: 500 told to fail" in done.stderr
    assert all(50 < seconds <= 60 for seconds in passes)
    found = json.loads(ghg(*call, "--once", "--json", ledger=book).stdout)
    assert found["jobs"][0]["what"] == "running"
