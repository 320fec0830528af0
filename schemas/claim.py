"""Typed rows of other people's figures."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["claim"].columns),
        "claim_id about_kind about measure value unit source withdrawn",
    ),
    not_after("period_start", "period_end"),
)
