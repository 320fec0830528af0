"""Typed rows of activity data, named as the ledger's columns: the frequent ones, then the rare ones."""

from __future__ import annotations

import pandera.polars as pa
import polars as pl

from schemas.activity_columns import ACTIVITY_COLUMNS
from schemas.frame import not_after, schema, typed
from schemas.term_columns import TERM_COLUMNS
from schemas.vocabulary import Kind

NOT_STAGED = {
    *("quantity", "unit", "spend", "period_start", "period_end", "month", "quarter", "year"),
    *("activity_type", "shared_by"),
}
"""Upload columns that become others, or whose rows below say more."""

_NEEDED = ("data_basis", "primary_data")


def _sign(data: pa.PolarsData) -> pl.LazyFrame:
    """Below zero only where money came back: a credit note."""
    fine = (pl.col("quantity") >= 0) | (pl.col("kind") == Kind.SPEND.value)
    return data.lazyframe.select(fine.fill_null(value=True))


SCHEMA = schema(
    {
        "activity_type": typed("activity_type", nullable=False, required=True),
        "kind": pa.Column(
            pl.String(), pa.Check.isin([kind.value for kind in Kind], error="value-not-allowed"), required=True
        ),
        "quantity_text": pa.Column(pl.String(), required=True),
        "quantity": pa.Column(pl.Decimal(18, 6), required=True),
        "unit_given": pa.Column(pl.String(), required=True),
        "period_start": typed("period_start", nullable=False, required=True),
        "period_end": typed("period_end", nullable=False, required=True),
        "month": pa.Column(pl.Date(), nullable=True, required=True),
        **{
            column.name: typed(column.name, nullable=column.name not in _NEEDED, required=column.name in _NEEDED)
            for column in ACTIVITY_COLUMNS
            if column.name not in NOT_STAGED
        },
        **{column.name: typed(column.name) for column in TERM_COLUMNS},
    },
    not_after("period_start", "period_end"),
    pa.Check(_sign, error="number-negative", name="sign"),
)
