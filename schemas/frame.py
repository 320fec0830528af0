"""Pandera columns made from the dictionary: type, allowed values and range of each, failing by finding code."""

from __future__ import annotations

from typing import Any

import pandera.polars as pa
import polars as pl

from schemas.column import DECIMALS, Column
from schemas.columns import COLUMNS

SIMPLE: dict[str, Any] = {
    "text": pl.String(),
    "integer": pl.Int32(),
    "boolean": pl.Boolean(),
    "date": pl.Date(),
    "instant": pl.Datetime("us", "UTC"),
    "json": pl.String(),
}


def dtype_of(column: Column) -> Any:
    """The polars type of a column's values once converted."""
    if column.type in DECIMALS:
        return pl.Decimal(*DECIMALS[column.type])
    return SIMPLE[column.type]


def typed(name: str, *, nullable: bool = True, required: bool = False) -> pa.Column:
    """The Pandera column of a name in the dictionary. Raises KeyError where the dictionary does not hold it."""
    column = COLUMNS[name]
    return pa.Column(dtype_of(column), checks_of(column), nullable=nullable, required=required)


def unbounded(name: str) -> pa.Column:
    """A column of decimals that may be any number but a negative one: its range is told elsewhere."""
    return pa.Column(
        dtype_of(COLUMNS[name]), pa.Check.ge(0, error="number-negative"), nullable=True, required=False
    )  # fmt: skip


def checks_of(column: Column) -> list[pa.Check]:
    """Allowed values, range and sign; the error of each check is a finding code of ``docs/codes.md``."""
    checks = []
    if column.values and column.type == "text":
        checks.append(pa.Check.isin(list(column.values), error="value-not-allowed"))
    if column.values and column.type == "integer":
        checks.append(pa.Check.isin([int(value) for value in column.values], error="value-not-allowed"))
    if column.low is not None and column.high is not None:
        checks.append(pa.Check.in_range(column.low, column.high, error="number-out-of-range"))
    elif column.type in DECIMALS and not column.negative:
        checks.append(pa.Check.ge(0, error="number-negative"))
    return checks


def not_after(first: str, last: str) -> pa.Check:
    """The check that one date is not after another; a table or row that lacks either passes."""

    def holds(data: pa.PolarsData) -> pl.LazyFrame:
        if not {first, last} <= set(data.lazyframe.collect_schema()):
            return data.lazyframe.select(pl.lit(value=True))
        return data.lazyframe.select((pl.col(first) <= pl.col(last)).fill_null(value=True))

    return pa.Check(holds, error="period-end-before-start", name=f"{first}_not_after_{last}")


def schema(columns: dict[str, pa.Column], *checks: pa.Check) -> pa.DataFrameSchema:
    """A schema that knows each column and changes none; every frame carries the line each row came from."""
    own = {
        "seq": pa.Column(pl.Int32(), required=True),
        "sheet": pa.Column(pl.String(), nullable=True, required=False),
        "source_line": pa.Column(pl.Int32(), required=True),
    }
    return pa.DataFrameSchema(own | columns, checks=list(checks), strict=True, coerce=False)


def columns_of(names: str, needed: str) -> dict[str, pa.Column]:
    """Pandera columns for names joined with blanks; those in ``needed`` must be there and hold a value."""
    must = set(needed.split())
    return {name: typed(name, nullable=name not in must, required=name in must) for name in names.split()}
