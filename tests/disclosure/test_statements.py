"""Statements by a standard: laid out as data, true to the ledger, the same bytes anywhere."""

from __future__ import annotations

import functools
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from in_process import ghg
from pypdf import PdfReader
from test_workbook import recalculated

from ledger.book import Ledger
from ledger.disclosure.charts.report import charts
from ledger.disclosure.quarterly.tables import quarterly_tables
from ledger.disclosure.requirements.narrative import Told
from ledger.disclosure.requirements.rule_sets import narratives, rule_sets
from ledger.disclosure.statement.document import statement_document
from ledger.disclosure.statement.layout import layouts
from ledger.disclosure.statement.page import statement_page
from ledger.disclosure.statement.tables import OWN, statement_tables
from ledger.disclosure.words.texts import catalogue
from ledger.errors import Misuse
from ledger.inventory.figure import figure
from ledger.inventory.figure_value import figure_value
from ledger.store import session

KINDS = tuple(layouts())
MOST_SAID = ("ghg-protocol", "esrs-set-1")
"""Kinds that tests of all kinds try; the rest with the thorough ones."""
ROWS = """activity_type,quantity,unit,period_start,period_end,facility_id,country,calorific_basis,external_id
electricity_purchased,100000,kWh,2024-01-01,2024-01-31,F1,GB,,a
electricity_purchased,40000,kWh,2024-05-01,2024-05-31,F2,GB,,b
natural_gas,50000,kWh,2024-02-01,2024-02-29,F1,GB,gross,c
diesel,1200,L,2024-03-01,2024-03-31,F2,GB,,d
refrigerant_r32,2.5,kg,2024-03-01,2024-03-31,F2,GB,,e
electricity_purchased,90000,kWh,2023-01-01,2023-01-31,F1,GB,,f
natural_gas,30000,kWh,2023-02-01,2023-02-28,F1,GB,gross,g
"""
ENTITIES = """legal_entity_id,name,country,in_consolidated_accounts,high_climate_impact,valid_from
L1,Small & Sons,GB,yes,no,2020-01-01
"""
FACILITIES = """facility_id,name,country,ets_scheme,legal_entity_id,market_boundary,timezone,relation,valid_from
F1,Boiler house,GB,UK ETS,L1,GB,Europe/London,owned,2020-01-01
F2,Depot,GB,,L1,GB,Europe/London,owned,2020-01-01
"""


METRICS = """name,period_start,period_end,value,unit,currency,source
revenue,2024-01-01,2024-12-31,4000000,GBP,GBP,accounts
revenue_statements,2024-01-01,2024-12-31,4000000,GBP,GBP,accounts
"""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory) -> Ledger:
    """A small company with two facilities, one of them under an emission trading scheme."""
    folder = tmp_path_factory.mktemp("statements")
    made = Ledger.init(
        folder / "small.duckdb", organisation="Small & Sons", base_year=2023, actor="ann",
        datasets=("desnz-2023", "desnz-2024", "ipcc-gwp"),
    )  # fmt: skip
    files = {"legal_entity": ENTITIES, "facility": FACILITIES, "activity": ROWS, "metric": METRICS}
    for name, content in files.items():
        file = folder / f"{name}.csv"
        file.write_text(content)
        done = made.upload(file, name)
        assert done.status == "accepted", [finding.message for finding in done.findings]
    return made


@pytest.fixture(scope="module")
def of_2024(ledger: Ledger):
    """The statement of 2024 of a kind, compiled once: the ledger does not change."""
    return functools.cache(lambda kind: ledger.statement(kind, period="2024"))


@pytest.fixture(
    scope="module",
    params=[pytest.param(k, marks=[pytest.mark.thorough] * (k not in MOST_SAID)) for k in KINDS],
)
def statement(request, ledger: Ledger):
    """Each kind of statement of 2024."""
    return ledger.statement(request.param, period="2024", with_postings=True)


def test_layouts_name_only_what_is_there(figures):
    """Tables, charts, texts, rule sets and titles of each layout exist; none is placed twice."""
    known = quarterly_tables(figures).keys() | OWN.keys()
    for shape in layouts().values():
        assert shape.title in catalogue()
        assert set(shape.rule_sets) <= rule_sets().keys()
        tables = [key for chapter in shape.chapters for key in chapter.tables]
        assert len(tables) == len(set(tables)), shape.kind
        assert set(tables) <= known
        for chapter in shape.chapters:
            assert f"chapter_{chapter.key}" in catalogue()
            assert set(chapter.narratives) <= narratives().keys()
            assert set(chapter.charts) <= charts(figures).keys() | {"energy"}
    assert {key for shape in layouts().values() for chapter in shape.chapters for key in chapter.tables} >= OWN.keys()


