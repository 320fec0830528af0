"""The other ways to the same figures, run in their own environment: a team's pandas script, and beancount."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import isclose
from pathlib import Path

from benchmarks.timing import ROOT, Measured

PYTHON = ROOT / ".venv-peers" / "bin" / "python"
SAME = {"1 single": "scope_1", "2 location": "scope_2_location", "2 market": "scope_2_market", "3 single": "scope_3"}
VERSIONS = "from importlib.metadata import version as v; print(', '.join(f'{n} {v(n)}' for n in %r))"


@dataclass(frozen=True, slots=True)
class Rival:
    """What another program took, or why there is nothing to tell."""

    seconds: float | None
    peak_mb: float | None = None
    words: str = ""


NOT_HERE = Rival(None, words="not run")


def versions() -> str:
    """What stands in the peers' environment; "" where there is none."""
    if not PYTHON.exists():
        return ""
    names = ("pandas", "openpyxl", "beancount")
    done = subprocess.run([PYTHON, "-c", VERSIONS % (names,)], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def team_script(file: Path, sheet: Path, ours: Measured, limit_s: float) -> Rival:
    """The pandas script over a file and the ledger's factors; its sums must be the ledger's, within a float's reach."""
    workbook = file.with_name(f"summary-{file.stem}.xlsx")
    rival, answer = _run("team_script", (file, sheet, workbook), limit_s)
    for its, own in SAME.items():
        if answer and not isclose(answer[its], ours[own], rel_tol=1e-9):
            raise SystemExit(f"{file.name}: the script comes to {answer[its]} kg of {own}, the ledger to {ours[own]}")
    return rival


def beancount_load(folder: Path, postings: int, limit_s: float) -> Rival:
    """Beancount's load of a book with as many postings."""
    book = folder / f"book-{postings}.beancount"
    rival, _ = _run("beancount_load", (book, postings), limit_s)
    book.unlink(missing_ok=True)
    return rival


def _run(script: str, words: Sequence[object], limit_s: float) -> tuple[Rival, Measured]:
    if not PYTHON.exists():
        return NOT_HERE, {}
    command = [str(PYTHON), "-m", f"benchmarks.peers.{script}", *map(str, words)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=limit_s, cwd=ROOT)
    except subprocess.TimeoutExpired:
        return Rival(None, words=f"over {limit_s:.0f} s"), {}
    if done.returncode:
        words = "out of memory" if "MemoryError" in done.stderr else "failed"
        print(done.stderr.strip()[-500:], file=sys.stderr)
        return Rival(None, words=words), {}
    answer: Measured = json.loads(done.stdout.splitlines()[-1])
    return Rival(answer["seconds"], answer["peak_mb"]), answer
