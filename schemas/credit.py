"""Typed rows of carbon credits."""

from __future__ import annotations

from schemas.frame import columns_of, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["credit"].columns),
        "credit_id standard credit_project credit_kind tonnes vintage_year eu_project "
        "corresponding_adjustment contracted withdrawn",
    ),
)
