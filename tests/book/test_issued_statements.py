"""Statements that are handed out: with their texts on record, recomputed by verify, and known again by their bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import duckdb
import pytest

from ledger.book import Ledger
from ledger.errors import Misuse, Refused
from ledger.store.evidence import evidence_folder

ROWS = """activity_type,quantity,unit,period_start,period_end,country
electricity_purchased,100000,kWh,2024-01-01,2024-01-31,GB
natural_gas,50000,kWh,2024-02-01,2024-02-29,GB
"""


@pytest.fixture
def ledger(made_once, tmp_path: Path) -> Ledger:
    """A copy of that ledger, as who approved."""
    return Ledger(made_once(approved, tmp_path / "book") / "l.duckdb", actor="ben")


def approved(folder: Path) -> None:
    """A ledger with a year that one person entered, and another approved."""
    made = Ledger.init(folder / "l.duckdb", organisation="Small", actor="ann", datasets=("desnz-2024", "ipcc-gwp"))
    file = folder / "a.csv"
    file.write_text(ROWS.replace("2024-02-29,GB", "2024-02-29,GB"))
    made.upload(file)
    made.add_person("ben", "reviewer")
    made.submit("2024")
    Ledger(made.path, actor="ben").approve("2024")


def texts(folder: Path, words: str) -> Path:
    file = folder / "disclosure.toml"
    file.write_text(f'policies = "{words}"\nnone = ["credits"]\n')
    return file


def test_a_statement_is_issued_with_its_texts(ledger: Ledger, tmp_path: Path):
    """Its files, inputs and texts are kept; verify makes its figures again; the same again is given from evidence."""
    narrative = texts(tmp_path, "We have one.")
    done = ledger.issue_report(
        "iso-14064-1", period="2024", formats=("html",), folder=tmp_path / "out", narrative=narrative
    )
    assert not done.already
    kept = json.loads((evidence_folder(ledger.path) / _inputs(ledger)).read_bytes())
    assert kept["rule_set"] == ["iso-14064-1 2018"]
    words = evidence_folder(ledger.path) / kept["narrative_sha256"]
    assert json.loads(words.read_bytes()) == {"none": ["credits"], "texts": {"policies": "We have one."}}
    found = ledger.verify()
    assert found.ok, [finding.message for finding in found.findings]
    size = ledger.checkpoint().size
    again = ledger.issue_report(
        "iso-14064-1", period="2024", formats=("html",), folder=tmp_path / "again", narrative=narrative
    )
    assert (again.already, again.entry, ledger.checkpoint().size) == (True, done.entry, size)
    assert (tmp_path / "again" / "iso-14064-1-2024.html").read_bytes() == done.files["html"].read_bytes()
    assert [state.row.report for state in ledger.issued_reports()] == ["iso-14064-1"]


def _inputs(ledger: Ledger) -> str:
    with duckdb.connect(str(ledger.path), read_only=True) as con:
        return str(con.execute("select inputs_sha256 from issued_report").fetchone()[0])


@pytest.mark.thorough
def test_other_texts_are_another_issue(ledger: Ledger, tmp_path: Path):
    """What people say is part of what was handed out."""
    ask = {"period": "2024", "formats": ("json",), "folder": tmp_path / "out"}
    first = ledger.issue_report("ghg-protocol", narrative=texts(tmp_path, "One."), **ask)
    second = ledger.issue_report("ghg-protocol", narrative=texts(tmp_path, "Another."), **ask)
    assert not second.already
    assert second.entry != first.entry
    third = ledger.issue_report("ghg-protocol", narrative=texts(tmp_path, "A third."), at=second.checkpoint_size, **ask)
    assert (third.already, third.checkpoint_size) == (False, second.checkpoint_size)
    assert json.loads(third.files["json"].read_bytes())["texts"]["policies"] == "A third."
    again = ledger.issue_report("ghg-protocol", narrative=texts(tmp_path, "A third."), at=third.checkpoint_size, **ask)
    assert (again.already, again.entry) == (True, third.entry)
    assert ledger.verify().ok


def test_texts_are_refused_where_none_are_printed(ledger: Ledger, tmp_path: Path):
    """The quarterly report holds no texts of people: they are not taken and dropped."""
    given = {"period": "2024", "folder": tmp_path / "out", "narrative": texts(tmp_path, "We have one.")}
    for make in (ledger.report, ledger.issue_report):
        with pytest.raises(Misuse, match="no texts of people"):
            make("quarterly", **given)
    assert not (tmp_path / "out").exists()


@pytest.mark.thorough
def test_a_format_in_capitals_is_the_same_document(ledger: Ledger, tmp_path: Path):
    """XLSX holds every posting that xlsx holds."""
    made = [
        ledger.report(kind, period="2024", formats=(form,), folder=tmp_path / form)["xlsx"].read_bytes()
        for kind in ("quarterly", "ghg-protocol")
        for form in ("xlsx", "XLSX")
    ]
    assert made[0] == made[1]
    assert made[2] == made[3]


@pytest.mark.thorough
def test_an_issued_statement_is_known_by_its_bytes(ledger: Ledger, tmp_path: Path):
    """Its file is told as issued; with one digit changed it is not."""
    done = ledger.issue_report("ifrs-s2", period="2024", formats=("json",), folder=tmp_path)
    (told,) = ledger.check_reports(done.files["json"], kind="ifrs-s2")
    assert (told.verdict, told.entry) == ("issued", done.entry)
    changed = tmp_path / "changed.json"
    changed.write_bytes(done.files["json"].read_bytes().replace(b"20705", b"20706"))
    (told,) = ledger.check_reports(changed, kind="ifrs-s2")
    assert not told.ok


@pytest.mark.thorough
def test_a_statement_that_was_not_issued_is_held_against_one_made_again(ledger: Ledger, tmp_path: Path):
    """Each format names its kind, language and texts itself; a changed figure is named, in the file and as it is.

    The texts are those given, those in the JSON itself, or none; where the file names others, nothing is claimed of it.
    """
    narrative = texts(tmp_path, "Wir haben eine.")
    ask = {"period": "2024", "formats": ("json", "html", "xlsx"), "language": "de"}
    made = ledger.report("ghg-protocol", folder=tmp_path / "told", narrative=narrative, **ask)
    told = ledger.check_reports(*made.values(), narrative=narrative)
    assert [(one.verdict, one.claimed.kind, one.claimed.language) for one in told] == [
        ("draft", "ghg-protocol", "de")
    ] * 3, [one.words for one in told]
    told = {one.claimed.form: one.verdict for one in ledger.check_reports(*made.values())}
    assert told == {"json": "draft", "html": "untold", "xlsx": "untold"}
    (told,) = ledger.check_reports(made["html"], kind="quarterly")
    assert (told.verdict, "'ghg-protocol', not 'quarterly'" in told.words) == ("foreign", True)
    page = made["html"].read_text()
    assert page.count(">20,7<") > 1
    bad = tmp_path / "changed.html"
    bad.write_text(page.replace(">20,7<", ">20,8<", 1))
    (told,) = ledger.check_reports(bad, narrative=narrative)
    figure = f"2024/operational_control/scope_2_location@{ledger.checkpoint().size}"
    assert [(one.figure, one.said, one.ledger) for one in told.differences] == [(figure, "20,8", "20,7")]
    (told,) = ledger.check_reports(ledger.report("ifrs-s2", folder=tmp_path / "none", **ask)["xlsx"])
    assert (told.verdict, told.claimed.kind) == ("draft", "ifrs-s2")


@pytest.mark.thorough
def test_a_figure_changed_in_the_kept_statement_is_told(ledger: Ledger, tmp_path: Path):
    """Whoever changes the kept JSON and its digests in the row is told by the figures that the rows give."""
    done = ledger.issue_report("iso-14064-1", period="2024", formats=("json",), folder=tmp_path)
    content = done.files["json"].read_bytes()
    other = content.replace(b"20705", b"20706")
    assert other != content
    digest = hashlib.sha256(other).hexdigest()
    (evidence_folder(ledger.path) / digest).write_bytes(other)
    old = hashlib.sha256(content).hexdigest()
    with duckdb.connect(str(ledger.path)) as con:
        for table in ("issued_report", "evidence"):
            con.execute(f"drop trigger {table}_no_update on {table}")
        con.execute("update issued_report set files = replace(files, ?, ?)", [old, digest])
        con.execute("update evidence set sha256 = ? where sha256 = ?", [digest, old])
    codes = {finding.code for finding in ledger.verify().findings}
    assert "report-figures" in codes
    assert "entry-changed" in codes


def test_an_open_period_is_not_handed_out(ledger: Ledger, tmp_path: Path):
    """A statement needs an approved period as the quarterly report does."""
    with pytest.raises(Refused, match="only an approved period is issued"):
        ledger.issue_report("iso-14064-1", period="2023", folder=tmp_path)
