"""Master data: entities, who holds them, and the facilities where things happen; all dated versions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ledger.store.tables.columns import Entry, as_mass, as_quantity


class LegalEntity(Entry, table=True):
    """A company of the group."""

    __tablename__ = "legal_entity"

    legal_entity_id: str
    name: str
    country: str
    nace: str | None = None
    segment: str | None = None
    in_consolidated_accounts: bool
    high_climate_impact: bool
    valid_from: date
    valid_to: date | None = None
    withdrawn: bool


class Holding(Entry, table=True):
    """What a parent holds of a child, and which control it has, from a day on."""

    __tablename__ = "holding"

    parent: str
    child: str
    equity_share: Decimal = as_quantity()
    financial_control: str
    operational_control: bool
    valid_from: date
    valid_to: date | None = None
    event: str
    withdrawn: bool


class Facility(Entry, table=True):
    """A place with its country, grid and market, and how it is held."""

    __tablename__ = "facility"

    facility_id: str
    name: str
    legal_entity_id: str
    country: str
    subdivision: str | None = None
    grid_region: str | None = None
    market_boundary: str
    timezone: str
    relation: str
    exists_from: date | None = None
    exists_to: date | None = None
    floor_m2: Decimal | None = as_quantity(None)
    ets_scheme: str | None = None
    exclusion_reason: str | None = None
    exclusion_kg: Decimal | None = as_mass()
    valid_from: date
    valid_to: date | None = None
    withdrawn: bool


class Instrument(Entry, table=True):
    """A contractual instrument: certificate, contract or supplier product, with its eight criteria."""

    __tablename__ = "instrument"

    instrument_id: str
    type: str
    facility_id: str | None = None
    registry_name: str | None = None
    certificate_from: str | None = None
    certificate_to: str | None = None
    kwh: Decimal = as_quantity()
    technology: str
    energy_source: str
    country: str
    market_boundary: str
    plant: str | None = None
    commissioned: date | None = None
    vintage_start: date
    vintage_end: date
    hourly: bool
    issued: date | None = None
    retired_on: date | None = None
    beneficiary: str | None = None
    bundled: bool
    own_generation_sold: bool
    co2_kg_per_kwh: Decimal | None = as_mass()
    ch4_kg_per_kwh: Decimal | None = as_mass()
    n2o_kg_per_kwh: Decimal | None = as_mass()
    co2e_kg_per_kwh: Decimal | None = as_mass()
    biogenic_co2_kg_per_kwh: Decimal | None = as_mass()
    criterion_1: str
    criterion_2: str
    criterion_3: str
    criterion_4: str
    criterion_5: str
    criterion_6: str
    criterion_7: str
    criterion_8: str
    evidence_sha256: str | None = None
    withdrawn: bool
