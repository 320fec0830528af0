"""First contact: what `ghg` says to whoever comes for the first time, mistypes, or names what is no ledger."""

from __future__ import annotations

import io
import json
import os
import re
import resource
import shutil
import socket
import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import duckdb
import pytest
from in_process import ghg

from ledger import Damage, Ledger, Misuse
from ledger.assurance.doctor import examine, worst
from ledger.book.roles import ROLES
from ledger.cli import command, completing
from ledger.cli.keep import founding
from ledger.disclosure.kinds import kinds
from ledger.disclosure.requirements.rule_sets import rule_sets
from ledger.inventory.breakdown import BY
from ledger.inventory.posted import VIEWS
from ledger.store import session
from schemas.vocabulary import UploadKind


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that one stands in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_alone_it_shows_the_three_things_a_newcomer_wants(empty: Path):
    """In an empty folder: see it, begin, record. Beside a ledger: upload, figures, report, with this year."""
    first = ghg()
    assert first.returncode == 0
    assert re.findall(r"^  ghg (\w+)", first.stdout, re.MULTILINE) == ["demo", "init", "template"]
    (empty / "ledger.duckdb").touch()
    after = ghg()
    assert re.findall(r"^  ghg (\w+)", after.stdout, re.MULTILINE) == ["upload", "inventory", "report", "doctor"]
    assert f"--period {date.today().year} " in after.stdout  # noqa: DTZ011 — the year of whoever asks


def test_a_terminal_is_asked_four_questions(empty: Path, monkeypatch: pytest.MonkeyPatch):
    """What a ledger would refuse is asked again, and the answers are the settings; how to change one is told."""
    answers = ["Brook Bakery", "5", "2", "1850", "2024", "04-02", "04-01"]
    monkeypatch.setattr(founding, "_is_terminal", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(answers) + "\n"))
    whole = Ledger.init
    monkeypatch.setattr(Ledger, "init", lambda path, **given: whole(path, datasets=["desnz-2024"], **given))
    done = ghg("init")
    assert done.returncode == 0, done.stderr
    told = ("Who reports?", "there is no approach '5'", "1850 is not a base year", "'04-02' does not start")
    assert [done.stdout.count(words) for words in told] == [1, 1, 1, 1]
    held = Ledger(empty / "ledger.duckdb", actor="anna").policy()
    assert (held.organisation, held.consolidation, held.base_year, held.fiscal_month) == (
        "Brook Bakery", "financial_control", 2024, 4,
    )  # fmt: skip
    assert "ghg setting set NAME VALUE" in done.stdout
    told = ghg("init", GHG_LEDGER=str(empty / "ledger.duckdb"))
    assert (told.returncode, "Who reports?" in told.stdout) == (2, False), "it is told before the first question"
    assert "is there" in told.stderr or "already" in told.stderr


def test_a_pipe_is_never_asked(empty: Path, monkeypatch: pytest.MonkeyPatch):
    """Without a terminal nothing waits for an answer: options or defaults, and what was not named is said."""
    asked = []
    monkeypatch.setattr(Ledger, "init", classmethod(lambda _cls, path, **given: asked.append(given) or Ledger(path)))
    monkeypatch.setattr(Ledger, "checkpoint", lambda _self: type("Size", (), {"size": 15, "root": "0"}))
    monkeypatch.setattr("typer.prompt", lambda *_a, **_k: pytest.fail("nobody is there to answer"))
    assert ghg("init").returncode == 0
    assert "The organisation was not named: ghg setting set organisation NAME" in ghg("init").stdout
    monkeypatch.setattr(founding, "_is_terminal", lambda: True)
    assert ghg("init", "--organisation", "Acme").returncode == 0
    assert json.loads(ghg("init", "--json").stdout)["checkpoint"]["size"] == 15
    assert [given["organisation"] for given in asked] == ["ledger", "ledger", "Acme", "ledger"]
    assert {given["consolidation"] for given in asked} == {"operational_control"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("invenory",), "Did you mean 'inventory'?"),
        (("inventory",), "Missing option '--period'. 2026, 2026-Q3"),
        (("template",), "Missing argument 'kind'. activity, facility"),
        (("inventory", "--period", "2026", "--by"), "'--by' requires an argument"),
        (("--period", "2026"), "Try 'ghg --help' for help."),
    ],
)
def test_a_mistyped_call_is_told_what_is_missing(empty: Path, words, told):
    """The answer names the command as it is called, what lacks with an example, and help; it ends with 2."""
    done = ghg(*words)
    assert done.returncode == 2
    assert told in done.stderr
    assert "python" not in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("upload", "none.csv"), "write its path as it is from "),
        (("upload", "."), "name a file in it"),
        (("upload", "none.csv", "--as", "actvity"), "did you mean activity?"),
        (("template", "actvity"), "did you mean activity?"),
        (("report", "quaterly", "--period", "2026"), "did you mean quarterly?"),
        (("inventory", "--period", "2026-Q5"), "write 2026, 2026-Q3"),
        (("inventory", "--period", "2026", "--actor", "zoe"), ""),
        (("submit", "2026-Q3", "--actor", "zoe"), "ghg person add NAME"),
        (("verify", "--checkpoint", "none.txt"), "name the checkpoint that you kept"),
        (("snapshot", "none/x.zip"), "name a place with room for it"),
    ],
)
def test_a_likely_first_error_has_a_next_step(ledger: Ledger, empty: Path, words, told):
    """A wrong path, kind, period, report or person: one line what, one line what to do, no traceback."""
    done = ghg(*words, ledger=ledger)
    assert done.returncode == (2 if told else 0)
    lines = done.stderr.splitlines()
    assert not told or (lines[0].startswith("ghg: ") and lines[1].startswith("     ") and told in done.stderr)
    assert "Traceback" not in done.stderr
    assert "should not have happened" not in done.stderr


