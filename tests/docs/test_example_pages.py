"""Pages whose answers come of files in `examples/`, held to the letter: a reader who takes the files sees the same."""

from __future__ import annotations

import shutil
import sys
from contextlib import chdir
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from pages import ROOT, blocks
from walking import walk

DOCS = ROOT / "docs"
FROM_EXAMPLES = {
    "completeness.md": "completeness", "methods/scope2.md": "scope2", "methods/prices.md": "registers",
    "methods/uncertainty.md": "registers",
}  # fmt: skip
"""Pages whose answers come of files in `examples/`, which a reader may take as well."""
WIDE = 130  # columns of tables that are wider than those of a first report


@pytest.mark.parametrize("page", FROM_EXAMPLES)
def test_a_page_answers_as_its_example_does(tmp_path, page):
    """The page says which files it is about; its commands on them answer as it shows, in its order."""
    name = FROM_EXAMPLES[page]
    text = (DOCS / page).read_text(encoding="utf-8")
    assert f"cp -r examples/{name} . && cd {name}\n" in text
    shutil.copytree(ROOT / "examples" / name, tmp_path / name)
    with chdir(tmp_path / name):
        done = walk(list(blocks(DOCS / page)), columns=WIDE)
    assert sum(bool(step.answer) for step in done) == text.count("\n$ ghg ") >= 2
