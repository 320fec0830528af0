"""Reports that are handed out: of an approved period alone, on record with their bytes, and what became of them."""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile

import in_process
import pytest

from ledger import Ledger
from ledger.assurance import verify_pack
from ledger.errors import LedgerError, Misuse, Refused
from ledger.store.evidence import evidence_folder

PERIOD = "2024-Q1"
QUICK = ("json",)


@pytest.fixture
def approved(made_once, _founded, energy_text, tmp_path) -> Ledger:
    """A copy of that book."""
    return Ledger(made_once(reviewed, tmp_path / "approved", _founded, energy_text) / "ledger.duckdb", actor="anna")


def reviewed(folder, founded, energy_text) -> None:
    """The book of a preparer, a quarter of which was approved; `rob` reviews."""
    shutil.copytree(founded, folder, dirs_exist_ok=True)
    ledger, energy = Ledger(folder / "ledger.duckdb", actor="anna"), folder / "energy_of_pia.csv"
    energy.write_text(energy_text, encoding="utf-8")
    for name, role in (("pia", "preparer"), ("rob", "reviewer")):
        ledger.add_person(name, role)
    assert Ledger(ledger.path, actor="pia").upload(energy).status == "accepted"
    Ledger(ledger.path, actor="pia").submit(PERIOD)
    Ledger(ledger.path, actor="rob").approve(PERIOD)


def as_(ledger, name):
    return Ledger(ledger.path, actor=name)


def test_only_an_approved_period_is_issued(ledger, energy, tmp_path):
    """An open and a submitted period are refused in words; nothing is written, in the ledger or the folder."""
    for name, role in (("pia", "preparer"), ("rob", "reviewer")):
        ledger.add_person(name, role)
    as_(ledger, "pia").upload(energy)
    for state in ("open", "submitted"):
        size = ledger.checkpoint().size
        with pytest.raises(Refused, match=f"2024-Q1 is {state}; only an approved period is issued"):
            as_(ledger, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path / "out")
        assert ledger.checkpoint().size == size
        as_(ledger, "pia").submit(PERIOD) if state == "open" else None
    assert not (tmp_path / "out").exists()
    assert ledger.issued_reports() == ()


def test_what_was_issued_is_on_record_with_its_bytes(approved, tmp_path):
    """The row names checkpoint, files and inputs; all bytes lie in evidence, linked to it; the document says it."""
    size = approved.checkpoint().size
    done = as_(approved, "rob").issue_report(period=PERIOD, formats=("html",), folder=tmp_path)
    assert (done.already, done.checkpoint_size, set(done.files)) == (False, size, {"html", "json"})
    (state,) = approved.issued_reports()
    assert (state.row.entry, state.state, state.row.period.label) == (done.entry, "stands", PERIOD)
    for name, sha256 in state.row.files.items():
        content = (tmp_path / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == sha256
        assert (evidence_folder(approved.path) / sha256).read_bytes() == content
    inputs = state.row.inputs
    assert inputs["checkpoint"] == {
        "origin": approved.checkpoint().origin, "size": size, "root": state.row.checkpoint_root,
    }  # fmt: skip
    assert [(step["event"], step["period_start"]) for step in inputs["approvals"]] == [("approved", "2024-01-01")]
    assert {link.name for link in approved.attachments(done.entry)} == {
        "quarterly-2024-Q1.html", "quarterly-2024-Q1.json", "quarterly-2024-Q1.inputs.json",
    }  # fmt: skip
    held = json.loads(done.files["json"].read_text())
    assert (held["status"], held["issued"], held["checkpoint"]["size"]) == ("approved", True, size)
    assert held["checkpoint"]["signing_key"]
    page = done.files["html"].read_text()
    assert f"Issued from checkpoint {size}" in page
    assert f"size {size} · root {state.row.checkpoint_root} · key {held['checkpoint']['signing_key']}" in page
    assert approved.verify().findings == []


@pytest.mark.thorough
def test_the_same_again_is_already_issued(approved, tmp_path):
    """Nothing is written, the kept bytes are given, and nobody needs a role for it; a further format is an issue."""
    first = as_(approved, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path / "1")
    size = approved.checkpoint().size
    approved.add_person("ann", "auditor")
    for at in (None, first.checkpoint_size):
        again = as_(approved, "ann").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path / "2", at=at)
        assert (again.already, again.entry) == (True, first.entry)
        assert again.files["json"].read_bytes() == first.files["json"].read_bytes()
    assert approved.checkpoint().size == size + 1
    more = as_(approved, "rob").issue_report(period=PERIOD, formats=("html",), folder=tmp_path / "3")
    assert not more.already
    old, new = approved.issued_reports()
    assert (old.state, old.reissued, new.state) == ("reissued", more.entry, "stands")


@pytest.mark.thorough
def test_a_draft_writes_nothing_and_is_told_from_what_is_issued(approved, tmp_path):
    """The same figures; the state of the period is printed, and not 'issued'."""
    size = approved.checkpoint().size
    draft = approved.report(period=PERIOD, formats=QUICK, folder=tmp_path / "draft")
    assert approved.checkpoint().size == size
    done = as_(approved, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path / "out")
    one, two = (json.loads(path.read_text()) for path in (draft["json"], done.files["json"]))
    assert (one["status"], one["issued"], two["issued"]) == ("approved", False, True)
    assert one["figures"] == two["figures"]


