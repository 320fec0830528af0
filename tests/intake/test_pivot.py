"""Wide tables: months, quarters or activities across columns, the unit in a header, and totals that must agree."""

from __future__ import annotations

import csv
import io
from datetime import date
from decimal import Decimal

import openpyxl
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.errors import Misuse
from ledger.intake import Limits
from ledger.intake.handed_back.mark import write_marked
from ledger.intake.tables.mapping import Shaping
from ledger.intake.tables.period_headers import PeriodHeader, period_header, without_unit

MONTHS = Shaping("months", 2026)
WIDE = "Site,Fuel,Unit,Jan,Feb,Mar,Total\nLON,Gas,kWh,100,200,,300\nLON,Electricity,kWh,1.5,0,3,4.5\n"


def rows(upload) -> list[tuple]:
    """Line, column, type, quantity and first day of each staged row."""
    assert not upload.has_errors, upload.findings[:3]
    frame = pl.concat([pl.read_parquet(part) for part in upload.parts])
    column = pl.col("tags").str.json_path_match("$.source_column")
    return frame.select("source_line", column, "activity_type", "quantity", "period_start").rows()


def workbook(table: list[list], name: str = "Usage") -> bytes:
    """A workbook of one sheet of rows."""
    book = openpyxl.Workbook()
    book.active.title = name
    for row in table:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_months_across_columns_are_offered_and_not_taken(read, told):
    """The finding names what each column would be and the exact option to add."""
    upload = read(WIDE, name="usage.csv")
    assert told(upload) == [("pivot-offered", 1, None)]
    assert upload.findings[0].fix == "if that is right, add: --pivot months --year YYYY"
    assert "“Total”" in upload.findings[0].message
    assert "--year 2025" in read(WIDE, name="usage 2025.csv").findings[0].fix
    assert "--year" not in read(WIDE.replace("Jan", "Jan 2026").replace("Feb", "2026-02").replace("Mar", "Mrz 2026"),
                                name="usage.csv").findings[0].fix  # fmt: skip


def test_each_cell_becomes_a_row_that_knows_its_place(read, told):
    """A blank cell makes no row and is told once; zero is zero; the line and the column are kept."""
    upload = read(WIDE, shaping=MONTHS)
    assert rows(upload) == [
        (2, "Jan", "natural_gas", Decimal(100), date(2026, 1, 1)),
        (2, "Feb", "natural_gas", Decimal(200), date(2026, 2, 1)),
        (3, "Jan", "electricity_purchased", Decimal("1.5"), date(2026, 1, 1)),
        (3, "Feb", "electricity_purchased", Decimal(0), date(2026, 2, 1)),
        (3, "Mar", "electricity_purchased", Decimal(3), date(2026, 3, 1)),
    ]
    assert [code for code, *_ in told(upload) if code.startswith("pivot")] == ["pivot-blank"]
    assert next(found for found in upload.findings if found.code == "pivot-blank").message.startswith("one blank cell")
    assert upload.control_totals == {
        "rows": 5, "quantity": {"kWh": "304.5"}, "calorific": {"kWh gross": "300"}, "pivot": "months", "year": "2026",
    }  # fmt: skip


def test_chunks_meet_without_a_seam(read, small_chunks):
    """The same rows come out whatever the chunks."""
    text = WIDE + "LON,Diesel,L,1,2,3,6\nLON,Diesel,L,4,5,6,15\n"
    assert rows(read(text, shaping=MONTHS, limits=small_chunks)) == rows(read(text, shaping=MONTHS))


def test_a_total_that_is_not_the_sum_is_an_error(read, told):
    """The total's own cell is told, once, with the sum."""
    upload = read(WIDE.replace("4.5", "4.6"), shaping=MONTHS)
    assert [found for found in told(upload) if found[0].startswith("pivot-t")] == [("pivot-total-differs", 3, "Total")]
    assert "4.5" in next(found.message for found in upload.findings if found.code == "pivot-total-differs")


