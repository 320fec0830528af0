"""The handler for CodeCarbon: its known traps, one a test."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from types import SimpleNamespace

import pytest

from ghg_track import LedgerOutput


class Raising:
    """A handler of somebody else that fails."""

    def out(self, *_):
        """Fails."""
        raise OSError("their server is down")

    live_out = out

    def exit(self):
        """Nothing."""


def test_the_total_is_taken_and_not_the_difference(tracker, spool, wh, lines):
    """After a live measurement the last difference is zero; three measurements of 2 and 1 Wh are 6 and 3."""
    made = tracker(output_handlers=[LedgerOutput("r", folder=spool)])
    made.start()
    for _ in range(3):
        made.tick()
    assert made.stop() == pytest.approx(0.0036)
    assert made.told()[1].energy_consumed == 0, "the trap: nothing is left in the difference"
    assert wh() == {"cpu": Decimal("6.000000"), "ram": Decimal("3.000000")}
    assert lines("end")[0]["total_wh"] == {"cpu": "6.000000", "ram": "3.000000"}


def test_energy_that_holds_the_overhead_says_so(tracker, spool, lines):
    """With a PUE of 1.5 set in CodeCarbon 2 Wh are told as 3: at facility level, with the PUE named."""
    made = tracker(output_handlers=[LedgerOutput("r", folder=spool)], pue=1.5)
    made.start()
    made.tick()
    made.stop()
    told = [(line["part"], line["energy_wh"], line["level"], line["pue_inside"]) for line in lines("reading")]
    assert told == [("cpu", "3.000000", "facility", "1.5"), ("ram", "1.500000", "facility", "1.5")]


def test_each_part_says_how_it_came_about(tracker, spool, lines):
    """GPUs are counted; processor and memory are models, until the tracker's meter is known to be a counter."""
    tracker.uses = {"cpu": 0.002, "ram": 0.001, "gpu": 0.004}
    tracker.gpu = (2, "2 x NVIDIA A100-SXM4-80GB")
    for modes, expected in (((), "model"), (("intel_rapl",), "counter"), (("constant",), "tdp")):
        output = LedgerOutput("r", folder=spool)
        made = tracker(output_handlers=[output])
        made._hardware = [type("CPU", (), {"_mode": mode})() for mode in modes]
        output.tracker = made
        made.start()
        made.tick()
        made.stop()
        told = {line["part"]: line["method"] for line in lines("reading") if line["tracker"] == made.run_id}
        assert told == {"gpu": "counter", "cpu": expected, "ram": "model"}
    end = lines("end")[-1]
    assert (end["hardware_id"], end["hardware_count"]) == ("NVIDIA A100-SXM4-80GB", "2")


def test_power_summed_up_is_no_counter(tracker, spool, lines):
    """A GPU whose counter cannot be read is told as power summed up, and one of which nothing was read as unread."""
    output = LedgerOutput("r", folder=spool)
    made = tracker(output_handlers=[output])
    made.uses, made.gpu = {"cpu": 0.0, "ram": 0.0, "gpu": 0.004}, (1, "1 x A")
    made.sums = dict.fromkeys(made.uses, 0.0)
    without_counter = SimpleNamespace(devices=[SimpleNamespace(_use_power_fallback=True)])
    made._hardware = [type("GPU", (), {"devices": without_counter})()]
    output.tracker = made
    made.start()
    made.tick()
    made.stop()
    assert [(line["part"], line["method"]) for line in lines("reading")] == [("gpu", "integrated_power")]
    assert lines("end")[0]["unread"] == ["cpu", "ram"]


