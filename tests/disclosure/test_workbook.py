"""The workbook: formulas that a spreadsheet recomputes to the ledger's figures, and text that stays text."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from decimal import Decimal

import openpyxl
import pyarrow as pa
import pytest

from ledger.disclosure.documents.formulas import formula
from ledger.disclosure.figures import postings
from ledger.disclosure.figures.look import Look
from ledger.disclosure.quarterly.document import quarterly_document
from ledger.inventory.figure import Figure

SHEETS = [
    "About", "Summary", "Scope 3", "Facilities", "Gases", "Energy", "Scope 3 methods",
    "Scope 2 coverage", "Boundary", "Completeness", "Claims", "Uncertainty", "Intensity", "Prices",
    "Targets", "Postings", "Factors", "Instruments", "Findings", "Not quantified", "Reconciliation",
]  # fmt: skip


def workbook_of(figures) -> bytes:
    return quarterly_document(figures).made(("xlsx",))["xlsx"]


@pytest.fixture(scope="module")
def book(report):
    return openpyxl.load_workbook(io.BytesIO(report["xlsx"]))


@pytest.fixture(scope="module")
def cached(report):
    return openpyxl.load_workbook(io.BytesIO(report["xlsx"]), data_only=True)


def test_sheets_head_and_date(book):
    """The sheets stand in order, with frozen heads and the checkpoint's time instead of today's."""
    assert book.sheetnames == SHEETS
    assert book["Postings"].freeze_panes == "B2"
    assert book.properties.created.isoformat() == "2026-10-14T09:26:53"
    assert "internal" not in str(book["About"]["A1"].value)


def test_a_german_workbook_names_its_own_sheets(figures, book):
    """Sheets and heads are German, and names, formulas and links lead to sheets that are there."""
    german = openpyxl.load_workbook(io.BytesIO(workbook_of(replace(figures, look=Look("de")))))
    assert len(german.sheetnames) == len(SHEETS)
    assert {"Buchungen", "Abstimmung", "Übersicht"} <= set(german.sheetnames)
    assert not set(german.sheetnames) & (set(SHEETS) - {"Scope 3"})
    places = [held.attr_text for held in german.defined_names.values()]
    places += [cell.value for cell in german["Abstimmung"]["E"][1:] if cell.value]
    places += [cell.hyperlink.location for row in german.worksheets[0] for cell in row if cell.hyperlink]
    found = [re.match(r"=?'?([^'!]+)'?!", place) for place in places]
    assert len(found) > len(book.defined_names)
    assert {match[1] for match in found} <= set(german.sheetnames)
    assert [cell.value for cell in german["Buchungen"][1]][:2] == ["Eintrag", "Auswahl"]
    assert german["Übersicht"]["B2"].value == book["Summary"]["B2"].value


def test_totals_are_formulas_over_the_postings(book, cached, figures):
    """Scope totals are SUMIFS in t with the ledger's figure as their value; a posting is quantity × kg per unit."""
    summary = book["Summary"]
    assert summary["B2"].value == '=(SUMIFS(p_kg,p_book,"inventory",p_scope,1))/1000'
    assert cached["Summary"]["B2"].value == pytest.approx(float(figures.current.scope_1) / 1000, rel=1e-15)
    heads = [cell.value for cell in book["Postings"][1]]
    place = heads.index("kg CO2e = sign × quantity × share × kg per unit")
    row = book["Postings"][2]
    assert re.fullmatch(r"=[A-Z]+2\*[A-Z]+2\*[A-Z]+2\*[A-Z]+2", row[place].value)
    exact = Decimal(row[heads.index("kg CO2e, exact")].value)
    product = Decimal(row[heads.index("quantity, exact")].value) * Decimal(
        row[heads.index("kg CO2e per unit, exact")].value
    )
    assert exact == product


def test_the_two_methods_are_never_in_one_formula(book):
    """No formula names both the location and the market method."""
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    assert not ('"location"' in cell.value and '"market"' in cell.value.replace('<>"market"', ""))


