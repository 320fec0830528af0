"""Workbooks to measure with: activity data as people keep it, and the factor sheet of a team's script."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

from ledger.store import session

DATES, NUMBERS = ("period_start", "period_end"), ("quantity",)

# What the ledger multiplied by, so that the script's sums must come to the ledger's; floats, as in any such sheet.
FACTORS = """
    select k.activity_type, p.facility_id, k.unit_given as unit, p.scope, p.method, p.line,
           any_value(p.total_co2e_kg::double / p.quantity::double) as kg_per_unit
    from posting p join choice_key k using (key_no)
    where p.total_co2e_kg is not null and p.quantity <> 0
    group by all order by all"""


def workbook_of(file: Path) -> Path:
    """The rows of a CSV as a workbook with dates and numbers as such; made anew only where it is not there yet."""
    path = file.with_suffix(".xlsx")
    if not path.exists():
        with file.open(encoding="utf-8", newline="") as source:
            head, *rows = csv.reader(source)
        _write(path, head, ([_cell(name, text) for name, text in zip(head, row, strict=True)] for row in rows))
    return path


def factor_sheet(ledger_file: Path, path: Path) -> Path:
    """Every factor that a ledger used, by site, activity and unit, as a workbook."""
    with session(ledger_file, "read") as s:
        rows = s.rows(FACTORS)
    _write(path, ["activity_type", "facility_id", "unit", "scope", "method", "line", "kg_per_unit"], iter(rows))
    return path


def _cell(name: str, text: str) -> Any:
    if name in DATES:
        return date.fromisoformat(text)
    return float(text) if name in NUMBERS else text or None


def _write(path: Path, head: list[str], rows: Iterator[Any]) -> None:
    unfinished = path.with_suffix(".part")
    with xlsxwriter.Workbook(str(unfinished), {"constant_memory": True, "default_date_format": "yyyy-mm-dd"}) as book:
        sheet = book.add_worksheet("activity")
        sheet.write_row(0, 0, head)
        for number, row in enumerate(rows, 1):
            sheet.write_row(number, 0, row)
    unfinished.rename(path)
