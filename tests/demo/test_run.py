"""The walk through the demo, from an empty folder to a verified report, and through it once more."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from ledger.book import Ledger
from ledger.demo.files import DemoFile, write_company
from ledger.demo.run import QUARTER, run_demo
from ledger.errors import Refused

sys.path.insert(0, str(Path(__file__).parent.parent / "docs"))
from in_process import ghg
from pages import ROOT, blocks, differs, steps

pytestmark = pytest.mark.slow


class Walked(NamedTuple):
    """A demo that was gone through: where, what it printed, which files the report has."""

    folder: Path
    printed: str
    report: dict[str, Path]


def walk(folder: Path) -> Walked:
    """Runs the demo and keeps what it prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        report = run_demo(folder)
    return Walked(folder, printed.getvalue(), report)


@pytest.fixture(scope="module")
def walked(tmp_path_factory) -> Walked:
    """The demo, gone through once."""
    return walk(tmp_path_factory.mktemp("walk") / "demo")


@pytest.fixture(scope="module")
def ledger(walked) -> Ledger:
    """The demo's ledger."""
    return Ledger(walked.folder / "ledger.duckdb")


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, DemoFile]:
    """The demo's files by name, written apart."""
    return {file.path.name: file for file in write_company(tmp_path_factory.mktemp("files"))}


def digests(report: dict[str, Path]) -> dict[str, str]:
    """SHA-256 of each file of a report."""
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in report.items()}


def test_report_in_every_format(walked):
    """The report lies there in the formats that this machine can make, and each path is printed."""
    assert set(walked.report) >= {"xlsx", "html", "json"}
    flat = walked.printed.replace("\n", "")
    for path in walked.report.values():
        assert path.stat().st_size > 0
        assert str(path) in flat


@pytest.mark.needs("pdf")
def test_report_as_pdf(walked):
    """Where the libraries are there, the report is a PDF too."""
    assert walked.report["pdf"].read_bytes().startswith(b"%PDF")


def test_every_row_is_recorded(ledger, files):
    """Each file but the faulty one is in the ledger already, with all of its rows."""
    for file in files.values():
        done = ledger.upload(file.path, file.kind, locale=file.locale)
        assert done.status == ("refused" if file.faulty else "already_recorded"), file.path.name
        assert file.faulty or done.rows == file.rows, file.path.name


def test_each_fault_is_found(ledger, files):
    """Each wrong row of the faulty file has a finding with its line, column and what to do."""
    file = files["40_late_bills_with_faults.csv"]
    done = ledger.upload(file.path, file.kind)
    errors = [finding for finding in done.findings if finding.severity == "error"]
    assert {finding.line for finding in errors} == set(range(2, file.rows + 2))
    assert len({finding.code for finding in errors}) >= 8
    assert all(finding.fix and finding.message for finding in errors)
    assert done.marked is not None
    assert done.marked.exists()


def test_both_quarters_have_every_measure(ledger):
    """Scope 1, both Scope 2 totals and Scope 3 are known for the quarter, the year before and the base year."""
    for period in (QUARTER, "2025-Q3", "2025"):
        figures = ledger.inventory(period)
        for name in ("scope_1", "scope_2_location", "scope_2_market", "scope_3", "biogenic_co2_kg"):
            assert getattr(figures, name) > 0, (period, name)
        assert {number for number, kg in figures.scope_3_categories.items() if kg} >= {1, 2, 3, 4, 5, 6, 7}
        assert figures.scope_2_market < figures.scope_2_location


def test_contracts_cover_their_place_and_market(ledger):
    """Certificates lower the British sites' market-based figure, the agreement that of Regensburg, and no other's."""
    rows = {row["facility"]: row for row in ledger.breakdown(QUARTER, "facility") if row["facility"]}
    lowered = {name for name, row in rows.items() if row["scope_2_market"] < row["scope_2_location"]}
    assert lowered == {"LON", "SHF", "REG"}


def test_gaps_are_named(ledger):
    """What has no factor is listed with its reason and its rows; none of it is a zero."""
    gaps = ledger.inventory(QUARTER).not_quantified
    assert {(gap.activity_type, gap.country, gap.reason) for gap in gaps} >= {("water_supply", "SG", "no_factor")}
    assert all(gap.rows > 0 and gap.reason for gap in gaps)


@pytest.mark.thorough
def test_a_second_walk_adds_nothing(walked, ledger):
    """Going through the demo again adds no batch and makes the same report to the byte."""
    size, before = ledger.checkpoint().size, digests(walked.report)
    again = walk(walked.folder)
    assert ledger.checkpoint().size == size
    assert digests(again.report) == before
    assert "already recorded" in again.printed


def test_another_demo_is_not_overwritten(walked, tmp_path):
    """Where a file of the folder was changed, the demo refuses to go on and says which."""
    copy = tmp_path / "copy"
    shutil.copytree(walked.folder, copy)
    changed = copy / "files" / "03_facility.csv"
    changed.write_text(changed.read_text(encoding="utf-8").replace("2400", "2401"), encoding="utf-8")
    before = changed.read_bytes()
    with pytest.raises(Refused, match=r"03_facility\.csv"):
        walk(copy)
    assert changed.read_bytes() == before


def test_a_figure_is_followed_to_its_lines(walked, ledger):
    """The trace of the quarter's location-based figure names files of the demo and lines that are in them."""
    size = ledger.checkpoint().size
    told = ledger.trace(f"{QUARTER}/operational_control/scope_2_location@{size}", limit=5).as_json()
    assert "10_site_energy.csv" in str(told) or "11_energie_deutschland.csv" in str(told)
    with (walked.folder / "files" / "10_site_energy.csv").open(encoding="utf-8", newline="") as file:
        assert sum(1 for _ in csv.reader(file)) == 375


def test_the_walk_of_one_row_is_that_of_this_company(walked, ledger):
    """docs/walk.md shows a line of its files, the entry it became, and what `ghg trace` answers of it."""
    page = ROOT / "docs" / "walk.md"
    shown = list(blocks(page))
    header, row = shown[0].text.splitlines()
    lines = (walked.folder / "files" / "10_site_energy.csv").read_text(encoding="utf-8").splitlines()
    assert (header, row) == (lines[0], lines[100])
    (step,) = [step for block in shown for step in steps(block)]
    entry = step.command.split()[-1]
    assert f"`{entry}`: batch {entry[1:].partition('-')[0]}" in page.read_text(encoding="utf-8")
    answer = ghg("trace", entry, ledger=ledger, GHG_ACTOR="")
    assert differs(step.answer, answer.stdout) is None, answer.stdout
    assert re.search(r"quantity_text: 24440\b", answer.stdout)
