"""Files of reports held against the ledger: one changed digit in any format is named, with what the ledger says."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from ledger import Ledger
from ledger.disclosure.checking.differences import _other_lines
from ledger.disclosure.figures.quarterly import quarterly_figures
from ledger.disclosure.quarterly.document import quarterly_document
from ledger.inventory import period
from ledger.store import session

PERIOD = "2024-Q1"
NAME = "quarterly-2024-Q1"
FORMATS = ("json", "xlsx", "html")


@pytest.fixture(scope="module")
def reports(_founded, tmp_path_factory) -> Ledger:
    """A quarter that was approved, drafted and issued; files in `draft` and `out` beside the ledger."""
    folder = tmp_path_factory.mktemp("checking")
    shutil.copytree(_founded, folder / "book")
    ledger = Ledger(folder / "book" / "ledger.duckdb", actor="anna")
    for name, role in (("pia", "preparer"), ("rob", "reviewer")):
        ledger.add_person(name, role)
    energy = folder / "energy.csv"
    energy.write_text(
        "external_id,facility_id,activity_type,quantity,unit,period_start,period_end,calorific_basis,data_basis\n"
        "1,LON,electricity_purchased,100000,kWh,2024-03-01,2024-03-31,,measured\n"
        "2,LON,natural_gas,5000,kWh,2024-03-01,2024-03-31,gross,measured\n"
        "3,SJC,electricity_purchased,20,MWh,2024-03-15,2024-04-14,,measured\n",
    )
    as_(ledger, "pia").upload(energy)
    as_(ledger, "pia").submit(PERIOD)
    as_(ledger, "rob").approve(PERIOD)
    ledger.report(period=PERIOD, formats=FORMATS, folder=folder / "draft")
    as_(ledger, "rob").issue_report(period=PERIOD, formats=FORMATS, folder=folder / "out")
    return ledger


def as_(ledger, name):
    return Ledger(ledger.path, actor=name)


def file(reports, folder, form) -> Path:
    return reports.path.parent.parent / folder / f"{NAME}.{form}"


@pytest.mark.parametrize("form", FORMATS)
def test_an_issued_file_and_a_draft_are_told_apart(reports, form):
    """Both are unchanged: one is on record, the other is made anew with the same bytes."""
    issued, draft = reports.check_reports(file(reports, "out", form), file(reports, "draft", form))
    assert (issued.verdict, issued.ok, issued.state) == ("issued", True, "stands")
    assert issued.entry == reports.issued_reports()[0].row.entry
    assert (draft.verdict, draft.ok, draft.entry) == ("draft", True, None)


def changed_digit(reports, folder, form, tmp_path) -> tuple[Path, str]:
    """A copy of a file with the first digit of a figure changed, and the figure's id."""
    content = file(reports, folder, form).read_bytes()
    size = json.loads(file(reports, folder, "json").read_text())["checkpoint"]["size"]
    figure = f"{PERIOD}/operational_control/scope_1@{size}"
    bad = tmp_path / f"bad.{form}"
    if form == "json":
        bad.write_bytes(_other_digit(content, rf'"{re.escape(figure)}": "(\d)'.encode()))
    elif form == "html":
        bad.write_bytes(_other_digit(content, rf'data-figure="{re.escape(figure)}"[^>]*>(?:<a[^>]*>)?(\d)'.encode()))
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(bad, "w", zipfile.ZIP_DEFLATED) as out:
            for name in archive.namelist():
                part = archive.read(name)
                if name == "xl/worksheets/sheet2.xml":
                    part = _other_digit(part, rb'<c r="B2"[^>]*>.*?<v>(\d)')
                out.writestr(name, part)
    return bad, figure


def _other_digit(content: bytes, pattern: bytes) -> bytes:
    found = re.search(pattern, content)
    place = found.start(1)
    return content[:place] + str((int(content[place : place + 1]) + 1) % 10).encode() + content[place + 1 :]


