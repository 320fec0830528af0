"""Typed rows of internal carbon prices."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["carbon_price_scheme"].columns),
        "scheme_id price_type covers price_per_t currency consistent_with_statements valid_from withdrawn",
    ),
    not_after("valid_from", "valid_to"),
)
