"""Typed rows of facilities: places where activities happen, in dated versions."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["facility"].columns),
        "facility_id name legal_entity_id country market_boundary timezone relation valid_from withdrawn",
    ),
    not_after("valid_from", "valid_to"),
    not_after("exists_from", "exists_to"),
)