@pytest.mark.parametrize(("total", "agrees"), [("5", True), ("4", False), ("4.50", True), ("4.49", False)])
def test_a_total_agrees_to_the_decimals_it_is_written_with(read, total, agrees):
    """A total of 4.5 may be written 5 (half away from zero) and never 4."""
    upload = read(WIDE.replace("4.5", total), shaping=MONTHS)
    assert upload.has_errors != agrees


def test_quarters_among_months_are_checked_as_sums(read, told):
    """A quarter beside its three months is a subtotal, and never a row."""
    text = "Site,Fuel,Unit,Jan,Feb,Mar,Q1\nLON,Gas,kWh,1,2,3,6\nLON,Gas,kWh,1,2,4,8\n"
    upload = read(text, shaping=MONTHS)
    assert [found for found in told(upload) if found[0].startswith("pivot")] == [("pivot-total-differs", 3, "Q1")]


def test_quarters_and_years_are_pivoted_too(read):
    """Quarters and years across columns, each by its own name."""
    text = "Site,Fuel,Unit,Q1 2026,Q2 2026\nLON,Gas,kWh,1,2\n"
    assert [row[4] for row in rows(read(text, shaping=Shaping("quarters")))] == [date(2026, 1, 1), date(2026, 4, 1)]
    text = "Site,Fuel,Unit,2024,2025\nLON,Gas,kWh,1,2\n"
    assert [row[4] for row in rows(read(text, shaping=Shaping("years")))] == [date(2024, 1, 1), date(2025, 1, 1)]


def test_a_year_column_stands_for_the_year_of_the_months(read):
    """Where the table has a year, none is asked for."""
    text = "Site,Fuel,Unit,Year,Jan,Feb\nLON,Gas,kWh,2024,1,2\nLON,Gas,kWh,2025,3,4\n"
    days = [row[4] for row in rows(read(text, shaping=Shaping("months")))]
    assert days == [date(2024, 1, 1), date(2024, 2, 1), date(2025, 1, 1), date(2025, 2, 1)]


@pytest.mark.parametrize(
    ("text", "shaping", "code"),
    [
        (WIDE, Shaping("months"), "pivot-year-missing"),
        (WIDE.replace("Feb", "January"), MONTHS, "pivot-column-twice"),
        (WIDE, Shaping("activities"), "pivot-not-possible"),
        (WIDE.replace("Unit,", "Uni,"), MONTHS, "column-missing"),
    ],
)
def test_what_is_not_clear_is_not_pivoted(read, text, shaping, code):
    """A year that nobody told, two columns of one month, a shape that is not there, a column that is missing."""
    assert code in {found.code for found in read(text, shaping=shaping).findings}


def test_an_unknown_pivot_is_misuse(read):
    """With the likely one proposed."""
    with pytest.raises(Misuse) as fault:
        read(WIDE, shaping=Shaping("month"))
    assert "did you mean months" in fault.value.fix


def test_findings_of_a_pivoted_file_lead_to_its_cells(read, told, tmp_path):
    """A cell's fault is at its column; a line's fault is told once, not once a month; the workbook marks both."""
    text = "Site,Fuel,Unit,Jan,Feb,Mar\nNowhere,Gas,kWh,1,2,3\nLON,Gas,kWh,1,x,3\n"
    upload = read(text, shaping=MONTHS, name="usage.csv")
    errors = [found for found in told(upload) if found[0] in ("facility-unknown", "number-not-read")]
    assert errors == [("facility-unknown", 2, "Site"), ("number-not-read", 3, "Feb")]
    book = openpyxl.load_workbook(write_marked(tmp_path / "usage.csv", upload, tmp_path / "m.xlsx"))
    colour = {place: book["Data"][place].fill.start_color.rgb[2:] for place in ("A2", "E3", "D3", "E2")}
    assert colour == {"A2": "FFC7CE", "E3": "FFC7CE", "D3": "000000", "E2": "000000"}


