"""Telemetry: power of accelerators by the second or minute, in Parquet by day, as energy by the hour."""

from __future__ import annotations

from ledger.intake.telemetry.hours import Telemetry, telemetry
from ledger.intake.telemetry.manifest import Difference, differences, manifest_of

__all__ = ["Difference", "Telemetry", "differences", "manifest_of", "telemetry"]
