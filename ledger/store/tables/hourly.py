"""Series by the hour: what was consumed or generated, and how clean the grid was."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ledger.store.tables.columns import Entry, as_instant, as_published, as_quantity


class Interval(Entry, table=True):
    """Energy of one interval at a facility, or generated under an instrument."""

    __tablename__ = "interval"

    source_kind: str
    source_id: str
    start_utc: datetime = as_instant()
    seconds: int
    kwh: Decimal = as_quantity()
    estimated: bool


class GridIntensity(Entry, table=True):
    """The carbon intensity of a zone of the grid in one interval, as measured or as forecast."""

    __tablename__ = "grid_intensity"

    zone: str
    start_utc: datetime = as_instant()
    seconds: int
    signal_kind: str
    issued_at: datetime | None = as_instant(None)
    signal: str
    signal_basis: str
    intensity_g_per_kwh: Decimal = as_published(...)
    carbon_free_share: Decimal | None = as_quantity(None)
    renewable_share: Decimal | None = as_quantity(None)
    estimated: bool
    retrieved_at: datetime | None = as_instant(None)
    source: str
    revision: int
