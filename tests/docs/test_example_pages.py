"""Pages whose answers come of files that a reader may take, or of none: held to the letter."""

from __future__ import annotations

import shutil
import sys
from contextlib import chdir
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
from followed import walk
from pages import ROOT, blocks

DOCS = ROOT / "docs"
FROM_FILES = {
    page: folder
    for folder, pages in {
        "examples/completeness": ("completeness.md", "formats.md"),
        "examples/registers": ("periods.md", "auditors.md", "ai-record.md", "ai-files.md", "scheduling.md",
                               "spark.md", "connect.md", "methods/ai.md", "methods/prices.md",
                               "methods/uncertainty.md"),
        "examples/scope2": ("methods/scope2.md", "factors-import.md", "methods/ai-compare.md"),
        "examples/scope3": ("methods/scope3.md",),
        "tests/cases/boundaries": ("methods/boundaries.md",),
    }.items()
    for page in pages
}  # fmt: skip
"""Pages whose answers come of the files of a folder."""
RARELY = {"spark.md", "connect.md"}
"""Those of them whose commands other tests run too: they are followed by `make thorough`."""
WITHOUT_LEDGER = {
    "command-line.md": ("ghg template actvity",),
    "methods/ai-data.md": ("ghg ai hardware",),
}
"""Commands of pages that need no ledger: the files that they name stand on the page."""
WIDE = 130  # columns of tables that are wider than those of a first report


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=pytest.mark.thorough) if page in RARELY else page for page in FROM_FILES]
)
def test_a_page_answers_as_its_files_do(tmp_path, page):
    """The page says which files it is about; its commands on them answer as it shows, in its order."""
    folder = Path(FROM_FILES[page])
    text = (DOCS / page).read_text(encoding="utf-8")
    assert f"cp -r {folder} . && cd {folder.name}\n" in text
    shutil.copytree(ROOT / folder, tmp_path / folder.name)
    with chdir(tmp_path / folder.name):
        done = walk(list(blocks(DOCS / page)), columns=WIDE)
    shown = sum(block.text.count("$ ghg ") for block in blocks(DOCS / page) if block.language != "sh")
    assert sum(bool(step.answer) for step in done) == shown >= 2


@pytest.mark.parametrize("page", WITHOUT_LEDGER)
def test_a_page_answers_without_a_ledger(tmp_path, page):
    """In an empty folder, with the files that the page gives, these commands answer as it shows."""
    wanted = WITHOUT_LEDGER[page]
    with chdir(tmp_path):
        begins = tuple(f"$ {each}" for each in wanted)
        parts = [block for block in blocks(DOCS / page) if block.file or block.text.startswith(begins)]
        done = walk(parts, columns=WIDE)
    assert [next(each for each in wanted if step.command.startswith(each)) for step in done] == list(wanted)
    assert all(step.answer for step in done)
