"""The canonical form: SQL and Python make the same bytes for every table, and no two rows make the same."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import made_rows as made
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.store import session
from ledger.store.canonical import canonical_text, entry_leaf_sql, hashed_columns, leaf_hash
from ledger.store.tables import ENTRIES, Activity, Batch, Setting

HASHED = (Batch, *ENTRIES)


@pytest.fixture(scope="module")
def s(tmp_path_factory):
    with session(made.ledger(tmp_path_factory.mktemp("canonical")), "write", create=True) as opened:
        yield opened


@pytest.mark.parametrize("table", HASHED, ids=lambda table: table.__tablename__)
@given(data=st.data())
@settings(
    max_examples=settings.default.max_examples // 5,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_sql_leaf_is_python_leaf(s, table, data):
    """For rows of every table, with nulls, any text and every digit, SQL hashes what Python hashes."""
    rows = data.draw(made.rows(table))
    with s.given(incoming=made.arrow(table, rows)):
        hashed = [bytes(row[0]) for row in s.rows(f"select {entry_leaf_sql(table)} from incoming")]
    assert hashed == [leaf_hash(canonical_text(table, row)) for row in rows]


@given(data=st.data())
@settings(max_examples=200)
def test_different_rows_make_different_texts(data):
    """Two rows have the same canonical text only when they hold the same."""
    first, second = data.draw(made.rows(Setting))[0], data.draw(made.rows(Setting))[0]
    same = all(first[name] == second[name] for name in hashed_columns(Setting))
    assert (canonical_text(Setting, first) == canonical_text(Setting, second)) == same


def test_borders_between_fields_are_told():
    """'a|b','c' and 'a','b|c' differ, and null, the tilde and the empty text are three things."""
    base = {"seq": 1, "valid_from": date(2025, 1, 1)}
    pairs = [("a|b", "c"), ("a", "b|c"), ("ab", "c"), ("a", "bc"), ("", "abc")]
    texts = {canonical_text(Setting, {**base, "name": name, "value": value}) for name, value in pairs}
    assert len(texts) == len(pairs)
    activity = {**made.activities(1)[0], **dict.fromkeys(hashed_columns(Activity)), "seq": 1, "quantity": Decimal(1)}
    texts = {canonical_text(Activity, {**activity, "supplier": value}) for value in (None, "~", "", "0:", "1:~")}
    assert len(texts) == 5


def test_the_form_of_each_type_is_as_written():
    """Lengths are in UTF-8 bytes, decimals carry their scale, instants are UTC, the batch number stays out."""
    row = dict.fromkeys(hashed_columns(Activity))
    row |= {"seq": 7, "external_id": "é", "quantity": Decimal("-1234.5"), "primary_data": True}
    text = canonical_text(Activity, row)
    assert text.startswith("1:18:activity1:72:é~12:-1234.500000~")
    assert text.endswith("4:true~~~~")
    header = dict.fromkeys(hashed_columns(Batch))
    header |= {"batch_no": 3, "recorded_at": datetime(2026, 11, 24, 8, 0, 0, 5, UTC)}
    assert canonical_text(Batch, header).startswith("1:15:batch1:3~~~27:2026-11-24T08:00:00.000005Z")
    assert "batch_no" not in hashed_columns(Activity)
