"""Typed rows of measures that are no activity: revenue, headcount, requests, rates."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(" ".join(KINDS["metric"].columns), "name value unit period_start period_end source"),
    not_after("period_start", "period_end"),
)
