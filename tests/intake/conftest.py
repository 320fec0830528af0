"""A small register, and a way to read a file made of text."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from ledger.intake import Known, Limits, Upload, read_upload, shipped_known
from ledger.intake.known import Place

HEADER = "facility_id,activity_type,quantity,unit,period_start,period_end,data_basis"
ROW = "LON,electricity_purchased,100,kWh,2026-07-01,2026-07-31,measured"


@pytest.fixture(scope="session")
def known() -> Known:
    """Two facilities, one entity, a supplier's factor, a certificate, one NAICS code, and the shipped catalogue."""
    return replace(
        shipped_known(),
        facilities={
            "LON": Place("LON", "London head office", "GB", "ACME", date(2018, 4, 1), None),
            "OLD": Place("OLD", "Old works", "GB", "ACME", date(2000, 1, 1), date(2025, 12, 31)),
        },
        legal_entities={"ACME": "Acme plc"},
        instruments=frozenset({"REGO-2026"}),
        factors=frozenset({"northmoor-2025"}),
        classification_codes=frozenset({"541512"}),
    )


@pytest.fixture
def read(tmp_path: Path, known: Known):
    """Read text or bytes as a file; text is encoded as UTF-8."""

    def reading(content: str | bytes, name: str = "file.csv", **options) -> Upload:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        options.setdefault("known", known)
        options.setdefault("stage", tmp_path / "stage")
        return read_upload(path, **options)

    return reading


@pytest.fixture
def read_rows(read):
    """Read rows of activity data under the usual header."""

    def reading(*rows: str, header: str = HEADER, **options) -> Upload:
        return read("\n".join([header, *rows]) + "\n", **options)

    return reading


@pytest.fixture
def small_chunks() -> Limits:
    """Limits that make a chunk of every two rows, so that chunks meet."""
    return Limits(chunk_rows=2)


@pytest.fixture
def told():
    """The findings of an upload as (code, line, column)."""

    def listed(upload: Upload) -> list[tuple[str, int | None, str | None]]:
        return [(found.code, found.line, found.column) for found in upload.findings]

    return listed
