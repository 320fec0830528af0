"""Typed rows of carbon removed and stored."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["removal"].columns),
        "removal_id removal_kind value_chain period_start period_end removed_kg removal_method source "
        "withdrawn",
    ),
    not_after("period_start", "period_end"),
)
