"""The modules of this folder find each other; a works' ledger, made once and copied for each test."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import works

from ledger import Ledger


@pytest.fixture(scope="session")
def _works(made_for_all) -> Path:
    return made_for_all("works", works.founded)


@pytest.fixture
def ledger(_works, tmp_path) -> Ledger:
    shutil.copytree(_works, tmp_path / "works")
    return Ledger(tmp_path / "works" / "ledger.duckdb", actor=works.ACTOR)
