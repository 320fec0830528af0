"""Answers as tables: exact in Arrow and polars, with units, and shown in the words and numbers of the web app."""

from __future__ import annotations

import importlib
import inspect
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest

from ledger import Ledger
from ledger.disclosure.words import numbers
from ledger.inventory import Period
from ledger.tabular import Record, Rows, Tabular, column_name, flat, unit_of
from ledger.web.frame.measures import NOT_ADDED as ADDED_NOWHERE
from ledger.web.frame.tables import Column
from schemas.measures import SCOPE_MEASURES

PLAIN = {
    "authenticated": "the ledger, as somebody",
    "bearer": "the ledger, as somebody",
    "check_may": "nothing: it raises or not",
    "compare_report_files": "paths by format",
    "confirm_checkpoints": "sizes",
    "forecast_zones": "names of zones",
    "given": "a row's text by column, to be changed and given to correct",
    "init": "the ledger",
    "instrument_entry": "an entry or None",
    "issued_files": "paths by format",
    "narrative_template": "a text",
    "password_marks": "marks by id, for sessions of the web app",
    "propose_mapping": "the path of what was written",
    "report": "paths by format",
    "report_by_format": "paths as they are there",
    "restore": "the ledger",
    "revoke_token": "nothing",
    "sealed_figures": "the bytes under a digest",
    "set_password": "nothing",
    "template": "the path of what was written",
    "write_mapping": "the path of what was written",
    "write_papers": "the path of what was written",
    "years": "names of years",
}
"""Verbs whose answer is no record, and what it is."""


def verbs() -> dict[str, inspect.Signature]:
    """Every public verb of a ledger."""
    found = inspect.getmembers(Ledger, callable)
    return {name: inspect.signature(verb) for name, verb in found if not name.startswith("_")}


def answered(name: str, annotation: str) -> type | None:
    """The class that a verb says it answers with, or answers with or None; None for what is no class of ours."""
    verb = getattr(Ledger, name)
    head = re.match(r"\w+", annotation)[0]
    source = inspect.getsource(inspect.getmodule(inspect.unwrap(getattr(verb, "__func__", verb))))
    of = re.search(rf"from (ledger[\w.]*) import [^\n]*\b{head}\b", source)
    return None if of is None else getattr(importlib.import_module(of[1]), head)


def test_every_verb_answers_with_a_table_or_says_why_not():
    """Each verb answers with a record or rows that are tables, or with a few of them by name; the rest are listed."""
    bare = set()
    for name, signature in verbs().items():
        said = answered(name, str(signature.return_annotation))
        if said is None or not (hasattr(said, "_fields") or issubclass(said, Tabular)):
            bare.add(name)
        elif getattr(said, "ROWS", ""):
            assert said.ROWS in said.__dataclass_fields__, said
    assert bare == set(PLAIN)


CERTIFICATE = Path(__file__).parent.parent / "cases" / "certificate_covers_part" / "instrument.csv"
"""A certificate of a year in Great Britain, of 50 MWh."""


@dataclass(frozen=True, slots=True)
class Place(Tabular):
    """A record with one of each."""

    name: str
    total_kg: Decimal | None
    used_kwh: Decimal
    of: date
    at: datetime
    count: int
    kept: bool
    parts: tuple[str, ...]
    facts: dict[str, Decimal]


def place(kg: str | None = "1234.5", **other: object) -> Place:
    """A place."""
    at = datetime(2026, 1, 2, 3, 4, tzinfo=timezone(timedelta(hours=2)))
    told = {
        "name": "LON", "total_kg": None if kg is None else Decimal(kg), "used_kwh": Decimal("0.1"),
        "of": date(2026, 1, 2), "at": at, "count": 3, "kept": True, "parts": ("a", "b"),
        "facts": {"x": Decimal("0.30")},
    }  # fmt: skip
    return Place(**(told | other))