def test_no_fault_of_ours_reaches_the_tracker(tracker, spool, tmp_path, capsys):
    """A disk that takes nothing, a total that is none: `stop` gives kilograms, later handlers are called."""
    called = []
    after = SimpleNamespace(out=lambda *_: called.append("out"), live_out=lambda *_: called.append("live"),
                            exit=lambda: called.append("exit"))  # fmt: skip
    output = LedgerOutput("r", folder=spool)
    made = tracker(output_handlers=[output, after])
    made.start()
    made.tick()
    os.close(output.record.spool._file)
    made.tick()
    assert made.stop() == pytest.approx(0.0024)
    assert called == ["live", "live", "out", "exit"]
    assert "the job goes on" in capsys.readouterr().err
    for nonsense in (None, object(), SimpleNamespace(cpu_energy="x", gpu_energy=float("nan"), ram_energy=float("inf"))):
        LedgerOutput("r", folder=tmp_path / "other").out(nonsense, nonsense)
    (tmp_path / "file").write_text("")
    LedgerOutput("r", folder=tmp_path / "file" / "below").out(made.before, made.before)


def test_a_handler_before_ours_that_raises_costs_the_last_lines_alone(tracker, spool, wh, lines):
    """What was told live is on disk; the last line is written when the program ends, without an outcome."""
    output = LedgerOutput("r", folder=spool)
    made = tracker(output_handlers=[output])
    made.start()
    made.tick()
    made._output_handlers.insert(0, Raising())
    made.measure()
    assert made.stop() is None
    assert wh() == {"cpu": Decimal("2.000000"), "ram": Decimal("1.000000")}
    assert not lines("end")
    output._leave()  # what is registered for the end of the program
    assert [line["outcome"] for line in lines("end")] == [None]


def test_a_line_that_the_disk_refused_is_in_the_next(tracker, spool, wh, lines, monkeypatch):
    """Cut off in the middle by a full disk: the next line begins anew, and holds the energy of both."""
    output = LedgerOutput("r", folder=spool)
    made = tracker(output_handlers=[output])
    made.start()
    made.tick()
    whole = os.write
    with monkeypatch.context() as patch:
        patch.setattr("ghg_track.spool.os.write", lambda file, content: whole(file, content[:40]))
        made.tick()
    made.tick()
    made.stop()
    text = next(spool.glob("*.jsonl")).read_text("utf-8").splitlines()
    with pytest.raises(ValueError, match=r"JSON|Expecting|Unterminated"):
        json.loads(text[3])
    kept = [json.loads(line) for place, line in enumerate(text) if place != 3]
    read = [Decimal(line["energy_wh"]) for line in kept if line["line"] == "reading" and line["part"] == "cpu"]
    assert read == [Decimal("2.000000"), Decimal("4.000000")]


@pytest.mark.parametrize("name", ["LOCAL_RANK", "SLURM_LOCALID", "OMPI_COMM_WORLD_LOCAL_RANK"])
def test_only_local_rank_0_writes(tracker, spool, monkeypatch, name):
    """Each rank of a node would measure the whole node: those after the first write nothing."""
    monkeypatch.setenv(name, "3")
    made = tracker(output_handlers=[LedgerOutput("r", folder=spool)])
    made.start()
    made.tick()
    assert made.stop() is not None
    assert not spool.exists()


def test_a_second_tracker_of_the_machine_writes_no_energy(tracker, spool, lines):
    """Two trackers at a time double the machine: the second has a first and a last line alone, until the first ends."""
    outputs = [LedgerOutput(name, folder=spool, run=name) for name in ("a", "b", "c")]
    first, second, third = (tracker(output_handlers=[output]) for output in outputs)
    for made in (first, second):
        made.start()
        made.tick()
    second.stop()
    first.stop()
    third.start()
    third.tick()
    third.stop()
    assert {line["run_id"] for line in lines("reading")} == {"a", "c"}
    assert [line["run_id"] for line in lines("end")] == ["a", "b", "c"]


def test_another_tracker_in_the_same_record_counts_from_zero(tracker, spool, wh):
    """A handler that is given to a second tracker adds its energy, and takes nothing off."""
    output = LedgerOutput("r", folder=spool)
    output.is_led = True
    for _ in range(2):
        made = tracker(output_handlers=[output])
        made.start()
        made.tick()
        made.stop()
    output.end("completed")
    assert wh() == {"cpu": Decimal("4.000000"), "ram": Decimal("2.000000")}