@pytest.mark.parametrize(
    ("folder", "form"),
    [pytest.param(folder, form, marks=[pytest.mark.thorough] * ((folder == "out") == (n % 2)))
     for folder in ("out", "draft") for n, form in enumerate(FORMATS)],
)  # fmt: skip
def test_one_changed_digit_is_named(reports, tmp_path, folder, form):
    """The figure by its id, what the file says and what the ledger says."""
    bad, figure = changed_digit(reports, folder, form, tmp_path)
    (told,) = reports.check_reports(bad)
    assert (told.verdict, told.ok) == ("changed", False)
    assert told.differences[0].figure == figure
    assert told.differences[0].said != told.differences[0].ledger
    assert re.sub(r"\D", "", told.differences[0].said)[1:] == re.sub(r"\D", "", told.differences[0].ledger)[1:]
    assert (told.entry is not None) == (folder == "out")


@pytest.mark.thorough
def test_every_table_cell_of_the_json_and_the_page_is_held_against_the_ledger(reports, tmp_path):
    """Any figure in the JSON, one after the other: each change is named by its own id."""
    document = json.loads(file(reports, "out", "json").read_text())
    known = [name for name, value in document["figures"].items() if value not in (None, "0")][::5]
    assert len(known) > 5
    for name in known:
        other = json.loads(json.dumps(document))
        other["figures"][name] = "9" + other["figures"][name]
        bad = tmp_path / "bad.json"
        bad.write_text(json.dumps(other, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
        (told,) = reports.check_reports(bad)
        assert [one.figure for one in told.differences] == [name]


def test_what_is_no_figure_is_told_by_its_place(reports, tmp_path):
    """A word, a formula and a style that were changed: where it is, and that it is no figure."""
    page = file(reports, "out", "html").read_text()
    (tmp_path / "word.html").write_text(page.replace("Acme", "Acne"))
    (tmp_path / "style.html").write_text(page.replace("#14694e", "#14694f", 1))
    with zipfile.ZipFile(file(reports, "out", "xlsx")) as archive, zipfile.ZipFile(tmp_path / "f.xlsx", "w") as out:
        for name in archive.namelist():
            part = archive.read(name)
            if name == "xl/worksheets/sheet2.xml":
                assert part.count(b"p_kg") > 2
                part = part.replace(b"p_kg", b"p_kwh", 1)
            out.writestr(name, part)
    told = reports.check_reports(tmp_path / "word.html", tmp_path / "style.html", tmp_path / "f.xlsx")
    assert [one.verdict for one in told] == ["changed"] * 3
    assert "Acne" in told[0].differences[0].said
    assert told[2].differences[0].where == "xl/worksheets/sheet2.xml"


def test_a_false_claim_to_be_issued_is_told(reports, tmp_path):
    """Bytes that the ledger would make for an issue that nobody made."""
    with session(reports.path) as s:
        figures = quarterly_figures(s, period(PERIOD), issued=True, with_postings=False)
    bad = tmp_path / "claimed.json"
    bad.write_bytes(quarterly_document(figures).made(("json",))["json"])
    (told,) = reports.check_reports(bad)
    assert (told.verdict, told.ok) == ("unrecorded", False)


def test_another_ledgers_report_and_other_files_are_foreign(reports, tmp_path):
    """A root that this ledger never had, a later size, a text, an empty file."""
    document = json.loads(file(reports, "out", "json").read_text())
    other = document | {"checkpoint": document["checkpoint"] | {"root": "0" * 64}}
    later = document | {"checkpoint": document["checkpoint"] | {"size": 999}}
    files = [tmp_path / name for name in ("other.json", "later.json", "text.txt", "empty", "cut.pdf", "bad.xlsx")]
    for path, content in zip(files, (json.dumps(other), json.dumps(later), "hello", "", "%PDF-1.7", "PK"), strict=True):
        path.write_text(content)
    told = reports.check_reports(*files)
    assert {one.verdict for one in told} == {"foreign"}
    assert "root" in told[0].words
    assert "size 999" in told[1].words


def test_a_report_of_another_version_is_judged_by_its_figures(reports, tmp_path):
    """Its bytes cannot be made again; its figures can be compared, and one that differs is named."""
    document = json.loads(file(reports, "draft", "json").read_text()) | {"software_version": "0.0.9"}
    old = tmp_path / "old.json"
    old.write_text(json.dumps(document))
    (told,) = reports.check_reports(old)
    assert (told.verdict, told.ok) == ("other_version", False)
    figure = next(name for name, value in document["figures"].items() if value)
    document["figures"][figure] = "1"
    old.write_text(json.dumps(document))
    (told,) = reports.check_reports(old)
    assert (told.verdict, told.differences[0].figure) == ("changed", figure)


@pytest.mark.needs("pdf")
@pytest.mark.thorough
def test_one_digit_in_a_pdf_is_named(reports, tmp_path):
    """A PDF that is made of one other figure: the figure is named in its table, and again in the annex."""
    with session(reports.path) as s:
        figures = quarterly_figures(s, period(PERIOD), with_postings=False)
    own = figures.current.checkpoint.size
    now = figures.current
    other = replace(figures, current=replace(now, scope_2_location=now.scope_2_location + Decimal(100)))
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(quarterly_document(figures).made(("pdf",))["pdf"])
    bad.write_bytes(quarterly_document(other).made(("pdf",), "letter")["pdf"])
    fine, told = reports.check_reports(good, bad)
    assert fine.verdict == "draft"
    assert told.verdict == "changed"
    figure = f"{PERIOD}/operational_control/scope_2_location@{own}"
    places = [one.where for one in told.differences if one.figure == figure]
    assert len(places) >= 2
    (annex,) = [one for one in told.differences if one.figure == figure and "@" in one.said]
    assert annex.said.split()[0] != annex.ledger.split()[0]


@pytest.mark.thorough
def test_the_command(reports, tmp_path):
    """Exit 0 for what is ours and unchanged, 1 where anything is not, 2 without a file."""
    import subprocess
    import sys

    def ghg(*words):
        return report("quarterly", *words)

    def report(*words):
        command = [sys.executable, "-m", "ledger.cli", "report", *map(str, words)]
        command += ["--ledger", str(reports.path), "--actor", "rob"]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    done = ghg("--check", file(reports, "out", "json"), file(reports, "out", "html"))
    assert done.returncode == 0
    assert done.stdout.count("and unchanged; its figures stand") == 2
    bad, figure = changed_digit(reports, "out", "json", tmp_path)
    done = ghg("--check", bad)
    assert done.returncode == 1
    assert figure in done.stdout
    assert "the ledger: " in done.stdout
    assert json.loads(ghg("--check", bad, "--json").stdout)[0]["differences"][0]["figure"] == figure
    assert report("--check", bad).returncode == 1
    done = report("--check", file(reports, "out", "json"), file(reports, "out", "html"))
    assert (done.returncode, done.stdout.count("and unchanged")) == (0, 2), done.stderr
    assert "absent.pdf is not there" in report("--check", "absent.pdf").stderr
    assert ghg("--check").returncode == 2
    assert ghg(bad).returncode == 2


def test_a_line_more_on_a_page_makes_no_others_of_those_below():
    """The lines of a page are matched, so that one more is one difference, and a changed one is told beside its own."""
    held = ["Scope 1 0.9", "Scope 2 22.8", "Scope 3 7.0"]
    assert list(_other_lines(["A note", *held], held)) == [("A note", "(nothing)")]
    assert list(_other_lines([*held[:1], "Scope 2 22.9", held[2]], held)) == [("Scope 2 22.9", "Scope 2 22.8")]
