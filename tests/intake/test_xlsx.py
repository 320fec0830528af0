"""Workbooks: sheets, title rows, dates, numbers digit for digit, formulas, and workbooks built to harm."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal

import openpyxl
import polars as pl
import pytest

from ledger.intake import Limits
from ledger.intake.files.workbook import letters_of, place_of
from ledger.intake.files.xlsx_file import digits_of

HEADER = ["facility_id", "activity_type", "quantity", "unit", "period_start", "period_end", "data_basis"]
ROW = ["LON", "electricity", 100, "kWh", date(2026, 7, 1), date(2026, 7, 31), "measured"]


def book_of(sheets: dict[str, list[list]], edit=None) -> bytes:
    """A workbook of named sheets of rows."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    if edit:
        edit(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(row: list, **cells) -> list:
    """The row with other cells, by column name."""
    return [cells.get(name, value) for name, value in zip(HEADER, row, strict=True)]


@pytest.fixture
def read_book(read):
    """Read a workbook of sheets."""

    def reading(sheets: dict[str, list[list]], edit=None, **options):
        return read(book_of(sheets, edit), name="file.xlsx", **options)

    return reading


def parts(upload) -> pl.DataFrame:
    """The staged rows."""
    assert not upload.has_errors, upload.findings[:3]
    return pl.concat([pl.read_parquet(part) for part in upload.parts])


def test_a_sheet_with_columns_of_ours_that_is_not_read_is_a_warning(read_book):
    """Rows that lack a needed column are not passed over like notes: it is told which column they lack."""
    travel = [["facility_id", "activity_type", "how far", "unit", "month"], ["LON", "flights", 5200, "km", "2026-07"]]
    upload = read_book({"Q1": [HEADER, ROW], "Travel": travel, "Notes": [["Site", "Written by"], ["LON", "Ada"]]})
    told = {found.code: found for found in upload.findings if found.code.startswith("sheet-")}
    assert {code: found.sheet for code, found in told.items()} == {"sheet-not-read": "Travel", "sheet-skipped": "Notes"}
    assert told["sheet-not-read"].severity == "warning"
    assert "columns of activity" in told["sheet-not-read"].message
    assert "quantity" in told["sheet-not-read"].message


def test_every_sheet_that_holds_a_table_is_read(read_book, told):
    """Two sheets with other columns make one upload; notes are passed over and said."""
    upload = read_book(
        {
            "Q1": [HEADER, ROW],
            "Notes": [["Written by Ada"], ["Checked by Alan"]],
            "Q2": [["Energy, second quarter"], [], [*HEADER, "note"], [*changed(ROW, quantity=7), "late"]],
        }
    )
    assert set(told(upload)) == {("sheet-skipped", None, None), ("title-rows-skipped", 1, None)}
    frame = parts(upload)
    assert frame.select("seq", "sheet", "source_line", "note").rows() == [(1, "Q1", 2, None), (2, "Q2", 4, "late")]
    assert frame["period_start"].to_list() == [date(2026, 7, 1)] * 2


def test_one_sheet_can_be_asked_for(read_book, told):
    """The others are not looked at; a name that is not there is told."""
    sheets = {"Q1": [HEADER, ROW], "Q2": [HEADER, changed(ROW, quantity=7)]}
    assert parts(read_book(sheets, sheet="Q2"))["quantity"].to_list() == [Decimal(7)]
    assert told(read_book(sheets, sheet="Q3")) == [("sheet-missing", None, None)]


def test_sheets_of_two_kinds_are_taken_together(read_book, told):
    """One upload, the registers first; the totals tell them apart."""
    metric = [["name", "value", "unit", "period_start", "period_end", "source"],
              ["revenue", 1, "EUR", date(2026, 1, 1), date(2026, 12, 31), "accounts"]]  # fmt: skip
    upload = read_book({"Q1": [HEADER, ROW], "M": metric})
    assert (upload.kind, upload.rows, told(upload)) == ("metric+activity", 2, [])
    assert upload.control_totals == {"rows": 1, "quantity": {"kWh": "100"}, "registers": {"metric": 1}}
    assert upload.frames["metric"]["name"].to_list() == ["revenue"]
    assert parts(upload)["quantity"].to_list() == [Decimal(100)]


def test_a_table_need_not_begin_in_the_first_column(read_book, told):
    """Empty columns before the table change nothing, in rows and in findings."""
    rows = [[], [None, None, *HEADER], [None, None, *ROW], [None, None, *changed(ROW, quantity="=1+1")]]
    assert told(read_book({"S": rows}))[0] == ("formula-without-value", 4, "quantity")
    assert parts(read_book({"S": rows[:3]}))["source_line"].to_list() == [3]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.1 + 0.2, "0.3"), (1 / 3, "0.333333"), (2 / 3, "0.666667"), (123456789012.125, "123456789012.125"),
        (1e-6, "0.000001"), (1234.5, "1234.5"), (100, "100"), (1.2345678, "1.234568"), (0.1234565, "0.123457"),
    ],
)  # fmt: skip
def test_a_number_is_its_fifteen_digits(read_book, value, expected):
    """A double is read as a spreadsheet shows it, then rounded half away at six decimals."""
    assert parts(read_book({"S": [HEADER, changed(ROW, quantity=value)]}))["quantity"][0] == Decimal(expected)


