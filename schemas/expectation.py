"""Typed rows of data that ought to come."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["expectation"].columns),
        "activity_type frequency valid_from withdrawn",
    ),
    not_after("valid_from", "valid_to"),
)
