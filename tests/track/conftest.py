"""A stand-in for CodeCarbon, and the lines that a run left."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path

import pytest

STANDING_IN = Path(__file__).parent / "standing_in"
_LAUNCHER = ("RANK", "LOCAL_RANK", "LOCAL_WORLD_SIZE", "SLURM_JOB_ID", "SLURM_PROCID", "SLURM_LOCALID", "GHG_RUN_ID",
             "TORCHELASTIC_RUN_ID", "TORCHELASTIC_RESTART_COUNT", "SLURM_RESTART_COUNT", "CUDA_VISIBLE_DEVICES",
             "GHG_TRACK_DIR", "GHG_TRACK_HOST", "SLURM_NTASKS_PER_NODE")  # fmt: skip


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No launcher, and a folder for temporary files of the test's own, in which the lock on the machine lies."""
    for name in _LAUNCHER:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GHG_TRACK_HOST", "node-17")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


@pytest.fixture
def tracker(monkeypatch):
    """The class of the stand-in's trackers, as it is before anything was set."""
    _forget()
    monkeypatch.syspath_prepend(str(STANDING_IN))
    from codecarbon import OfflineEmissionsTracker

    yield OfflineEmissionsTracker
    _forget()


def _forget() -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "codecarbon"]:
        del sys.modules[name]


@pytest.fixture
def spool(tmp_path) -> Path:
    """The folder for lines."""
    return tmp_path / "spool"


@pytest.fixture
def lines(spool):
    """The lines in the folder, of all files in order of name, by what they are."""

    def listed(*sorts: str) -> list[dict]:
        found = [
            json.loads(line) for path in sorted(spool.glob("*.jsonl")) for line in path.read_text("utf-8").splitlines()
        ]
        return [line for line in found if not sorts or line["line"] in sorts]

    return listed


@pytest.fixture
def wh(lines):
    """The watt hours of all readings, by part."""

    def summed() -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for line in lines("reading"):
            sums[line["part"]] = sums.get(line["part"], Decimal(0)) + Decimal(line["energy_wh"])
        return sums

    return summed