def test_every_text_that_a_rule_set_asks_for_has_its_place():
    """A text that the index calls met stands somewhere in the document."""
    for shape in layouts().values():
        placed = {name for chapter in shape.chapters for name in chapter.narratives}
        asked = {
            need
            for name in shape.rule_sets
            for one in rule_sets()[name].requirements
            for need in one.needs
            if need in narratives() and one.level == "required"
        }
        assert asked <= placed, shape.kind


def test_what_is_met_says_in_which_chapter(statement):
    """Each requirement that tables meet names a chapter of this document."""
    tables = statement_tables(statement)
    for index in statement.indexes:
        rows = tables[f"index_{index.rule_set.name}"].rows
        assert len(rows) == len(index.lines)
        for row, line in zip(rows, index.lines, strict=True):
            if line.where:
                assert row.cells[3].text.startswith("Chapter "), (statement.layout.kind, line)


@pytest.fixture(scope="module")
def read() -> dict[str, Decimal | None]:
    """What the ledger gave for the ids that were asked for."""
    return {}


def test_every_figure_is_the_ledgers(statement, ledger: Ledger, read):
    """The amount of each id in the document is what the ledger gives for the id, read anew."""
    record = json.loads(statement_document(statement).made(["json"])["json"])
    assert len(record["figures"]) > 20
    with session(ledger.path) as s:
        for name, amount in record["figures"].items():
            value = read[name] if name in read else read.setdefault(name, figure_value(s, figure(name)))
            assert (None if value is None else format(value, "f")) == amount or Decimal(amount) == value, name


def test_figures_of_new_cuts_are_traced(ledger: Ledger):
    """An ISO category and energy by scope and source are followed to their lines, which add up to them."""
    for name in ("total_location/iso_category=1.1", "energy_kwh/scope=1/energy_source=gas"):
        found = ledger.trace(f"2024/operational_control/{name}@{ledger.checkpoint().size}")
        assert found.value
        assert sum((line.amount for line in found.lines), Decimal(0)) == found.value


def cells(table) -> dict[str, list[Decimal | None]]:
    return {row.cells[0].text: [cell.value for cell in row.cells[1:]] for row in table.rows}


def test_tables_foot(ledger: Ledger, of_2024):
    """ISO categories sum to the location-based total, direct gases to Scope 1, the energy mix to all energy."""
    held = of_2024("iso-14064-1")
    iso = cells(statement_tables(held)["iso_categories"])
    mains = [value[0] for name, value in iso.items() if name[1] == " " and value[0] is not None]
    assert sum(mains) == held.figures.current.total_location == iso["Total"][0]
    gases = cells(statement_tables(held)["direct_gases"])
    parts = [value[1] for name, value in gases.items() if name != "Total" and value[1] is not None]
    assert sum(parts) == held.figures.current.scope_1 == gases["Total"][1]
    mix = cells(statement_tables(of_2024("esrs-set-1"))["energy_mix"])
    assert mix["Total energy consumption"][1] == held.figures.current.energy_kwh["total"]
    assert mix["Purchased energy of unknown origin"][1] == 140_000
    net = Decimal("45138.888888")  # 50,000 kWh gross by the ratio of net to gross of natural gas, as the ledger has it
    assert abs(mix["Fuel from natural gas"][1] - net) < 200


def test_energy_per_revenue_is_by_hand(of_2024):
    """All energy of the period in MWh over 4 million GBP of revenue."""
    held = of_2024("esrs-set-1")
    row = cells(statement_tables(held)["energy_intensity"])["GBP"]
    assert row[0] == 4_000_000
    assert row[2] == pytest.approx(held.figures.current.energy_kwh["total"] / 1000 / 4)


def test_the_share_under_emission_trading_is_by_hand(of_2024):
    """Scope 1 of the boiler house ÷ Scope 1: the gas of 50,000 kWh, over gas, diesel and refrigerant."""
    held = of_2024("esrs-set-1")
    row = cells(statement_tables(held)["esrs_emissions"])["of which under emission trading schemes"]
    gas = next(line.scope_1 for line in held.figures.facilities if line.key == "F1")
    assert row[2] == pytest.approx(gas / held.figures.current.scope_1)
    assert 0 < row[2] < 1