def test_a_rounded_number_is_said_and_its_text_kept(read_book, told):
    """The note is an info; quantity_text has every digit of the workbook's number."""
    upload = read_book({"S": [HEADER, changed(ROW, quantity=1.23456789)]})
    assert told(upload) == [("number-rounded", 2, "quantity")]
    assert parts(upload)["quantity_text"].to_list() == ["1.23456789"]


def test_a_number_cell_means_the_same_in_every_locale(read_book):
    """1.234 typed as a number is one and a bit, also where a German text 1.234 is a thousand."""
    upload = read_book({"S": [HEADER, changed(ROW, quantity=1.234), changed(ROW, quantity="1.234")]}, locale="de")
    assert parts(upload)["quantity"].to_list() == [Decimal("1.234"), Decimal(1234)]


def test_text_numbers_follow_the_rules_of_text(read_book, told):
    """A text with a thousands comma is as ambiguous in a workbook as elsewhere."""
    upload = read_book({"S": [HEADER, changed(ROW, quantity="1,234"), changed(ROW, quantity="1.2345678")]})
    assert told(upload) == [("number-ambiguous", 2, "quantity"), ("number-too-precise", 3, "quantity")]


def test_dates_in_workbooks(read_book, told):
    """Date cells, ISO texts and serial numbers are read; the last are said."""
    rows = [changed(ROW, period_start="2026-07-01", quantity=2), changed(ROW, period_start=46204, quantity=3)]
    upload = read_book({"S": [HEADER, ROW, *rows]})
    assert told(upload) == [("date-from-serial", 4, "period_start")]
    assert parts(upload)["period_start"].to_list() == [date(2026, 7, 1)] * 3


def test_serial_numbers_of_the_1904_calendar(read_book):
    """A workbook of the other calendar counts from another day."""
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    def edit(book):
        book.epoch = CALENDAR_MAC_1904

    assert parts(read_book({"S": [HEADER, changed(ROW, period_start=46204 - 1462)]}, edit))["period_start"][0] == date(
        2026, 7, 1
    )


def test_a_formula_without_a_value_is_told_and_not_blank(read_book, told):
    """A formula that was never calculated is not zero and not missing: it is told as what it is, and only so."""
    upload = read_book({"S": [HEADER, ROW, changed(ROW, quantity="=SUM(C2:C2)"), changed(ROW, unit="=D2")]})
    assert told(upload) == [("formula-without-value", 3, "quantity"), ("formula-without-value", 4, "unit")]