@pytest.mark.thorough
def test_figures_that_moved_are_told_and_not_issued(approved, tmp_path, energy):
    """Approved figures that a later row moves: the period is open again, and the earlier issue says so."""
    as_(approved, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path)
    late = energy.with_name("late.csv")
    late.write_text("\n".join(energy.read_text().splitlines()[:1]) + "\n9,LON,natural_gas,1000,kWh,2024-03-01,"
                    "2024-03-31,gross,measured\n")  # fmt: skip
    assert as_(approved, "pia").upload(late).status == "accepted"
    with pytest.raises(Refused, match="is open"):
        as_(approved, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path)
    (state,) = approved.issued_reports(PERIOD)
    assert state.state == "moved"
    moved = {one.measure: one.difference_kg for one in state.moved}
    assert moved["scope_1"] > 0
    assert "scope_2_location" not in moved
    assert approved.verify().findings == []


def test_a_restatement_supersedes_it(approved, tmp_path, energy):
    """Closed, late rows restated: the old report is superseded with the difference; the new one stands."""
    as_(approved, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path)
    as_(approved, "rob").close(PERIOD)
    late = energy.with_name("late.csv")
    late.write_text(energy.read_text().replace("5000", "5000.5").replace("\n2,", "\n22,").split("\n3,")[0] + "\n")
    assert as_(approved, "pia").upload(late).status == "accepted"
    assert approved.issued_reports()[0].state == "stands"
    as_(approved, "rob").restate(PERIOD, reason="late_data", note="a bill came late")
    (old,) = approved.issued_reports()
    assert (old.state, bool(old.restated)) == ("restated", True)
    assert {one.measure for one in old.moved} >= {"scope_1", "scope_2_location", "total_market"}
    again = as_(approved, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path)
    assert not again.already
    assert [state.state for state in approved.issued_reports()] == ["restated", "stands"]
    assert approved.verify().findings == []


@pytest.mark.thorough
def test_an_earlier_size_is_issued_only_where_nothing_moved(approved, tmp_path):
    """With --at the period must have been approved there, and say the same now."""
    size = approved.checkpoint().size
    with pytest.raises(Refused, match=f"is submitted at {size - 1}"):
        as_(approved, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path, at=size - 1)
    approved.add_person("ann", "auditor")
    done = as_(approved, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path, at=size)
    assert done.checkpoint_size == size < approved.checkpoint().size - 1
    assert approved.verify().findings == []


@pytest.mark.thorough
def test_a_stranger_and_an_unknown_format_are_refused(approved, tmp_path):
    """Before any document is made."""
    with pytest.raises(LedgerError):
        as_(approved, "nobody").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path)
    with pytest.raises(Misuse, match="there is no format 'docx'"):
        as_(approved, "rob").issue_report(period=PERIOD, formats=("docx",), folder=tmp_path)
    with pytest.raises(Misuse, match="there is no report 'annual'"):
        as_(approved, "rob").issue_report("annual", period=PERIOD, folder=tmp_path)


def test_the_commands(approved, tmp_path, monkeypatch):
    """Issue, again, and the list, in words and as JSON."""

    def ghg(*words):
        return in_process.ghg(*words, ledger=approved, GHG_ACTOR="rob")

    monkeypatch.chdir(tmp_path)

    assert "Nothing was issued" in ghg("report", "list").stdout
    first = ghg("report", "quarterly", "--period", PERIOD, "--issue", "--format", "json", "--reason", "to the board")
    assert (first.returncode, first.stdout.split(" as ")[0]) == (0, "issued")
    again = ghg("report", "quarterly", "--period", PERIOD, "--issue", "--format", "json")
    assert again.stdout.startswith("already issued as ")
    assert "stands" in ghg("report", "list").stdout
    (told,) = json.loads(ghg("report", "list", "--json").stdout)
    assert (told["period"], told["state"], told["name"], told["moved"]) == (PERIOD, "stands", "rob", [])
    assert told["reason"] == "to the board"
    assert ghg("report", "quarterly", "--period", PERIOD, "--reason", "nothing is handed out").returncode == 2
    assert ghg("report", "quarterly").returncode == 2


@pytest.mark.thorough
def test_the_pack_of_its_checkpoint_takes_the_issued_files(approved, tmp_path):
    """At the size that a report was issued from the pack holds its very bytes, and says so; else it makes its own."""
    done = as_(approved, "rob").issue_report(period=PERIOD, formats=QUICK, folder=tmp_path)
    made = approved.pack(PERIOD, tmp_path / "a.zip", at=done.checkpoint_size, formats=QUICK)
    assert made.issued
    assert verify_pack.verify(str(tmp_path / "a.zip")).faults == []
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.read("report/quarterly.json") == done.files["json"].read_bytes()
        note = json.loads(archive.read("issued.json"))
    assert note["entry"] == done.entry
    assert note["files"]["quarterly-2024-Q1.json"] == hashlib.sha256(done.files["json"].read_bytes()).hexdigest()
    assert not approved.pack(PERIOD, tmp_path / "b.zip", formats=QUICK).issued