def test_a_pivoted_workbook_comes_back_marked_at_its_cells(read, tmp_path):
    """Number cells keep their digits, a failed formula is at its cell, an empty first column makes no difference."""
    table = [["Energy 2026"], [None, "Site", "Fuel", "Unit", date(2026, 1, 1), date(2026, 2, 1), "Total"],
             [None, "LON", "Gas", "kWh", 0.1, 0.2, 0.3], [None, "LON", "Strom", "kWh", 1, "=1/0", 2]]  # fmt: skip
    content = workbook(table)
    upload = read(content, name="u.xlsx", shaping=Shaping("months"))
    assert [(f.code, f.line, f.value) for f in upload.findings if f.severity == "error"] == [
        ("formula-without-value", 4, None)
    ]
    marked = openpyxl.load_workbook(write_marked(tmp_path / "u.xlsx", upload, tmp_path / "m.xlsx"))
    assert marked["Usage"]["F4"].fill.start_color.rgb[2:] == "FFC7CE"
    fine = read(
        workbook([*table[:3], [None, "LON", "Strom", "kWh", 1, 1, 2]]), name="u.xlsx", shaping=Shaping("months")
    )
    assert [(row[0], row[3], row[4]) for row in rows(fine)] == [
        (3, Decimal("0.1"), date(2026, 1, 1)), (3, Decimal("0.2"), date(2026, 2, 1)),
        (4, Decimal(1), date(2026, 1, 1)), (4, Decimal(1), date(2026, 2, 1)),
    ]  # fmt: skip


def test_activities_across_columns_are_offered_with_what_each_would_be(read, told):
    """The mapping is printed, what is not sure is listed, and nothing is taken."""
    text = "Site,Month,Electricity (kWh),Gas [kWh],Water (m3),Gizmos (t)\nLON,2026-01,100,20,3,1\n"
    upload = read(text)
    assert told(upload) == [("pivot-offered", 1, None)]
    message = upload.findings[0].message
    assert "“Electricity (kWh)” → electricity_purchased in kWh" in message
    assert message.endswith("not sure: “Gizmos (t)”")
    assert upload.findings[0].fix.endswith("--pivot activities")
    asked = read(text, shaping=Shaping("activities"))
    assert [(code, column) for code, _, column in told(asked)] == [("pivot-column-unsure", "Gizmos (t)")]


def test_activities_across_columns_become_rows(read):
    """Each with the type and the unit of its header; money beside them is kept as a label."""
    text = "Site,Month,Electricity (kWh),Diesel in litres,Cost (EUR)\nLON,2026-01,100,20,9\nLON,2026-02,,5,\n"
    upload = read(text, shaping=Shaping("activities"))
    assert [row[1:4] for row in rows(upload)] == [
        ("Electricity (kWh)", "electricity_purchased", Decimal(100)),
        ("Diesel in litres", "diesel", Decimal(20)),
        ("Diesel in litres", "diesel", Decimal(5)),
    ]
    frame = pl.read_parquet(upload.parts)
    assert frame["unit_given"].to_list() == ["kWh", "L", "L"]
    assert frame["tags"].str.json_path_match("$['Cost (EUR)']").to_list() == ["9", "9", None]


def test_a_finding_that_only_one_activity_has_is_of_its_cell(read, told):
    """The calorific basis is assumed of the gas, not of the electricity beside it."""
    text = "Site,Month,Electricity (kWh),Gas (kWh),Water (m3)\nLON,2026-01,100,20,3\nLON,2026-02,100,,3\n"
    assumed = [found for found in told(read(text, shaping=Shaping("activities"))) if "calorific" in found[0]]
    assert assumed == [("calorific-basis-assumed", 2, "Gas (kWh)")]


def test_the_unit_of_a_header_fills_the_unit(read, told):
    """`Menge (kWh)` is a quantity in kWh, and that is said."""
    text = "Standort;Energieart;Monat;Menge (kWh)\nLON;Strom;2026-01;5\n"
    upload = read(text)
    assert ("unit-from-header", 1, "Menge (kWh)") in told(upload)
    assert pl.read_parquet(upload.parts)["unit_given"].to_list() == ["kWh"]


