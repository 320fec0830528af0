"""The notebook of the examples, run cell by cell in this process, against the page that shows what it gives."""

from __future__ import annotations

import ast
import contextlib
import io
import os
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
NOTEBOOK, PAGE = ROOT / "examples" / "notebook.py", ROOT / "docs" / "python.md"
BEGIN, END = "<!-- cells of examples/notebook.py, with what they show -->\n", "<!-- end of the cells -->\n"


def cells() -> list[tuple[str, str]]:
    """The heading and the text of each cell."""
    parts = re.split(r"(?m)^# %% ", NOTEBOOK.read_text(encoding="utf-8"))[1:]
    return [(part.partition("\n")[0], part.partition("\n")[2].strip()) for part in parts]


def shown(text: str, names: dict[str, object]) -> str:
    """What a cell shows: what it prints, and the value of its last expression."""
    tree = ast.parse(text)
    last = tree.body.pop() if isinstance(tree.body[-1], ast.Expr) else None
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(tree, NOTEBOOK.name, "exec"), names)  # noqa: S102 — it is our own example
        value = None if last is None else eval(compile(ast.Expression(last.value), NOTEBOOK.name, "eval"), names)  # noqa: S307
        if value is not None:
            print(repr(value))  # noqa: T201 — as a notebook shows it
    return out.getvalue().rstrip()


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory):
    """Heading, text and answer of every cell, run in order in a folder of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("notebook"))
        names: dict[str, object] = {}
        yield [(title, text, shown(text, names)) for title, text in cells()]


def test_the_page_shows_every_cell_and_what_it_gives(run):
    """The part of docs/python.md about the notebook is its cells and their answers, letter by letter."""
    made = "\n".join(
        f"**{title}**\n\n```python\n{text}\n```\n" + (f"```text\n{said}\n```\n" if said else "")
        for title, text, said in run
    )
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition(BEGIN)
    told, _, tail = rest.partition(END)
    if os.environ.get("GHG_RENEW_GOLDEN"):
        PAGE.write_text(f"{head}{BEGIN}{made}{END}{tail}", encoding="utf-8")
    else:
        assert told == made


def test_the_notebook_tells_a_fault_and_a_whole_story(run):
    """Its file is refused with the cell named, taken once mended; sums agree, the trace ends at the line."""
    said = dict(enumerate(answer for *_, answer in run))
    assert "refused" in said[2]
    assert "95 MWh" in said[2]
    assert said[4].startswith("('accepted', 3")
    assert said[7] == "True"
    assert "bills.csv, line 2" in said[8]
    assert said[10] == "True"


def test_the_page_of_the_notebook_adds_no_two_methods(run):
    """Figures of the quarter by hand: gas, diesel and power by DESNZ 2024, Scope 2 in two columns and not added."""
    figures = run[5][2]
    assert "Location-based and market-based figures are not added." in figures
    scope_1 = 95_000 * 0.1829 + 310 * 2.51279  # DESNZ 2024: natural gas gross per kWh, diesel blend per litre
    scope_2 = 42_000 * 0.20705
    (row,) = (line.split() for line in figures.splitlines() if "Scope 1" in line)
    assert row[-1] == f"{scope_1 / 1000:.3f}"
    (row,) = (line.split() for line in figures.splitlines() if "Scope 2" in line)
    assert row[-2:] == [f"{scope_2 / 1000:.3f}"] * 2
