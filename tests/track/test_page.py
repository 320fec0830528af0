"""docs/track.md followed: its blocks of Python run as they stand there, with a stand-in for the meters."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest
from in_process import ghg

sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))
from pages import ROOT, blocks, calls, differs, steps

PAGE = list(blocks(ROOT / "docs" / "track.md"))
IN_A_SCRIPT, OF_ONES_OWN = (block.text for block in PAGE if block.language == "python")


@pytest.fixture(autouse=True)
def _place(tmp_path, monkeypatch):
    """A folder of the script's own, in which it says nothing of where to write."""
    monkeypatch.chdir(tmp_path)


def shape(text: str) -> list[str]:
    """Lines without their numbers and the ids of runs."""
    masked = re.sub(r"-[0-9a-f]{12}\.", "-ID.", text)
    return [re.sub(r"\d[\d.:]*", "N", line) for line in masked.splitlines()]


def test_the_line_in_a_script_says_what_the_page_says(tracker, tmp_path, capsys):
    """Three lines on standard error, in the page's words; the ledger takes the file once, as the page shows."""
    tracker.uses = {"cpu": 2e-6, "ram": 1e-6, "gpu": 0.0}  # kWh: a hundred watts or so

    def train() -> None:
        time.sleep(0.05)
        tracker.made[-1].measure()

    exec(compile(IN_A_SCRIPT, "track.md", "exec"), {"train": train})  # noqa: S102 — our own page
    said = next(block.text for block in PAGE if block.text.startswith("ghg-track bert-ft: 0"))
    assert shape(capsys.readouterr().err.replace(str(tmp_path), "/data/train")) == shape(said)
    assert ghg("init", "--organisation", "Acme").returncode == 0
    taken = next(block for block in PAGE if block.text.startswith("$ ghg connect spool"))
    followed = list(steps(taken))
    assert len(followed) == 2
    for step in followed:
        (words,) = calls(step.command)
        done = ghg(*words, COLUMNS="200")
        assert done.returncode == 0
        told = re.sub(r"bert-ft-[0-9a-f]{12}\.", "bert-ft-87ab74bc6a2e.", done.stdout + done.stderr)
        assert differs(step.answer, told) is None, f"{step}\n{told}"


def test_a_tracker_of_ones_own_writes_the_same_lines(tracker, tmp_path, monkeypatch):
    """The handler of the page is the tracker's, knows it, and its run is in the folder when the tracker stops."""
    monkeypatch.setattr(sys.modules["codecarbon"], "EmissionsTracker", tracker, raising=False)
    made: dict = {}
    exec(compile(OF_ONES_OWN, "track.md", "exec"), made)  # noqa: S102 — our own page
    assert made["tracker"]._output_handlers == [made["output"]]
    made["tracker"].start()
    made["tracker"].tick()
    made["tracker"].stop()
    (file,) = (tmp_path / "ghg-track").glob("bert-ft-*.jsonl")
    told = file.read_text(encoding="utf-8")
    assert '"stage": "tuning"' in told
    assert told.count('"line": "reading"') >= 2
