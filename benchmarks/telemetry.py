"""Telemetry on both engines: the same samples by the second, added up by DuckDB and by Spark, to the same bytes.

`python -m benchmarks.telemetry --rows 10000000` prints a table, and ends with 1 where the documents differ.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

GPUS = 100
SAMPLES = f"""
select to_timestamp(1782864000 + t) as time, 'node-' || lpad((g // 8)::varchar, 4, '0') as host,
       'GPU-' || lpad(g::varchar, 32, '0') as gpu, 300 + (hash(g * 1000003 + t) % 400000) / 1000.0 as power_w,
       strftime(to_timestamp(1782864000 + t), '%Y-%m-%d') as day
from range($rows // {GPUS}) x(t), range({GPUS}) y(g)"""


def sample_folder(folder: Path, rows: int) -> Path:
    """So many samples by the second of a hundred GPUs, from 1 July 2026 on, as Parquet by day."""
    select = SAMPLES.replace("$rows", str(rows))
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        con.execute(f"copy ({select}) to '{folder}' (format parquet, compression zstd, partition_by (day))")
    return folder


def added_up(name: str, folder: Path) -> dict[str, object]:
    """Seconds to begin and to work, and what came out, by one engine."""
    from ledger.calculation.engines import engine
    from ledger.intake.telemetry import telemetry
    from ledger.intake.telemetry.manifest import sha256_of

    begun = time.perf_counter()
    with engine(name, str(folder)) as on:
        ready = time.perf_counter()
        made = telemetry(on, str(folder), 1)
        done = time.perf_counter()
        return {"engine": on.title, "start": ready - begun, "work": done - ready, "samples": made.samples,
                "readings": made.hours, "kwh": made.kwh, "document": sha256_of(made.document)}  # fmt: skip


def main() -> int:
    """Makes the samples, and has each engine add them up in a process of its own."""
    asked = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    asked.add_argument("--rows", type=int, default=10_000_000)
    asked.add_argument("--engine", default="duckdb,spark")
    asked.add_argument("--folder", help="of samples that are there; one engine, and JSON")
    given = asked.parse_args()
    if given.folder:
        print(json.dumps(added_up(given.engine, Path(given.folder))))
        return 0
    told = []
    with tempfile.TemporaryDirectory() as place:
        folder = sample_folder(Path(place) / "power", given.rows)
        for name in given.engine.split(","):
            words = [sys.executable, "-m", "benchmarks.telemetry", "--engine", name, "--folder", str(folder)]
            done = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True)
            told.append(json.loads(done.stdout.splitlines()[-1]))
    print("| engine | samples | start | work | readings | kWh | SHA-256 of the document |")
    print("|---|---|---|---|---|---|---|")
    for one in told:
        print(f"| {one['engine']} | {one['samples']:,} | {one['start']:.1f} s | {one['work']:.1f} s "
              f"| {one['readings']} | {one['kwh']} | `{one['document'][:16]}…` |")  # fmt: skip
    return len({one["document"] for one in told}) - 1


if __name__ == "__main__":
    raise SystemExit(main())
