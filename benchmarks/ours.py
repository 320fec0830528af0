"""What the ledger needs for the same file, in a process of its own: upload, inventory, trace, verify."""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.files import master_files
from ledger.book import Ledger
from ledger.book.results import UploadResult
from ledger.store import session
from ledger.store.tree import entries_root


def seconds_of(work: Callable[[], Any], times: int = 1) -> tuple[float, Any]:
    """The shortest of so many runs in seconds, and the last answer."""
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        answer = work()
        taken.append(time.perf_counter() - start)
    return min(taken), answer


def accepted(result: UploadResult) -> UploadResult:
    """The result, if the upload was accepted; there is nothing to measure otherwise."""
    if result.status != "accepted":
        raise SystemExit(f"the upload was {result.status}: {result.findings[:3]}")
    return result


def hashing_seconds(ledger_file: Path) -> float:
    """Seconds to hash the entries of the largest batch once: leaves and tree, by the writer's own statements."""
    with session(ledger_file, "read") as s:
        batch_no, entries = s.one("select batch_no, entry_count from batch order by entry_count desc limit 1")
        return seconds_of(lambda: entries_root(s, batch_no, entries))[0]


def peak_mb() -> float:
    """The most memory this process has held, in MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1024**2 if sys.platform == "darwin" else 1024)


def measured(file: Path) -> dict[str, float]:
    """Seconds of each piece of work over a new ledger that holds this one file."""
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        path = Path(folder) / "bench.duckdb"
        ledger = Ledger.init(path, organisation="Bench", base_year=2025, actor="bench")
        for master in master_files(Path(folder)):
            accepted(ledger.upload(master))
        upload, result = seconds_of(lambda: accepted(ledger.upload(file)))
        answer = {"upload": upload, "upload_peak_mb": peak_mb(), "rows": float(result.rows)}
        answer["inventory"], inventory = seconds_of(lambda: ledger.inventory("2025"), times=3)
        figure = f"2025/{inventory.view}/scope_2_location@{inventory.checkpoint.size}"
        answer["trace"], _ = seconds_of(lambda: ledger.trace(figure), times=3)
        answer["hashing"] = hashing_seconds(path)
        answer["verify"], _ = seconds_of(ledger.verify)
        answer["peak_mb"] = peak_mb()
        answer["ledger_mb"] = path.stat().st_size / 1e6
        return answer


if __name__ == "__main__":
    print(json.dumps(measured(Path(sys.argv[1]))))
