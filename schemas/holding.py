"""Typed rows of holdings: what a parent holds of a child, and which control it has, from a day on."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["holding"].columns),
        "parent child equity_share financial_control operational_control valid_from event withdrawn",
    ),
    not_after("valid_from", "valid_to"),
)
