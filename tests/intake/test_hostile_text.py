"""Hostile and odd CSV files: each fault is told by its code, line and column, and nothing is guessed."""

from __future__ import annotations

import polars as pl
import pytest

from ledger.errors import Misuse
from ledger.intake import Limits

HEADER = "facility_id,activity_type,quantity,unit,period_start,period_end,data_basis"
ROW = "LON,electricity_purchased,100,kWh,2026-07-01,2026-07-31,measured"

# One cell of the usual row replaced: what it is replaced by, and the code it must make.
CELLS = [
    ("quantity", '"1,234"', "number-ambiguous"),
    ("quantity", '"1234,5"', "number-decimal-comma"),
    ("quantity", '"1.234,56"', "number-decimal-comma"),
    ("quantity", '"1,234.5"', "number-grouped"),
    ("quantity", '"1,234,567"', "number-grouped"),
    ("quantity", "1 234 567", "number-grouped"),
    ("quantity", "NaN", "number-not-finite"),
    ("quantity", "nan", "number-not-finite"),
    ("quantity", "inf", "number-not-finite"),
    ("quantity", "-Infinity", "number-not-finite"),
    ("quantity", "NULL", "number-not-finite"),
    ("quantity", "n/a", "number-not-finite"),
    ("quantity", "#N/A", "number-not-finite"),
    ("quantity", "-", "number-not-finite"),
    ("quantity", "", "quantity-missing"),
    ("quantity", "   ", "quantity-missing"),
    ("quantity", "1e400", "number-scientific"),
    ("quantity", "1E+05", "number-scientific"),
    ("quantity", "25000 kWh", "number-with-unit"),
    ("quantity", "£100", "number-with-unit"),
    ("quantity", "1.2345678", "number-too-precise"),
    ("quantity", "1234567890123", "number-too-large"),
    ("quantity", "+5", "number-not-read"),
    ("quantity", ".5", "number-not-read"),
    ("quantity", "5.", "number-not-read"),
    ("quantity", "1_000", "number-not-read"),
    ("quantity", "(100)", "number-not-read"),
    ("quantity", "abc", "number-not-read"),
    ("quantity", "-100", "number-negative"),
    ("quantity", "=1+1", "number-not-read"),
    ("unit", "mWh", "unit-unknown"),
    ("unit", "kwh", "unit-unknown"),
    ("unit", "therm", "unit-unknown"),
    ("unit", "ton", "unit-unknown"),
    ("unit", "", "value-missing"),
    ("unit", "km", "unit-unsuited"),
    ("unit", "EUR", "unit-unsuited"),
    ("activity_type", "Elektrizitaet", "activity-type-unknown"),
    ("activity_type", "", "value-missing"),
    ("facility_id", "LDN", "facility-unknown"),
    ("facility_id", "lon", "facility-unknown"),
    ("period_start", "03/04/2026", "date-order-unknown"),
    ("period_start", "31.07.2026", "date-order-unknown"),
    ("period_start", "2026-02-30", "date-not-read"),
    ("period_start", "July 2026", "date-not-read"),
    ("period_start", "45322", "date-not-read"),
    ("period_start", "2026-07-01 05:06", "date-not-read"),
    ("period_start", "1026-07-01", "date-out-of-range"),
    ("period_start", "", "value-missing"),
    ("period_start", "2018-03-31", "period-outside-facility"),
    ("period_end", "2026-06-30", "period-end-before-start"),
    ("data_basis", "guessed", "value-not-allowed"),
    ("activity_type", "elec\x07tricity_purchased", "text-control"),
    ("facility_id", "L\u200bON", "text-invisible"),
    ("facility_id", "L\u202eON", "text-invisible"),
    ("quantity", "1\u200b00", "text-invisible"),
]


