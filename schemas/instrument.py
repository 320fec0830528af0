"""Typed rows of contractual instruments, with their rates by gas and their eight criteria."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["instrument"].columns),
        "instrument_id type kwh technology energy_source country market_boundary vintage_start vintage_end hourly "
        "bundled own_generation_sold criterion_1 criterion_2 criterion_3 criterion_4 criterion_5 criterion_6 "
        "criterion_7 criterion_8 withdrawn",
    ),
    not_after("vintage_start", "vintage_end"),
)
