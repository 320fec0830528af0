"""The pages followed to the letter: each command of a page is run in its order, and answers as the page says."""

from __future__ import annotations

import re
import sys
from contextlib import chdir
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from followed import walk
from pages import ROOT, blocks, calls, differs

DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def started(tmp_path_factory):
    """The folder in which docs/start.md was followed from its second step on, and the commands that were run."""
    folder = tmp_path_factory.mktemp("start")
    with chdir(folder):
        return folder, walk(list(blocks(DOCS / "start.md")))


def test_start_ends_as_it_says(started):
    """From an empty folder to a report, a trace and a kept checkpoint, each answer as the page has it."""
    folder, done = started
    assert len(done) >= 10
    assert sum(bool(step.answer) for step in done) == len(done)
    for suffix in ("pdf", "xlsx", "html", "json"):
        assert (folder / "reports" / f"quarterly-2026-Q3.{suffix}").stat().st_size > 1000


def test_the_operators_page_ends_as_it_says(started):
    """A snapshot of that ledger, a look at its health, the copy restored and verified by the kept checkpoint."""
    folder, _ = started
    shown = [block for block in blocks(DOCS / "operating.md") if block.text.startswith("$ ")]
    with chdir(folder):
        done = walk(shown)
    assert [next(calls(step.command))[0] for step in done] == ["snapshot", "doctor", "restore", "verify"]


def test_ten_tasks_end_as_they_say(started):
    """Correction, factor, certificate, trace, close, restatement, audit, training run, schedule and backup, as told."""
    folder, _ = started
    with chdir(folder):
        done = walk(list(blocks(DOCS / "tasks.md")))
    assert all(step.answer for step in done)
    heads = re.findall(r"^## (\d+)\.", (DOCS / "tasks.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert heads == [str(number) for number in range(1, 11)]


@pytest.mark.needs("pdf")
def test_the_python_of_the_page_of_reports_runs(started, capsys, monkeypatch):
    """A report in German as files, and the figures of a statement, from the ledger that docs/start.md made."""
    monkeypatch.setattr("ledger.disclosure.documents.pdf.laid_out", str.encode)
    (block,) = (block for block in blocks(DOCS / "reports.md") if block.language == "python")
    folder, _ = started
    with chdir(folder):
        exec(compile(block.text, "reports.md", "exec"), {})  # noqa: S102 — our own page
    assert (folder / "reports" / "quarterly-2026-Q3.xlsx").stat().st_size > 1000


@pytest.fixture(scope="module")
def company(tmp_path_factory):
    """A folder with the files of the worked company where `make demo` leaves them."""
    from ledger.demo.files import write_company

    folder = tmp_path_factory.mktemp("readme")
    (folder / "demo" / "files").mkdir(parents=True)
    write_company(folder / "demo" / "files")
    return folder


def test_the_commands_of_the_readme_run(company, monkeypatch):
    """The five commands make a ledger with figures, and a report (its PDF is laid out for real by docs/start.md)."""
    monkeypatch.setattr("ledger.disclosure.documents.pdf.laid_out", str.encode)
    block = next(block for block in blocks(ROOT / "README.md") if block.text.startswith("ghg init"))
    with chdir(company):
        done = walk([block])
    assert len(done) == 5
    assert (company / "my-reports" / "quarterly-2026-Q3.pdf").exists()


def test_the_python_of_the_readme_runs(company, capsys):
    """The few lines of Python take the files in and print the figures, both methods of Scope 2 beside each other."""
    block = next(block for block in blocks(ROOT / "README.md") if block.language == "python")
    with chdir(company):
        exec(compile(block.text, "README.md", "exec"), {})  # noqa: S102 — our own page
    said = capsys.readouterr().out
    assert said.split()[:3] == ["accepted"] * 3
    assert "Inventory 2026-Q3" in said
    (row,) = (line for line in said.splitlines() if "Scope 2" in line)
    assert [float(kg.replace("\u202f", "")) > 0 for kg in row.split()[-2:]] == [True, True]


def test_a_wrong_answer_on_a_page_is_told():
    """Another digit, a line too many and one too few are seen; digests, times and line ends make no difference."""
    said = "a total 29.6 t, root 0123456789abcdef\n  and the rest\nnext: ghg trace"
    assert differs(("a total 29.6 t, root fedcba9876543210", "…", "next: ghg trace"), said) is None
    assert differs(("a total 29.6 t,", "root abcdef00 and the", "rest next: ghg trace"), said) is None
    assert differs(("12.5 kg, 31306869560 kg",), "12.5 kg, 31306869561 kg"), "a number is no digest"
    for wrong in (("a total 29.7 t,", "…"), ("…", "next: ghg verify"), ("a total 29.6 t,",), ("and the rest", "…")):
        assert differs(wrong, said), wrong
