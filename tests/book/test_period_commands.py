"""The commands of a period's life and of the base year: words, JSON and exit codes, as a person meets them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from in_process import ghg

from ledger import Ledger

LATE = (
    "facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis\n"
    "LON,natural_gas,1000,kWh,2024-02-01,2024-02-29,gross,measured\n"
)


def test_a_quarter_from_open_to_restated(ledger: Ledger, batch: int, tmp_path: Path):
    """Each command names the next; the late bill is told, then counted; the written figures have the digest."""
    ledger.add_person("ben", "reviewer")

    def run(*words: str, actor: str = "anna") -> str:
        done = ghg(*words, ledger=ledger, GHG_ACTOR=actor)
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
        return done.stdout

    assert "every one is open" in run("status")
    assert "ghg approve 2024-Q1" in run("submit", "2024-Q1")
    refused = ghg("approve", "2024-Q1", ledger=ledger)
    assert refused.returncode == 1
    assert "'anna' submitted 2024-Q1 and may not approve it" in refused.stderr
    assert "ghg close 2024-Q1" in run("approve", "2024-Q1", actor="ben")
    closed = json.loads(run("close", "2024-Q1", "--json", actor="ben"))
    assert (closed["state"], closed["name"], closed["period"]["label"]) == ("closed", "ben", "2024-Q1")
    (tmp_path / "late.csv").write_text(LATE, encoding="utf-8")
    said = run("upload", str(tmp_path / "late.csv"))
    assert "1 row falls in 2024-Q1, which is closed: it counts in no figure until ghg restate 2024-Q1" in said
    assert "Received after close: 1 row, 0.213 t" in run("inventory", "--period", "2024-Q1")
    figures = json.loads(run("inventory", "--period", "2024-Q1", "--json"))
    assert figures["received_after_close"]["scope_1"] == "182.9"
    assert (figures["scope_1"], figures["status"], figures["single_person"]) == ("914.5", "closed", False)
    assert "would be restated" in run("restate", "2024-Q1", "--reason", "late_data", "--check")
    told = json.loads(
        run("restate", "2024-Q1", "--reason", "late_data", "--note", "a bill came late", "--json", actor="ben")
    )
    assert told[0]["lines"][0] == {
        "measure": "scope_1", "old_kg": "914.5", "new_kg": "1097.4", "difference_kg": "182.9",
    }  # fmt: skip
    assert (told[0]["name"], told[0]["before"]["name"]) == ("ben", "ben")
    shown = run("status", "2024-Q1")
    for words in ("submitted by anna", "approved by ben", "closed by ben", "late_data: a bill came late", "+0.183"):
        assert words in shown
    run("status", "2024-Q1", "--figures", str(tmp_path / "q1.json"))
    digest = hashlib.sha256((tmp_path / "q1.json").read_bytes()).hexdigest()
    states = json.loads(run("status", "2024-Q1", "--json"))
    assert states["periods"][0]["figures_sha256"] == digest
    assert "restated" in run("status")
    again = run("restate", "2024-Q1", "--reason", "error", "--note", "n", actor="ben")
    assert again.splitlines() == ["2024-Q1: nothing differs, nothing was written."]
    assert json.loads(run("verify", "--json"))["ok"]
    assert "Base year 2024" in run("base-year", "show")


@pytest.mark.parametrize(
    "words",
    [
        ("submit", "2024-Q9"),
        ("submit", "2031-Q1"),
        ("close", "2024-Q1"),
        ("restate", "2024-Q1", "--reason", "error", "--note", "n"),
        ("restate", "2024-Q1", "--reason", "whim", "--note", "n"),
        ("status", "--figures", "x.json"),
        ("base-year", "candidates"),
        ("base-year", "decide", "B1", "decline", "--reason", "r"),
        ("base-year", "decide", "B1", "perhaps", "--reason", "r"),
    ],
)
def test_misuse_is_told_in_words(ledger: Ledger, words: tuple[str, ...]):
    """Exit code 2, what is wrong and what to do; no traceback."""
    done = ghg(*words, ledger=ledger)
    assert done.returncode == 2
    assert done.stderr.startswith("ghg: ")
    assert len(done.stderr.splitlines()) >= 2
    assert "Traceback" not in done.stderr


@pytest.mark.thorough
def test_acts_say_which_settled_periods_they_touch(ledger: Ledger, batch: int, tmp_path: Path):
    """An approved quarter is open again; rows for a closed one count later; other periods are not named."""
    ledger.add_person("ben", "reviewer")
    ben = Ledger(ledger.path, actor="ben")
    ledger.submit("2024-Q1")
    done = ghg("correct", f"B{batch}-2", "--set", "quantity=4000", "--reason", "meter", ledger=ledger)
    assert "2024-Q1 is open again: its figures are no longer those that were submitted" in done.stdout
    ledger.submit("2024-Q1")
    ben.approve("2024-Q1")
    (told,) = ledger.reverse(f"B{batch}-1", reason="duplicate").findings
    assert (told.code, told.severity) == ("period-open-again", "info")
    assert "approved" in told.message
    ledger.submit("2024-Q1")
    ben.approve("2024-Q1")
    ben.close("2024-Q1")
    done = ghg("reverse", f"B{batch}-3", "--reason", "duplicate", "--json", ledger=ledger)
    (found,) = json.loads(done.stdout)["findings"]
    assert found["code"] == "closed-period"
    assert found["message"].startswith("1 row falls in 2024-Q1, which is closed")
    (tmp_path / "new.csv").write_text(LATE.replace("2024-02", "2024-05"), encoding="utf-8")
    assert ledger.upload(tmp_path / "new.csv").settled == ()
    (tmp_path / "late.csv").write_text(LATE, encoding="utf-8")
    (late,) = ledger.upload(tmp_path / "late.csv").settled
    assert late.fix == "ghg restate 2024-Q1 --reason late_data --check shows what would change"
