"""Which zone of the grid a run is in: its own word for it, else the narrowest of its place of which values are held."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from ledger.ai import catalogue
from ledger.errors import Misuse
from ledger.store import Session

_PLACE = ("zone", "cloud_provider", "cloud_region", "country", "grid_region", "site_country", "site_grid_region")


def make_zones(s: Session, held: set[str]) -> None:
    """Temp table `zone_of_run` (unit_key, zone) from `counted_run`; null where a run names no place.

    Args:
        s: a session with `counted_run`.
        held: the zones that any value is held of.
    """
    places = s.rows(f"select distinct {', '.join(_PLACE)} from counted_run")
    found = [(*place, _zone(dict(zip(_PLACE, place, strict=True)), held)) for place in places]
    table = pa.table(
        {name: pa.array([row[at] for row in found], pa.string()) for at, name in enumerate((*_PLACE, "in_zone"))}
    )
    same = " and ".join(f"r.{name} is not distinct from p.{name}" for name in _PLACE)
    with s.given(zone_of_place=table):
        s.run(
            "create or replace temp table zone_of_run as select r.unit_key, p.in_zone as zone "
            f"from counted_run r join zone_of_place p on {same}"
        )


def _zone(place: dict[str, Any], held: set[str]) -> str | None:
    """The zone that the run names, and no other; else of those of its place the narrowest of which values are held."""
    if place["zone"]:
        return str(place["zone"])
    names = candidates(place)
    return next((name for name in names if name in held), names[0] if names else None)


def candidates(place: dict[str, Any]) -> list[str]:
    """The zones of a place, the narrowest first: of the cloud region, of the grid region, of the country."""
    zone = grid = country = None
    if place["cloud_provider"] and place["cloud_region"]:
        try:
            region = catalogue.region(place["cloud_provider"], place["cloud_region"])
        except Misuse:
            region = None
        if region is not None:
            zone, grid, country = region.zone, region.grid_region, region.country
    own = place["country"] or country
    if own is not None and own != country:
        zone = grid = None  # the record's own country stands before that of the region
    is_at_site = own is None or own == place["site_country"]
    grid = place["grid_region"] or grid or (place["site_grid_region"] if is_at_site else None)
    return [name for name in (zone, grid, own or place["site_country"]) if name]
