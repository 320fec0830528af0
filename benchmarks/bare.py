"""What DuckDB alone needs for the same file: read it into a table of a file, then join and sum in exact decimals."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path

import duckdb

from benchmarks.timing import processor_seconds_of

LOAD = "create table activity as select * from read_csv(?)"
FACTOR = """create table factor as
    select activity_type, 0.123456789012::decimal(20, 12) as kg_per_unit from activity group by activity_type"""
SUM = """select sum((a.quantity::decimal(18, 6) * f.kg_per_unit)::decimal(38, 18))
    from activity a join factor f using (activity_type)"""


def bare_seconds(file: Path) -> float:
    """Seconds for load, join-and-sum and close."""
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        start = time.perf_counter()
        with duckdb.connect(str(Path(folder) / "bare.duckdb")) as con:
            con.execute("set enable_progress_bar = false")
            con.execute(LOAD, [str(file)])
            con.execute(FACTOR)
            con.execute(SUM).fetchall()
        return time.perf_counter() - start


if __name__ == "__main__":
    spent, seconds = processor_seconds_of(lambda: bare_seconds(Path(sys.argv[1])))
    print(json.dumps({"seconds": seconds, "processor": spent}))
