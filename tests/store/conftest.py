"""The modules of this folder find each other; a ledger with one batch, made once and copied for each test."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import made_rows as made

from ledger.store import session


@pytest.fixture(scope="session")
def founded(tmp_path_factory) -> Path:
    ledger = made.ledger(tmp_path_factory.mktemp("founded"))
    with session(ledger, "write", create=True) as s:
        made.found(s)
    return ledger


@pytest.fixture
def path(founded, tmp_path) -> Path:
    shutil.copytree(founded.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / founded.name
