"""Measures bare, ours, bare again for each file; prints the ratios and fails where the gate is missed."""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.table import Table

from benchmarks.files import KINDS, activity_file
from ledger import terminal

GATE_ROWS, GATE_RATIO = 1_000_000, 6.0
PEAK_MB = 2_048
NUMBERS = {"seconds", "against", "required"}
Measured = dict[str, float]

# What is required of each piece of work: name, key, unit, limit and what the limit is a multiple of.
REQUIRED = (
    ("upload", "upload", GATE_RATIO, "bare"),
    ("inventory of a year", "inventory", 0.3, None),
    ("trace of a figure", "trace", 0.3, None),
    ("verify", "verify", 1.5, "hashing"),
)


def in_a_process(module: str, file: Path) -> Measured:
    """Runs a module of this folder on the file in a process of its own and reads its answer."""
    done = subprocess.run([sys.executable, "-m", module, str(file)], check=True, stdout=subprocess.PIPE, text=True)
    answer: Measured = json.loads(done.stdout.splitlines()[-1])
    return answer


def compared(file: Path) -> Measured:
    """Bare before and after ours, the shorter of the two counting, so that a busy moment flatters nobody."""
    before = in_a_process("benchmarks.bare", file)["seconds"]
    ours = in_a_process("benchmarks.ours", file)
    after = in_a_process("benchmarks.bare", file)["seconds"]
    return ours | {"bare": min(before, after)}


def machine() -> str:
    """What it was measured on, in one line."""
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    names = ", ".join(f"{name} {version(name)}" for name in ("ghg-ledger", "duckdb", "polars", "pandera", "pyarrow"))
    busy = os.getloadavg()[0]
    note = f"; load {busy:.1f}: something else is running, trust the ratios less" if busy > 1 else ""
    return f"{os.cpu_count()} cores, {memory_gb:.0f} GB, Python {platform.python_version()}, {names}{note}"


def rows_of(kind: str, rows: int, measured: Measured) -> list[tuple[str, ...]]:
    """The lines of the table for one file: each piece of work, then bare DuckDB and the memory."""
    lines: list[tuple[str, ...]] = []
    for work, key, limit, base in REQUIRED:
        value = measured[key] / measured[base] if base else measured[key]
        against, unit = (f"{value:.2f} × {base}", "×") if base else ("", "s")
        verdict = "" if value <= limit else "over"
        lines.append(("", work, f"{measured[key]:.3f}", against, f"≤ {limit:g} {unit}", verdict))
    lines[0] = (f"{kind}, {rows:,} rows", *lines[0][1:])
    lines.append(("", "bare DuckDB", f"{measured['bare']:.3f}", "", "", ""))
    lines.append(("", "hashing once", f"{measured['hashing']:.3f}", "", "", ""))
    verdict = "" if measured["peak_mb"] <= PEAK_MB else "over"
    lines.append(("", "peak memory", f"{measured['peak_mb']:,.0f} MB", "", f"≤ {PEAK_MB:,} MB", verdict))
    lines.append(("", "ledger file", f"{measured['ledger_mb']:,.0f} MB", "", "", ""))
    return lines


def table_of(results: dict[tuple[str, int], Measured]) -> Table:
    """Seconds and ratios of every file."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in ("file", "work", "seconds", "against", "required", ""):
        table.add_column(name, justify="right" if name in NUMBERS else "left", no_wrap=True)
    for (kind, rows), measured in results.items():
        lines = rows_of(kind, rows, measured)
        for line in lines:
            table.add_row(*line, end_section=line is lines[-1])
    return table


def missed(results: dict[tuple[str, int], Measured]) -> list[str]:
    """The gate: an upload of a million rows takes at most six times what bare DuckDB takes."""
    return [
        f"{kind}: {measured['upload'] / measured['bare']:.1f} × bare, at most {GATE_RATIO:g} × is required"
        for (kind, rows), measured in results.items()
        if rows == GATE_ROWS and measured["upload"] > GATE_RATIO * measured["bare"]
    ]


def growth(results: dict[tuple[str, int], Measured]) -> list[str]:
    """How the upload's time grows from the smallest file of a kind to the largest."""
    told = []
    for kind in KINDS:
        sizes = sorted(rows for name, rows in results if name == kind)
        if len(sizes) > 1:
            small, large = results[kind, sizes[0]]["upload"], results[kind, sizes[-1]]["upload"]
            told.append(f"{kind}: {sizes[-1]:,} rows took {large / small:.1f} × the time of {sizes[0]:,}")
    return told


def main() -> int:
    """Measures and tells; 1 where the gate is missed."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[GATE_ROWS], help="rows of each file")
    parser.add_argument("--kinds", nargs="+", choices=list(KINDS), default=list(KINDS))
    parser.add_argument("--folder", type=Path, help="where files are made and kept; else a temporary folder")
    parser.add_argument("--json", type=Path, help="where to write the measurements")
    options = parser.parse_args()
    console = terminal.console()
    console.print(f"[dim]{machine()}[/dim]", soft_wrap=True)
    results = {}
    with tempfile.TemporaryDirectory(prefix="ghg-bench-") as temporary:
        folder = options.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for rows in options.rows:
            for kind in options.kinds:
                console.print(f"[dim]{kind}, {rows:,} rows …[/dim]")
                results[kind, rows] = compared(activity_file(folder, kind, rows))
    console.print(table_of(results))
    for line in growth(results):
        console.print(line)
    if options.json:
        told = [{"kind": kind, "rows": rows} | measured for (kind, rows), measured in results.items()]
        options.json.write_text(json.dumps({"machine": machine(), "results": told}, indent=1) + "\n", encoding="utf-8")
    faults = missed(results)
    for fault in faults:
        console.print(f"[bold]over the gate[/bold]  {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
