"""Energy of moving data between data centres: what a published method takes per GB, or the user's own."""

from __future__ import annotations

import csv
import functools
from decimal import Decimal

from ledger import shipped
from ledger.ai.interval import Interval, interval

OTHER = "aws"
"""Whose row is taken where neither place is of a provider that is held; all providers have the same figure today."""


@functools.cache
def _rows() -> dict[str, tuple[Decimal, str]]:
    with (shipped.path("data") / "transfer_energy.csv").open(encoding="utf-8", newline="") as file:
        return {
            row["provider"]: (Decimal(row["kwh_per_gb"]), f"{row['source']} ({row['verification']})")
            for row in csv.DictReader(file)
        }


def kwh_per_gb(provider: str, own: Interval | None) -> tuple[Interval, str]:
    """KWh per GB before the overhead of the sites, and where that is from.

    Args:
        provider: of the place that the data goes to.
        own: what the user gives in its place.
    """
    if own is not None:
        return own, "given"
    value, source = _rows().get(provider, _rows()[OTHER])
    return interval(value), source
