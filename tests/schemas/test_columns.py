"""The dictionary of columns, the kinds and their schemas agree with each other and with the ledger's tables."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl
import pytest
from sqlalchemy import TIMESTAMP, BigInteger, Boolean, Date, Integer

from ledger.intake.cells.fields import UPLOAD_FIELDS
from ledger.intake.cells.locales import LOCALES
from ledger.intake.master import _TABLES as REGISTERS
from ledger.intake.tables.headers import folded_header, matched, recognised
from ledger.store.tables import Activity, ActivityDetail
from ledger.store.tables.columns import Exact
from schemas.activity_columns import ACTIVITY_COLUMNS
from schemas.ai_columns import AI_COLUMNS
from schemas.columns import COLUMNS
from schemas.document import BEGIN, tables
from schemas.factor_columns import FACTOR_COLUMNS
from schemas.kinds import KINDS, schema_of
from schemas.master_columns import MASTER_COLUMNS
from schemas.reading_columns import READING_COLUMNS
from schemas.register_columns import REGISTER_COLUMNS
from schemas.term_columns import TERM_COLUMNS

TABLES = {
    **{kind: (table,) for kind, table in REGISTERS.items() if kind != "factor"},
    "activity": (Activity, ActivityDetail),
}
RENAMED = {"registry": "registry_name"}
ROWS_OF_PARAMETER = {column.name for column in TERM_COLUMNS}
"""The terms of a formula are rows of `activity_parameter`, not columns."""
WRITTEN_BY_THE_LEDGER = {
    "batch_no", "seq", "key_no", "reverses_batch", "reverses_seq", "activity_batch", "activity_seq",
}  # fmt: skip


def type_in_table(column) -> pl.DataType:
    """The polars type that a column of the ledger has."""
    kind = column.type
    if isinstance(kind, Exact):
        return pl.Decimal(kind.precision, kind.scale)
    for cls, made in ((TIMESTAMP, pl.Datetime("us", "UTC")), (BigInteger, pl.Int64()), (Integer, pl.Int32()),
                      (Boolean, pl.Boolean()), (Date, pl.Date())):  # fmt: skip
        if isinstance(kind, cls):
            return made
    return pl.String()


@pytest.mark.parametrize("kind", list(TABLES))
def test_a_schema_has_the_types_of_the_ledger(kind):
    """Each column of a kind's typed rows is a column of its table, of the same type; needed is needed in both."""
    held = {column.name: column for table in TABLES[kind] for column in table.__table__.columns}
    for name, column in schema_of(kind).columns.items():
        if name in ("seq", "source_line", "sheet") or name in ROWS_OF_PARAMETER:
            continue
        table_column = held[RENAMED.get(name, name)]
        assert column.dtype.type == type_in_table(table_column), name
        if not table_column.nullable:
            assert not column.nullable, name


@pytest.mark.parametrize("kind", list(TABLES))
def test_every_column_of_the_ledger_can_be_given(kind):
    """Nothing that a person can know about a row is without a column in its upload."""
    schema = {RENAMED.get(name, name) for name in schema_of(kind).columns}
    for table in TABLES[kind]:
        assert set(table.model_fields) - WRITTEN_BY_THE_LEDGER <= schema


def test_names_are_defined_once():
    """A name has one meaning in the whole dictionary."""
    groups = (
        ACTIVITY_COLUMNS, TERM_COLUMNS, MASTER_COLUMNS, FACTOR_COLUMNS, REGISTER_COLUMNS, READING_COLUMNS, AI_COLUMNS,
    )  # fmt: skip
    names = [column.name for group in groups for column in group]
    assert len(names) == len(set(names)) == len(COLUMNS)


@pytest.mark.parametrize("kind", list(KINDS))
def test_within_a_kind_each_header_means_one_column(kind):
    """A synonym of two columns of a kind is another column's own name, or the kind says which it means."""
    own = {folded_header(name) for name in KINDS[kind].columns}
    settled = own | {folded_header(header) for header in KINDS[kind].meant}
    seen: dict[str, str] = {}
    for name in KINDS[kind].columns:
        for text in {folded_header(synonym) for synonym in COLUMNS[name].synonyms} - settled:
            assert seen.setdefault(text, name) == name, text


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_kind_is_recognised_by_its_own_headers(kind):
    """A header of all its columns, and one of those it needs alone, is that kind and no other."""
    needed = [name for need in KINDS[kind].needs for name in need[0]]
    for headers in (KINDS[kind].columns, needed):
        assert [match.kind.name for match in recognised(headers)] == [kind]


def test_headers_known_from_practice_are_understood():
    """The column names that calculators, questionnaires and templates use stand for ours."""
    expected = {
        "Site": "facility_id", "Company": "legal_entity_id", "Activity date start": "period_start",
        "End date": "period_end", "Emission source": "activity_type", "Fuel type": "activity_type",
        "Scope": "stated_scope",
        "Scope 3 category": "stated_scope3_category", "Activity data amount": "quantity", "UoM": "unit",
        "Cost": "spend", "eGRID": "grid_region", "Certificate": "contract_id", "Data quality": "data_basis",
        "Invoice no.": "invoice_id", "Comments": "note", "Menge": "quantity", "Währung": "currency",
    }  # fmt: skip
    assert {header: matched("activity", [header]).columns[0] for header in expected} == expected


def test_each_column_says_what_it_is():
    """Meaning and type are there; an amount has a unit or says where its unit stands."""
    for column in COLUMNS.values():
        assert column.meaning, column.name
        if column.type in ("quantity", "factor", "mass"):
            assert column.unit or "unit of" in column.meaning or "currency of" in column.meaning, column.name
        if column.values and column.example:
            assert column.example in column.values, column.name


def test_schemas_are_strict_and_change_nothing():
    """A column that is not known fails, and nothing is coerced."""
    for kind in KINDS:
        schema = schema_of(kind)
        assert schema.strict is True
        assert schema.coerce is False
    with pytest.raises(pa.errors.SchemaErrors):
        schema_of("metric").validate(pl.DataFrame({"name": ["x"], "surprise": [1]}), lazy=True)


def test_a_row_can_be_given_again_from_the_ledger():
    """Each upload field that the ledger holds names a column of activity or its detail."""
    held = {*Activity.model_fields, *ActivityDetail.model_fields}
    assert set(UPLOAD_FIELDS.values()) <= held
    assert set(UPLOAD_FIELDS) <= set(KINDS["activity"].columns)


def test_the_page_of_formats_holds_the_dictionary(root):
    """The tables of `docs/formats.md` are those that the dictionary makes."""
    text = (root / "docs" / "formats.md").read_text(encoding="utf-8")
    assert text.partition(BEGIN + "\n\n")[2] == tables()


def test_the_page_of_formats_names_every_locale(root):
    """What can be declared is written down."""
    text = (root / "docs" / "formats.md").read_text(encoding="utf-8")
    assert [code for code in LOCALES if f"`{code}`" not in text] == []