@pytest.mark.parametrize(("column", "cell", "code"), CELLS)
def test_a_faulty_cell_is_told_where_it_is(read_rows, told, column, cell, code):
    """One bad cell refuses the file with one finding that names its line and column, and no part is left."""
    place = HEADER.split(",").index(column)
    cells = ROW.split(",")
    cells[place] = cell
    upload = read_rows(ROW, ",".join(cells), ROW.replace("100", "101"))
    assert told(upload) == [(code, 3, column)]
    assert upload.findings[0].severity == "error"
    assert upload.has_errors
    assert upload.parts == []


def test_every_fault_is_told_at_once(read_rows, told):
    """A file with several faults, two of them in one row, tells all of them."""
    upload = read_rows(
        "LON,electricity_purchased,NaN,mWh,2026-07-01,2026-07-31,measured",
        ROW,
        "LON,unknown thing,-5,kWh,2026-07-01,2026-06-30,measured",
    )
    assert set(told(upload)) == {
        ("number-not-finite", 2, "quantity"),
        ("unit-unknown", 2, "unit"),
        ("activity-type-unknown", 4, "activity_type"),
        ("number-negative", 4, "quantity"),
        ("period-end-before-start", 4, "period_end"),
    }


def test_the_likely_unit_is_proposed(read_rows):
    """For mWh, MWh is proposed first: a milliwatt hour is not taken for a megawatt hour."""
    upload = read_rows(ROW.replace("kWh", "mWh"))
    assert "did you mean MWh" in upload.findings[0].fix


def test_a_locale_is_proposed_for_decimal_commas(read_rows):
    """The fix names the exact option to add."""
    upload = read_rows(ROW.replace("100", '"1.234,56"'))
    assert "--locale de" in upload.findings[0].fix


def test_a_nul_byte_is_told_by_its_line(read):
    """A NUL byte refuses the file; the line is named."""
    upload = read(f"{HEADER}\n{ROW}\n{ROW[:10]}\0{ROW[10:]}\n")
    assert [(found.code, found.line) for found in upload.findings] == [("nul-byte", 3)]


def test_an_unclosed_quotation_is_told_where_it_opens(read_rows, told):
    """The rest of the file is not swallowed: the line where the quotation opens is named."""
    upload = read_rows(ROW, '"' + ROW, ROW, ROW)
    assert told(upload) == [("unclosed-quote", 3, None)]


@pytest.mark.parametrize(
    ("row", "found"),
    [(ROW + ",x", "8"), (ROW.rsplit(",", 1)[0], "6"), ("LON", "1")],
)
def test_a_ragged_row_is_told_with_its_count(read_rows, told, row, found):
    """A row with more or fewer cells than the header is never padded or cut."""
    upload = read_rows(ROW, row, ROW.replace("100", "7"))
    assert told(upload) == [("ragged-row", 3, None)]
    assert f"has {found} cells where the header has 7" in upload.findings[0].message


def test_a_ragged_row_beside_other_faults(read_rows, told):
    """The even rows of a file with a ragged one are checked too."""
    upload = read_rows(ROW + ",x", ROW.replace("kWh", "mWh"))
    assert told(upload) == [("ragged-row", 2, None), ("unit-unknown", 3, "unit")]


def test_line_numbers_count_lines_where_cells_hold_breaks(read_rows, told):
    """After a cell of three lines, a fault is told by the line one sees in an editor."""
    header = HEADER + ",note"
    upload = read_rows(
        ROW + ',"first\nsecond\nthird"', ROW.replace("kWh", "mWh") + ",plain", ROW + ',"two\nlines"',
        ROW.replace("LON", "LDN") + ",x", header=header,
    )  # fmt: skip
    assert told(upload) == [("unit-unknown", 5, "unit"), ("facility-unknown", 8, "facility_id")]


def test_a_total_row_is_refused(read_rows, told):
    """A total at the end would count everything twice."""
    upload = read_rows(ROW, ROW.replace("100", "50"), "Total,,150,,,,")
    assert told(upload) == [("row-total", 4, None)]


