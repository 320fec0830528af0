"""Typed rows of energy readings of computing."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(name for name in KINDS["measurement"].columns if name not in ("timezone", "energy_kwh")),
        "source subject start_utc end_utc energy_wh energy_text energy_part energy_level reading_method withdrawn",
    ),
    not_after("start_utc", "end_utc"),
)
