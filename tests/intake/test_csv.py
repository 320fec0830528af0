"""Encodings, delimiters, locales and periods of CSV files, and what the parts hold."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.intake import Limits
from ledger.intake.cells.locales import LOCALES, locale_of
from schemas.kinds import schema_of

HEADER = "facility_id,activity_type,quantity,unit,period_start,period_end,data_basis"
ROW = "LON,electricity_purchased,100,kWh,2026-07-01,2026-07-31,measured"


def parts(upload) -> pl.DataFrame:
    """The staged rows."""
    assert not upload.has_errors, upload.findings[:3]
    return pl.read_parquet(upload.parts)


def test_a_plain_row_is_staged_as_the_ledger_names_it(read_rows):
    """Columns, types and values of a part are those of the ledger's activity."""
    frame = parts(read_rows(ROW))
    assert frame.row(0, named=True) == {
        "seq": 1, "source_line": 2, "activity_type": "electricity_purchased", "kind": "quantity",
        "quantity_text": "100", "quantity": Decimal("100.000000"), "unit_given": "kWh",
        "period_start": date(2026, 7, 1), "period_end": date(2026, 7, 31), "month": date(2026, 7, 1),
        "facility_id": "LON", "data_basis": "measured", "primary_data": False, "calorific_basis": None,
    }  # fmt: skip
    assert frame.schema["quantity"] == pl.Decimal(18, 6)


def test_what_the_upload_says_of_itself(read_rows):
    """Kind, digest, size, locale, rows and control totals are those of the file."""
    upload = read_rows(ROW, ROW.replace("100", "2.5"), locale="en-GB")
    assert (upload.kind, upload.rows, upload.locale, upload.source_name) == ("activity", 2, "en-GB", "file.csv")
    assert len(upload.source_sha256) == 64
    assert upload.source_bytes > 100
    assert upload.control_totals == {"rows": 2, "quantity": {"kWh": "102.5"}}


def test_seq_is_dense_over_all_parts(read_rows):
    """Rows are numbered from 1 in file order, whatever the chunks and blank lines."""
    rows = [ROW.replace("100", str(number)) for number in range(1, 8)]
    upload = read_rows(*rows[:3], "", *rows[3:], limits=Limits(chunk_rows=2))
    frame = pl.concat([pl.read_parquet(part) for part in upload.parts])
    assert frame["seq"].to_list() == [1, 2, 3, 4, 5, 6, 7]
    assert frame["source_line"].to_list() == [2, 3, 4, 6, 7, 8, 9]
    assert [str(value) for value in frame["quantity"]] == [f"{number}.000000" for number in range(1, 8)]


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("cp1252", "cp1252"), ("utf-16-le", "utf-16-le")],
)
def test_encodings_that_are_marked_or_declared_are_read(read, encoding, declared):
    """The same row comes out of every encoding, without a finding."""
    text = f"{HEADER},supplier\n{ROW},Énergie du Léman\n"
    upload = read(text.encode(encoding), encoding=declared)
    assert upload.findings == ()
    assert parts(upload)["supplier"].to_list() == ["Énergie du Léman"]


def test_an_undeclared_cp1252_is_a_warning(read, told):
    """Bytes that are no UTF-8 are read as Windows-1252, and that is said."""
    upload = read(f"{HEADER},supplier\n{ROW},Énergie\n".encode("cp1252"))
    assert told(upload) == [("encoding-assumed", None, None)]
    assert parts(upload)["supplier"].to_list() == ["Énergie"]


def test_bytes_that_fit_no_encoding_are_refused(read, told):
    """A byte that Windows-1252 does not have is told with its line."""
    upload = read(f"{HEADER},supplier\n{ROW},".encode() + b"\x81\x8d\n")
    assert told(upload) == [("encoding-not-known", 2, None)]


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_read(read, ends):
    """Line feeds, both, and lone carriage returns part lines alike."""
    upload = read(ends.join([HEADER, ROW, ROW.replace("100", "7"), ""]))
    assert parts(upload)["source_line"].to_list() == [2, 3]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters_are_known_by_the_header(read, delimiter):
    """Comma, semicolon, tab and bar."""
    text = f"{HEADER}\n{ROW}\n".replace(",", delimiter)
    assert parts(read(text))["unit_given"].to_list() == ["kWh"]


