"""How a page is followed: its files written, its commands run in their order, each answer held against the page."""

from __future__ import annotations

import atexit
import runpy
import shutil
import tempfile
from pathlib import Path

from in_process import ghg
from openpyxl import load_workbook
from pages import Block, Step, calls, differs, steps

BEGUN: dict[tuple[str, ...], Path] = {}
"""What pages of this run began with: of the folder and the commands so far, how it stood after them."""


def begun(block: Block, columns: int) -> list[Step]:
    """Runs a block that begins a ledger and shows no answers, from where another page's like it left the same words."""
    done = list(steps(block))
    words = [step.command for step in done]
    ways = [(Path.cwd().name if number else "", *words[: number + 1]) for number in range(len(words))]
    ahead = next((number for number in reversed(range(len(done))) if ways[number] in BEGUN), -1)
    if ahead >= 0:
        shutil.copytree(BEGUN[ways[ahead]], Path.cwd(), dirs_exist_ok=True)
    for step, way in zip(done[ahead + 1 :], ways[ahead + 1 :], strict=True):
        followed(step, columns)
        BEGUN[way] = Path(tempfile.mkdtemp(prefix="begun-"))
        atexit.register(shutil.rmtree, BEGUN[way], ignore_errors=True)
        for made in Path.cwd().glob("ledger.*"):
            (shutil.copytree if made.is_dir() else shutil.copy2)(made, BEGUN[way] / made.name)
    return done


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
        answer = ghg(*words, COLUMNS=str(columns))
        said = answer.stdout + answer.stderr
        refused = any(line.startswith(("error:", "ghg:")) or ": BREAKS " in line for line in step.answer)
        assert bool(answer.returncode) == refused, f"{step}\n{said}"
        if step.answer:
            assert differs(step.answer, said) is None, f"{step}\n{said}"


def walk(*parts: list[Block], columns: int = 100) -> list[Step]:
    """Follows blocks in the present folder: writes each file that the page gives, runs the commands in their order.

    A file of Python is run once it is written.
    A block of the language `sh` is passed over: its commands are patterns, with names that the reader puts in.
    """
    done = []
    for block in (block for part in parts for block in part if block.language != "sh"):
        if block.file:
            Path(block.file).write_text(block.text, encoding="utf-8")
        if block.file and block.language == "python":
            runpy.run_path(block.file)
        if "ghg init" in block.text and "$ ghg" not in block.text:
            done += begun(block, columns)
            continue
        for step in steps(block):
            followed(step, columns)
            done.append(step)
    return done