def test_blank_rows_are_counted_not_read(read_rows, told):
    """Blank lines and rows of delimiters are passed over and said."""
    upload = read_rows(ROW, "", ",,,,,,", ROW.replace("100", "7"))
    assert told(upload) == [("row-blank", None, None)]
    assert "2 blank rows" in upload.findings[0].message
    assert pl.read_parquet(upload.parts)["source_line"].to_list() == [2, 5]


def test_duplicate_rows_are_a_warning(read_rows, told, small_chunks):
    """A row that repeats an earlier one in every field is told with that one's line; it is recorded all the same."""
    upload = read_rows(ROW, ROW.replace("100", "7"), ROW, limits=small_chunks)
    assert told(upload) == [("row-duplicate", 4, None)]
    assert "line 2" in upload.findings[0].message
    assert upload.rows == 3
    assert not upload.has_errors


def test_rows_that_differ_in_one_field_are_no_duplicates(read_rows):
    """The same consumption on another invoice is another activity."""
    header = HEADER + ",invoice_id"
    assert read_rows(ROW + ",A1", ROW + ",A2", header=header).findings == ()


def test_the_same_identifier_twice_is_compared_in_full(read_rows, told):
    """Rows that share an identifier but not the quantity are not the same row."""
    header = HEADER + ",external_id"
    upload = read_rows(ROW + ",X1", ROW.replace("100", "7") + ",X1", ROW + ",X1", header=header)
    assert told(upload) == [("row-duplicate", 4, None)]


def test_missing_columns_are_named(read):
    """Without a unit and a period the nearest kind says what it lacks."""
    upload = read("facility_id,activity_type,quantity\nLON,electricity,5\n")
    assert [found.code for found in upload.findings] == ["kind-not-recognised"]
    assert "unit" in upload.findings[0].message
    assert "period_start+period_end or month" in upload.findings[0].message


def test_a_missing_column_of_a_named_kind_proposes_the_header_that_looks_like_it(read, told):
    """Where the kind is said, the missing column is named with the misspelt header."""
    upload = read(
        "activity_type,quantity,unitt,period_start,period_end\nelectricity,5,kWh,2026-07-01,2026-07-31\n",
        kind="activity",
    )
    assert told(upload) == [("column-missing", 1, "quantity+unit or spend+currency or quantity+currency or formula")]
    assert "unitt" in upload.findings[0].fix


def test_duplicate_headers_are_refused(read, told):
    """Two columns that mean the same leave open which one counts."""
    upload = read(f"{HEADER},Amount\n{ROW},100\n")
    assert ("column-duplicate", 1, "Amount") in told(upload)


def test_extra_columns_are_kept_in_the_tags(read, told):
    """An unknown column is a warning, and its cells stand in the tags under its header, blanks left out."""
    upload = read(f'{HEADER},Ölsorte,Häuser\n{ROW},"süß ""a""",\n{ROW.replace("100", "7")},,3\n')
    assert told(upload) == [("column-extra", 1, "Ölsorte"), ("column-extra", 1, "Häuser")]
    assert all(found.severity == "warning" for found in upload.findings)
    assert pl.read_parquet(upload.parts)["tags"].to_list() == ['{"Ölsorte":"süß \\"a\\""}', '{"Häuser":"3"}']


def test_an_unnamed_column_with_cells_is_told(read, told):
    """A column without a header is kept by its position; one without cells is nothing."""
    upload = read(f"{HEADER},,\n{ROW},x,\n")
    assert told(upload) == [("column-unnamed", 1, "column 8")]
    assert pl.read_parquet(upload.parts)["tags"].to_list() == ['{"column 8":"x"}']


def test_title_rows_above_the_header_are_passed_over(read, told):
    """The header is found below a title, and lines are still those of the file."""
    upload = read(f"Energy report 2026,,,,,,\n,,,,,,\n{HEADER}\n{ROW.replace('kWh', 'mWh')}\n")
    assert told(upload) == [("unit-unknown", 4, "unit"), ("title-rows-skipped", 1, None)]


