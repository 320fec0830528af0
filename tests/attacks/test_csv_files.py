"""CSV files built to harm or to mislead: an answer in words for each, and nothing guessed."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from decimal import Decimal

import hostile_books as books
import openpyxl
import polars as pl
import pytest

from ledger.intake import read_upload, shipped_known
from ledger.intake.handed_back import mark
from ledger.intake.handed_back.mark import write_marked
from ledger.intake.known import Place

KNOWN = replace(shipped_known(), facilities={"LON": Place("LON", "London", "GB", "ACME")})
HEADER = "facility_id,activity_type,quantity,unit,period_start,period_end,data_basis"
ROW = "LON,electricity_purchased,100,kWh,2026-07-01,2026-07-31,measured"
TEN_MEGABYTES = 10_000_000


def beside_semicolons(quantity: str) -> str:
    """The usual row in a file whose cells are parted by semicolons."""
    return f"{HEADER}\n{ROW}\n".replace(",", ";").replace("100", quantity)


@pytest.fixture
def read(tmp_path):
    """The upload that these bytes make; where refused, the marked workbook is written too."""

    def reading(content: str | bytes, **options):
        path = tmp_path / "file.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        upload = read_upload(path, known=KNOWN, stage=tmp_path / "stage", **options)
        if upload.has_errors:
            assert all(found.message and found.fix for found in upload.findings)
            write_marked(path, upload, tmp_path / "marked.xlsx")
        return upload

    return reading


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (f"{HEADER}\n{ROW}\n" + "z" * TEN_MEGABYTES, "ragged-row"),
        (f'{HEADER},note\n{ROW},"{"x" * TEN_MEGABYTES}"\n', "value-too-long"),
        (f"{HEADER},{'y' * TEN_MEGABYTES}\n{ROW},1\n", "file-not-read"),
        (",".join([HEADER, *(f"c{n}" for n in range(20_000))]) + f"\n{ROW}" + "," * 20_000, "columns-too-many"),
        (HEADER + "\n" + '"' * 300_000, "ragged-row"),
        (HEADER + "\n" + '"a","b\n' * 20_000, "ragged-row"),
        (HEADER + "\n" + "x," * 300_000, "ragged-row"),
        ("\n" * 1_000_000, "file-empty"),
        ("," * 1_000_000, "file-empty"),
        (f"{HEADER}\n{ROW}\n".encode("utf-32"), "file-not-supported"),
        (f"{HEADER}\n{ROW}\n".encode("utf-16-be"), "file-not-supported"),
        (f"{HEADER}\n{ROW}\0\n", "nul-byte"),
        (beside_semicolons("1.234"), "number-ambiguous"),
        (beside_semicolons("-123.456"), "number-ambiguous"),
        (beside_semicolons("1.234.567"), "number-grouped"),
        (beside_semicolons("1.234,5"), "number-decimal-comma"),
    ],
)  # fmt: skip
def test_a_file_built_to_harm_is_refused_in_words(read, content, code):
    """Giant fields and headers, thousands of columns, quotation marks without end, other encodings, doubtful digits."""
    assert code in {found.code for found in read(content).findings}


def test_what_nobody_chose_is_not_guessed(read):
    """1.234 beside semicolons is read once somebody says how; a country NA and an id 00123 stay what they are."""
    for locale, amount in (("en", Decimal("1.234")), ("de", Decimal(1234))):
        upload = read(beside_semicolons("1.234"), locale=locale)
        assert pl.read_parquet(upload.parts)["quantity"].to_list() == [amount]
    assert pl.read_parquet(read(beside_semicolons("0.123")).parts)["quantity"].to_list() == [Decimal("0.123")]
    upload = read(f"{HEADER},country,external_id\n{ROW},NA,00123\n")
    assert pl.read_parquet(upload.parts).select("country", "external_id").rows() == [("NA", "00123")]


def test_a_file_of_nothing_but_uneven_lines_comes_back_within_bounds(read, tmp_path, monkeypatch):
    """The marked workbook holds so many lines and no more; all findings that were kept are listed."""
    monkeypatch.setattr(mark, "ALL_ROWS", 50)
    read(HEADER + "\n" + "a,b\n" * 5_000)
    book = openpyxl.load_workbook(tmp_path / "marked.xlsx")
    assert book["Data"].max_row <= 51
    assert book["Findings"].max_row > 1_000


def test_a_marked_workbook_has_no_formula_macro_or_link(tmp_path):
    """It comes back with values in place of formulas, and with nothing that another program would open or run."""
    parts = books.parts_of(books.book_of({"S": [books.HEADER, [*books.ROW[:2], "=50*2", "bad unit", *books.ROW[4:]]]}))
    formula = rb"<f>50\*2</f><v ?(/>|></v>)"  # as openpyxl writes it, with lxml beside it or without
    parts[books.SHEET] = re.sub(formula, b"<f>50*2</f><v>100</v>", parts[books.SHEET])
    parts |= {"xl/vbaProject.bin": b"macro", "xl/externalLinks/externalLink1.xml": b"<externalLink/>"}
    path = tmp_path / "file.xlsx"
    path.write_bytes(books.zip_of(parts))
    upload = read_upload(path, known=KNOWN, stage=tmp_path / "stage")
    assert "unit-unknown" in {found.code for found in upload.findings}
    marked = write_marked(path, upload, tmp_path / "marked.xlsx")
    held = books.parts_of(marked.read_bytes())
    assert not [name for name in held if "vba" in name or "external" in name]
    assert not [name for name, part in held.items() if b"<f>" in part or b"<f " in part]
    assert openpyxl.load_workbook(marked)["S"]["C2"].value == 100


def test_a_large_workbook_is_not_handed_back_as_itself(tmp_path, monkeypatch):
    """One small faulty table beside a million cells of something else does not cost gigabytes to mark."""
    monkeypatch.setattr(mark, "BOOK_CELLS", 1_000)
    rows = [[*books.ROW[:3], "bad unit", *books.ROW[4:]]]
    path = tmp_path / "file.xlsx"
    path.write_bytes(books.book_of({"S": [books.HEADER, *rows], "Notes": [["x"] * 50] * 50}))
    upload = read_upload(path, known=KNOWN, stage=tmp_path / "stage")
    book = openpyxl.load_workbook(write_marked(path, upload, tmp_path / "marked.xlsx"))
    assert book.sheetnames == ["Findings", "S"]


def test_blank_lines_are_looked_through_once(tmp_path):
    """Ten times as many line ends take no more than some tens of times as long: what a file is, is known at once."""
    spent = []
    for count in (20_000, 200_000):
        path = tmp_path / f"{count}.csv"
        path.write_text("\n" * count)
        began = time.process_time()
        assert not read_upload(path, known=KNOWN, stage=tmp_path / "stage").rows
        spent.append(time.process_time() - began)
    assert spent[1] < 5 + 40 * spent[0]