def test_a_column_has_the_type_of_its_values_and_their_digits():
    """Decimals have all digits, days and instants (in UTC) are such, and what is nested is JSON text."""
    made = Rows([place("1234.500000000000000001"), place("7")], Place).to_polars()
    assert made.schema["total_kg"] == pl.Decimal(38, 18)
    assert made["total_kg"].to_list() == [Decimal("1234.500000000000000001"), Decimal(7)]
    assert made["used_kwh"].to_list() == [Decimal("0.1")] * 2
    assert made["of"].to_list()[0] == date(2026, 1, 2)
    assert made["at"].to_list()[0] == datetime(2026, 1, 2, 1, 4, tzinfo=UTC)
    assert (made["count"][0], made["kept"][0], made["parts"][0].to_list()) == (3, True, ["a", "b"])
    assert made["facts"][0] == '{"x": "0.3"}'


def test_units_stand_in_the_metadata_of_a_field():
    """Kilograms, kilowatt hours and the dictionary's units are told; a measure's column is named after its unit."""
    schema = Rows([place()], Place).to_arrow().schema
    assert schema.field("total_kg").metadata == {b"unit": b"kg"}
    assert schema.field("used_kwh").metadata[b"unit"] == b"kWh"
    named = {"scope_2_market": "scope_2_market_kg_co2e", "first_stated_scope_1": "first_stated_scope_1_kg_co2e",
             "energy_kwh": "energy_kwh", "share_scope_1": "share_scope_1"}  # fmt: skip
    assert {name: column_name(name) for name in named} == named
    assert [unit_of(name) for name in ("scope_3_kg_co2e", "kg", "price_per_t")] == ["kg CO2e", "kg", ""]


def test_amounts_beyond_a_decimal_column_stay_exact_as_text():
    """39 digits are text in both, rather than rounded or refused."""
    wide = Decimal("123456789012345678901.234567890123456789")
    made = Rows([place(str(wide)), place("1")], Place)
    assert made.to_arrow().schema.field("total_kg").type == pa.string()
    assert [Decimal(text) for text in made.to_polars()["total_kg"]] == [wide, 1]


def test_no_rows_are_a_table_with_columns():
    """An answer of nothing has the columns of its records; rows equal a list and a tuple of the same."""
    none = Rows((), Place)
    assert none.to_polars().columns[:3] == ["name", "total_kg", "used_kwh"]
    assert none.to_polars().height == 0
    assert none == []
    assert none == ()
    assert none != [1]
    assert Rows([1, 2]) == (1, 2) != Rows([2, 1])
    assert hash(Rows([1])) == hash((1,))
    assert "Place, 0 rows" in str(none)


def test_what_people_wrote_is_no_markup():
    """Names with tags, quotes and turning characters are shown as text, in cells, heads and the caption."""
    evil = "<script>alert(1)</script>\"'&\u202e"
    shown = Rows([{evil: evil, "total_kg": Decimal(1)}], about=evil)._repr_html_()
    assert "<script" not in shown
    assert "\u202e" not in shown
    assert shown.count("&lt;script&gt;alert(1)") == 3
    assert "\u202e" not in str(Record({"name": evil}))


@pytest.mark.parametrize("kg", ["0", "123456.78", "-123456.78", "1234567890", "250049.9", "250050"])
def test_numbers_are_written_as_on_the_web(kg):
    """Tonnes at one decimal, thin spaces, a true minus: the very text of the page's column."""
    shown = Rows([{"total_kg": Decimal(kg)}, {"total_kg": Decimal(500_000)}])._repr_html_()
    page = Column("total_kg", "Total", "tonnes").shown(Decimal(kg))
    assert f">{page}<" in shown or (kg == "0" and ">0.0<" in shown)
    assert f">{numbers.tonnes(Decimal(500_000))}<" in shown


def test_small_masses_keep_their_digits():
    """Where the largest is below 100 t there are three decimals; below a tonne it is kilograms. One unit a table."""
    assert ">1.235<" in Rows([place("1234.5"), place("7")], Place)._repr_html_()
    assert "Total (t)" in str(Rows([place("1234.5")], Place))
    assert "Total (kg)" in str(Rows([place("12.25")], Place))
    assert "12.250" in str(Rows([place("12.25")], Place))


