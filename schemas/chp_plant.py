"""Typed rows of suppliers' plants of combined heat and power."""

from __future__ import annotations

from schemas.frame import columns_of, schema
from schemas.kinds import KINDS

SCHEMA = schema(
    columns_of(
        " ".join(KINDS["chp_plant"].columns),
        "plant_id supplier chp_method fuel_factor_id fuel_burned fuel_unit heat_kwh power_kwh data_year source",
    ),
)
