"""The walk through the demo company: from its files to its report, each step printed, with what to look at next."""

from __future__ import annotations

import filecmp
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from ledger import terminal
from ledger.book import Ledger
from ledger.demo.company import BASE_YEAR, NAME, REVIEWER
from ledger.demo.files import DemoFile, write_company
from ledger.errors import LedgerError, Refused
from ledger.plain import plain

if TYPE_CHECKING:
    from rich.console import Console

    from ledger.assurance.tracing.trace import TraceLine
    from ledger.inventory import Inventory

QUARTER, YEAR_BEFORE = "2026-Q3", "2025-Q3"
WIDE = 110  # columns from which there is room for what each file holds
FORMATS = ("pdf", "xlsx", "html", "json")
MEASURES = (
    ("Scope 1", "scope_1"),
    ("Scope 2, location-based", "scope_2_location"),
    ("Scope 2, market-based", "scope_2_market"),
    ("Scope 3", "scope_3"),
    ("Total, location-based", "total_location"),
    ("Total, market-based", "total_market"),
)

TITLES = {name: title for title, name in MEASURES}


def run_demo(folder: Path) -> dict[str, Path]:
    """Makes the demo in a folder, or goes through it once more where it is there; gives the report's files.

    A second run uploads the same bytes, which the ledger has, and makes the same report. Raises Refused where
    the folder holds something else.
    """
    out = terminal.console()
    out.print(Text(f"{NAME}: a worked company, all of it invented", style="bold"))
    ledger_file = folder / "ledger.duckdb"
    with _step(out, 1, "The files, as its teams keep them"):
        files = _company_files(folder / "files", known=ledger_file.exists())
        rows = terminal.grouped(sum(file.rows for file in files))
        out.print(f"{len(files)} files with {rows} rows in {folder / 'files'}")
    with _step(out, 2, "A ledger with the shipped emission factors"):
        ledger = _ledger(out, ledger_file)
    first = [file for file in files if not file.late]
    with _step(out, 3, "Upload: every cell is checked, then all of a file is recorded or nothing"):
        _upload_all(out, ledger, first)
    with _step(out, 4, "Calculate: decide every factor anew, allot certificates to consumption"):
        written = ledger.calculate(reason="demo")
        out.print(", ".join(f"{name.replace('_', ' ')} {terminal.grouped(n)}" for name, n in written.counts.items()))
    with _step(out, 5, f"The base year {BASE_YEAR}: approved by somebody else, closed; then a bill turns up"):
        _close_base_year(out, ledger, [file for file in files if file.late])
    with _step(out, 6, f"The quarter {QUARTER} beside {YEAR_BEFORE}"):
        now, before = ledger.inventory(QUARTER), ledger.inventory(YEAR_BEFORE)
        _print_quarters(out, now, before)
    with _step(out, 7, "The quarterly report"):
        report = _reports(out, ledger, folder / "reports")
    figure = f"{QUARTER}/{now.view}/scope_2_location@{now.checkpoint.size}"
    with _step(out, 8, "A figure of it, followed back to its files and lines"):
        line = _print_trace(out, ledger, figure)
    with _step(out, 9, "Verify: every digest and every posting recomputed"):
        terminal.print_verification(ledger.verify())
    _print_next(out, folder, figure, report, line)
    return report


@contextmanager
def _step(out: Console, number: int, title: str) -> Iterator[None]:
    """A heading above the step and the seconds it took below."""
    out.print()
    out.rule(Text(f"{number}  {title}", style="bold"), align="left", style="dim")
    start = time.perf_counter()
    yield
    out.print(f"{time.perf_counter() - start:.1f} s", style="dim")


def _company_files(folder: Path, *, known: bool) -> list[DemoFile]:
    """The files, written; where a ledger has them already they must still be the same."""
    if known:
        with tempfile.TemporaryDirectory() as fresh:
            names = [file.path.name for file in write_company(Path(fresh))]
            _, changed, missing = filecmp.cmpfiles(fresh, folder, names, shallow=False)
        if changed or missing:
            raise Refused(
                f"{folder} differs from the files of this demo: {', '.join(sorted(changed + missing))}",
                "name a new folder for the demo",
            )
    return write_company(folder)


def _ledger(out: Console, path: Path) -> Ledger:
    """The demo's ledger: opened where it is there, else made; its person is whoever runs the demo."""
    if path.exists():
        out.print(f"{path} is there already and is used as it is")
        return Ledger(path)
    ledger = Ledger.init(path, organisation=NAME, base_year=BASE_YEAR)
    out.print(f"{path}: {ledger.checkpoint().size} batches, base year {BASE_YEAR}, GWP set AR6")
    return ledger


def _upload_all(out: Console, ledger: Ledger, files: list[DemoFile]) -> None:
    """A line for each file; the faulty one is shown with its findings and handed back marked."""
    counted = (("rows", True), ("postings", True), ("no result", True), ("findings", True), ("", False))
    told = (("what it holds", False),) if out.width >= WIDE else ()
    table = terminal.ruled_table(("file", False), *told, *counted)
    table.columns[-1].no_wrap = True
    refused = None
    for file in files:
        with out.status(f"checking and recording {file.path.name}"):
            done = ledger.upload(file.path, file.kind, locale=file.locale)
        if done.status == "refused":
            refused = done
        found = sum(1 for finding in done.findings if finding.severity != "info") + sum(done.more_findings.values())
        counts = [terminal.grouped(n) if n else "" for n in (done.posted, done.not_quantified, found)]
        verdict = f"batch {done.batch}" if done.status == "accepted" else done.status.replace("_", " ")
        about = (file.about,) if told else ()
        table.add_row(file.path.name, *about, terminal.grouped(file.rows), *counts, verdict)
        if (done.status == "refused") != file.faulty:
            terminal.print_upload(done)
            raise Refused(f"{file.path.name} was {done.status}", "the demo is broken; tell its makers the above")
    out.print(table)
    if refused is not None:
        out.print()
        out.print(Text(f"{refused.source_name} was refused, and nothing of it recorded:", style="bold"))
        terminal.print_findings(out, refused.findings, refused.more_findings)
        if refused.marked is not None:
            out.print(f"Handed back with the cells marked: {refused.marked}")