def test_headers_are_understood_in_other_words(read):
    """Synonyms, blanks, case and punctuation of headers make no difference."""
    header = "Site Name;UoM;AMOUNT;emission-source;Start Date;End date"
    text = header + "\nLondon head office;kWh;5;Electricity;2026-07-01;2026-07-31\n"
    frame = parts(read(text))
    assert frame.select("facility_id", "activity_type", "unit_given").row(0) == ("LON", "electricity_purchased", "kWh")


def test_a_name_that_looks_like_a_pattern_is_a_name(read):
    """Browsers save a second download as `energy[1].csv`; no other file is read for it."""
    text = f"{HEADER}\n{ROW}\n{ROW}\n"
    upload = read(text, name="energy[1]*.csv")
    assert [found.code for found in upload.findings] == ["row-duplicate"]


def test_a_german_export_is_read_with_its_locale(read):
    """Decimal comma, thousands points and days first, once declared."""
    text = "Standort;Energieart;Verbrauch;Einheit;Von;Bis\nLON;Strom;1.234,56;kWh;01.07.2026;31.07.2026\n"
    frame = parts(read(text, locale="de"))
    assert frame.select("quantity_text", "quantity", "period_start").row(0) == (
        "1.234,56", Decimal("1234.560000"), date(2026, 7, 1),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("locale", "text", "value"),
    [
        ("en", '"1,234.56"', "1234.56"), ("en", '"1,234"', "1234"), ("de", "1.234", "1234"), ("de", '"1,5"', "1.5"),
        ("fr", '"1 234,5"', "1234.5"), ("fr", '"1\u202f234,5"', "1234.5"), ("de-CH", "1’234.5", "1234.5"),
        ("de-CH", "1'234.5", "1234.5"), ("de", "1234", "1234"), ("de-DE", '"0,5"', "0.5"), ("en-US", "12.25", "12.25"),
    ],
)  # fmt: skip
def test_numbers_by_locale(read_rows, locale, text, value):
    """Each locale reads its own marks."""
    assert parts(read_rows(ROW.replace("100", text), locale=locale))["quantity"][0] == Decimal(value)


@pytest.mark.parametrize(
    ("locale", "text"),
    [("de", "1.5"), ("de", "1234.56"), ("en", '"1.234,56"'), ("en", '"1,5"'), ("fr", "1.5"), ("de", "12.34.567")],
)
def test_numbers_of_another_locale_are_refused(read_rows, told, locale, text):
    """`1.5` is no German number: it is not read as 15, and not as 1.5."""
    upload = read_rows(ROW.replace("100", text), locale=locale)
    assert told(upload) == [("number-not-read", 2, "quantity")]
    assert locale in upload.findings[0].message


@pytest.mark.parametrize(
    ("locale", "text", "day"),
    [
        ("en-GB", "03/04/2026", date(2026, 4, 3)), ("en-US", "03/04/2026", date(2026, 3, 4)),
        ("de", "3.4.2026", date(2026, 4, 3)), ("sv", "2026/04/03", date(2026, 4, 3)),
        ("en-US", "2026-04-03", date(2026, 4, 3)), (None, "2026-04-03T00:00:00", date(2026, 4, 3)),
    ],
)  # fmt: skip
def test_dates_by_locale(read_rows, locale, text, day):
    """ISO always; other orders as declared."""
    row = ROW.replace("2026-07-01", text)
    assert parts(read_rows(row, locale=locale))["period_start"][0] == day


def test_english_without_a_country_leaves_the_order_open(read_rows, told):
    """`en` says how numbers are written, but the British and the Americans order days differently."""
    upload = read_rows(ROW.replace("2026-07-01", "03/04/2026"), locale="en")
    assert told(upload) == [("date-order-unknown", 2, "period_start")]


def test_locales_are_found_by_language():
    """`de-DE` is `de`; an English of an unknown country is not guessed."""
    assert locale_of("de-DE") is LOCALES["de"]
    assert locale_of("pt_BR") is LOCALES["pt"]


