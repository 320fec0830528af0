"""Rows as an Arrow table: each column has the type of its values, amounts keep every digit."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ledger.plain import plain, plain_amount
from ledger.tabular import column_name, unit_of
from schemas.columns import COLUMNS
from schemas.measures import MEASURE_TITLES

_DIGITS = 38  # of a decimal128, the widest that polars and DuckDB have
_INT64 = 1 << 63


def arrow_table(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> pa.Table:
    """The rows as a table; ``columns`` come first and are there without a row too."""
    names = dict.fromkeys((*columns, *(name for row in rows for name in row)))
    if rows:
        names = dict.fromkeys(name for name in names if any(name in row for row in rows))
    arrays, made = [], []
    for name in names:
        array = _array([row.get(name) for row in rows])
        arrays.append(array)
        made.append(_field(name, array.type))
    return pa.Table.from_arrays(arrays, schema=pa.schema(made))


def _field(name: str, kind: pa.DataType) -> pa.Field:
    titled = column_name(name)
    meaning = MEASURE_TITLES.get(name) or (COLUMNS[name].meaning if name in COLUMNS else "")
    told = {"unit": unit_of(titled), "meaning": meaning}
    return pa.field(titled, kind, metadata={key: value for key, value in told.items() if value} or None)


def _array(values: list[Any]) -> pa.Array:
    """The values as the narrowest column that holds all of them exactly; text for what nothing else holds."""
    kinds = {_kind(value) for value in values if value is not None}
    if kinds <= {"int", "decimal"} and "decimal" in kinds:
        return _decimals([None if value is None else Decimal(value) for value in values])
    if len(kinds) != 1:
        return pa.array([None if value is None else _text(value) for value in values], pa.string())
    (kind,) = kinds
    if kind == "instant":
        return pa.array([None if value is None else value.astimezone(UTC) for value in values],
                        pa.timestamp("us", tz="UTC"))  # fmt: skip
    if kind == "texts":
        return pa.array([None if value is None else [str(one) for one in value] for value in values],
                        pa.list_(pa.string()))  # fmt: skip
    if kind in _TYPES:
        return pa.array(values, _TYPES[kind])
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


_TYPES = {"bool": pa.bool_(), "int": pa.int64(), "float": pa.float64(), "date": pa.date32(),
          "time": pa.timestamp("us")}  # fmt: skip


def _kind(value: Any) -> str:
    """What a value is, by the column that it asks for."""
    if isinstance(value, (bool, float)):
        return type(value).__name__
    if isinstance(value, int):
        return "int" if -_INT64 <= value < _INT64 else "text"
    if isinstance(value, Decimal):
        return "decimal" if value.is_finite() else "text"
    if isinstance(value, datetime):
        return "time" if value.tzinfo is None else "instant"
    if isinstance(value, date):
        return "date"
    is_list = isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)
    return "texts" if is_list else "text"


def _decimals(values: list[Decimal | None]) -> pa.Array:
    """A decimal column with the digits that its values have."""
    known = [value for value in values if value is not None]
    scale = max(max(0, -int(value.as_tuple().exponent)) for value in known)
    whole = max(max(0, value.adjusted() + 1) for value in known)
    if whole + scale > _DIGITS:
        return pa.array([None if value is None else plain_amount(value) for value in values], pa.string())
    return pa.array(values, pa.decimal128(_DIGITS, scale))


def _text(value: Any) -> str:
    """A value as text: words as they are, amounts in plain notation, anything nested as JSON."""
    if isinstance(value, Decimal):
        return plain_amount(value) if value.is_finite() else str(value)
    told = plain(value)
    return told if isinstance(told, str) else json.dumps(told, ensure_ascii=False, default=str)
