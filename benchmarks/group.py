"""A group of many ledgers, each a company's own with its own rows and key: made, handed over, consolidated, compared.

``python -m benchmarks.group --ledgers 100 --rows 100000 --folder DIR`` goes on where an earlier call there ended.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal, localcontext
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from benchmarks.files import activity_file, master_files
from benchmarks.machine import machine
from benchmarks.ours import DATASETS
from benchmarks.tables import table
from benchmarks.timing import accepted, in_a_process
from ledger.book import Ledger
from ledger.book.group_file import read_group
from ledger.book.grouping import MEASURES, consolidated
from ledger.store.checkpoint import public_key_text, signing_key

PERIOD = "2025"
JOINT_EVERY, JOINT_SHARE = 10, "0.4"
MEMBER = """
[[member]]
name = "{name}"
snapshot = "{name}.zip"
public_key = "{key}"
"""
JOINT = f"""equity_share = "{JOINT_SHARE}"
financial_control = "joint"
"""


@dataclass(frozen=True, slots=True)
class Size:
    """How many companies, and how many rows each."""

    ledgers: int
    rows: int
    datasets: tuple[str, ...] = DATASETS


def made_member(folder: Path, size: Size, number: int) -> dict[str, Any]:
    """A company's ledger, founded, filled and handed over as a snapshot; its own figures and key, kept beside it."""
    name = f"company{number:04d}"
    kept = folder / f"{name}.json"
    if kept.exists():
        told: dict[str, Any] = json.loads(kept.read_text("utf-8"))
        return told
    with tempfile.TemporaryDirectory(dir=folder) as place, _signing_with(Path(place) / "signing.key"):
        home = Path(place)
        book = Ledger.init(home / "own.duckdb", organisation=name, base_year=2025, actor=name, datasets=size.datasets)
        file = activity_file(home, "mixed", size.rows, seed=1 + number * size.rows)
        for part in (*master_files(home, name.upper()), file):
            accepted(book.upload(part))
        found = book.inventory(PERIOD, view="equity_share")
        book.snapshot(home / "own.zip", people=False)
        shutil.move(home / "own.zip", folder / f"{name}.zip")
        figures = {measure: str(getattr(found, measure)) for measure in MEASURES}
        told = {"name": name, "key": public_key_text(signing_key()), "figures": figures}
    kept.write_text(json.dumps(told), encoding="utf-8")
    return told


@contextmanager
def _signing_with(key: Path) -> Iterator[None]:
    """Acts in this process are signed with this key: each company has its own."""
    before = os.environ.get("GHG_SIGNING_KEY")
    os.environ["GHG_SIGNING_KEY"] = str(key)
    try:
        yield
    finally:
        del os.environ["GHG_SIGNING_KEY"]
        if before is not None:
            os.environ["GHG_SIGNING_KEY"] = before


def made_group(folder: Path, size: Size, workers: int | None = None) -> tuple[Path, dict[str, Decimal]]:
    """The file of the group, and its sums as they follow from what each member's own ledger says."""
    make = partial(made_member, folder, size)
    if workers == 1:
        members = [make(number) for number in range(size.ledgers)]
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            members = list(pool.map(make, range(size.ledgers)))
    text = 'organisation = "Bench Group"\nview = "equity_share"\n'
    sums = dict.fromkeys(MEASURES, Decimal(0))
    with localcontext(prec=60):
        for number, one in enumerate(members):
            joint = number % JOINT_EVERY == 1
            text += MEMBER.format(**one) + (JOINT if joint else "")
            for measure in MEASURES:
                sums[measure] += Decimal(one["figures"][measure]) * Decimal(JOINT_SHARE if joint else 1)
    file = folder / "group.toml"
    file.write_text(text, encoding="utf-8")
    return file, sums


def _consolidate(file: Path, *, quick: bool, workers: int | None) -> dict[str, Any]:
    """Seconds, memory and figures of one consolidation in this process and those that it starts."""
    start = time.perf_counter()
    found = consolidated(read_group(file), PERIOD, None, quick=quick, workers=workers)
    seconds = time.perf_counter() - start
    own, most = (resource.getrusage(who).ru_maxrss / 1024 for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    processor = sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )
    figures = {measure: str(found.figures[measure]) for measure in MEASURES}
    return {"seconds": seconds, "processor": processor, "own_mb": own, "member_mb": most, **figures}


def _lines(size: Size, told: dict[str, dict[str, Any]]) -> list[str]:
    head = ("consolidation", "seconds", "a member", "processor", "memory: the command", "each process beside it")
    return table(head, [
        (name, f"{one['seconds']:.1f} s", f"{one['seconds'] / size.ledgers * 1000:.0f} ms",
         f"{one['processor']:.0f} s", f"{one['own_mb']:,.0f} MB", f"{one['member_mb']:,.0f} MB")
        for name, one in told.items()
    ])  # fmt: skip


def _options(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.group", description=__doc__)
    parser.add_argument("--ledgers", type=int, default=100)
    parser.add_argument("--rows", type=int, default=100_000, help="rows of each ledger")
    parser.add_argument("--folder", type=Path, help="where ledgers are made and kept; else a temporary folder")
    parser.add_argument("--workers", type=int, help="members read at once; as many as processors where left out")
    parser.add_argument("--only-make", action="store_true", help="make the members and end")
    parser.add_argument("--one", choices=("whole", "quick"), help=argparse.SUPPRESS)
    return parser.parse_args(words)


def main() -> int:
    """Makes, measures and tells; 1 where the sum is not that of the members to the last digit."""
    options = _options()
    if options.one:
        file = options.folder / "group.toml"
        print(json.dumps(_consolidate(file, quick=options.one == "quick", workers=options.workers)))
        return 0
    size = Size(options.ledgers, options.rows)
    with tempfile.TemporaryDirectory(prefix="ghg-group-bench-") as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        start = time.perf_counter()
        file, sums = made_group(folder, size, options.workers)
        print(f"{size.ledgers} ledgers of {size.rows:,} rows made in {time.perf_counter() - start:.0f} s", flush=True)
        if options.only_make:
            return 0
        at_once = () if options.workers is None else ("--workers", options.workers)
        told: dict[str, dict[str, Any]] = {
            name: in_a_process("benchmarks.group", "--folder", folder, "--one", way, *at_once)
            for name, way in (("every ledger verified whole", "whole"), ("--quick", "quick"))
        }
    print(machine(), *_lines(size, told), sep="\n")
    wrong = [
        f"{name}: {measure} is {one[measure]}, the members' own figures make {sums[measure]}"
        for name, one in told.items()
        for measure in MEASURES
        if Decimal(one[measure]) != sums[measure]
    ]
    print(*(wrong or ["The sums are those of the members' own figures, to the last digit."]), sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
