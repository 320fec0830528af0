"""What gives way first: a further upload on a large ledger, many uploaders at once, readers beside a writer.

``make bench-scale``; ``python -m benchmarks.scale --held 0 1000000 10000000`` for larger ledgers. `docs/scale.md` has
what follows from it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from statistics import median

from benchmarks.files import activity_file
from benchmarks.machine import machine
from benchmarks.ours import founded
from benchmarks.tables import table
from benchmarks.timing import accepted, seconds_of
from ledger.book import Ledger

MORE_ROWS, FEW_ROWS = 100_000, 1_000
BESIDE_UPLOADS = 3
_barrier: Barrier | None = None


def further_row(folder: Path, held: int) -> tuple[str, ...]:
    """Seconds of a large and a small file more on a ledger that holds so many rows, and of what is read after."""
    ledger = founded(folder)
    empty = ledger.path.stat().st_size
    if held:
        accepted(ledger.upload(activity_file(folder, "mixed", held)))
    a_row = f"{(ledger.path.stat().st_size - empty) / held:.0f}" if held else ""
    more, _ = seconds_of(lambda: accepted(ledger.upload(activity_file(folder, "electric", MORE_ROWS))))
    few = median(
        seconds_of(partial(_upload, ledger.path, activity_file(folder, "electric", FEW_ROWS, seed)))[0]
        for seed in (1, 2, 3)
    )
    read, _ = seconds_of(lambda: ledger.inventory("2025"), times=3)
    size = f"{ledger.path.stat().st_size / 1e6:,.0f} MB"
    return f"{held:,}", size, a_row, f"{more:.2f} s", f"{few:.2f} s", f"{read:.3f} s"


def _upload(path: Path, file: Path) -> None:
    accepted(Ledger(path, actor="bench").upload(file))


def _meet(barrier: Barrier) -> None:
    global _barrier  # noqa: PLW0603 — a pool hands a barrier to its processes only as they start
    _barrier = barrier


def _upload_together(path: Path, file: Path) -> float:
    """Seconds from when everybody was ready until this one's file is recorded."""
    ledger = Ledger(path, actor="bench")
    ledger.upload(file, check=True)  # what is imported late is there before the clock starts
    if _barrier is not None:
        _barrier.wait()
    return seconds_of(lambda: accepted(ledger.upload(file)))[0]


def uploaders_row(folder: Path, path: Path, number: int) -> tuple[str, ...]:
    """So many processes that upload a small file each at the same moment: who waits how long."""
    files = [activity_file(folder, "electric", FEW_ROWS, seed=10_000 * number + each) for each in range(1, number + 1)]
    context = get_context("spawn")
    barrier = context.Barrier(number)
    with ProcessPoolExecutor(number, mp_context=context, initializer=_meet, initargs=(barrier,)) as pool:
        waited = sorted(pool.map(partial(_upload_together, path), files))
    longest = waited[-1]
    return str(number), f"{median(waited):.2f} s", f"{longest:.2f} s", f"{60 * number / longest:,.0f}"


def beside_rows(folder: Path, path: Path) -> Iterator[tuple[str, ...]]:
    """A year's inventory read again and again, alone and beside somebody who uploads large files."""
    ledger = Ledger(path, actor="bench")
    alone = [seconds_of(lambda: ledger.inventory("2025"))[0] for _ in range(10)]
    yield _read_row("alone", alone)
    files = [activity_file(folder, "electric", MORE_ROWS, seed=77 + each) for each in range(BESIDE_UPLOADS)]
    beside = []
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        pool.submit(_ready).result()
        writes = [pool.submit(_upload, path, file) for file in files]
        while not all(write.done() for write in writes):
            beside.append(seconds_of(lambda: ledger.inventory("2025"))[0])
            time.sleep(0.05)
        for write in writes:
            write.result()
    yield _read_row(f"beside {BESIDE_UPLOADS} uploads of {MORE_ROWS:,} rows", beside)


def _ready() -> None:
    """Nothing: it makes the process start, with its imports, before what is measured."""


def _read_row(name: str, seconds: list[float]) -> tuple[str, ...]:
    return name, str(len(seconds)), f"{median(seconds):.3f} s", f"{max(seconds):.3f} s"


def main() -> int:
    """Measures and tells."""
    parser = argparse.ArgumentParser(prog="make bench-scale", description=__doc__)
    parser.add_argument("--held", type=int, nargs="+", default=[0, 100_000, 1_000_000], help="rows of the ledgers")
    parser.add_argument("--uploaders", type=int, nargs="+", default=[1, 4, 16], help="how many upload at once")
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="ghg-scale-") as place:
        folders = [Path(place) / str(held) for held in sorted(options.held)]
        for folder in folders:
            folder.mkdir()
        rows = [further_row(folder, int(folder.name)) for folder in folders]
        held = ("rows held", "ledger file", "bytes a row", f"{MORE_ROWS:,} rows more", f"{FEW_ROWS:,} rows more",
                "inventory of the year")  # fmt: skip
        print("", *table(held, rows), "", sep="\n", flush=True)
        path = folders[-1] / "bench.duckdb"
        many = [uploaders_row(folders[-1], path, number) for number in options.uploaders]
        waiting = (f"upload {FEW_ROWS:,} rows at once", "median", "the last", "uploads a minute")
        print(*table(waiting, many), "", sep="\n", flush=True)
        beside = ("inventory of the year", "reads", "median", "longest")
        print(*table(beside, list(beside_rows(folders[-1], path))), sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
