"""The command line: exit codes, words and JSON, as a person and a script meet them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from in_process import ghg

from ledger import Ledger
from ledger.cli.lean_imports import leave_out_pandas
from ledger.store.lock import locked


def started(*words: str, ledger: Ledger | None = None, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    own = {"GHG_ACTOR": "anna", "COLUMNS": "160"} | ({"GHG_LEDGER": str(ledger.path)} if ledger else {}) | settings
    return subprocess.run(
        [sys.executable, "-m", "ledger.cli", *words], capture_output=True, text=True, env=os.environ | own, check=False
    )


def test_bare_call_shows_the_first_steps():
    """`ghg` alone names what a newcomer wants, and succeeds."""
    done = started()
    assert done.returncode == 0
    assert "ghg demo" in done.stdout


def test_pandas_is_left_out_of_the_command_alone(monkeypatch):
    """Pandera, pyarrow and our own rooms find no pandas once the command runs; everybody else finds what is there."""
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    monkeypatch.delitem(sys.modules, "pandas", raising=False)
    leave_out_pandas()
    for asking in ("pandera.engines", "pyarrow.lib", "ledger.store.append"):
        with pytest.raises(ModuleNotFoundError, match="No module named 'pandas'"):
            exec("import pandas", {"__name__": asking})  # noqa: S102
    exec("import json", {"__name__": "pandera.engines"})  # noqa: S102
    assert all(finder.find_spec("pandas", None) is None for finder in sys.meta_path if "NotFound" in repr(finder))


def test_upload_and_inventory_speak_json(ledger: Ledger, energy: Path):
    """The keys that scripts rely on are there, amounts are text in plain notation, unknown is null."""
    uploaded = json.loads(started("upload", str(energy), "--json", ledger=ledger).stdout)
    assert {"status", "batch", "rows", "posted", "not_quantified", "findings"} <= uploaded.keys()
    figures = json.loads(ghg("inventory", "--period", "2024", "--json", ledger=ledger).stdout)
    assert {
        "period", "view", "status", "provisional", "gwp_set", "gwp_policy", "checkpoint", "unit", "scope_1",
        "scope_2_location", "scope_2_market", "scope_3", "scope3_method", "scope_3_categories", "total_location",
        "total_market", "biogenic_co2_kg", "outside_scopes", "removals_kg", "by_gas", "energy_kwh", "share_estimated",
        "share_primary", "not_quantified", "notes",
    } <= figures.keys()  # fmt: skip
    assert figures["scope_1"] == "914.5"
    assert figures["scope_3_categories"]["11"] is None
    assert figures["removals_kg"] is None
    assert figures["unit"] == "kg CO2e"


@pytest.mark.thorough
def test_a_refused_file_is_exit_1_and_lists_all(ledger: Ledger, tmp_path: Path):
    """Findings are told by code with line and column, the marked workbook is named, and there is no traceback."""
    bad = tmp_path / "bad.csv"
    bad.write_text(
        "facility_id,activity_type,quantity,unit,period_start,period_end\nLON,electricity_purchased,1,mWh,2024-03-01,x\n"
    )
    done = ghg("upload", str(bad), ledger=ledger)
    assert done.returncode == 1
    assert "unit-unknown" in done.stdout
    assert "date-not-read" in done.stdout
    assert "marked.xlsx" in done.stdout.replace("\n", "")
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("inventory", "--period", "2026-Q9"), 2),
        (("inventory", "--period", "2026", "--view", "mine"), 2),
        (("inventory", "--period", "2026", "--by", "colour"), 2),
        (("upload", "nowhere.csv"), 2),
        (("upload", "nowhere.csv", "--again"), 2),
        (("trace", "nonsense"), 2),
        (("reverse", "B999", "--reason", "error"), 1),
        (("correct", "B1-1", "--set", "quantity", "--reason", "error"), 2),
        (("report", "annual", "--period", "2026"), 2),
        (("template", "poem"), 2),
        (("template", "ai_run", "-o", "runs.csv"), 2),
        (("factors", "show", "none"), 2),
    ],
)
@pytest.mark.thorough
def test_misuse_is_told_in_words(ledger: Ledger, words, code):
    """Each misuse has its exit code, says what is wrong and what to do, and shows no traceback."""
    done = ghg(*words, ledger=ledger)
    assert done.returncode == code
    assert done.stderr.startswith("ghg: ")
    assert "Traceback" not in done.stderr
    assert "should not have happened" not in done.stderr


def test_no_ledger_is_told_with_the_way_to_one(tmp_path: Path):
    """Without a ledger the answer names --ledger and ghg init."""
    done = ghg("inventory", "--period", "2026", GHG_LEDGER=str(tmp_path / "none.duckdb"))
    assert done.returncode == 2
    assert "ghg init" in done.stderr


def test_a_busy_ledger_is_exit_75(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    """While another process holds the ledger the answer names it, and the exit code says: try again."""
    monkeypatch.setattr("sys.argv", ["someone", "else"])
    with locked(ledger.path, "write", 1.0):
        done = started("inventory", "--period", "2024", ledger=ledger, GHG_LOCK_TIMEOUT_S="0.3")
    assert done.returncode == 75
    assert str(os.getpid()) in done.stderr


def test_an_existing_file_is_not_overwritten_by_init(ledger: Ledger):
    """`ghg init` refuses a path that is taken."""
    done = ghg("init", "--organisation", "X", ledger=ledger)
    assert done.returncode == 2
    assert "already" in done.stderr


@pytest.mark.thorough
def test_factors_are_found_and_shown(ledger: Ledger):
    """A search by words finds UK electricity; the whole record tells source and licence."""
    found = json.loads(
        ghg("factors", "search", "electricity", "GB", "desnz-2024", "energy", "--json", ledger=ledger).stdout
    )
    assert [row["co2e_published_kg_per_unit"] for row in found] == ["0.20705"]
    record = json.loads(ghg("factors", "show", found[0]["factor_id"], "--json", ledger=ledger).stdout)
    assert record["licence"] == "Open Government Licence v3.0"


@pytest.mark.parametrize(
    "words",
    [
        ("--consolidation", "equity_sharee"),
        ("--fiscal-year-start", "13-40"),
        ("--fiscal-year-start", "04-02"),
        ("--base-year", "20245"),
        ("--gwp", "AR7"),
    ],
)
def test_a_slip_at_the_founding_is_refused(tmp_path: Path, words):
    """Settings cannot be edited later, so what is not a setting is refused before there is a ledger."""
    path = tmp_path / "new.duckdb"
    done = ghg("init", "--organisation", "X", *words, GHG_LEDGER=str(path))
    assert done.returncode == 2
    assert not path.exists()


@pytest.mark.thorough
def test_a_template_overwrites_nothing(ledger: Ledger, tmp_path: Path):
    """A workbook that is there, perhaps filled in, stays as it is."""
    filled = tmp_path / "facility.xlsx"
    filled.write_bytes(b"mine")
    assert ghg("template", "facility", "-o", str(filled), ledger=ledger).returncode == 2
    assert filled.read_bytes() == b"mine"


def test_a_year_without_activity_is_told_as_such(ledger: Ledger):
    """Nothing that happened is not the same as something that could not be quantified."""
    done = ghg("inventory", "--period", "2019", ledger=ledger)
    assert "no activity in 2019" in done.stdout
    assert "not quantified" not in done.stdout


@pytest.mark.parametrize("text", ["31/12/2026", "soon"])
def test_a_last_day_is_asked_for_in_its_form(ledger: Ledger, text: str):
    """A day that is not ISO is refused with the form that is read."""
    done = ghg("person", "token", "anna", "--expires", text, ledger=ledger)
    assert done.returncode == 2
    assert "write it as 2026-12-31" in done.stderr
