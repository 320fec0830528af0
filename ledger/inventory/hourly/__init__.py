"""Matching by the hour (24/7) beside the annual one: consumption against carbon-free generation, without carry-over."""

from __future__ import annotations

from ledger.inventory.hourly.matching import (
    LABEL,
    HourlyFacility,
    HourlyInstrument,
    HourlyMarket,
    HourlyMatching,
    hourly_matching,
)

__all__ = ["LABEL", "HourlyFacility", "HourlyInstrument", "HourlyMarket", "HourlyMatching", "hourly_matching"]
