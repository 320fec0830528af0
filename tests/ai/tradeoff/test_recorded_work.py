"""A recorded run compared elsewhere and held against a budget: its hours, its energy as counted, where and when."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ledger.ai.tradeoff.recorded_work import recorded_run
from ledger.book import Ledger
from ledger.cli import app
from ledger.errors import Misuse
from ledger.store import session

D = Decimal
RUNS = """\
run_id,attempt,stage,outcome,model,cloud_provider,cloud_region,hardware_id,hardware_count,start_utc,end_utc,energy_kwh,energy_level,pue
r1,1,tuning,failed,lm,aws,us-east-1,nvidia-a100-sxm4-80gb,8,2023-03-01T00:00:00Z,2023-03-01T10:00:00Z,20,it,1.15
r1,2,tuning,completed,lm,aws,us-east-1,nvidia-a100-sxm4-80gb,8,2023-03-02T00:00:00Z,2023-03-03T00:00:00Z,60,it,1.15
r2,1,tuning,completed,lm,aws,us-east-1,,8,2023-03-02T00:00:00Z,2023-03-03T00:00:00Z,60,it,1.15
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    """A ledger with a run of two attempts, and one that names no accelerator."""
    folder = tmp_path_factory.mktemp("recorded")
    file = folder / "ledger.duckdb"
    held = Ledger.init(file, organisation="Example AG", datasets=["egrid-2023"])
    (folder / "runs.csv").write_text(RUNS, encoding="utf-8")
    assert held.upload(folder / "runs.csv").status == "accepted"
    return file


def test_hours_and_energy_are_those_of_all_attempts(path):
    """8 × (10 + 24) = 272 h; (20 + 60) × 1.15 = 92 kWh: what failed is in both."""
    with session(path) as s:
        told = recorded_run(s, "r1")
        with pytest.raises(Misuse, match="no run 'r9'"):
            recorded_run(s, "r9")
        with pytest.raises(Misuse, match="names no one kind"):
            recorded_run(s, "r2")
    assert (told.hardware_id, told.hours, told.kwh) == ("nvidia-a100-sxm4-80gb", 272, 92)
    assert (told.place, told.month) == ("aws:us-east-1", date(2023, 3, 1))


def test_it_is_compared_elsewhere(path):
    """Its 272 hours at another place, on the accelerator it ran on."""
    told = CliRunner().invoke(app, ["ai", "compare", "--ledger", str(path), "--run", "r1", "--gpu", "A100 SXM4 80GB",
                                    "--at", "aws:us-west-2", "--factor", "aws:us-west-2=0.2", "--json"])  # fmt: skip
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["options"][0]["accelerator_hours"]["value"] == "272"


def test_what_was_measured_is_held_against_a_budget(path, tmp_path):
    """92 kWh by the month's factor of the region, SRVC 0.2705 kg/kWh, are 24.9 kg: within 25, not within 24."""
    codes = []
    for kg in (25, 24):
        (tmp_path / "b.toml").write_text(f"[budget]\nkg = {kg}\nkwh = 92", encoding="utf-8")
        told = CliRunner().invoke(app, ["ai", "check", "--ledger", str(path), "--run", "r1", "--budget",
                                        str(tmp_path / "b.toml")])  # fmt: skip
        codes.append(told.exit_code)
    assert codes == [0, 1]
    assert "24.88 kg CO2e, location-based, more than the limit of 24" in told.output
