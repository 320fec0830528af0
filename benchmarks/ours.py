"""What the ledger needs for a file, in a process of its own: upload, inventory, trace, verify, pages of the web app."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.files import master_files
from benchmarks.pages import page_seconds
from benchmarks.sheets import factor_sheet
from benchmarks.timing import Measured, accepted, peak_mb, processor_seconds_of, seconds_of
from ledger.book import Ledger
from ledger.store import session
from ledger.store.tree import entries_root

DATASETS = ("desnz-2025", "egrid-2023", "ember-2026")
"""The factors that serve the sites of these files; where the rest does not matter, founding is shorter."""
TOTALS = ("scope_1", "scope_2_location", "scope_2_market", "scope_3")


def hashing_seconds(ledger_file: Path) -> float:
    """Seconds to hash the entries of the largest batch once: leaves and tree, by the writer's own statements."""
    with session(ledger_file, "read") as s:
        batch_no, entries = s.one("select batch_no, entry_count from batch order by entry_count desc limit 1")
        return seconds_of(lambda: entries_root(s, batch_no, entries))[0]


def founded(folder: Path, *, datasets: Sequence[str] = ()) -> Ledger:
    """A new ledger with one company and its sites, ready for a file; with these factors alone where they are named."""
    path = folder / "bench.duckdb"
    ledger = Ledger.init(path, organisation="Bench", base_year=2025, actor="bench", datasets=datasets)
    for master in master_files(folder):
        accepted(ledger.upload(master))
    return ledger


def measured(file: Path, *, with_pages: bool, sheet: Path | None = None) -> Measured:
    """Seconds of each piece of work over a new ledger that holds this one file; ``sheet`` gets its factors."""
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        ledger = founded(Path(folder))
        empty_mb = ledger.path.stat().st_size / 1e6
        spent, (upload, result) = processor_seconds_of(lambda: seconds_of(lambda: accepted(ledger.upload(file))))
        answer = {"upload": upload, "upload processor": spent, "upload_peak_mb": peak_mb()}
        answer |= {"rows": result.rows, "posted": result.posted}
        answer["inventory"], inventory = seconds_of(lambda: ledger.inventory("2025"), times=3)
        answer |= {name: float(getattr(inventory, name) or 0) for name in TOTALS}
        figure = f"2025/{inventory.view}/scope_2_location@{inventory.checkpoint.size}"
        answer["trace"], _ = seconds_of(lambda: ledger.trace(figure), times=3)
        answer["hashing"] = hashing_seconds(ledger.path)
        answer["verify"], _ = seconds_of(ledger.verify)
        answer["peak_mb"] = peak_mb()
        answer["ledger_mb"] = ledger.path.stat().st_size / 1e6
        answer["empty_mb"] = empty_mb
        if sheet is not None and not sheet.exists():
            factor_sheet(ledger.path, sheet)
        return answer | (page_seconds(ledger, figure) if with_pages else {})


if __name__ == "__main__":
    source, pages, *sheets = sys.argv[1:]
    print(json.dumps(measured(Path(source), with_pages=pages == "pages", sheet=Path(sheets[0]) if sheets else None)))
