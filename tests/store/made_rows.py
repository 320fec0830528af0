"""Rows for any table of the ledger: hypothesis-made ones for its form, plain ones for stories."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
from hypothesis import strategies as st
from sqlalchemy import TIMESTAMP, BigInteger, Boolean, Date, Integer

from ledger.store import Act, Appended, Session, append, as_arrow
from ledger.store.schema import create_schema
from ledger.store.tables import Activity, Setting
from ledger.store.tables.columns import Exact

EPOCH = date(1900, 1, 1)
NASTY = ("", "~", "0:", "1:a", "a|b", "b|c", "é", "東京", "🌍", "a\nb", '"', "'", "\\x00", "\x00", " ", "null", "-0")


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Values that a column of this type may hold, the awkward ones among them."""
    if isinstance(kind, Exact):
        limit = 10**kind.precision - 1
        whole = st.integers(-limit, limit) | st.sampled_from((0, 1, -1, limit, -limit))
        return whole.map(lambda n: Decimal(f"{n}E-{kind.scale}"))
    if isinstance(kind, TIMESTAMP):
        return st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)).map(lambda d: d.replace(tzinfo=UTC))  # noqa: DTZ001
    if isinstance(kind, Boolean):
        return st.booleans()
    if isinstance(kind, Date):
        return st.dates()
    if isinstance(kind, BigInteger):
        return st.integers(-(2**63), 2**63 - 1)
    if isinstance(kind, Integer):
        return st.integers(-(2**31), 2**31 - 1)
    return st.sampled_from(NASTY) | st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


def rows(table: Any) -> st.SearchStrategy[list[dict[str, Any]]]:
    """A few rows of a table, null wherever null may be."""
    columns = {c.name: values(c.type) | st.none() if c.nullable else values(c.type) for c in table.__table__.columns}
    return st.lists(st.fixed_dictionaries(columns), min_size=1, max_size=4)


def arrow(table: Any, given: list[dict[str, Any]]) -> pa.Table:
    """Rows as Arrow with every column of the table, its numbers included."""
    made = as_arrow(table, given)
    for place, name in enumerate(("batch_no", "seq")):
        if name in table.__table__.columns:
            made = made.add_column(place, pa.field(name, pa.int64()), [[row[name] for row in given]])
    return made


def activities(count: int, **more: Any) -> list[dict[str, Any]]:
    """Activities that differ in quantity, identifier and site."""
    return [
        {
            "external_id": f"é|{n}", "quantity_text": f"{n}.5", "quantity": Decimal(f"{n}.500000"),
            "period_start": date(2025, 1, 1), "period_end": date(2025, 1, 31), "source_line": n + 1,
            "facility_id": f"F{n % 3}", "activity_type": "electricity_purchased", "kind": "quantity",
            "unit_given": "kWh", "data_basis": "measured", "primary_data": n % 2 == 0, **more,
        }
        for n in range(1, count + 1)
    ]  # fmt: skip


def found(s: Session) -> Appended:
    """An empty ledger with its name."""
    create_schema(s)
    named = as_arrow(Setting, [{"name": "origin", "value": "made", "valid_from": EPOCH}])
    return append(s, Act("init", "tester", "admin", "init"), lambda w: w.insert_rows(Setting, named) and None)


def upload(s: Session, key: str, count: int = 3) -> Appended:
    """A batch of activities."""
    given = as_arrow(Activity, activities(count))
    return append(s, Act("upload", "tester", "admin", key), lambda w: w.insert_rows(Activity, given) and None)


def ledger(folder: Path) -> Path:
    """Where a test's ledger lies."""
    return folder / "made.duckdb"
