"""How a page is followed: its files written, its commands run in their order, each answer held against the page."""

from __future__ import annotations

import atexit
import shutil
import subprocess
import tempfile
from pathlib import Path

from in_process import ghg
from openpyxl import load_workbook
from pages import Block, Step, calls, differs, steps

BEGUN: dict[tuple[str, ...], tuple[Path, subprocess.CompletedProcess[str]]] = {}
"""What the pages of this run began with: of the words of each `ghg init` the ledger that they made, and the answer."""


def begun(*words: str, columns: int) -> subprocess.CompletedProcess[str]:
    """A new ledger in the present folder: made once for the same words, and for each further page a copy of that."""
    if words in BEGUN:
        shutil.copytree(BEGUN[words][0], Path.cwd(), dirs_exist_ok=True)
        return BEGUN[words][1]
    answer = ghg(*words, COLUMNS=str(columns))
    kept = Path(tempfile.mkdtemp(prefix="begun-"))
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    for made in Path.cwd().glob("ledger.*"):
        (shutil.copytree if made.is_dir() else shutil.copy2)(made, kept / made.name)
    BEGUN[words] = kept, answer
    return answer


def fill_in(papers: Path) -> None:
    """What the auditor of docs/tasks.md does by hand: agrees with each item, and reckons the one without a value."""
    book = load_workbook(papers)
    heads, *rows = book["Items"].iter_rows()
    at = {cell.value: number for number, cell in enumerate(heads)}
    for row in rows:
        known = row[at["recorded kg"]].value is not None
        row[at["conclusion"]].value = "agrees" if known else "reckoned"
        if not known:
            row[at["audited kg"]].value = 80
    book.save(papers)


def followed(step: Step, columns: int) -> None:
    """Runs a command of a page, and holds its end and its answer against the page."""
    for words in calls(step.command):
        if words[:2] == ["review", "results"]:
            fill_in(Path(words[3]))
        answer = begun(*words, columns=columns) if words[0] == "init" else ghg(*words, COLUMNS=str(columns))
        said = answer.stdout + answer.stderr
        refused = any(line.startswith(("error:", "ghg:")) or ": BREAKS " in line for line in step.answer)
        assert answer.returncode == int(refused), f"{step}\n{said}"
        if step.answer:
            assert differs(step.answer, said) is None, f"{step}\n{said}"


def walk(*parts: list[Block], columns: int = 100) -> list[Step]:
    """Follows blocks in the present folder: writes each file that the page gives, runs the commands in their order."""
    done = []
    for block in (block for part in parts for block in part):
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        for step in steps(block):
            followed(step, columns)
            done.append(step)
    return done
