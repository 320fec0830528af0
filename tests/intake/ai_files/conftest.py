"""Reading files of other programs: their rows by kind, and the real files where they are present."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from ledger.intake import Upload
from ledger.intake.tables.mapping import Shaping


@pytest.fixture
def read_with(read):
    """Read a file with choices in place of `--choose`."""

    def reading(content: str | bytes, name: str = "file.json", **choices: str) -> Upload:
        return read(content, name=name, shaping=Shaping(choices=choices))

    return reading


@pytest.fixture
def codes():
    """The codes of an upload's findings, but for those that only tell what was done."""

    def listed(upload: Upload) -> list[str]:
        told = ("foreign-file", "default-taken", "data-basis-assumed")
        return [found.code for found in upload.findings if found.code not in told]

    return listed


@pytest.fixture
def activities():
    """The activities of an upload."""

    def listed(upload: Upload) -> pl.DataFrame:
        assert not upload.has_errors, upload.findings[:3]
        return pl.read_parquet(upload.parts)

    return listed


@pytest.fixture
def kg():
    """The kilograms of each row of stated emissions."""

    def masses(rows: pl.DataFrame) -> list[Decimal]:
        grams = {"kgCO2e": 1, "gCO2e": 1000}
        return [amount / grams[unit] for amount, unit in rows.select("quantity", "unit_given").iter_rows()]

    return masses


@pytest.fixture
def samples() -> Path:
    """Real files of other programs; only tests marked ``needs("reference")`` ask for them."""
    beside = Path(__file__).parents[4] / "shared" / "reference"
    return Path(os.environ.get("GHG_REFERENCE") or beside) / "samples"