@pytest.mark.parametrize(
    ("header", "cells", "start", "end"),
    [
        ("month", "2026-02", date(2026, 2, 1), date(2026, 2, 28)),
        ("month,year", "2,2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("month", "07/2026", date(2026, 7, 1), date(2026, 7, 31)),
        ("quarter", "2026-Q3", date(2026, 7, 1), date(2026, 9, 30)),
        ("quarter", "Q1 2026", date(2026, 1, 1), date(2026, 3, 31)),
        ("year,quarter", "2026,4", date(2026, 10, 1), date(2026, 12, 31)),
        ("year", "2026", date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_month_quarter_or_year_stands_for_two_days(read, header, cells, start, end):
    """The calendar period is worked out exactly."""
    text = f"facility_id,activity_type,quantity,unit,data_basis,{header}\nLON,electricity,5,kWh,measured,{cells}\n"
    frame = parts(read(text))
    assert frame.select("period_start", "period_end").row(0) == (start, end)
    assert frame["month"][0] == (start if (end - start).days < 31 else None)


@pytest.mark.parametrize(("header", "cell"), [("month", "13"), ("month", "5"), ("quarter", "Q5"), ("year", "26")])
def test_a_period_that_cannot_be_told_is_a_finding(read, told, header, cell):
    """A month without its year, a fifth quarter."""
    text = f"facility_id,activity_type,quantity,unit,data_basis,{header}\nLON,electricity,5,kWh,measured,{cell}\n"
    assert told(read(text)) == [("period-not-read", 2, header)]


def test_a_row_over_two_months_has_no_month(read_rows):
    """It will be cut by days when it is recorded."""
    assert parts(read_rows(ROW.replace("07-31", "08-01")))["month"].to_list() == [None]


def test_what_is_not_said_about_the_data_is_said_by_us(read, told):
    """A file without data_basis is taken as calculated, and one info tells how many rows that concerns."""
    header, _, row = HEADER.rpartition(",")[0], None, ROW.rpartition(",")[0]
    upload = read(f"{header}\n{row}\n")
    assert told(upload) == [("data-basis-assumed", None, None)]
    assert upload.findings[0].severity == "info"
    assert parts(upload)["data_basis"].to_list() == ["calculated"]


def test_spend_is_told_by_its_currency(read):
    """Money in column unit, an amount beside a currency, or a spend column: all are spend in that currency."""
    tail = "month,data_basis\n"
    texts = (
        "activity_type,quantity,unit," + tail + "it_services_spend,12.5,EUR,2026-07,measured\n",
        "activity_type,amount,currency," + tail + "it_services_spend,12.5,eur,2026-07,measured\n",
        "activity_type,spend,currency," + tail + "it_services_spend,12.5,EUR,2026-07,measured\n",
    )
    for text in texts:
        frame = parts(read(text))
        assert frame.select("kind", "unit_given", "quantity").row(0) == ("spend", "EUR", Decimal("12.5"))
        assert frame.get_column("currency", default=pl.Series([None])).to_list() == [None]


def test_quantity_and_spend_side_by_side(read, told):
    """The quantity is used where there is one, the spend where there is none; a cost beside a quantity is kept."""
    upload = read(
        "facility_id,activity_type,quantity,unit,spend,currency,month,data_basis\n"
        "LON,electricity,5,kWh,2.50,GBP,2026-07,measured\n"
        "LON,it_services_spend,,,99,GBP,2026-07,measured\n"
    )
    assert told(upload) == [("spend-beside-quantity", None, None)]
    frame = parts(upload)
    assert frame["unit_given"].to_list() == ["kWh", "GBP"]
    assert frame["kind"].to_list() == ["quantity", "spend"]
    assert frame["tags"].to_list() == ['{"spend":"2.50"}', None]


def test_a_currency_that_contradicts_the_unit_is_refused(read, told):
    """An amount is in one currency."""
    upload = read(
        "activity_type,quantity,unit,currency,month,data_basis\nit_services_spend,5,EUR,USD,2026-07,measured\n"
    )
    assert told(upload) == [("currency-contradicts-unit", 2, "currency")]


def test_a_credit_note_may_be_negative(read):
    """Money that came back is a negative spend; a negative quantity is refused elsewhere."""
    text = "activity_type,spend,currency,month,data_basis\nit_services_spend,-12.5,EUR,2026-07,measured\n"
    assert parts(read(text))["quantity"][0] == Decimal("-12.5")


def test_stated_emissions_are_a_kind_of_their_own(read, told):
    """A figure that somebody states is in mass of CO2e; without a scope it must state one."""
    header = "facility_id,activity_type,quantity,unit,month,data_basis,stated_scope\n"
    frame = parts(read(header + "LON,stated_scope_1,2,tCO2e,2026-07,measured,\n"))
    assert frame["kind"].to_list() == ["stated_emissions"]
    upload = read(header + "LON,stated_emissions,2,tCO2e,2026-07,measured,\n")
    assert told(upload) == [("stated-scope-missing", 2, "stated_scope")]


def test_instants_need_a_zone(read, told):
    """An offset, or the row's time zone; a clock time alone is a finding, and so is one that a zone skips."""
    header = HEADER + ",start_utc,timezone\n"
    rows = f"{ROW},2026-07-01T10:00:00+02:00,\n{ROW},2026-07-01 10:00,Europe/Berlin\n{ROW},2026-07-01T08:00:00Z,\n"
    frame = parts(read(header + rows.replace("100", "1", 1).replace("100", "2", 1)))
    assert frame["start_utc"].to_list() == [datetime(2026, 7, 1, 8, tzinfo=UTC)] * 3
    bad = f"{ROW},2026-07-01 10:00,\n{ROW},2026-03-29 02:30,Europe/Berlin\n{ROW},soon,\n{ROW},2026-07-01T10:00Z,Mars\n"
    assert told(read(header + bad)) == [
        ("instant-without-zone", 2, "start_utc"),
        ("instant-not-read", 3, "start_utc"),
        ("instant-without-zone", 4, "start_utc"),
        ("timezone-unknown", 5, "timezone"),
    ]


def test_rare_columns_are_typed(read):
    """Whole numbers, yes and no, scores and percentages have their types; a spreadsheet's 2.0 is 2."""
    header = HEADER + ",capitalised,dq_temporal,uncertainty_pct,price_year,stated_scope3_category,calorific_basis\n"
    text = header + ROW + ",Ja,2,5.5,2025,,\n" + ROW.replace("100", "7") + ",no,1.0,,,,Heizwert\n"
    frame = parts(read(text))
    assert frame["capitalised"].to_list() == [True, False]
    assert frame["dq_temporal"].to_list() == [2, 1]
    assert frame["uncertainty_pct"].to_list() == [Decimal("5.5"), None]
    assert frame["price_year"].to_list() == [2025, None]
    assert frame["calorific_basis"].to_list() == [None, "net"]
    schema = schema_of("activity")
    assert all(frame.schema[name] == schema.columns[name].dtype.type for name in frame.columns)


@pytest.mark.parametrize(
    ("column", "cell", "code"),
    [
        ("dq_temporal", "5", "number-out-of-range"), ("dq_temporal", "two", "number-not-read"),
        ("price_year", "1912", "number-out-of-range"), ("capitalised", "maybe", "value-not-allowed"),
        ("stated_scope", "4", "value-not-allowed"), ("direction", "sideways", "value-not-allowed"),
        ("uncertainty_pct", "-1", "number-negative"), ("factor_id", "nobody", "factor-unknown"),
        ("legal_entity_id", "NOBODY", "legal-entity-unknown"), ("country", "Atlantis", "country-unknown"),
        ("currency", "XXX", "currency-unknown"), ("tags", "[1]", "tags-not-read"), ("tags", "{", "tags-not-read"),
    ],
)  # fmt: skip
def test_faults_in_rare_columns(read_rows, told, column, cell, code):
    """Each is told by line and column."""
    upload = read_rows(ROW + "," + cell, header=f"{HEADER},{column}")
    assert told(upload) == [(code, 2, column)]


def test_an_unknown_contract_is_a_warning(read_rows, told):
    """The row counts; its market-based figure will not rest on the contract."""
    upload = read_rows(ROW + ",PPA-1", ROW.replace("100", "7") + ",REGO-2026", header=HEADER + ",contract_id")
    assert told(upload) == [("contract-unknown", 2, "contract_id")]
    assert parts(upload)["contract_id"].to_list() == ["PPA-1", "REGO-2026"]


def test_a_country_is_known_by_code_or_name(read_rows):
    """Two letters, three letters, a name, and UK."""
    cells = ["GB", "GBR", "uk", "Germany"]
    rows = [f"{ROW.replace('100', str(number))},{cell}" for number, cell in enumerate(cells)]
    assert parts(read_rows(*rows, header=HEADER + ",country"))["country"].to_list() == ["GB", "GB", "GB", "DE"]


def test_energy_without_a_facility_is_a_warning(read, told):
    """Purchased electricity happens somewhere; its place is then the row's country."""
    upload = read("activity_type,quantity,unit,month,data_basis\nelectricity,5,kWh,2026-07,measured\n")
    assert told(upload) == [("facility-missing", 2, "facility_id")]


def test_tags_as_given_are_kept_canonical(read_rows):
    """A JSON object in column tags is brought to its canonical form and joined with extra columns."""
    upload = read_rows(f'{ROW},"{{""b"": 1, ""a"": ""x""}}",7', header=HEADER + ",tags,extra")
    assert parts(upload)["tags"].to_list() == ['{"a":"x","b":1,"extra":"7"}']


QUANTITIES = st.decimals(min_value=0, max_value=Decimal("999999999999.999999"), places=6)
TEXTS = st.text(
    st.characters(codec="cp1252", exclude_categories=["C", "Z"], exclude_characters="\ufeff"), max_size=12
)  # fmt: skip
MARKS = {None: (".", ""), "en-GB": (".", ","), "de": (",", "."), "fr": (",", "\u00a0"), "de-CH": (".", "'")}


def spelled(value: Decimal, locale: str | None, grouped: bool) -> str:
    """A quantity as a locale writes it."""
    decimal, group = MARKS[locale]
    text = f"{value:,f}" if grouped and group else f"{value:f}"
    return text.replace(",", "\0").replace(".", decimal).replace("\0", group)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(QUANTITIES, TEXTS, st.booleans(), st.dates(date(2019, 1, 1), date(2050, 1, 1))), min_size=1,
                  max_size=8),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    locale=st.sampled_from(sorted(MARKS, key=str)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    ends=st.sampled_from(["\n", "\r\n"]),
    chunk=st.integers(1, 5),
)  # fmt: skip
def test_a_written_table_reads_back_the_same(read, rows, delimiter, locale, encoding, ends, chunk):
    """Whatever the delimiter, locale, encoding, line ends and chunks: the same quantities, texts, days and lines."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator=ends)
    writer.writerow([*HEADER.split(","), "note"])
    for value, text, grouped, day in rows:
        writer.writerow(["LON", "electricity", spelled(value, locale, grouped), "kWh", day, day, "measured", text])
    upload = read(
        out.getvalue().encode(encoding), locale=locale, encoding="cp1252" if encoding == "cp1252" else None,
        limits=Limits(chunk_rows=chunk),
    )  # fmt: skip
    assert not upload.has_errors, upload.findings[:2]
    frame = pl.concat([pl.read_parquet(part) for part in upload.parts])
    assert frame["quantity"].to_list() == [value for value, *_ in rows]
    assert frame["note"].to_list() == [text or None for _, text, *_ in rows]
    assert frame["period_start"].to_list() == [day for *_, day in rows]
    assert frame["source_line"].to_list() == list(range(2, len(rows) + 2))


def test_a_point_beside_semicolons_may_part_thousands(read_rows, told):
    """1.234 in a semicolon file is read by no guess: undeclared it is refused, declared it is 1234 or 1.234."""
    header = "facility_id;activity_type;quantity;unit;period_start;period_end;data_basis"
    given = ("1.234", "0.207", "1.5")
    rows = [f"LON;electricity_purchased;{text};kWh;2026-07-01;2026-07-31;measured" for text in given]
    refused = read_rows(*rows, header=header)
    assert told(refused) == [("number-ambiguous", 2, "quantity")]
    assert "--locale en reads 1.234, --locale de reads 1234" in refused.findings[0].fix
    for locale, total in (("en-GB", "1.234"), ("de", "1234")):
        read = read_rows(rows[0], header=header, locale=locale)
        assert pl.read_parquet(read.parts)["quantity"].to_list() == [Decimal(total)]
