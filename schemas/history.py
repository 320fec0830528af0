"""Typed rows of emissions that were stated for earlier years."""

from __future__ import annotations

from schemas.frame import columns_of, schema
from schemas.kinds import KINDS

SCHEMA = schema(columns_of(" ".join(KINDS["history"].columns), "year stated_scope emissions"))
