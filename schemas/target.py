"""Typed rows of reduction targets."""

from __future__ import annotations

from schemas.frame import columns_of, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["target"].columns),
        "target_id measure base_year target_year reduction_pct valid_from withdrawn",
    ),
)
