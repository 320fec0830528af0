"""Typed rows of legal entities: companies of the group, in dated versions."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["legal_entity"].columns),
        "legal_entity_id name country in_consolidated_accounts high_climate_impact valid_from withdrawn",
    ),
    not_after("valid_from", "valid_to"),
)
