"""The shipped files as rows, and the raw material where it is on the machine."""

from __future__ import annotations

import csv
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
DATA = ROOT / "data"
FACTORS = DATA / "factors"

sys.path.insert(0, str(FACTORS))  # build.py is a script beside its modules, in no package


def read(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="session")
def sources() -> dict[str, dict]:
    """Every source record by the dataset's name."""
    records = (tomllib.loads(path.read_text(encoding="utf-8")) for path in FACTORS.glob("*.source.toml"))
    return {record["dataset"]: record for record in records}


@pytest.fixture(scope="session")
def factors() -> dict[str, dict[str, str]]:
    """Every shipped factor by its id, with the name of its dataset."""
    found = {}
    for path in sorted(FACTORS.glob("*.source.toml")):
        csv_path = path.with_name(path.name.removesuffix(".source.toml") + ".csv")
        for row in read(csv_path):
            if "factor_id" in row:
                assert row["factor_id"] not in found, "ids are unique over all datasets"
                found[row["factor_id"]] = {**row, "dataset": csv_path.stem}
    return found


@pytest.fixture(scope="session")
def table():
    """A shipped CSV by its path below data/."""
    return lambda name: read(DATA / name)


@pytest.fixture
def raw(reference):
    """The raw material that the datasets are made from; only tests marked ``needs("reference")`` ask for it."""
    from build_record import Raw

    return Raw.at(reference / "factors")
