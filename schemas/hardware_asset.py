"""Typed rows of machines held."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["hardware_asset"].columns),
        "asset_id hardware_count machine_share held_as acquired_on life_years withdrawn",
    ),
    not_after("acquired_on", "out_of_service_on"),
)