def test_unknown_is_never_zero(ledger: Ledger, energy):
    """An inventory without activity has nulls and dashes; with a gap the words are `not quantified`."""
    empty = ledger.inventory("2024")
    assert set(empty.to_polars()["location_based_kg_co2e"]) == {None}
    assert "—" in empty._repr_html_()
    assert ">0.0<" not in empty._repr_html_()
    chilled = "9,SJC,cooling,1,kWh,2024-03-01,2024-03-31,,measured\n"  # no factor of it is shipped
    energy.write_text(energy.read_text(encoding="utf-8").splitlines(keepends=True)[0] + chilled, encoding="utf-8")
    assert ledger.upload(energy).status == "accepted"
    held = ledger.inventory("2024")
    assert held.not_quantified, "the case has a line without a factor"
    gaps = {row["figure"]: row["not_quantified_lines"] for row in held.table_rows()}
    assert gaps["Scope 2"] == gaps["Total"] == sum(gap.rows for gap in held.not_quantified) > 0
    assert held._repr_html_().count("not quantified") == 4


def test_figures_are_the_same_in_every_form(ledger: Ledger, energy, tmp_path):
    """The cut by facility adds up to the inventory in polars, by each Scope 2 method; the frame has no sum of both."""
    certificate = CERTIFICATE.read_text(encoding="utf-8").replace("2023", "2024").replace("2024-02-10", "2025-02-10")
    (tmp_path / "certificate.csv").write_text(certificate, encoding="utf-8")
    assert [ledger.upload(file).status for file in (energy, tmp_path / "certificate.csv")] == ["accepted"] * 2
    ledger.calculate()
    figures, cut = ledger.inventory("2024"), ledger.breakdown("2024", "facility")
    frame = cut.to_polars()
    assert frame.columns == ["facility", *(column_name(measure) for measure in SCOPE_MEASURES)]
    for measure in SCOPE_MEASURES:
        assert frame[f"{measure}_kg_co2e"].sum() == getattr(figures, measure)
    assert [row["facility"] for row in cut] == frame["facility"].to_list() == ["LON", "SJC"]
    assert figures.scope_2_location > figures.scope_2_market, "a certificate covers a part"
    by_figure = {row["figure"]: row for row in figures.to_polars().to_dicts()}
    assert by_figure["Scope 2"]["location_based_kg_co2e"] == figures.scope_2_location
    assert by_figure["Scope 2"]["market_based_kg_co2e"] == figures.scope_2_market
    assert by_figure["Total"]["market_based_kg_co2e"] == figures.total_market
    for shown in (str(figures), figures._repr_html_(), str(cut), cut._repr_html_()):
        assert ADDED_NOWHERE in shown
    assert ledger.trace(figures.figure_id("scope_2_market")).value == figures.scope_2_market
    assert ledger.trace(figures.figure_id("scope_3", category="3")).value == figures.scope_3_categories[3]


def test_long_answers_are_cut_and_say_so(ledger: Ledger):
    """Twenty rows are shown, the rest is counted; the frame has all of them."""
    held = ledger.factors("electricity", limit=30)
    assert len(held) == 30 == held.to_polars().height
    assert held._repr_html_().count("<tr>") == 21
    assert "rows not shown: 10" in str(held)


def test_a_record_within_a_record_gives_columns():
    """Parts of an inner record are named after both; a mapping stays one value."""
    assert flat({"outer": place(), "more": {"a": 1}})["outer_total_kg"] == Decimal("1234.5")
    assert flat({"outer": place(), "more": {"a": 1}})["more"] == {"a": 1}
    span = Period(date(2026, 7, 1), date(2026, 9, 30), "2026-Q3")
    assert flat({"period": span}) == {"period": "2026-Q3", "period_start": span.start, "period_end": span.end}


def test_what_stands_over_a_table(ledger: Ledger):
    """An overview says of what it is, a digest is shown by its beginning, and a record is called by its name."""
    assert ledger.scope3("2024").caption() == "Scope3 overview, period 2024, view operational_control"
    assert re.search(r"root [0-9a-f]{12}…,", ledger.verify().caption())
    assert "ok yes" in ledger.verify().caption()
    held = ledger.dataset("desnz-2024")
    assert (held.caption(), held["publisher"]) == ("desnz-2024", held.to_polars()["publisher"][0])
    assert [row["name"] for row in ledger.people()] == ledger.people().to_polars()["name"].to_list() == ["anna"]