def test_missing_texts_are_asked_for_and_given_ones_printed(of_2024):
    """An empty text shows its question, a given one its words, escaped; never an empty space."""
    bare = statement_document(of_2024("iso-14064-1")).made(["html"])["html"].decode()
    assert bare.count("Not stated yet.") == len(
        [name for chapter in layouts()["iso-14064-1"].chapters for name in chapter.narratives]
    )
    held = of_2024("iso-14064-1")
    hostile = "<script>alert(1)</script> {{ 7*7 }} \u202e=cmd" + "x" * 40_000
    told = Told({"policies": f"First.\n\nSecond {hostile}"})
    made = statement_document(_told(held, told)).made(["html"])["html"].decode()
    assert "<script>" not in made
    assert "{{ 7*7 }}" in made
    assert "<p>First.</p>" in made
    assert made.count("Not stated yet.") == bare.count("Not stated yet.") - 1


def test_a_statement_says_how_it_is_made_again_and_checked(ledger: Ledger, of_2024):
    """The commands name all that its bytes rest on; a text that is cut on paper says so."""
    held = of_2024("esrs-set-1")
    size, drawn = held.figures.current.checkpoint.size, {}
    told = _told(held, Told({"operational_boundary": "lang " * 1000}))
    again = f"ghg report esrs-set-1 --period 2024 --view esrs_set1 --at {size} --language en"
    tables = statement_tables(held)
    plain = statement_page(held, tables, drawn, "a4", "")
    given = statement_page(told, tables, drawn, "letter", "")
    assert f"<pre>{again}</pre>" in plain
    assert "<pre>ghg report esrs-set-1 --check FILE</pre>" in plain
    assert f"<pre>{again} --narrative FILE --paper Letter</pre>" in given
    assert "<pre>ghg report esrs-set-1 --check FILE --narrative FILE</pre>" in given
    assert ("Cut after 4000 characters" in given, "Cut after" in plain) == (True, False)


def _told(held, told: Told):
    import dataclasses

    return dataclasses.replace(held, told=told)


MAKE = """
import hashlib, sys
from ledger.book import Ledger
from ledger.disclosure.statement.document import statement_document
from ledger.disclosure.statement.page import statement_page
held = Ledger(sys.argv[1], actor="ann").statement("esrs-set-1", period="2024", with_postings=True)
for name, content in statement_document(held).made(["html", "xlsx", "json"]).items():
    print(name, hashlib.sha256(content).hexdigest())
"""


@pytest.mark.thorough
def test_the_same_bytes_in_another_place(ledger: Ledger):
    """Another process, time zone and locale make the same files."""
    held = ledger.statement("esrs-set-1", period="2024", with_postings=True)
    made = statement_document(held).made(["html", "xlsx", "json"])
    here = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    elsewhere = {**os.environ, "TZ": "Asia/Kolkata", "LC_ALL": "de_DE.UTF-8", "GHG_THREADS": "1"}
    command = [sys.executable, "-c", MAKE, str(ledger.path)]
    said = subprocess.run(command, env=elsewhere, capture_output=True, text=True, check=True).stdout
    assert dict(line.split() for line in said.splitlines()) == here


def test_workbooks_keep_names_and_sheets(statement):
    """A sheet for each table that holds anything, with names that Excel takes."""
    book = openpyxl.load_workbook(io.BytesIO(statement_document(statement).made(["xlsx"])["xlsx"]))
    held = [table for table in statement_tables(statement).values() if table.rows]
    assert all(len(name) <= 31 and not re.search(r"[\[\]:*?/\\]", name) for name in book.sheetnames)
    assert len(book.sheetnames) >= len(held)


@pytest.mark.needs("libreoffice")
@pytest.mark.slow
def test_libreoffice_recomputes_the_statement(ledger: Ledger, tmp_path: Path):
    """Every figure of the ISO report is found again by a spreadsheet from its postings."""
    if not (shutil.which("soffice") or shutil.which("libreoffice")):
        pytest.skip("not run: libreoffice is not installed")
    held = ledger.statement("iso-14064-1", period="2024", with_postings=True)
    book = recalculated(statement_document(held).made(["xlsx"])["xlsx"], tmp_path)
    rows = list(book["Reconciliation"].iter_rows(min_row=2, values_only=True))
    checked = [row for row in rows if row[3] is not None]
    assert len(checked) > 15
    assert [row for row in checked if row[5] != 0] == []


