"""Typed readings of meters."""

from __future__ import annotations

from schemas.frame import columns_of, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["meter_reading"].columns),
        "meter_id activity_type read_on reading unit multiplier reset estimated day_end",
    ),
)
