"""The benchmarks run, on files that are the same each time, and the gate closes."""

from __future__ import annotations

import csv
import hashlib

import pytest

from benchmarks.__main__ import compared, growth, missed
from benchmarks.files import KINDS, activity_file


@pytest.mark.parametrize("kind", list(KINDS))
def test_files_are_the_same_each_time(tmp_path, kind):
    """A benchmark file has the rows asked for, ten columns, and the same bytes whenever it is made."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    first, second = (activity_file(folder, kind, 5_000) for folder in folders)
    assert hashlib.sha256(first.read_bytes()).digest() == hashlib.sha256(second.read_bytes()).digest()
    rows = list(csv.DictReader(first.open(encoding="utf-8")))
    assert len(rows) == 5_000
    assert len(rows[0]) == 10
    assert all(row["period_start"][:4] == "2025" and float(row["quantity"]) > 0 for row in rows)


def test_gate_closes():
    """A million rows over six times the bare time is a miss; a smaller file, or a faster run, is none."""
    assert missed({("mixed", 1_000_000): {"upload": 6.1, "bare": 1.0}})
    assert not missed({("mixed", 1_000_000): {"upload": 5.9, "bare": 1.0}})
    assert not missed({("mixed", 1_000): {"upload": 9.0, "bare": 0.1}})


def test_growth_is_told():
    """Two sizes of one kind give the ratio of their upload times."""
    results = {("mixed", 10): {"upload": 2.0}, ("mixed", 100): {"upload": 21.0}, ("electric", 10): {"upload": 1.0}}
    assert growth(results) == ["mixed: 100 rows took 10.5 × the time of 10"]


@pytest.mark.thorough
def test_a_small_file_is_measured(tmp_path):
    """Upload, inventory, trace, hashing and verify are all measured on a file of two thousand rows."""
    measured = compared(activity_file(tmp_path, "mixed", 2_000))
    assert measured["rows"] == 2_000
    assert all(measured[key] > 0 for key in ("bare", "upload", "inventory", "trace", "hashing", "verify", "peak_mb"))