def test_unknown_stays_words_in_the_workbook(cached):
    """A category without activity is a dash, one that could not be quantified says so, none is 0."""
    labels = {row[0].value[:2].strip(): row[1].value for row in cached["Scope 3"].iter_rows(min_row=2) if row[0].value}
    assert labels["2"] == "—"
    assert labels["7"] == "not quantified"


def recalculated(content: bytes, folder) -> openpyxl.Workbook:
    """The workbook after LibreOffice computed every formula; the stored values are taken out first."""
    bare = folder / "bare.xlsx"
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(bare, "w") as new:
        for item in old.infolist():
            data = old.read(item)
            if item.filename.startswith("xl/worksheets/"):
                data = re.sub(rb"</f><v>[^<]*</v>", b"</f>", data)
            new.writestr(item, data)
    program = shutil.which("soffice") or shutil.which("libreoffice")
    command = [program, f"-env:UserInstallation=file://{folder}/profile", "--headless", "--convert-to", "xlsx"]
    subprocess.run([*command, "--outdir", str(folder / "out"), str(bare)], check=True, capture_output=True, timeout=180)
    return openpyxl.load_workbook(folder / "out" / "bare.xlsx", data_only=True)


@pytest.mark.needs("libreoffice")
@pytest.mark.slow
@pytest.mark.parametrize(
    "facility", ["G*", *(pytest.param(one, marks=pytest.mark.thorough) for one in ("GB-01", '"=1', "1001", "a~b"))]
)
def test_libreoffice_recomputes_every_figure(figures, facility, tmp_path):
    """Without stored values a spreadsheet finds the ledger's figures, also for ids that look like patterns."""
    lines = figures.postings
    ids = pa.array([facility if one == "GB-01" else one for one in lines["facility_id"].to_pylist()])
    lines = lines.set_column(lines.column_names.index("facility_id"), "facility_id", ids)
    sites = tuple(replace(s, key=facility) if s.key == "GB-01" else s for s in figures.facilities)
    made = replace(figures, postings=lines, facilities=sites)
    content = workbook_of(made)
    again, stored = recalculated(content, tmp_path), openpyxl.load_workbook(io.BytesIO(content), data_only=True)
    rows = list(again["Reconciliation"].iter_rows(min_row=2, values_only=True))
    checked = [row for row in rows if row[3] is not None]
    assert len(checked) > 40
    assert [row for row in checked if row[5] != 0] == []
    assert rows[-1][1] == "yes"
    for sheet in stored:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, (int, float)):
                    found = again[sheet.title][cell.coordinate].value
                    assert found == pytest.approx(cell.value, rel=1e-9, abs=1e-6), (sheet.title, cell.coordinate)


def test_the_reconciliation_can_fail(figures, tmp_path):
    """A figure that the postings do not bear shows as a difference, so that 'agrees' means something."""
    if not (shutil.which("soffice") or shutil.which("libreoffice")):
        pytest.skip("not run: libreoffice is not installed")
    wrong = replace(figures, current=replace(figures.current, scope_1=figures.current.scope_1 + 1))
    rows = list(recalculated(workbook_of(wrong), tmp_path)["Reconciliation"].iter_rows(min_row=2, values_only=True))
    assert rows[0][5] == -1
    assert rows[-1][1] == "no"


@pytest.mark.parametrize("name", ["=cmd|'/c calc'!A1", "+1+1", "@SUM(A1)", "http://example.org", "a" * 40_000, "{=1}"])
def test_text_from_outside_is_never_a_formula_or_link(figures, name):
    """Names that look like formulas or addresses are strings; endless ones are cut and say so."""
    lines = figures.postings
    at = lines.column_names.index("source_file")
    lines = lines.set_column(at, "source_file", pa.array([name] * lines.num_rows))
    made = replace(
        figures,
        postings=lines,
        organisation=replace(figures.organisation, name=name),
        findings=(replace(figures.findings[0], message=name, value=name),),
        facilities=(replace(figures.facilities[0], label=name), *figures.facilities[1:]),
    )
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(made)))
    heads = [cell.value for cell in book["Postings"][1]]
    cell = book["Postings"][2][heads.index("source file")]
    assert cell.data_type == "s"
    assert cell.hyperlink is None
    assert cell.value == name or (cell.value.startswith(name[:1000]) and "40000 characters" in cell.value)
    assert book["About"]["A1"].data_type == "s"
    assert book["Findings"]["C2"].data_type == "s"


