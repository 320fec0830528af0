"""A script of the kind that sustainability teams keep: pandas, a sheet of factors, a workbook with the sums.

It does less than a ledger and says so here: it checks no cell (a row whose site, activity or unit the sheet lacks
falls out of the merge without a word), multiplies floats, keeps no evidence, no history and no reason for a factor,
and a second run over the same file counts the same rows again.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pandas as pd

from benchmarks.peers.told import keep_to_a_part_of_memory, tell

KEYS = ["facility_id", "activity_type", "unit"]


def summary_of(activities: Path, sheet: Path, workbook: Path) -> dict[str, float]:
    """Kilograms CO2e of each scope and method, from the merged rows; the workbook has them by month and by site."""
    factors = pd.read_excel(sheet, engine="openpyxl", dtype={"scope": str})
    rows = pd.read_csv(activities, parse_dates=["period_start", "period_end"])
    rows["month"] = rows["period_start"].dt.strftime("%Y-%m")
    merged = rows.merge(factors, on=KEYS)
    merged["kg_co2e"] = merged["quantity"] * merged["kg_per_unit"]
    with pd.ExcelWriter(workbook, engine="openpyxl") as book:
        for cut in ("month", "facility_id", "activity_type"):
            sums = merged.groupby([cut, "scope", "method"], as_index=False)["kg_co2e"].sum()
            sums.to_excel(book, sheet_name=f"by {cut}", index=False)
    totals = merged.groupby(["scope", "method"])["kg_co2e"].sum()
    return {f"{scope} {method}": float(kg) for (scope, method), kg in totals.items()}


if __name__ == "__main__":
    keep_to_a_part_of_memory()
    start = time.perf_counter()
    found = summary_of(*map(Path, sys.argv[1:4]))
    tell(time.perf_counter() - start, found)
