"""The run's energy on the MLflow run: where MLflow is in use, and never in the way of the job."""

from __future__ import annotations

import sys
import threading
import time
from types import SimpleNamespace

import pytest

from ghg_track import track
from ghg_track.mlflow_run import RunContext


@pytest.fixture
def mlflow(monkeypatch):
    """What is used of MLflow 3.17: the active run is of the thread, tags are texts and metrics are floats."""
    here = threading.local()
    kept = SimpleNamespace(tags={}, metrics={}, delay=0.0, fault=None)

    class Client:
        def set_tag(self, run_id, key, value):
            time.sleep(kept.delay)
            if kept.fault:
                raise kept.fault
            assert isinstance(value, str)
            kept.tags[run_id, key] = value

        def log_metric(self, run_id, key, value):
            assert isinstance(value, float)
            kept.metrics[run_id, key] = value

    def active_run():
        return getattr(here, "run", None)

    monkeypatch.setitem(sys.modules, "mlflow", SimpleNamespace(active_run=active_run, MlflowClient=Client))
    here.run = SimpleNamespace(info=SimpleNamespace(run_id="4f2a"))
    kept.here = here
    return kept


def test_the_active_run_is_told(tracker, spool, lines, mlflow):
    """Tags hold exact decimals and the run's identity, metrics can be plotted; the MLflow run is the run."""
    with track("bert-ft", folder=spool, country="DEU", stage="tuning"):
        tracker.made[-1].measure()
    end = lines("end")[0]
    assert {key: value for (run, key), value in mlflow.tags.items() if run == "4f2a"} == {
        "ghg.run_id": "4f2a", "ghg.attempt": "1", "ghg.spool": str(spool / "4f2a.r0.a1.jsonl"),
        "ghg.energy_kwh": "0.003000", "ghg.energy_level": "chip", "ghg.estimated": "cpu,ram",
        "ghg.codecarbon_co2e_kg": "0.001200000000", "ghg.country": "DEU", "ghg.stage": "tuning",
        "ghg.start_utc": end["start_utc"], "ghg.end_utc": end["end_utc"],
    }  # fmt: skip
    assert mlflow.metrics == {("4f2a", "ghg_energy_kwh"): 0.003, ("4f2a", "ghg_cpu_energy_kwh"): 0.002,
                              ("4f2a", "ghg_ram_energy_kwh"): 0.001}  # fmt: skip
    assert {line["run_id"] for line in lines()} == {"4f2a"}


def test_a_run_that_ended_inside_is_told_too(tracker, spool, mlflow):
    """The run that was active at the beginning is written to where none is at the end."""
    with track("r", folder=spool):
        tracker.made[-1].measure()
        mlflow.here.run = None
    assert ("4f2a", "ghg_energy_kwh") in mlflow.metrics


def test_runs_that_begin_inside_bear_the_tracked_run(tracker, spool, mlflow, monkeypatch):
    """Asked by MLflow, the plugin gives run, attempt and file; one run alone is told the energy, several are not."""
    mlflow.here.run = None
    last = SimpleNamespace(get=lambda: "inside")
    monkeypatch.setitem(sys.modules, "mlflow.tracking.fluent", SimpleNamespace(_last_active_run_id=last))
    context = RunContext()
    assert not context.in_context()
    with track("r", folder=spool, run="r1"):
        assert context.in_context()
        assert context.tags() == {"ghg.run_id": "r1", "ghg.attempt": "1", "ghg.spool": str(spool / "r1.r0.a1.jsonl")}
        tracker.made[-1].measure()
    assert not context.in_context()
    assert mlflow.metrics["inside", "ghg_energy_kwh"] == 0.003
    mlflow.metrics.clear()
    with track("r", folder=spool, run="r2"):
        context.tags(), context.tags()
        tracker.made[-1].measure()
    assert mlflow.metrics == {}


def test_a_server_that_fails_or_hangs_costs_nothing(tracker, spool, lines, mlflow, monkeypatch, capsys):
    """The lines are written before MLflow is told, and the job goes on after a while."""
    monkeypatch.setattr("ghg_track.run._PATIENCE", 0.2)
    mlflow.fault = ConnectionError("refused")
    with track("a", folder=spool):
        pass
    assert "could not tell MLflow: ConnectionError: refused; the job goes on" in capsys.readouterr().err
    mlflow.fault, mlflow.delay = None, 3
    began = time.monotonic()
    with track("b", folder=spool):
        pass
    assert time.monotonic() - began < 2
    assert len(lines("end")) == 2


def test_mlflow_is_not_loaded_for_this(tracker, spool, monkeypatch):
    """Where the job does not use it, nothing of it is imported."""
    monkeypatch.delitem(sys.modules, "mlflow", raising=False)
    with track("r", folder=spool):
        pass
    assert "mlflow" not in sys.modules