def test_a_file_of_a_header_alone_is_empty(read, told):
    """A header without rows is refused, not recorded as nothing."""
    assert told(read(HEADER + "\n")) == [("file-empty", None, None)]
    assert told(read("")) == [("file-empty", None, None)]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"%PDF-1.7\n", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "XLS"),
        ("a,b\n1,2\n".encode("utf-16-le"), "UTF-16"),
    ],
)
def test_what_is_no_csv_is_said(read, content, found):
    """A PDF, an old workbook or unmarked UTF-16 is named, not decoded into nonsense."""
    upload = read(content)
    assert [finding.code for finding in upload.findings] == ["file-not-supported"]
    assert found in upload.findings[0].message


def test_a_fuel_in_kwh_without_calorific_basis_is_taken_as_gross(read_rows, told):
    """Bills are on gross calorific value; the assumption is a warning on the row."""
    gas = "LON,natural_gas,100,kWh,2026-07-01,2026-07-31,measured"
    upload = read_rows(gas, gas.replace("kWh", "m3"))
    assert told(upload) == [("calorific-basis-assumed", 2, "calorific_basis")]
    assert pl.read_parquet(upload.parts)["calorific_basis"].to_list() == ["gross", None]


def test_a_stated_scope_that_contradicts_the_catalogue_is_a_warning(read_rows, told):
    """What a sender states is checked against the catalogue, not taken."""
    header = HEADER + ",Scope"
    upload = read_rows(ROW + ",Scope 1", ROW.replace("100", "7") + ",S2", header=header)
    assert told(upload) == [("stated-scope-differs", 2, "Scope")]
    assert "scope 2" in upload.findings[0].message
    assert pl.read_parquet(upload.parts)["stated_scope"].to_list() == [1, 2]


def test_findings_are_capped_and_the_rest_counted(read_rows):
    """At most so many of a code are kept; the others are counted."""
    bad = ROW.replace("kWh", "mWh")
    upload = read_rows(*[bad] * 30, limits=Limits(findings_per_code=10, chunk_rows=7))
    assert len(upload.findings) == 10
    assert upload.more_findings == {"unit-unknown": 20}


def test_limits_are_findings(read_rows, told, tmp_path):
    """Too many bytes, rows, columns, or characters in a cell are told, not read."""
    assert [code for code, _, _ in told(read_rows(ROW, limits=Limits(bytes=10)))] == ["file-too-large"]
    assert [code for code, _, _ in told(read_rows(ROW, limits=Limits(columns=3)))] == ["columns-too-many"]
    rows = [ROW.replace("100", str(number)) for number in range(9)]
    assert [code for code, _, _ in told(read_rows(*rows, limits=Limits(rows=5, chunk_rows=2)))] == ["rows-too-many"]
    long = read_rows(ROW + "," + "x" * 5000, header=HEADER + ",note")
    assert told(long) == [("value-too-long", 2, "note")]


def test_an_unknown_kind_locale_or_encoding_is_misuse(read_rows):
    """Wrong options are the caller's fault and raise."""
    for options in ({"kind": "thing"}, {"locale": "xx"}, {"encoding": "utf-99"}):
        with pytest.raises(Misuse):
            read_rows(ROW, **options)


def test_mixed_alphabets_are_a_warning(read_rows, told):
    """A Cyrillic letter inside a Latin name would hide the row from every search."""
    upload = read_rows(ROW + ",Northm\u043e\u043er Energy", header=HEADER + ",supplier")
    assert told(upload) == [("text-mixed-scripts", 2, "supplier")]


def test_spend_with_an_unknown_naics_code_is_a_warning(read, told):
    """The row is kept and will show as not quantified."""
    text = "legal_entity_id,activity_type,amount,currency,month,naics\n"
    upload = read(text + "ACME,it_services_spend,100,EUR,2026-07,541512\nACME,it_services_spend,5,EUR,2026-07,999999\n")
    assert ("classification-unknown", 3, "naics") in told(upload)
    assert not upload.has_errors
