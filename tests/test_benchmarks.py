"""The benchmarks run on files that are the same each time, tell what they measured, and the gates close."""

from __future__ import annotations

import csv
import hashlib
from decimal import Decimal

import pytest

from benchmarks.__main__ import compared, curves
from benchmarks.curves import growth_svg
from benchmarks.files import KINDS, activity_file
from benchmarks.gate import MOST_TIMES_BARE, processor_ratio
from benchmarks.group import PERIOD, Size, made_group
from benchmarks.ours import DATASETS, founded
from benchmarks.rivals import Rival
from benchmarks.tables import Results, growth_table, limits_table
from benchmarks.works import missed
from ledger.book.group_file import read_group
from ledger.book.grouping import consolidated


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


def measured(**of: float) -> dict[str, float]:
    """A file's measurements, all within their limits but for those named."""
    within = {"upload": 2.5, "bare": 1.0, "upload_peak_mb": 500.0, "inventory": 0.04, "trace": 0.2, "verify": 1.0}
    return within | {"hashing": 1.0, "posted": 2000.0, "ledger_mb": 40.0, "empty_mb": 9.0} | of


def test_gate_closes():
    """Over six times the bare time, or over 2 GiB, at a million rows and more is a miss; a smaller file is none."""
    assert missed({("mixed", 1_000_000): measured(upload=6.1)})
    assert missed({("mixed", 10_000_000): measured(upload_peak_mb=2_049)})
    assert not missed({("mixed", 1_000_000): measured(upload=5.9)})
    assert not missed({("mixed", 1_000): measured(upload=9.0)})


def test_limits_are_told():
    """Each piece of work stands with its limits and whether it keeps to them; ten million beside one million."""
    results = Results({("mixed", 1_000_000): measured(trace=0.4), ("mixed", 10_000_000): measured(upload=40.0, bare=9)})
    lines = {tuple(cell.strip() for cell in line.strip("| ").split("|"))[:2]: line for line in limits_table(results)}
    assert "2.5 s = 2.50 × bare" in lines["upload", "mixed, 1,000,000 rows"]
    assert lines["upload", "mixed, 1,000,000 rows"].split("|")[-2].strip() == "aim"
    assert lines["upload against a million rows", "mixed, 10,000,000 rows"].split("|")[-2].strip() == "**over**"
    assert lines["trace of a figure", "mixed, 1,000,000 rows"].split("|")[-2].strip() == "**over**"
    assert lines["trace of a figure", "mixed, 10,000,000 rows"].split("|")[-2].strip() == "kept"


def test_growth_is_told():
    """Two sizes give seconds and ratios of each way, and what was not run says so; the chart names each line."""
    files = {("mixed", 1_000): measured(), ("mixed", 10_000): measured(upload=20.0, inventory=1.0, bare=3.0)}
    script = {1_000: Rival(0.5, 90.0), 10_000: Rival(6.0, 99.0)}
    results = Results(files, script, {1_000: Rival(None, words="over 9 s")})
    _, _, small, large = growth_table(results, "mixed")
    assert [cell.strip() for cell in small.split("|")[3:-1]] == ["1 s", "2.54 s = 2.5 ×", "0.5 s = 0.5 ×", "over 9 s"]
    assert [cell.strip() for cell in large.split("|")[3:-1]] == ["3 s", "21 s = 7.0 ×", "6 s = 2.0 ×", "not run"]
    drawn = growth_svg(curves(results))
    assert all(name in drawn for name in ("bare DuckDB", "ghg-ledger", "pandas + openpyxl"))


def test_an_upload_takes_no_more_of_the_processor_than_it_did(tmp_path):
    """The regression gate: so many times bare DuckDB's processor time, at a small size and with a wide margin."""
    ledger = founded(tmp_path, datasets=DATASETS)
    assert processor_ratio(ledger, tmp_path) <= MOST_TIMES_BARE


@pytest.mark.thorough
def test_a_group_comes_to_the_sum_of_its_members(tmp_path):
    """Three companies with rows and keys of their own, one held by 0.4, read by two processes: equal to the digit."""
    file, sums = made_group(tmp_path, Size(3, 300, ("desnz-2025",)), workers=1)
    told = []
    found = consolidated(read_group(file), PERIOD, None, quick=False, workers=2, heard=lambda *of: told.append(of))
    assert found.figures == sums
    assert sums["scope_1"] > 0
    assert [member.share for member in found.members] == [1, Decimal("0.4"), 1]
    assert len({member.read.figures["scope_1"] for member in found.members}) == 3
    assert len({member.public_key for member in read_group(file).members}) == 3
    assert all(member.read.is_signed for member in found.members)
    assert told == [(1, 3), (2, 3), (3, 3)]


@pytest.mark.thorough
def test_a_small_file_is_measured(tmp_path):
    """Upload, inventory, trace, hashing, verify and pages are measured on a file of two thousand rows."""
    found = compared(activity_file(tmp_path, "mixed", 2_000), with_pages=True, sheet=tmp_path / "factors.xlsx")
    assert found["rows"] == 2_000
    keys = ("bare", "upload", "inventory", "trace", "hashing", "verify", "peak_mb", "home_first", "explore_again")
    assert all(found[key] > 0 for key in keys)
    assert (tmp_path / "factors.xlsx").exists()
