"""By the hour: matching of consumption against carbon-free generation (24/7), and the grid's intensity as a series."""

from __future__ import annotations

from ledger.inventory.hourly.grid_now import GridNow, grid_now, grid_zones
from ledger.inventory.hourly.grid_series import GridSeries, grid_actual, grid_forecast
from ledger.inventory.hourly.matching import (
    LABEL,
    HourlyFacility,
    HourlyInstrument,
    HourlyMarket,
    HourlyMatching,
    hourly_matching,
)

__all__ = [
    "LABEL", "GridNow", "GridSeries", "HourlyFacility", "HourlyInstrument", "HourlyMarket", "HourlyMatching",
    "grid_actual", "grid_forecast", "grid_now", "grid_zones", "hourly_matching",
]  # fmt: skip
