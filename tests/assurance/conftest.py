"""The ledger in which everything holds, made once and copied for each test."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parent.parent / "calculation")]
import full  # noqa: E402 — found by the line above


@pytest.fixture(scope="session")
def template(tmp_path_factory) -> Path:
    return full.build(tmp_path_factory.mktemp("full"))


@pytest.fixture
def path(template, tmp_path) -> Path:
    folder = tmp_path / "ledger"
    shutil.copytree(template.parent, folder)
    return folder / template.name