def _close_base_year(out: Console, ledger: Ledger, late: list[DemoFile]) -> None:
    """The base year taken through its steps by two people; a late bill counts only once the year is restated."""
    year = str(BASE_YEAR)
    reviewer = Ledger(ledger.path, actor=REVIEWER)
    if not ledger.status(year):
        ledger.add_person(REVIEWER, "reviewer")
        ledger.submit(year)
        reviewer.approve(year)
        reviewer.close(year)
        for file in late:
            ledger.upload(file.path, file.kind)
        waiting = ledger.inventory(year).received_after_close
        if waiting is not None and waiting.scope_1 is not None:
            out.print(f"received after close, in no figure yet: {terminal.tonnes(waiting.scope_1)} t of Scope 1")
        reviewer.restate(year, reason="late_data", note="a gas bill of December turned up")
    state = ledger.status(year)[0]
    out.print(f"{year} is {state.state}; its figures' SHA-256 begins {(state.figures_sha256 or '')[:12]}")
    for told in ledger.restatements(year):
        for line in told.lines:
            if line.measure in ("scope_1", "scope_3") and line.difference_kg:
                before, after = terminal.tonnes(line.old_kg), terminal.tonnes(line.new_kg)
                out.print(f"{TITLES[line.measure]}: stated {before} t, restated {after} t ({told.note})")


def _print_quarters(out: Console, now: Inventory, before: Inventory) -> None:
    """The measures of both quarters in tonnes, and what has changed in percent."""
    table = terminal.ruled_table(("t CO₂e", False), (QUARTER, True), (YEAR_BEFORE, True), ("change", True))
    for title, name in MEASURES:
        values = getattr(now, name), getattr(before, name)
        table.add_row(
            title, *map(terminal.tonnes, values), _change(*values), style="bold" if name.startswith("total") else None
        )
    out.print(table)
    out.print("Location-based and market-based figures are not added.", style="dim")
    if now.not_quantified:
        rows = sum(gap.rows for gap in now.not_quantified)
        out.print(f"{rows} lines have no result and are named in the report, with the reason; none counts as zero.")


def _change(now: Decimal | None, before: Decimal | None) -> str:
    """The change in percent with its sign; a dash where either is unknown or there was nothing before."""
    if now is None or not before:
        return "—"
    percent = (now - before) * 100 / before
    return f"{percent:+.1f} %".replace("-", "\u2212")


def _reports(out: Console, ledger: Ledger, folder: Path) -> dict[str, Path]:
    """The report in every format; without the PDF, and saying why, where this machine cannot make one."""
    try:
        written = ledger.report("quarterly", period=QUARTER, formats=FORMATS, folder=folder)
    except LedgerError as fault:
        out.print(Text("no PDF here: ", style="bold").append(str(fault)), f"→ {fault.fix}")
        written = ledger.report("quarterly", period=QUARTER, formats=FORMATS[1:], folder=folder)
    for path in written.values():
        out.print(f"{path}  ({terminal.grouped(path.stat().st_size / Decimal(1000))} kB)")
    return written


def _print_trace(out: Console, ledger: Ledger, figure: str) -> TraceLine:
    """The three largest lines of a figure, as `ghg trace` tells them; gives the largest."""
    from ledger.assurance.tracing.trace import rendered

    found = ledger.trace(figure, limit=3)
    out.print(f"$ ghg trace {figure} --limit 3", style="dim")
    out.print(rendered(found))
    return found.lines[0]


def _print_next(out: Console, folder: Path, figure: str, report: dict[str, Path], line: TraceLine) -> None:
    """What to look at, and commands to try that work as they stand."""
    misread = plain(Decimal(line.details["quantity"]) - 90)
    correct = f"ghg correct {line.details['entry']} --set quantity={misread} --reason meter --note 'read again'"
    steps = [
        ("the report", str(report.get("pdf") or report["html"])),
        ("its figures, each with its formula", str(report["xlsx"])),
        ("the file handed back", str(folder / "files" / "40_late_bills_with_faults.marked.xlsx")),
        ("this ledger, in your shell", f"export GHG_LEDGER={folder / 'ledger.duckdb'}"),
        ("the same facts under every view", f"ghg views --period {QUARTER}"),
        ("how sure each figure is", f"ghg uncertainty --period {QUARTER} --by category"),
        ("what every kWh rests on", f"ghg instruments --period {QUARTER} --by facility"),
        ("what is missing or odd", f"ghg completeness --period {QUARTER}"),
        ("all of it, for a stranger", f"ghg pack --period {QUARTER} -o evidence.zip"),
        ("what comes from where", f"ghg inventory --period {QUARTER} --by facility"),
        ("a figure to its lines", f"ghg trace {figure}"),
        ("put a cell right", correct),
        ("and allot its certificates again", "ghg calculate"),
        ("nothing was changed since", "ghg verify"),
        ("your own ledger", "ghg init --help"),
    ]
    if shutil.which("ghg") is None:
        steps.insert(3, ("the command, in your shell", f"source {Path(sys.executable).parent / 'activate'}"))
    out.print()
    out.rule(Text("What to look at next", style="bold"), align="left", style="dim")
    for what, how in steps:
        out.print(Text(f"{what:<36}", style="dim"), how, soft_wrap=True)
