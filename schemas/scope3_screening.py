"""Typed rows of what was decided of the categories of Scope 3."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["scope3_screening"].columns),
        "scope3_category status why valid_from withdrawn",
    ),
    not_after("valid_from", "valid_to"),
)
