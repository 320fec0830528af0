"""Published knowledge: datasets, emission factors, gases and their warming, catalogue and units."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from ledger.store.tables.columns import Entry, as_published, as_quantity


class FactorDataset(Entry, table=True):
    """The source record of a dataset: who published it, when it is meant for, under which licence."""

    __tablename__ = "factor_dataset"

    dataset: str
    edition: str
    version: str
    title: str
    publisher: str
    published: str
    home_country: str | None = None
    international_rank: int
    licence: str
    redistributable: bool
    attribution: str
    origin: str
    source_sha256: str
    gwp_set: str | None = None
    edition_basis: str
    life_cycle: bool
    verification: str
    caveats: str


class EmissionFactor(Entry, table=True):
    """One factor as published: total, parts and masses per unit, with place, period and origin."""

    __tablename__ = "emission_factor"

    factor_id: str
    dataset: str
    edition: str
    version: str
    activity_type: str
    classification_code: str | None = None
    kind: str
    serves: str
    line: str
    boundary: str
    country: str | None = None
    region: str | None = None
    supplier: str | None = None
    product: str | None = None
    per_unit: str
    calorific_basis: str
    data_year: int
    valid_from: date
    valid_to: date
    edition_basis: str
    co2e_published_kg_per_unit: Decimal | None = as_published()
    co2_co2e_kg_per_unit: Decimal | None = as_published()
    ch4_co2e_kg_per_unit: Decimal | None = as_published()
    n2o_co2e_kg_per_unit: Decimal | None = as_published()
    hfcs_co2e_kg_per_unit: Decimal | None = as_published()
    pfcs_co2e_kg_per_unit: Decimal | None = as_published()
    sf6_co2e_kg_per_unit: Decimal | None = as_published()
    nf3_co2e_kg_per_unit: Decimal | None = as_published()
    co2_kg_per_unit: Decimal | None = as_published()
    ch4_fossil_kg_per_unit: Decimal | None = as_published()
    ch4_other_kg_per_unit: Decimal | None = as_published()
    n2o_kg_per_unit: Decimal | None = as_published()
    hfcs_kg_per_unit: Decimal | None = as_published()
    pfcs_kg_per_unit: Decimal | None = as_published()
    sf6_kg_per_unit: Decimal | None = as_published()
    nf3_kg_per_unit: Decimal | None = as_published()
    montreal_kg_per_unit: Decimal | None = as_published()
    biogenic_co2_kg_per_unit: Decimal | None = as_published()
    masses_basis: str
    gas_coverage: str
    gwp_set: str | None = None
    radiative_forcing: bool | None = None
    currency: str | None = None
    price_year: int | None = None
    price_basis: str | None = None
    with_margins: bool | None = None
    uncertainty_pct: Decimal | None = as_quantity(None)
    basic_uncertainty: Decimal | None = as_quantity(None)
    verification: str
    supersedes: str | None = None
    erratum: str | None = None
    licence: str
    redistributable: bool
    source_sha256: str
    source_cell: str


class FactorGas(Entry, table=True):
    """A species in a factor: its mass, its CO2e, or its share of a blend."""

    __tablename__ = "factor_gas"

    factor_id: str
    species: str
    value: Decimal = as_published(...)
    value_as: str


class Gwp(Entry, table=True):
    """Global warming potential of a species in a set, kg CO2e per kg."""

    __tablename__ = "gwp"

    gwp_set: str
    species: str
    origin: str
    horizon_years: int
    value: Decimal = as_published(...)
    source: str


class CatalogueType(Entry, table=True):
    """An activity type as published to this ledger."""

    __tablename__ = "activity_type"

    activity_type: str
    name: str
    dimension: str
    default_unit: str | None = None
    is_fuel: bool
    energy_source: str | None = None
    default_classification_code: str | None = None


class CatalogueLine(Entry, table=True):
    """A line that an activity of a type yields: scope, category, and the factors that serve it."""

    __tablename__ = "activity_line"

    activity_type: str
    line: str
    method: str
    scope: str | None = None
    source_type: str | None = None
    scope3_category: int | None = None
    sub_line: str | None = None
    iso_category: str | None = None
    factor_activity_type: str
    book: str


class Unit(Entry, table=True):
    """A unit and its exact ratio to the base unit of its dimension; the ratio as decimal text."""

    __tablename__ = "unit"

    unit: str
    dimension: str
    base_unit: str
    to_base: str


class FuelProperty(Entry, table=True):
    """Net energy of a fuel, for energy figures on net calorific value."""

    __tablename__ = "fuel_property"

    activity_type: str
    net_kwh_per_kg: Decimal | None = as_published()
    net_kwh_per_litre: Decimal | None = as_published()
    net_to_gross: Decimal | None = as_published()
    source: str


class ChpPlant(Entry, table=True):
    """A supplier's combined heat and power plant in a year: what it burned and made, and how that is split."""

    __tablename__ = "chp_plant"

    plant_id: str
    supplier: str
    country: str | None = None
    chp_method: str
    fuel_factor_id: str
    fuel_burned: Decimal = as_quantity()
    fuel_unit: str
    heat_kwh: Decimal = as_quantity()
    power_kwh: Decimal = as_quantity()
    heat_efficiency: Decimal | None = as_quantity(None)
    power_efficiency: Decimal | None = as_quantity(None)
    data_year: int
    source: str
