"""A founded ledger of one site, and the real command as a person would call it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledger import Ledger

sys.path[:0] = [str(Path(__file__).parent)]

FACILITIES = """facility_id,name,legal_entity_id,country,timezone,relation,exists_from,valid_from
LON,London office,ACME,GB,Europe/London,lease_in_operating,2018-01-01,2018-01-01
"""
ENTITIES = """legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from
ACME,Acme plc,GB,yes,no,2010-01-01
"""


@dataclass(frozen=True)
class Answer:
    """What a command printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        """Everything that it printed."""
        return self.out + self.err


@pytest.fixture(scope="session")
def _founded(made_for_all) -> Path:
    return made_for_all("attacked", founded)


def founded(folder: Path) -> None:
    """The ledger with its site."""
    made = Ledger.init(folder / "ledger.duckdb", organisation="Acme", base_year=2024, actor="anna")
    for name, text in (("entity.csv", ENTITIES), ("facility.csv", FACILITIES)):
        (folder / name).write_text(text, encoding="utf-8")
        assert made.upload(folder / name).status == "accepted"


@pytest.fixture
def ledger(_founded: Path, tmp_path: Path) -> Ledger:
    """A ledger of one's own with one site."""
    shutil.copytree(_founded, tmp_path / "book")
    return Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna")


@pytest.fixture(scope="session")
def shared(_founded: Path) -> Ledger:
    """The same ledger for tests that write nothing."""
    return Ledger(_founded / "ledger.duckdb", actor="anna")


@pytest.fixture
def ghg(ledger: Ledger):
    """The command itself in a process of its own, on that ledger; fails where it prints a traceback or hangs."""

    def call(*words: str | Path, seconds: int = 120, **environment: str) -> Answer:
        made = subprocess.run(
            [sys.executable, "-m", "ledger.cli", *map(str, words)],
            capture_output=True, text=True, check=False, timeout=seconds, cwd=ledger.path.parent,
            env=os.environ | {"GHG_LEDGER": str(ledger.path), "GHG_ACTOR": "anna"} | environment,
        )  # fmt: skip
        answer = Answer(made.returncode, made.stdout, made.stderr)
        assert "Traceback" not in answer.all, answer.all
        assert "should not have happened" not in answer.all, answer.all
        return answer

    return call
