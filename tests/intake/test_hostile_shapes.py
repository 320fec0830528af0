"""Text built to harm or to confuse, in wide tables, mappings, readings, shares and histories: always an answer."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake.handed_back.mark import write_marked
from ledger.intake.handed_back.proposals import write_proposal
from ledger.intake.reading import tables_of
from ledger.intake.tables.mapping import Shaping, read_mapping
from ledger.intake.tables.mapping_proposal import mapping_file_text, mapping_proposal

TEXT = st.text(max_size=12)
QUICKLY = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30, deadline=None)


def table(header: list[str], rows: list[list[str]]) -> str:
    """A CSV of a header and rows, quoted where that is needed."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue()


def test_a_header_that_hides_characters_is_told(read):
    """It would stand in the tags of every row that it makes."""
    upload = read("Site,Fuel,Unit,2026-01,2026-02,no\u202ete\nLON,Gas,kWh,1,2,x\n", shaping=Shaping("months"))
    assert not upload.has_errors
    evil = read("Site,Fuel,Unit,2026-01,2026-02,note\nLON,Gas,kWh,1,2,x\u202ey\n", shaping=Shaping("months"))
    assert "text-invisible" in {found.code for found in evil.findings}


def test_a_formula_in_a_wide_table_stays_text(read, tmp_path):
    """In the marked workbook, in the proposal's workbook, and as a name."""
    text = table(["Site", "Fuel", "Unit", "Jan", "Feb"], [["=cmd()", "Gas", "kWh", "=1+1", "2"]])
    upload = read(text, shaping=Shaping("months", 2026))
    book = openpyxl.load_workbook(write_marked(tmp_path / "file.csv", upload, tmp_path / "m.xlsx"))
    assert {c.data_type for s in book for r in s.iter_rows() for c in r if str(c.value).startswith("=")} == {"s"}
    proposed = write_proposal(upload.unknown, tmp_path / "p.csv")
    assert "'=cmd()" in proposed[0].read_text(encoding="utf-8-sig")


@QUICKLY
@given(name=TEXT, word=TEXT, cells=st.lists(TEXT, min_size=5, max_size=5))
def test_a_mapping_of_any_words_is_answered(read, tmp_path, name, word, cells):
    """Headers and words that need quoting in TOML, in any alphabet: read, or a finding."""
    path = tmp_path / "m.toml"
    header, said = (json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f") for text in (name, word))
    path.write_text(f'[headers]\n{header} = "quantity"\n[values.activity_type]\n{said} = "diesel"\n', encoding="utf-8")
    upload = read(table(["Site", "Fuel", "Unit", "Month", name], [cells]), shaping=Shaping(mapping=read_mapping(path)))
    assert upload.findings or upload.rows


@QUICKLY
@given(header=st.lists(TEXT, min_size=1, max_size=6), cells=st.lists(TEXT, min_size=6, max_size=6))
def test_a_mapping_proposed_for_any_table_is_toml(known, tmp_path, header, cells):
    """Whatever its headers and words are; every comment of it may be taken out and it is TOML still."""
    import tomllib

    path = tmp_path / "any.csv"
    path.write_text(table(["Fuel", *header], [cells[: len(header) + 1]]), encoding="utf-8", newline="")
    sources, _ = tables_of(path, known=known, stage=tmp_path / "stage")
    tomllib.loads(mapping_file_text(mapping_proposal(sources, known)))


@QUICKLY
@given(rows=st.lists(st.lists(TEXT, min_size=7, max_size=7), max_size=4))
def test_readings_of_any_text_are_answered(read, rows):
    """Meters, days and readings that are none."""
    header = ["meter_id", "facility_id", "activity_type", "read_on", "reading", "unit", "digits"]
    upload = read(table(header, rows))
    assert upload.findings or upload.rows


@QUICKLY
@given(group=st.text(alphabet="LONMA+:%0123456789. ", max_size=20), by=TEXT)
def test_groups_of_any_text_are_answered(read, group, by):
    """Pluses, colons and shares wherever they stand."""
    header = ["facility_id", "activity_type", "quantity", "unit", "month", "shared_by"]
    upload = read(table(header, [[group, "electricity", "5", "kWh", "2026-01", by]]))
    assert upload.findings or upload.rows


@QUICKLY
@given(rows=st.lists(st.lists(TEXT, min_size=4, max_size=4), max_size=4))
def test_histories_of_any_text_are_answered(read, rows):
    """Scopes and categories that are none."""
    upload = read(table(["Year", "Scope", "Category", "tCO2e"], rows), kind="history")
    assert upload.findings or upload.rows


@pytest.mark.parametrize("pivot", ["months", "activities", "scopes"])
def test_a_table_of_three_hundred_wide_columns_is_answered(read, pivot):
    """More columns than are read are told, and nothing is cut."""
    header = ["Site", "Fuel", "Unit", *(f"{1900 + n // 12}-{n % 12 + 1:02d}" for n in range(300))]
    upload = read(table(header, [["LON", "Gas", "kWh", *["1"] * 300]]), shaping=Shaping(pivot))
    assert upload.has_errors
