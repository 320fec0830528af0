"""Decisions: the keys that decide, the choice of a factor for each, and the allocation of instruments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sqlmodel import Field, SQLModel

from ledger.store.tables.columns import Entry, Exact, as_big, as_per_unit, as_quantity


class ChoiceKey(Entry, table=True):
    """One distinct combination of what decides a choice; places are resolved, absent parts null."""

    __tablename__ = "choice_key"

    key_no: int = as_big()
    activity_type: str
    classification_code: str | None = None
    kind: str
    unit_given: str
    calorific_basis: str
    country: str | None = None
    grid_region: str | None = None
    market_boundary: str | None = None
    cloud_provider: str | None = None
    cloud_region: str | None = None
    month: date
    supplier: str | None = None
    contract_id: str | None = None
    factor_id: str | None = None
    currency: str | None = None
    price_year: int | None = None
    price_basis: str | None = None
    tax_included: bool | None = None
    capitalised: bool | None = None
    direction: str
    product: str | None = None
    stated_scope: int | None = None
    stated_scope3_category: int | None = None
    stated_method: str | None = None
    energy_boundary: str | None = None


class Choice(Entry, table=True):
    """The decision for one key, line and method: factor, reason, and kg per unit given.

    Additive: a figure is a plain sum over choices times quantities; what no longer stands is taken
    back by a row with the same numbers and sign -1 that names its target.
    """

    __tablename__ = "choice"

    calculation_no: int = as_big()
    key_no: int = as_big()
    book: str
    method: str
    line: str
    scope: str
    source_type: str | None = None
    scope3_category: int | None = None
    sub_line: str | None = None
    iso_category: str
    factor_id: str | None = None
    instrument_id: str | None = None
    reason_code: str
    flags: str
    gwp_set: str
    sign: int
    reverses_batch: int | None = as_big(None)
    reverses_seq: int | None = None
    co2_kg_per_unit: Decimal | None = as_per_unit()
    ch4_fossil_kg_per_unit: Decimal | None = as_per_unit()
    ch4_other_kg_per_unit: Decimal | None = as_per_unit()
    n2o_kg_per_unit: Decimal | None = as_per_unit()
    hfcs_kg_per_unit: Decimal | None = as_per_unit()
    pfcs_kg_per_unit: Decimal | None = as_per_unit()
    sf6_kg_per_unit: Decimal | None = as_per_unit()
    nf3_kg_per_unit: Decimal | None = as_per_unit()
    montreal_kg_per_unit: Decimal | None = as_per_unit()
    biogenic_co2_kg_per_unit: Decimal | None = as_per_unit()
    ch4_co2e_kg_per_unit: Decimal | None = as_per_unit()
    n2o_co2e_kg_per_unit: Decimal | None = as_per_unit()
    hfcs_co2e_kg_per_unit: Decimal | None = as_per_unit()
    pfcs_co2e_kg_per_unit: Decimal | None = as_per_unit()
    sf6_co2e_kg_per_unit: Decimal | None = as_per_unit()
    nf3_co2e_kg_per_unit: Decimal | None = as_per_unit()
    unsplit_co2e_kg_per_unit: Decimal | None = as_per_unit()
    total_co2e_kg_per_unit: Decimal | None = as_per_unit()
    energy_kwh_per_unit: Decimal | None = as_per_unit()
    energy_source: str | None = None


AMOUNTS_PER_UNIT = tuple(name for name in Choice.model_fields if name.endswith("_per_unit"))
"""The numeric columns of a choice, in order: masses, CO2e parts, total, energy."""


class Allocation(Entry, table=True):
    """A quantity of a month, facility and key that moves from the uncovered market line to an instrument."""

    __tablename__ = "allocation"

    legal_entity_id: str | None = None
    facility_id: str | None = None
    month: date
    key_no: int = as_big()
    instrument_id: str
    quantity: Decimal = as_quantity()
    kwh: Decimal = as_quantity()
    sign: int


class PeriodTotal(SQLModel, table=True):
    """Sums that each batch adds, derived from its own entries: no leaf of the tree, rebuilt by verify."""

    __tablename__ = "period_total"
    __mapper_args__ = {"primary_key": ["batch_no", "month", "key_no", "legal_entity_id", "facility_id"]}

    batch_no: int = as_big()
    month: date
    legal_entity_id: str | None = None
    facility_id: str | None = None
    key_no: int = as_big()
    instrument_id: str | None = None
    allocated: bool
    quantity: Decimal = Field(sa_type=Exact(38, 6))
    n: int = as_big()


class Calculation(Entry, table=True):
    """What a calculation was run with, so that it can be run again."""

    __tablename__ = "calculation"

    calculation_no: int = as_big()
    datasets: str
    gwp_set: str
    gwp_policy: str
    allocation_year: int | None = None
    time_basis: str
    catalogue_root: str
    software_version: str
    reason: str
