"""Typed rows of energy of facilities and instruments by the hour."""

from __future__ import annotations

from schemas.frame import columns_of, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["interval"].columns),
        "source_kind source_id start_utc seconds kwh estimated",
    ),
)
