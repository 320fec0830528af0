"""The regression gate: processor time of an upload against bare DuckDB's, at a size that a test can afford."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from benchmarks.bare import bare_seconds
from benchmarks.files import activity_file
from benchmarks.timing import accepted, processor_seconds_of
from ledger.book import Ledger

ROWS = 40_000
MOST_TIMES_BARE = 12.0
"""Twice what is measured at this size (6 to 6.5), where what does not grow with the rows still weighs."""


def processor_ratio(ledger: Ledger, folder: Path, rows: int = ROWS) -> float:
    """How many times bare DuckDB's processor time the upload of a file takes, both in this process.

    Processor seconds hardly change when others use the machine. A first file warms up; of two more the one that took
    less counts, and of two runs of bare the one that took more: the gate must not close by chance.
    """
    taken = []
    for part in ("first", "second", "third"):
        file = _renamed(activity_file(folder, "mixed", rows), part)
        taken.append(processor_seconds_of(partial(_upload, ledger, file))[0])
    bare = max(processor_seconds_of(partial(bare_seconds, file))[0] for _ in range(2))
    return min(taken[1:]) / bare


def _upload(ledger: Ledger, file: Path) -> None:
    accepted(ledger.upload(file))


def _renamed(file: Path, part: str) -> Path:
    """The same rows under identifiers of their own, so that no row is one that the ledger has."""
    text = file.read_text(encoding="utf-8").replace("\nM", f"\n{part}-M").replace("INV", f"{part}-INV")
    renamed = file.with_stem(f"{part}-{file.stem}")
    renamed.write_text(text, encoding="utf-8")
    return renamed