def test_an_empty_period_says_what_to_do(ledger: Ledger):
    """Of a period without activity the answer is no table of dashes."""
    assert "Next: ghg upload FILE, or name another period" in ghg("inventory", "--period", "2031", ledger=ledger).stdout


def test_a_file_without_rights_is_told(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    """A file that whoever calls may not read is said to be so, with what to do; nothing is recorded."""

    def refused(*_words, **_named):
        raise PermissionError(13, "Permission denied", "bills.csv")

    monkeypatch.setattr(Ledger, "upload", refused)
    done = ghg("upload", "bills.csv", ledger=ledger)
    assert (done.returncode, done.stderr) == (
        2, "ghg: bills.csv: permission denied\n     ask its owner for the right to it, or take another place\n",
    )  # fmt: skip


def foreign(path: Path, kind: str) -> Path:
    """Something in the place of a ledger that is none."""
    if kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("period,figure\n2026,1\n", encoding="utf-8")
    elif kind == "empty":
        path.touch()
    elif kind == "sqlite":
        with sqlite3.connect(path) as held:
            held.execute("create table batch (batch_no int)")
        held.close()
    else:
        with duckdb.connect(str(path)) as held:
            held.execute("create table sales (amount int)")
    return path


@pytest.mark.parametrize("kind", ["folder", "text", "empty", "sqlite", "duckdb"])
def test_what_is_no_ledger_is_told_and_left_alone(empty: Path, kind, monkeypatch: pytest.MonkeyPatch):
    """A folder, a text, an empty file, others' databases: misuse in words; no byte changed, nothing fetched."""
    path = foreign(empty / "ledger.duckdb", kind)
    before = path.read_bytes() if path.is_file() else b""
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: pytest.fail("nothing is looked up"))
    for words in (("inventory", "--period", "2026"), ("verify",), ("snapshot", "copy.zip"), ("person", "add", "ben")):
        done = ghg(*words)
        assert (done.returncode, "--ledger" in done.stderr) == (2, True), (words, done.stderr)
        assert ("there is a folder" in done.stderr) if kind == "folder" else ("is no ledger" in done.stderr)
    assert not path.is_file() or path.read_bytes() == before
    doctor = ghg("doctor")
    assert doctor.returncode == 1
    assert "folder" in doctor.stdout if kind == "folder" else "is no ledger" in doctor.stdout
    assert ghg("init").returncode == 2
    assert not (empty / "copy.zip").exists()


def test_a_ledger_with_another_beginning_is_damage(ledger: Ledger):
    """Where the evidence of a ledger lies beside it, a file that begins otherwise was one; the way back is named."""
    ledger.path.write_bytes(b"\0" * 64)
    with pytest.raises(Damage, match="cannot be opened") as fault:
        ledger.people()
    assert "ghg rebuild" in fault.value.fix
    assert [check.what for check in examine(ledger.path) if check.state == "wrong"] == ["opening"]
    shutil.rmtree(ledger.path.with_suffix(".evidence"))
    with pytest.raises(Misuse, match="is no ledger"):
        ledger.people()