def test_a_unit_column_beside_must_agree(read, told):
    """A blank unit is the header's; another unit than the header's is an error at its cell."""
    text = "Site,Activity,Month,Consumption kWh,Unit\nLON,Electricity,2026-01,5,\nLON,Electricity,2026-02,5,kWh\n"
    assert pl.read_parquet(read(text).parts)["unit_given"].to_list() == ["kWh", "kWh"]
    wrong = read(text.replace(",kWh\n", ",MWh\n"))
    assert [found for found in told(wrong) if found[0] == "unit-contradicts-header"] == [
        ("unit-contradicts-header", 3, "Unit")
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Jan", ("months", 1, None, None)), ("janv.", ("months", 1, None, None)),
        ("März 2026", ("months", 3, 2026, None)),
        ("2026-01", ("months", 1, 2026, None)), ("01/2026", ("months", 1, 2026, None)),
        ("Jan-26", ("months", 1, 2026, None)), ("2026-02-01 00:00:00", ("months", 2, 2026, None)),
        ("Dec 2025 [MWh]", ("months", 12, 2025, "MWh")), ("Q3", ("quarters", 3, None, None)),
        ("2026-Q1", ("quarters", 1, 2026, None)), ("2. Quartal 2026", ("quarters", 2, 2026, None)),
        ("2025", ("years", 2025, 2025, None)),
        ("2026-01-15", None), ("FY2025", None), ("KW 1", None), ("Month", None), ("Total", None), ("", None),
        ("13/2026", None), ("Jan Feb", None), ("Site Jan", None),
    ],
)  # fmt: skip
def test_what_headers_say_of_a_period(text, found):
    """Months in several languages, quarters and years; a day, a week or a fiscal year is none of these."""
    assert period_header(text) == (None if found is None else PeriodHeader(*found))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Gas (kWh)", ("Gas", "kWh")), ("Electricity [MWh]", ("Electricity", "MWh")),
        ("Diesel in litres", ("Diesel", "L")), ("Water, m³", ("Water", "m3")), ("Gas (mwh)", ("Gas (mwh)", None)),
        ("kWh", ("kWh", None)), ("Facility (name)", ("Facility (name)", None)),
    ],
)  # fmt: skip
def test_what_headers_say_of_a_unit(text, found):
    """Units are spelled exactly here too."""
    assert without_unit(text) == found


QUANTITY = st.one_of(st.none(), st.decimals("0", "999999", places=3, allow_nan=False, allow_infinity=False))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(table=st.lists(st.lists(QUANTITY, min_size=12, max_size=12), min_size=1, max_size=6))
def test_the_rows_of_a_pivot_add_up_to_its_totals(read, table):
    """Whatever the cells, the staged rows sum to the totals, and there is one for each cell that is not blank."""
    header = ["Site", "Fuel", "Unit", *(f"2026-{month:02d}" for month in range(1, 13)), "Total"]
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    for cells in table:
        total = sum((cell for cell in cells if cell is not None), Decimal(0))
        writer.writerow(["LON", "Gas", "kWh", *("" if cell is None else format(cell, "f") for cell in cells), total])
    upload = read(out.getvalue(), shaping=Shaping("months"), limits=Limits(chunk_rows=2))
    filled = [cell for cells in table for cell in cells if cell is not None]
    if not filled:
        assert [found.code for found in upload.findings if found.severity == "error"] == ["file-empty"]
        return
    made = rows(upload)
    assert len(made) == len(filled)
    assert sum(row[3] for row in made) == sum(filled)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    header=st.lists(st.text(max_size=12), min_size=1, max_size=6),
    cells=st.lists(st.lists(st.text(max_size=8), min_size=6, max_size=6), max_size=3),
    pivot=st.sampled_from(["months", "quarters", "years", "activities", None]),
)
def test_whatever_the_text_is_it_is_answered(read, header, cells, pivot):
    """No header and no cell makes the reading of a wide table fail; what is not read is a finding."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["Site", "Fuel", "Unit", "Jan", "Feb", *header])
    writer.writerows(cells)
    upload = read(out.getvalue(), shaping=Shaping(pivot, 2026))
    assert upload.findings or upload.rows