def test_many_postings_are_summed_per_choice_facility_and_month(figures):
    """Over the limit rows are folded; quantities and kg keep their sums to the last digit, and the sheet says so."""
    lines = figures.postings
    doubled = pa.concat_tables([lines, lines])
    folded, is_folded = postings.table_of(doubled, limit=lines.num_rows)
    assert is_folded
    assert folded.num_rows <= lines.num_rows
    for name in ("quantity", "total_co2e_kg"):
        assert sum(folded[name].to_pylist(), Decimal(0)) == sum(doubled[name].to_pylist(), Decimal(0))
    assert sum(folded["postings"].to_pylist()) == doubled.num_rows
    made = workbook_of(replace(figures, postings=folded, postings_grouped=True))
    book = openpyxl.load_workbook(io.BytesIO(made))
    assert any("one row per key" in str(row[0].value) for row in book["About"].iter_rows())
    assert postings.table_of(lines)[1] is False


def test_without_lines_totals_are_values(figures):
    """A report made without its lines has no Postings sheet and no formula that would point at it."""
    book = openpyxl.load_workbook(io.BytesIO(workbook_of(replace(figures, postings=None))))
    assert "Postings" not in book.sheetnames
    assert book["Summary"]["B2"].data_type == "n"


def test_every_cut_of_a_figure_has_its_formula():
    """Each measure and cut that the report prints can be summed; a name in quotes cannot end the formula."""

    def of(measure, **cuts):
        return formula(str(Figure("2026-Q3", "operational_control", measure, 1, cuts)))

    assert of("scope_3", category="6") == '=SUMIFS(p_kg,p_book,"inventory",p_scope,3,p_category,6)'
    assert of("scope_3", sub_line="1.1") == '=SUMIFS(p_kg,p_book,"inventory",p_scope,3,p_sub_line,1.1)'
    assert of("scope_2_market", facility='x"&A1&"') == (
        '=SUMPRODUCT((p_book="inventory")*(p_scope=2)*(p_method="market")*(p_facility="x""&A1&""")*p_kg)'
    )
    assert of("energy_kwh") == '=SUMIFS(p_kwh,p_book,"inventory")'
    assert of("scope_1", facility="f" * 300) is None
    assert of("scope_1", month="2026-07") is None
    assert formula("no id at all") is None


def test_the_same_figures_give_the_same_workbook(figures, report):
    """Made twice, the workbook is the same file."""
    assert quarterly_document(figures).made(("xlsx",))["xlsx"] == report["xlsx"]


def test_what_is_shown_reads_in_a_spreadsheet(book):
    """A figure per unit keeps its digits, a count of whole units has none, and words wrap in a column they fit."""
    rows = {row[0].value: row for row in book["Intensity"].iter_rows(min_row=2) if row[1].value}
    broken = [cell for row in rows.values() for cell in row[2:] if isinstance(cell.value, float) and cell.value % 1]
    assert broken
    assert {cell.number_format for cell in broken} == {"#,##0.######"}
    assert {row[1].number_format for row in rows.values()} == {"#,##0"}
    words = [cell for row in book["Boundary"].iter_rows(min_row=2, min_col=2) for cell in row if cell.value]
    reasons = [cell for cell in words if isinstance(cell.value, str) and len(cell.value) > 10]
    assert reasons
    assert all(cell.alignment.wrap_text for cell in reasons)
    assert all(book["Boundary"].column_dimensions[cell.column_letter].width > 10 for cell in reasons)
    numbers = [cell for cell in book["Boundary"]["E"][1:] if isinstance(cell.value, float)]
    assert {cell.alignment.vertical for cell in (*numbers, *words)} == {"top"}  # a figure stands beside its first line
    sheet = book["Scope 3 methods"]
    two = [c.row for row in sheet.iter_rows(min_row=2) for c in row if c.alignment.wrap_text and len(str(c.value)) > 70]
    assert two
    assert all(sheet.row_dimensions[row].height > 20 for row in two)
