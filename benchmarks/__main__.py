"""Measures all that has a limit, beside bare DuckDB and other ways to the same figures; tables on standard output."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.curves import Curve, growth_svg
from benchmarks.files import KINDS, activity_file
from benchmarks.machine import machine
from benchmarks.rivals import beancount_load, team_script
from benchmarks.sheets import workbook_of
from benchmarks.tables import Results, printed
from benchmarks.timing import Measured, in_a_process
from benchmarks.works import GATE_ROWS, WORKBOOK_ROWS, missed

SIZES = [10_000, 100_000, GATE_ROWS]
PAGE_ROWS = GATE_ROWS
BEANCOUNT_ROWS = 100_000


def compared(file: Path, *, with_pages: bool = False, sheet: Path | None = None) -> Measured:
    """Bare before and after ours, the shorter of the two counting, so that a busy moment flatters nobody."""
    before = in_a_process("benchmarks.bare", file)
    sheets = () if sheet is None else (sheet,)
    ours = in_a_process("benchmarks.ours", file, "pages" if with_pages else "no-pages", *sheets)
    after = in_a_process("benchmarks.bare", file)
    bare = {"bare": "seconds", "bare processor": "processor"}
    return ours | {name: min(before[key], after[key]) for name, key in bare.items()}


def measured(options: argparse.Namespace, folder: Path) -> Results:
    """Every measurement that the options ask for, one after the other, each in a process of its own."""
    results = Results()
    sheet = folder / "factors.xlsx"
    for rows in sorted(options.rows):
        for kind in options.kinds:
            _say(f"{kind}, {rows:,} rows")
            file = activity_file(folder, kind, rows)
            results.files[kind, rows] = compared(
                file, with_pages=rows >= PAGE_ROWS and kind == "mixed", sheet=sheet if kind == "mixed" else None
            )
        if "mixed" in options.kinds and not options.alone:
            _measure_rivals(results, options, folder, rows)
    if not options.files_only:
        _say(f"workbook, {WORKBOOK_ROWS:,} rows")
        workbook = workbook_of(activity_file(folder, "mixed", WORKBOOK_ROWS))
        results.workbook = in_a_process("benchmarks.workbook", workbook)
        _say("PDF of the demo's company")
        results.document = in_a_process("benchmarks.document")
    return results


def _measure_rivals(results: Results, options: argparse.Namespace, folder: Path, rows: int) -> None:
    """The script over the same file, and beancount over as many postings where a book of that size is asked for."""
    ours = results.files["mixed", rows]
    _say(f"pandas + openpyxl, {rows:,} rows")
    file = activity_file(folder, "mixed", rows)
    results.script[rows] = team_script(file, folder / "factors.xlsx", ours, options.limit)
    if rows <= options.beancount_rows:
        postings = int(ours["posted"])
        _say(f"beancount, {postings:,} postings")
        results.beancount[rows] = beancount_load(folder, postings, options.limit)


def curves(results: Results) -> list[Curve]:
    """Seconds by rows of the mixed file, for each way."""
    held = [(rows, results.files["mixed", rows]) for rows in results.sizes() if ("mixed", rows) in results.files]
    bare = tuple((rows, one["bare"]) for rows, one in held)
    ours = tuple((rows, one["upload"] + one["inventory"]) for rows, one in held)
    made = [Curve("bare DuckDB", bare), Curve("ghg-ledger", ours)]
    for name, told in (("pandas + openpyxl", results.script), ("beancount", results.beancount)):
        made.append(Curve(name, tuple((rows, one.seconds) for rows, one in sorted(told.items()) if one.seconds)))
    return made


def as_json(results: Results) -> str:
    """All measurements with the machine, for who wants to compute with them."""
    files = [{"kind": kind, "rows": rows} | one for (kind, rows), one in results.files.items()]
    rivals = {
        name: {str(rows): asdict(one) for rows, one in told.items()}
        for name, told in (("pandas", results.script), ("beancount", results.beancount))
    }
    told = {"machine": machine(), "files": files, "rivals": rivals,
            "workbook": results.workbook, "document": results.document}  # fmt: skip
    return json.dumps(told, indent=1) + "\n"


def _say(what: str) -> None:
    print(f"{what} …", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES, help="rows of the files")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--folder", type=Path, help="where files are made and kept; else a temporary folder")
    parser.add_argument("--json", type=Path, help="where to write the measurements")
    parser.add_argument("--chart", type=Path, help="where to draw how seconds grow with rows (SVG)")
    parser.add_argument("--alone", action="store_true", help="leave out what the ledger is compared with but DuckDB")
    parser.add_argument("--files-only", action="store_true", help="leave out the workbook and the document")
    parser.add_argument("--beancount-rows", type=int, default=BEANCOUNT_ROWS, help="largest file for beancount")
    parser.add_argument("--limit", type=float, default=120, help="seconds after which a rival is stopped")
    return parser.parse_args()


def main() -> int:
    """Measures and tells; 1 where the gate is missed."""
    options = _options()
    started = machine()
    with tempfile.TemporaryDirectory(prefix="ghg-bench-") as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        os.environ.setdefault("GHG_SIGNING_KEY", str(folder / "signing.key"))
        results = measured(options, folder)
    print(f"{started}")
    for line in printed(results):
        print(line)
    if options.json:
        options.json.write_text(as_json(results), encoding="utf-8")
    if options.chart:
        options.chart.write_text(growth_svg(curves(results)), encoding="utf-8")
    faults = missed(results.files)
    for fault in faults:
        print(f"over the gate: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
