"""`with track(…)`: the job goes on whatever happens, and what was used is in lines however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from decimal import Decimal

import pytest

from ghg_track import track
from ghg_track.about import COLUMNS
from schemas.kinds import KINDS

JOB = """
import os, signal, sys, time
from ghg_track import track
import codecarbon
{before}
with track("job", folder=sys.argv[1], run="job", stage="tuning"):
    codecarbon.OfflineEmissionsTracker.made[0].measure()
    {inside}
print("after")
"""


@pytest.fixture
def job(spool, root, tmp_path):
    """Start a program that tracks something, in a process of its own."""

    def started(inside: str, before: str = "") -> subprocess.Popen:
        paths = os.pathsep.join(str(root / folder) for folder in ("track", "tests/track/standing_in"))
        words = [sys.executable, "-S", "-c", JOB.format(inside=inside, before=before), str(spool)]
        return subprocess.Popen(
            words, env={"PYTHONPATH": paths, "TMPDIR": str(tmp_path)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    return started


def test_a_run_ends_in_three_lines(tracker, spool, lines, capsys):
    """Energy by part, carbon with its place, and what of it is an estimate; nothing on standard output."""
    with track("bert-ft", folder=spool, stage="tuning", country="DEU") as run:
        tracker.made[-1].measure()
        run.set(tokens_in=10**9, flops=3.14e23, quality_value=Decimal("0.71"))
    start, *_, end = lines()
    assert (start["line"], start["name"], start["stage"], start["host"]) == ("start", "bert-ft", "tuning", "node-17")
    assert (end["outcome"], end["tokens_in"], end["flops"]) == ("completed", "1000000000", "314" + "0" * 21)
    assert [(line["part"], line["energy_wh"], line["country"]) for line in lines("reading")] == [
        ("cpu", "2.000000", "DEU"), ("ram", "1.000000", "DEU")]  # fmt: skip
    assert {line["intensity_g_per_kwh"] for line in lines("reading")} == {"400.000"}
    out, err = capsys.readouterr()
    energy, carbon, ways = err.splitlines()
    assert not out
    assert energy.startswith("ghg-track bert-ft: 0.003000 kWh in 0:00:00 (CPU 0.002000, memory 0.001000; without")
    assert "0.001200 kg CO2e by CodeCarbon's average of DEU" in carbon
    assert "CPU and memory estimated by a model; written to" in ways
    assert str(spool) in ways


def test_nothing_is_sent_and_no_account_asked_for(tracker, spool):
    """CodeCarbon is told offline, without its own outputs, endpoints and tokens, whatever its settings say."""
    with track("r", folder=spool, every=60):
        pass
    named = tracker.made[-1].named
    assert (named["output_methods"], named["emissions_endpoint"], named["electricitymaps_api_token"]) == ([], False, "")
    assert (named["measure_power_secs"], named["api_call_interval"], named["log_level"]) == (15, 4, "error")


def test_without_a_country_no_carbon_is_stated(tracker, spool, lines, capsys):
    """CodeCarbon would take the world's average; that is no statement about this place."""
    with track("r", folder=spool):
        tracker.made[-1].measure()
    assert "carbon not stated" in capsys.readouterr().err
    assert {line["intensity_g_per_kwh"] for line in lines("reading")} == {None}


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [(ValueError("x"), "failed"), (KeyboardInterrupt(), "interrupted"), (SystemExit(0), "completed"),
     (SystemExit("no"), "failed")],
)  # fmt: skip
def test_an_exception_goes_its_way(tracker, spool, lines, raised, outcome):
    """It is not swallowed, and the last line says how the run ended."""
    with pytest.raises(type(raised)) as fault, track("r", folder=spool):
        raise raised
    assert fault.value is raised
    assert lines("end")[0]["outcome"] == outcome


@pytest.mark.parametrize("fails_at", ["init", "start"])
def test_a_tracker_that_fails_costs_the_energy_alone(tracker, spool, lines, capsys, monkeypatch, fails_at):
    """The job runs, its first and last line are there, and why nothing was measured is said."""
    monkeypatch.setattr(tracker, "fails_at", fails_at)
    with track("r", folder=spool):
        pass
    assert [line["line"] for line in lines()] == ["start", "end"]
    assert "could not start CodeCarbon: RuntimeError: no " in capsys.readouterr().err