def test_a_held_ledger_names_its_holder(ledger: Ledger, monkeypatch: pytest.MonkeyPatch):
    """The doctor goes on where somebody writes, and says who; a command ends with 75."""
    monkeypatch.setattr("ledger.assurance.doctor._PATIENCE_S", 0.05)
    with session(ledger.path, "write"):
        found = {check.what: check for check in examine(ledger.path)}
    assert found["opening"].state == "attention"
    assert str(os.getpid()) in found["opening"].words


def test_the_doctor_looks_at_the_program(ledger: Ledger, empty: Path, monkeypatch: pytest.MonkeyPatch):
    """The version stands first, with a ledger and without; what lacks for PDF and pages is named with the way to it."""
    for found in (ledger.doctor(), examine(empty / "none.duckdb")):
        assert found[0].what == "program"
        assert re.match(r"ghg-ledger \d+\.\d+\.\d+ on Python 3\.\d+", found[0].words)
    assert worst(ledger.doctor()) != "wrong"
    monkeypatch.setattr("ledger.assurance.doctor.find_spec", lambda name: None if name == "weasyprint" else object())
    monkeypatch.setattr("ledger.assurance.doctor._is_library", lambda name: name != "pango-1.0")
    (lacks,) = [check for check in ledger.doctor() if check.what == "program" and check.state == "attention"]
    assert "weasyprint, pango-1.0" in lacks.words
    assert lacks.fix.startswith("pip install 'ghg-ledger[pdf]'")
    assert worst(ledger.doctor()) == "attention"


def completed(text: str, shell: str = "bash") -> list[str]:
    """What a shell is offered for a line, the last word of which is begun."""
    words = text.split(" ")
    command.cache_clear()
    try:
        done = ghg(_GHG_COMPLETE=f"complete_{shell}", COMP_WORDS=" ".join(words), COMP_CWORD=str(len(words) - 1),
                   _TYPER_COMPLETE_ARGS=text, _TYPER_COMPLETE_FISH_ACTION="get-args")  # fmt: skip
    finally:
        command.cache_clear()
    return done.stdout.split()


def test_the_shell_completes_kinds_periods_and_names(empty: Path):
    """Commands, kinds, periods, views, reports and formats; joined words by commas; each shell in its own form."""
    assert completed("ghg inv") == ["inventory"]
    assert completed("ghg template meas") == ["measurement"]
    assert completed("ghg report esrs") == ["esrs-revised", "esrs-set-1"]
    assert completed("ghg inventory --period 2025-Q") == [f"2025-Q{quarter}" for quarter in range(1, 5)]
    assert completed("ghg close FY")[0] == f"FY{date.today().year}"  # noqa: DTZ011 — the year of whoever types
    assert completed("ghg report quarterly --format pdf,x") == ["pdf,xlsx"]
    assert completed("ghg report iso", "fish") == ["iso-14064-1"]
    assert "iso-14064-1" in " ".join(completed("ghg report iso", "zsh"))
    assert not list(empty.iterdir()), "nothing is made by completing"


def test_what_is_completed_is_what_the_commands_take():
    """Kinds, reports, rule sets, views and cuts are all of those that ship, and none that is not taken."""
    assert completing.upload_kinds("") == [kind.value for kind in UploadKind]
    assert sorted(completing.report_kinds("")) == sorted(kinds())
    assert set(completing.rule_sets("")) == set(rule_sets())
    assert tuple(VIEWS) == completing.VIEWS
    assert {cut for cut in completing.CUTS if not cut.startswith("tag:")} == set(BY)
    assert set(completing.WORDS["add", "role"]("")) == set(ROLES)


def test_completion_answers_at_once(empty: Path):
    """A completion takes 0.3 s of a processor (twice that on a slow one)."""
    asked = {"_GHG_COMPLETE": "complete_bash", "COMP_WORDS": "ghg report iso", "COMP_CWORD": "2"}
    seconds = []
    for _ in range(2):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        own = {"env": os.environ | asked, "capture_output": True, "text": True}
        done = subprocess.run([sys.executable, "-m", "ledger.cli"], check=False, **own)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert done.stdout.split() == ["iso-14064-1"]
    assert min(seconds) < 0.6
