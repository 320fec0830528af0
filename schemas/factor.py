"""Typed rows of a user's own emission factors: what they are for, per which unit, from which source and year."""

from __future__ import annotations

from schemas.frame import columns_of, not_after, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["factor"].columns),
        "factor_id activity_type per_unit data_year source valid_from valid_to kind serves line boundary "
        "calorific_basis gas_coverage licence",
    ),
    not_after("valid_from", "valid_to"),
)
