"""Mapping files: what headers and words mean, what holds for every row; and the file proposed for a file."""

from __future__ import annotations

import tomllib

import polars as pl
import pytest

from ledger.errors import Misuse
from ledger.intake.reading import tables_of
from ledger.intake.tables.mapping import Shaping, read_mapping
from ledger.intake.tables.mapping_proposal import mapping_file_text, mapping_proposal

TEXT = "Ort;Stoff;Monat;Wert;Bemerkung intern\nLON;Strom HT;2026-01;5;a\nLON;Strom HT;2026-02;6;\n"
MAPPING = """
[headers]
"Ort" = "facility_id"
"Stoff" = "activity_type"
"WERT" = "quantity"
"Bemerkung intern" = "-"
[values.activity_type]
"Strom HT" = "electricity_purchased"
[constants]
unit = "kWh"
year = 2026
"""


@pytest.fixture
def mapped(tmp_path):
    """A mapping made of text, as an upload takes it."""

    def made(text: str = MAPPING, **other) -> Shaping:
        path = tmp_path / "m.toml"
        path.write_text(text, encoding="utf-8")
        return Shaping(mapping=read_mapping(path), **other)

    return made


def test_headers_words_and_constants_are_taken_from_the_mapping(read, told, mapped):
    """The file is read as the mapping says; a label is kept in the tags without a warning."""
    upload = read(TEXT, shaping=mapped())
    assert [code for code, *_ in told(upload)] == ["data-basis-assumed"]
    frame = pl.read_parquet(upload.parts)
    assert frame.select("facility_id", "activity_type", "unit_given").unique().rows() == [
        ("LON", "electricity_purchased", "kWh")
    ]
    assert frame["tags"].to_list() == ['{"Bemerkung intern":"a"}', None]
    assert upload.control_totals["mapping_sha256"] == mapped().mapping.sha256


def test_a_constant_fills_blank_cells_of_a_column_that_is_there(read, mapped):
    """And never changes a cell that holds something."""
    text = "Site,Activity,Month,Quantity,Unit\nLON,Electricity,2026-01,5,\nLON,Electricity,2026-02,5,MWh\n"
    upload = read(text, shaping=mapped('[constants]\nunit = "kWh"\n'))
    assert pl.read_parquet(upload.parts)["unit_given"].to_list() == ["kWh", "MWh"]


def test_a_header_of_the_mapping_that_is_not_there_is_an_error(read, told, mapped):
    """A misspelt header would change what is read."""
    upload = read(TEXT, shaping=mapped(MAPPING.replace('"Ort"', '"Orte"')))
    assert ("mapping-unused", None, None) in told(upload)


def test_findings_name_the_headers_of_the_file(read, told, mapped):
    """Not those of the mapping."""
    upload = read(TEXT.replace(";5;", ";x;").replace("LON", "Nowhere"), shaping=mapped())
    errors = {found[0]: found for found in told(upload) if found[0] in ("facility-unknown", "number-not-read")}
    assert errors["number-not-read"] == ("number-not-read", 2, "Wert")
    assert errors["facility-unknown"][2] == "Ort"


def test_a_mapping_says_what_a_column_of_activities_is(read, mapped):
    """A header that is no activity type for sure is one by the mapping."""
    text = "Site,Month,Strom HT (kWh),Gas (kWh)\nLON,2026-01,5,6\n"
    words = '[values.activity_type]\n"Strom HT" = "electricity_purchased"\n'
    upload = read(text, shaping=mapped(words, pivot="activities"))
    frame = pl.read_parquet(upload.parts)
    assert frame["activity_type"].to_list() == ["electricity_purchased", "natural_gas"]


@pytest.mark.parametrize(
    "text",
    ["[headers", '[header]\n"a" = "b"', '[headers]\n"a" = "quantitee"', "[constants]\nunit = 1.5", '[values]\na = "b"',
     "[constants]\ncountry = true", "headers = 1"],
)  # fmt: skip
def test_a_mapping_that_is_none_is_misuse(mapped, text):
    """No TOML, a part or a column that is not there, a value that is no text; always with what to do."""
    with pytest.raises(Misuse) as fault:
        mapped(text)
    assert fault.value.fix


def test_a_proposed_mapping_can_be_used_as_it_stands(read, known, tmp_path, mapped):
    """It is TOML; what is likely stands as a line, what is not sure as a comment, and the file is then read by it."""
    path = tmp_path / "file.csv"
    path.write_text(TEXT.replace("Strom HT", "Strom"), encoding="utf-8")
    sources, _ = tables_of(path, known=known, stage=tmp_path / "stage")
    text = mapping_file_text(mapping_proposal(sources, known))
    said = tomllib.loads(text)["headers"]
    assert said == {"Ort": "facility_id", "Stoff": "activity_type", "Wert": "quantity"}
    assert '# "Bemerkung intern" = "-"' in text
    assert '# unit = "kWh"' in text
    upload = read(path.read_bytes(), shaping=mapped(text.replace("# unit", "unit")))
    assert not upload.has_errors
    assert upload.control_totals["quantity"] == {"kWh": "11"}


def test_a_proposed_mapping_lists_words_that_are_not_known(known, tmp_path):
    """With the likeliest of ours, to be chosen; headers with quotation marks and backslashes are no hazard."""
    path = tmp_path / "file.csv"
    path.write_text('Site,Activity,Month,Quantity,Unit,"a""\\b"\nLON,Electrisity,2026-01,5,KWH,x\n', encoding="utf-8")
    sources, _ = tables_of(path, known=known, stage=tmp_path / "stage")
    text = mapping_file_text(mapping_proposal(sources, known))
    tomllib.loads(text)
    tomllib.loads("\n".join(line.removeprefix("# ") for line in text.splitlines() if "=" in line and '"' in line))
    assert '"Electrisity" = "electricity_purchased"' in text
    assert '"KWH" = "kWh"' in text
    assert '"a\\"\\\\b"' in text


def test_a_sheet_may_have_constants_of_its_own(known, tmp_path, mapped):
    """A sheet for each utility: its name is proposed as the activity type, and each sheet is read by its own."""
    import openpyxl

    from ledger.intake import read_upload

    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, amount in (("Electricity", 5), ("Gas", 7)):
        sheet = book.create_sheet(name)
        for row in (["Site", "2026-01", "2026-02"], ["LON", amount, amount]):
            sheet.append(row)
    path = tmp_path / "utilities.xlsx"
    book.save(path)
    sources, _ = tables_of(path, known=known, stage=tmp_path / "stage")
    text = mapping_file_text(mapping_proposal(sources, known))
    assert tomllib.loads(text)["sheets"] == {
        "Electricity": {"activity_type": "electricity_purchased"}, "Gas": {"activity_type": "natural_gas"},
    }  # fmt: skip
    shaping = mapped(text.replace("# unit", "unit"), pivot="months")
    upload = read_upload(path, known=known, stage=tmp_path / "stage", shaping=shaping)
    assert not upload.has_errors, upload.findings[:3]
    frame = pl.concat([pl.read_parquet(part) for part in upload.parts])
    assert frame.select("sheet", "activity_type", "quantity").unique(maintain_order=True).rows() == [
        ("Electricity", "electricity_purchased", 5), ("Gas", "natural_gas", 7),
    ]  # fmt: skip
    wrong = read_upload(path, known=known, stage=tmp_path / "s2", shaping=mapped("[sheets.Water]\nunit = 'm3'\n"))
    assert "mapping-unused" in {found.code for found in wrong.findings}