def test_without_codecarbon_the_run_is_told_and_its_energy_is_not_known(spool, lines, capsys, monkeypatch):
    """Unknown is said, and is not zero."""
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    with track("r", folder=spool):
        pass
    assert "total_wh" not in lines("end")[0]
    assert "energy not known: CodeCarbon is not there" in capsys.readouterr().err


def test_a_tracker_that_hangs_is_not_waited_for(tracker, spool, lines, wh, monkeypatch):
    """After a while the job goes on, with what was told before in the last line."""
    monkeypatch.setattr("ghg_track.run._PATIENCE", 0.2)
    began = time.monotonic()
    with track("r", folder=spool):
        tracker.made[-1].tick()
        monkeypatch.setattr(tracker, "fails_at", "hang")
    assert time.monotonic() - began < 2
    assert wh()["cpu"] == Decimal("2.000000")
    assert lines("end")[0]["total_wh"]["cpu"] == "2.000000"


def test_a_folder_that_cannot_be_written_is_replaced_and_told(tracker, tmp_path, capsys):
    """The lines go to the folder for temporary files, and the third line says so."""
    (tmp_path / "file").write_text("")
    with track("r", folder=tmp_path / "file"):
        tracker.made[-1].measure()
    assert len(list((tmp_path / "ghg-track").glob("r-*.jsonl"))) == 1
    assert str(tmp_path / "ghg-track") in capsys.readouterr().err


def test_strange_words_are_left_and_told(tracker, spool, lines, capsys):
    """What no column takes is told and left; control characters, half characters and arrays do no harm."""

    class Array:
        def item(self):
            raise ValueError("more than one")

        def __str__(self):
            return "[1 2]"

    with track("a\x1b[31m\ud800/..", folder=spool, model="x\x00y", color="red", owner=Array(), pue=float("nan")) as run:
        run.set(tokens_in=None, nonsense=object())
    assert "color" in capsys.readouterr().err
    end = lines("end")[0]
    assert (end["model"], end["owner"], "pue" in end, "color" in end) == ("xy", "[1 2]", False, False)
    assert next(spool.glob("*.jsonl")).parent == spool


def test_each_attempt_has_a_file_of_its_own(tracker, spool, lines, monkeypatch):
    """A restart counts on from the launcher's number, or from the files that are there; earlier lines stay."""
    monkeypatch.setenv("SLURM_JOB_ID", "77")
    for restart in ("0", "0", "4"):
        monkeypatch.setenv("SLURM_RESTART_COUNT", restart)
        with track("r", folder=spool):
            pass
    assert [(line["run_id"], line["attempt"]) for line in lines("end")] == [("r-77", 1), ("r-77", 2), ("r-77", 5)]


def test_ranks_of_several_machines_share_the_run(tracker, spool, lines, monkeypatch):
    """Rank 8 is local rank 0 of the second machine: the same run, its own file."""
    for rank in ("0", "8"):
        monkeypatch.setenv("TORCHELASTIC_RUN_ID", "e1")
        monkeypatch.setenv("RANK", rank)
        monkeypatch.setenv("LOCAL_RANK", "0")
        with track("r", folder=spool):
            tracker.made[-1].measure()
    assert [(line["run_id"], line["rank"]) for line in lines("end")] == [("r-e1", 0), ("r-e1", 8)]
    assert sorted(path.name for path in spool.iterdir()) == ["r-e1.r0.a1.jsonl", "r-e1.r8.a1.jsonl"]


def test_gpus_that_rank_0_does_not_see_are_told(tracker, spool, lines, capsys, monkeypatch):
    """Where each of eight ranks is shown one GPU, seven are not measured; where it sees all eight nothing is said."""
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "8")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    with track("r", folder=spool):
        tracker.made[-1].measure()
    assert "not seen: the GPUs of 7 of 8 ranks" in capsys.readouterr().err
    assert lines("start")[0]["unseen_gpus"].startswith("the GPUs of 7 of 8")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2,3,4,5,6,7")
    with track("r", folder=spool):
        tracker.made[-1].measure()
    assert "not seen" not in capsys.readouterr().err


