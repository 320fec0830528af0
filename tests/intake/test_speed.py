"""How long a large file takes to read; printed, since another machine takes another time."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ledger.intake import read_upload

ROWS = 1_000_000
KINDS = (("electricity_purchased", "kWh"), ("waste_mixed_recycling", "kg"), ("freight_hgv", "tkm"))


def million_rows(path: Path) -> None:
    """A CSV of a million rows of nine columns."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            "external_id,facility_id,activity_type,quantity,unit,period_start,period_end,invoice_id,data_basis\n"
        )
        file.writelines(
            f"A{number:09d},LON,{KINDS[number % 3][0]},{number % 99991 / 100},{KINDS[number % 3][1]},"
            f"2025-{number % 12 + 1:02d}-01,2025-{number % 12 + 1:02d}-28,INV{number // 7},measured\n"
            for number in range(ROWS)
        )


@pytest.mark.slow
def test_a_million_rows(tmp_path, known, capsys):
    """A million rows are read, checked and staged, in nine parts, without a finding."""
    million_rows(tmp_path / "million.csv")
    wall, used = time.perf_counter(), time.process_time()
    upload = read_upload(tmp_path / "million.csv", known=known, stage=tmp_path / "stage")
    with capsys.disabled():
        print(f" {time.perf_counter() - wall:.2f} s, {time.process_time() - used:.2f} s of processor ", end="")  # noqa: T201
    assert (upload.rows, len(upload.parts), upload.findings) == (ROWS, 9, ())
