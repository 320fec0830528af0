"""What people get back or start from: the marked workbook of a refused file, and the empty template."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import date
from decimal import Decimal

import openpyxl
import pytest

from ledger.errors import Misuse
from ledger.intake import Limits, read_upload
from ledger.intake.handed_back import mark as marking
from ledger.intake.handed_back import template as templates
from ledger.intake.handed_back.mark import write_marked
from ledger.intake.handed_back.template import HEADER_ROW, write_template
from ledger.intake.known import HeldReading
from schemas.kinds import KINDS

HEADER = "facility_id,activity_type,quantity,unit,period_start,period_end,data_basis,note"
ROW = "LON,electricity_purchased,100,kWh,2026-07-01,2026-07-31,measured,fine"


def colour(sheet, place: str) -> str:
    """The fill of a cell."""
    return sheet[place].fill.start_color.rgb[2:]


def test_a_refused_csv_comes_back_marked(read_rows, tmp_path):
    """The first sheet lists all findings; the faulty cells are coloured and say what is wrong and what to do."""
    upload = read_rows(ROW, ROW.replace("kWh", "mWh").replace("100", "NaN"), header=HEADER)
    book = openpyxl.load_workbook(write_marked(tmp_path / "file.csv", upload, tmp_path / "m.xlsx"))
    assert book.sheetnames == ["Findings", "Data"]
    listed = [row[1].value for row in book["Findings"].iter_rows(min_row=4)]
    assert sorted(listed) == ["number-not-finite", "unit-unknown"]
    sheet = book["Data"]
    assert colour(sheet, "D3") == colour(sheet, "C3") == "FFC7CE"
    assert colour(sheet, "D2") == "000000"
    assert "did you mean MWh" in sheet["D3"].comment.text
    assert sheet["A2"].comment is None


def test_a_marked_csv_can_be_mended_and_handed_in(read, read_rows, tmp_path):
    """The list of findings is passed over, and the mended rows are read as those of the file would have been."""
    upload = read_rows(ROW.replace("kWh", "mWh").replace("100", "12.5"), header=HEADER)
    target = write_marked(tmp_path / "file.csv", upload, tmp_path / "m.xlsx")
    book = openpyxl.load_workbook(target)
    book["Data"]["D2"] = "MWh"
    book.save(target)
    again = read(target.read_bytes(), name="again.xlsx")
    assert [found.code for found in again.findings] == ["sheet-skipped"]
    assert again.control_totals == {"rows": 1, "quantity": {"MWh": "12.5"}}


def test_text_that_begins_with_an_equals_sign_stays_text(read_rows, tmp_path):
    """Nothing that came from an upload becomes a formula, neither in the data nor in the list."""
    bad = ROW.replace("fine", "=cmd()").replace("100", "=1+1")
    upload = read_rows(bad, header=HEADER)
    book = openpyxl.load_workbook(write_marked(tmp_path / "file.csv", upload, tmp_path / "m.xlsx"))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert {cell.value for cell in cells} == {"=cmd()", "=1+1"}
    assert {cell.data_type for cell in cells} == {"s"}


def test_a_refused_workbook_comes_back_as_itself(read, tmp_path):
    """Other sheets, titles and number cells stay; the findings come first; mended, it can be handed in again."""
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Q3")
    for row in (["Energy"], [], [None, *HEADER.split(",")], [None, *ROW.split(",")]):
        sheet.append(row)
    sheet["D4"] = 12.5
    sheet["E4"] = "mWh"
    book.save(tmp_path / "q.xlsx")
    content = (tmp_path / "q.xlsx").read_bytes()
    upload = read(content, name="q.xlsx")
    target = write_marked(tmp_path / "q.xlsx", upload, tmp_path / "m.xlsx")
    marked = openpyxl.load_workbook(target)
    assert marked.sheetnames == ["Findings", "Notes", "Q3"]
    assert colour(marked["Q3"], "E4") == "FFC7CE"
    assert marked["Q3"]["D4"].value == 12.5
    marked["Q3"]["E4"] = "MWh"
    marked.save(target)
    again = read(target.read_bytes(), name="again.xlsx")
    assert not again.has_errors
    assert again.control_totals["quantity"] == {"MWh": "12.5"}


def test_of_a_long_file_the_faulty_rows_come_back(read_rows, tmp_path, monkeypatch):
    """Beyond the limit: the header, the faulty rows, and the line of each."""
    monkeypatch.setattr(marking, "ALL_ROWS", 5)
    rows = [ROW.replace("100", str(number)) for number in range(10)]
    upload = read_rows(*rows, ROW.replace("kWh", "mWh"), header=HEADER)
    book = openpyxl.load_workbook(write_marked(tmp_path / "file.csv", upload, tmp_path / "m.xlsx"))
    assert [row[0].value for row in book["Data"].iter_rows()] == ["line", 12]
    assert colour(book["Data"], "E2") == "FFC7CE"


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7\n", b"PK\x03\x04 broken", b"a,b\n1,\x00\n", b"no table\nhere\n"])
def test_a_file_that_could_not_be_read_still_gives_its_list(read, tmp_path, content):
    """Whatever was refused, a workbook with the reason can be made."""
    upload = read(content)
    assert upload.has_errors
    book = openpyxl.load_workbook(write_marked(tmp_path / "file.csv", upload, tmp_path / "m.xlsx"))
    assert book["Findings"]["B4"].value == upload.findings[0].code


def test_findings_beyond_the_cap_are_counted_in_the_list(read_rows, tmp_path):
    """The list says how many more there were."""
    upload = read_rows(*[ROW.replace("kWh", "mWh")] * 9, header=HEADER, limits=Limits(findings_per_code=2))
    book = openpyxl.load_workbook(write_marked(tmp_path / "file.csv", upload, tmp_path / "m.xlsx"))
    assert "7 more" in book["Findings"]["G6"].value


def filled(kind: str, path, known) -> None:
    """A template whose first input row holds the examples."""
    write_template(kind, path, known)
    book = openpyxl.load_workbook(path)
    sheet = book[kind]
    for cell in sheet[HEADER_ROW]:
        text, column = sheet.cell(HEADER_ROW - 1, cell.column).value, KINDS[kind].column(cell.value)
        if text is not None and column.type == "date":
            text = date.fromisoformat(text)
        elif text is not None and column.type in ("quantity", "factor", "mass", "integer"):
            text = float(text)
        sheet.cell(HEADER_ROW + 1, cell.column).value = text
    book.save(path)


WHOLE = ("activity", "factor", "ai_run", "history")
"""Kinds whose workbook is filled and read in every run; those of the others with `make thorough`."""


@pytest.fixture
def held(known):
    """What is known of what the examples name; a reading is accepted where an earlier one is known."""
    before = HeldReading(date(2026, 6, 1), Decimal(9000), "kWh", Decimal(10), "electricity_purchased", False, "B1-1")
    return replace(known, legal_entities={"ACME-LTD": "Acme", "ACME-PLC": "Acme plc"}, readings={"E-LON-1": before})


def accepted(path, held, kind: str) -> None:
    """The file is of the kind, has one row, and there is nothing to say against it."""
    said = kind if kind == "history" else None  # history is never taken unasked
    upload = read_upload(path, known=held, stage=path.parent / "stage", kind=said)
    assert [found for found in upload.findings if found.severity != "info"] == []
    assert (upload.kind, upload.rows) == (kind, 1)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_examples_of_a_template_are_accepted(held, tmp_path, kind):
    """The examples are values that pass, once the places they name are known."""
    shown = {name: KINDS[kind].column(name).example for name in KINDS[kind].columns}
    path = tmp_path / f"{kind}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows((shown.keys(), shown.values()))
    accepted(path, held, kind)


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[pytest.mark.thorough] * (kind not in WHOLE)) for kind in KINDS]
)
def test_a_template_filled_with_its_examples_is_accepted(held, tmp_path, monkeypatch, kind):
    """A template with its examples in the first row for input is read as that row; every other sheet is passed over."""
    monkeypatch.setattr(templates, "INPUT_ROWS", 5)
    path = tmp_path / f"{kind}.xlsx"
    filled(kind, path, held)
    accepted(path, held, kind)


def test_a_template_offers_what_is_known(known, tmp_path):
    """Drop-downs list activity types, units and the ledger's facilities; input cells are pale yellow."""
    book = openpyxl.load_workbook(write_template("activity", tmp_path / "t.xlsx", known))
    lists = {column[0].value: [cell.value for cell in column[1:] if cell.value] for column in book["Lists"].columns}
    assert lists["facility_id"] == ["LON", "OLD"]
    assert "electricity_purchased" in lists["activity_type"]
    assert {"kWh", "tkm"} <= set(lists["unit"])
    sheet = book["activity"]
    offered = {rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert any(formula.startswith("Lists!$") for formula in offered)
    assert colour(sheet, f"A{HEADER_ROW + 1}") == "FFFDE7"
    assert [cell.value for cell in book["Explanations"]["A"]][4:] == list(KINDS["activity"].columns)


def test_an_unknown_kind_has_no_template(tmp_path):
    """It names the kinds there are."""
    with pytest.raises(Misuse, match="no kind"):
        write_template("thing", tmp_path / "t.xlsx")