def with_sheet_xml(content: bytes, old: bytes, new: bytes) -> bytes:
    """The workbook with bytes of its sheet exchanged."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data.replace(old, new) if "sheet1" in name else data)
    return out.getvalue()


def test_a_formula_with_its_value_is_read(read):
    """The stored result counts; an error it holds is told."""
    content = book_of({"S": [HEADER, changed(ROW, quantity="=50*2")]})
    fine = with_sheet_xml(content, b"<f>50*2</f><v />", b"<f>50*2</f><v>100.50000000000001</v>")
    upload = read(fine, name="f.xlsx")
    assert parts(upload)["quantity"].to_list() == [Decimal("100.5")]
    failed = with_sheet_xml(content, b'<c r="C2"><f>50*2</f><v />', b'<c r="C2" t="e"><f>50*2</f><v>#REF!</v>')
    upload = read(failed, name="g.xlsx")
    assert [(found.code, found.line, found.column, found.value) for found in upload.findings] == [
        ("formula-failed", 2, "quantity", "#REF!")
    ]


def test_identifiers_cut_by_the_spreadsheet_are_a_warning(read_book, told):
    """A 17-digit number has lost its end; the same digits as text have not."""
    rows = [[*HEADER, "invoice_id"], [*ROW, 12345678901234567], [*changed(ROW, quantity=7), "12345678901234567"]]
    assert told(read_book({"S": rows})) == [("identifier-cut", 2, "invoice_id")]


def test_trailing_blank_rows_of_a_sheet_are_nothing(read_book):
    """Formatted empty rows below the data are no rows."""

    def edit(book):
        for row in range(3, 50):
            book["S"].cell(row, 1).fill = openpyxl.styles.PatternFill("solid", start_color="FFFFFF")

    assert read_book({"S": [HEADER, ROW]}, edit).findings == ()


def zip_of(parts_: dict[str, bytes]) -> bytes:
    """A zip of named parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts_.items():
            archive.writestr(name, content)
    return out.getvalue()


def bad_books() -> dict[str, bytes]:
    """Workbooks built to harm, by what they do."""
    good = book_of({"S": [HEADER, ROW]})
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    lies = bytearray(zip_of(members | {"xl/media/bomb.xml": b"x" * 40_000_000}))
    name_at = lies.rindex(b"xl/media/bomb.xml")
    lies[name_at - 22 : name_at - 18] = (100).to_bytes(4, "little")  # the directory's claim of the expanded size
    corner = members["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>' + members["xl/workbook.xml"]
    return {
        "bomb": zip_of(members | {"xl/media/bomb.xml": b"x" * 40_000_000}),
        "lying bomb": bytes(lies),
        "corner cell": zip_of(members | {"xl/worksheets/sheet1.xml": corner}),
        "entities": zip_of(members | {"xl/workbook.xml": laughs}),
        "outside": zip_of(members | {"../evil.xml": b"<a/>"}),
        "many members": zip_of(members | {f"xl/a{number}.xml": b"<a/>" for number in range(1200)}),
        "cut short": good[: len(good) // 2],
    }


def test_workbooks_built_to_harm_are_refused(read, subtests):
    """Each is refused with the reason before any cell reader opens it."""
    for name, content in bad_books().items():
        with subtests.test(name):
            upload = read(content, name="bad.xlsx")
            assert [found.code for found in upload.findings] == ["workbook-suspicious"]
            assert upload.rows == 0


def test_a_workbook_beyond_the_limits_is_refused(read_book, told):
    """Bytes, expanded bytes and cells are limited."""
    sheets = {"S": [HEADER, ROW]}
    assert [code for code, *_ in told(read_book(sheets, limits=Limits(workbook_bytes=10)))] == ["file-too-large"]
    for limits in (Limits(workbook_expanded_bytes=1000), Limits(workbook_cells=5)):
        assert [code for code, *_ in told(read_book(sheets, limits=limits))] == ["workbook-suspicious"]


def test_a_workbook_without_a_table_says_what_the_nearest_lacks(read_book):
    """The sheet that comes nearest is named by what it lacks."""
    upload = read_book({"S": [["facility_id", "activity_type", "quantity"], ["LON", "electricity", 5]]})
    assert [found.code for found in upload.findings if found.severity == "error"] == ["kind-not-recognised"]


@pytest.mark.parametrize(("place", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_column_letters(place, letters):
    """Letters and places are each other's inverse."""
    assert letters_of(place) == letters
    assert place_of(letters) == place


@pytest.mark.parametrize(
    ("stored", "digits"),
    [("0.30000000000000004", "0.3"), ("1E+3", "1000"), ("1.5E-5", "0.000015"), ("-2.50", "-2.5"), ("7", "7")],
)
def test_digits_of_a_stored_number(stored, digits):
    """Fifteen significant digits in plain notation."""
    assert digits_of(stored) == digits
