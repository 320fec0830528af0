"""What others state of the grid of a cloud region: for the spread beside an estimate, never for its result."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from decimal import Decimal

from ledger import shipped
from ledger.ai import catalogue


@dataclass(frozen=True, slots=True)
class StatedGrid:
    """A grid intensity as somebody states it: kg CO2e per kWh, of which region, by whom, and what is said of it."""

    provider: str
    region: str
    kg_co2e_per_kwh: Decimal
    data_year: str
    source: str
    verification: str
    note: str


def stated_grids(provider: str, region: str) -> tuple[StatedGrid, ...]:
    """What is stated of a region, and of other regions on the same grid zone; the smallest first."""
    zone = catalogue.region(provider, region).zone
    zones = {(row.provider, row.region): row.zone for row in catalogue.all_regions()}
    found = [
        row
        for row in _rows()
        if (row.provider, row.region) == (provider, region) or (zone and zones.get((row.provider, row.region)) == zone)
    ]
    return tuple(sorted(found, key=lambda row: (row.kg_co2e_per_kwh, row.provider, row.region, row.source)))


@functools.cache
def _rows() -> tuple[StatedGrid, ...]:
    with (shipped.path("data") / "cloud_grid.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            StatedGrid(**{**row, "kg_co2e_per_kwh": Decimal(row["kg_co2e_per_kwh"])})  # type: ignore[arg-type]
            for row in csv.DictReader(file)
        )
