"""Typed rows of carbon intensity of grids by the hour."""

from __future__ import annotations

from schemas.frame import columns_of, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["grid_intensity"].columns),
        "zone start_utc seconds signal_kind signal signal_basis intensity_g_per_kwh estimated source revision",
    ),
)
