"""A founded ledger with one site, copied for each test, and a way to upload rows written in the test."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from ledger import Ledger

FACILITIES = """facility_id,name,legal_entity_id,country,timezone,relation,exists_from,valid_from
LON,London office,ACME,GB,Europe/London,lease_in_operating,2018-01-01,2018-01-01
BRS,Bristol works,ACME,GB,Europe/London,owned,2018-01-01,2018-01-01
"""
ENTITIES = """legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from
ACME,Acme plc,GB,yes,no,2010-01-01
"""


@pytest.fixture(scope="session")
def _quality_founded(made_for_all) -> Path:
    return made_for_all("quality", founded)


def founded(folder: Path) -> None:
    """The ledger with its two sites."""
    ledger = Ledger.init(folder / "ledger.duckdb", organisation="Acme", base_year=2024, actor="anna")
    for name, text in (("legal_entity", ENTITIES), ("facility", FACILITIES)):
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
        assert ledger.upload(folder / f"{name}.csv").status == "accepted"


@pytest.fixture
def ledger(_quality_founded: Path, tmp_path: Path) -> Ledger:
    """A ledger of one's own with two sites in Great Britain, and nothing that happened there yet."""
    shutil.copytree(_quality_founded, tmp_path / "book")
    return Ledger(tmp_path / "book" / "ledger.duckdb", actor="anna")


@pytest.fixture
def upload(ledger: Ledger, tmp_path: Path) -> Callable[..., object]:
    """Upload a header and rows as a kind; what is not taken fails the test, unless it is asked for."""

    def uploading(kind: str, header: str, *rows: str, status: str = "accepted"):
        file = tmp_path / f"{kind}-{len(list(tmp_path.iterdir()))}.csv"
        file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        result = ledger.upload(file, kind)
        told = [(found.code, found.line, found.message) for found in result.findings]
        assert result.status == status, told
        return result

    return uploading