@pytest.mark.slow
@pytest.mark.parametrize("paper", ["a4", pytest.param("letter", marks=pytest.mark.thorough)])
def test_the_pdf_is_tagged_and_whole(of_2024, paper):
    """A PDF of several pages, tagged; on the other paper made twice, with the same bytes."""
    held = of_2024("ghg-protocol")
    made = statement_document(held).made(["pdf"], paper)["pdf"]
    assert made.startswith(b"%PDF-")
    catalogue = PdfReader(io.BytesIO(made)).trailer["/Root"]
    assert "pdfuaid" in catalogue["/Metadata"].get_data().decode()
    assert catalogue["/MarkInfo"]["/Marked"]
    assert paper == "a4" or statement_document(held).made(["pdf"], paper)["pdf"] == made


def test_a_partial_year_before_is_no_comparison(ledger: Ledger, of_2024):
    """2023 holds two of twelve months: no change is shown, a note says why, and nothing of it is tagged as a year."""
    from ledger.disclosure.statement.facts import statement_facts
    from ledger.disclosure.statement.taxonomy import taxonomy

    held = of_2024("esrs-set-1")
    assert held.figures.comparative_is_partial
    tables = statement_tables(held)
    rows = cells(tables["esrs_emissions"])
    assert rows["Scope 1, direct"][1] == held.figures.comparative.scope_1
    assert rows["Scope 1, direct"][3] is None
    assert any("2 of 12 months" in note for note in tables["esrs_emissions"].notes)
    facts = statement_facts(held, tables, taxonomy("esrs-set-1")).values()
    plain = [fact for fact in facts if fact.context.start.year == 2023 and not fact.context.members]
    assert plain == []
    line = next(line for line in held.indexes[0].lines if line.requirement.code == "E1-6.AR48")
    assert "2 of 12 months" in line.words


def test_a_partial_year_before_is_no_comparison_in_the_report(ledger: Ledger, tmp_path):
    """The board's report tells no rise against two of twelve months: neither in its sentence nor on its cards."""
    page = ledger.report(period="2024", formats=("html",), folder=tmp_path)["html"].read_text("utf-8")
    assert "holds data of 2 of 12 months, so no change against it is shown" in page
    assert not re.search(r"% on 2023", page)
    assert "the location-based total rose" not in page


def test_a_set_is_named_with_its_years(of_2024):
    """Made for a year that the set does not cover, the cover says so; within them it does not."""
    words = "this period is not among them"
    revised = statement_document(of_2024("esrs-revised")).made(["html"])["html"].decode()
    first = statement_document(of_2024("esrs-set-1")).made(["html"])["html"].decode()
    assert words in revised
    assert words not in first


def test_a_period_without_activity_is_refused(ledger: Ledger):
    """A document of dashes helps nobody."""
    with pytest.raises(Misuse, match="no activity of 2027"):
        ledger.statement("esrs-set-1", period="2027")


@pytest.mark.thorough
def test_requirements_are_read_in_the_view_of_their_statement(ledger: Ledger):
    """Unless another is named."""
    assert ledger.requirements("esrs-revised", period="2024").view == "esrs_revised"
    assert ledger.requirements("esrs-revised", period="2024", view="equity_share").view == "equity_share"
    assert ledger.requirements("iso", period="2024").view == "operational_control"


def test_an_unknown_statement_is_refused_in_words(ledger: Ledger):
    """The likeliest is proposed, nothing is written."""
    with pytest.raises(Misuse, match="no report 'iso-14064'") as fault:
        ledger.report("iso-14064", period="2024", folder="nowhere")
    assert "iso-14064-1" in fault.value.fix


def test_all_reports_by_one_command(ledger: Ledger, tmp_path: Path):
    """Every kind in one call, each the same as made by itself; all of them cannot be issued as one."""
    done = ghg("report", "all", "--period", "2024", "--format", "json", "-o", str(tmp_path), "--json", ledger=ledger)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert set(made) == {"quarterly", *layouts()}
    alone = ledger.report("iso-14064-1", period="2024", formats=("json",), folder=tmp_path / "alone")
    assert Path(made["iso-14064-1"]["json"]).read_bytes() == alone["json"].read_bytes()
    refused = ghg("report", "all", "--period", "2024", "--issue", ledger=ledger, GHG_ACTOR="ann")
    assert refused.returncode == 2
    assert "each report is issued by itself" in refused.stderr
