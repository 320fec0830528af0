"""A workbook with sheets of several kinds: taken in the order in which they name each other, all or nothing."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date

import openpyxl
import polars as pl
import pytest

from ledger.intake import shipped_known
from ledger.intake.order import in_order
from schemas.kinds import KINDS

SHEETS = {
    "Energy": [["site", "activity", "quantity", "unit", "month", "contract"],
               ["Leeds works", "Electricity", 100, "kWh", "2026-01", "PPA-1"],
               ["Leeds works", "Gas", 50, "kWh", "2026-01", None]],
    "Certificates": [["instrument_id", "type", "kwh", "technology", "energy_source", "country", "vintage_start",
                      "vintage_end", "facility_id"],
                     ["PPA-1", "ppa", 1000, "wind", "renewable", "GB", date(2026, 1, 1), date(2026, 12, 31), "LEEDS"]],
    "Sites": [["facility_id", "name", "legal_entity_id", "country", "relation", "valid_from"],
              ["LEEDS", "Leeds works", "NEW", "GB", "owned", date(2020, 1, 1)]],
    "Companies": [["legal_entity_id", "name", "country", "valid_from"], ["NEW", "New Ltd", "GB", date(2020, 1, 1)]],
}  # fmt: skip


def book_of(sheets: dict[str, list[list]]) -> bytes:
    """A workbook of named sheets of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.fixture
def read_new(read):
    """Read a workbook where nothing is registered yet."""

    def reading(sheets, **options):
        return read(book_of(sheets), name="all.xlsx", known=replace(shipped_known()), **options)

    return reading


def test_later_sheets_name_what_earlier_ones_bring(read_new):
    """Whatever the order of the sheets: entities, facilities, instruments, then activities."""
    upload = read_new(SHEETS)
    assert not upload.has_errors, upload.findings[:3]
    assert (upload.kind, upload.rows) == ("legal_entity+facility+instrument+activity", 5)
    frame = pl.read_parquet(upload.parts)
    assert frame.select("facility_id", "sheet", "source_line").rows() == [
        ("LEEDS", "Energy", 2),
        ("LEEDS", "Energy", 3),
    ]
    assert {name: rows["seq"].to_list() for name, rows in upload.frames.items()} == {
        "legal_entity": [1], "facility": [1], "instrument": [1],
    }  # fmt: skip
    assert not [found for found in upload.findings if found.code.endswith("unknown")]


def test_one_fault_refuses_all_of_it(read_new, told):
    """A facility without a relation: nothing is kept, and the rows that name it are not faulted a second time."""
    sites = [SHEETS["Sites"][0], [*SHEETS["Sites"][1][:4], None, SHEETS["Sites"][1][5]]]
    upload = read_new({**SHEETS, "Sites": sites})
    assert [found for found in told(upload) if found[0] not in ("default-taken", "data-basis-assumed")][:1] == [
        ("value-missing", 2, "relation")
    ]
    assert not any(found.code == "facility-unknown" for found in upload.findings)
    assert (upload.parts, upload.frames) == ([], {})


def test_a_facility_that_is_withdrawn_is_not_known(read_new):
    """A row that ends a facility brings none."""
    sites = [[*SHEETS["Sites"][0], "withdrawn"], [*SHEETS["Sites"][1], "yes"]]
    upload = read_new({**SHEETS, "Sites": sites})
    assert "facility-unknown" in {found.code for found in upload.findings}


def test_every_kind_has_its_place():
    """Each kind once, entities first and activities last."""
    assert set(in_order(KINDS)) == set(KINDS)
    assert in_order(["activity", "metric", "facility", "legal_entity"]) == [
        "legal_entity", "facility", "metric", "activity",
    ]  # fmt: skip
    assert in_order(KINDS)[-1] == "activity"