def test_a_run_inside_of_a_run_measures_nothing_twice(tracker, spool, wh, capsys):
    """The energy of the inner one is in the outer one's."""
    with track("outer", folder=spool):
        tracker.made[-1].measure()
        with track("inner", folder=spool):
            pass
    assert wh()["cpu"] == Decimal("2.000000")
    assert "inner: energy not known: another run measures this machine" in capsys.readouterr().err


def test_sigterm_ends_the_job_with_its_lines_written(job, lines, wh):
    """The energy since the last measurement is written, the run interrupted, and the process ends by the signal."""
    run = job('print("ready", flush=True); time.sleep(30)')
    assert run.stdout.readline() == "ready\n"
    run.send_signal(signal.SIGTERM)
    out, err = run.communicate(timeout=20)
    assert (run.returncode, out) == (-signal.SIGTERM, ""), err
    assert wh() == {"cpu": Decimal("2.000000"), "ram": Decimal("1.000000")}
    assert [line["outcome"] for line in lines("end")] == ["interrupted"]


def test_sigterm_goes_on_to_who_had_it(job, lines, wh):
    """A job that saves itself on SIGTERM and goes on does so; what was used so far is written first."""
    before = 'signal.signal(signal.SIGTERM, lambda *_: print("saved", flush=True))'
    run = job("os.kill(os.getpid(), signal.SIGTERM)", before)
    out, err = run.communicate(timeout=20)
    assert (run.returncode, out) == (0, "saved\nafter\n"), err
    assert [line["outcome"] for line in lines("end")] == ["completed"]
    assert wh()["cpu"] == Decimal("4.000000"), "the flush measured once more"


def test_a_fork_writes_nothing(job, lines, wh):
    """A worker that is told to end, as loaders of data are, ends without a word; the run goes on."""
    inside = """pid = os.fork()
    if not pid:
        signal.pause()
    time.sleep(0.05); os.kill(pid, signal.SIGTERM)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGTERM
    pid = os.fork()
    if not pid:
        sys.exit(0)
    os.waitpid(pid, 0)"""
    run = job(inside)
    out, err = run.communicate(timeout=20)
    assert (run.returncode, out) == (0, "after\n"), err
    assert [line["outcome"] for line in lines("end")] == ["completed"]
    assert wh()["cpu"] == Decimal("2.000000")
    assert err.count("ghg-track job") == 3, "and says nothing"


def test_every_word_that_it_knows_is_a_column(spool):
    """What a person may say of a run is a column of `ai_run`, and readings have the places."""
    from ghg_track.about import PLACE

    assert set(COLUMNS) <= set(KINDS["ai_run"].columns)
    assert set(PLACE) <= set(KINDS["measurement"].columns)
    told = {"run_id", "attempt", "outcome", "state", "component", "start_utc", "end_utc", "wall_seconds"}
    left = set(KINDS["ai_run"].columns) - set(COLUMNS) - told
    assert left == {"timezone", "power_w", "energy_kwh", "energy_level", "withdrawn"}, "energy is in the readings"


def test_each_line_is_one_write_and_one_sync(tracker, spool, monkeypatch):
    """A line is on disk before the next is begun: as many syncs as calls, and nothing is written twice."""
    done = []
    write, sync = os.write, os.fsync
    monkeypatch.setattr("ghg_track.spool.os.write", lambda f, b: done.append(b.count(b"\n")) or write(f, b))
    monkeypatch.setattr("ghg_track.spool.os.fsync", lambda f: done.append("sync") or sync(f))
    with track("r", folder=spool):
        tracker.made[-1].measure()
    assert done == [1, "sync", 2, "sync", 1, "sync"]
    assert all(json.loads(line)["v"] == 1 for line in next(spool.glob("*")).read_text("utf-8").splitlines())
