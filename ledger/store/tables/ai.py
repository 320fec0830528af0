"""Runs of AI models, readings of their energy, machines held, and what became of each: posted, or kept and why."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from ledger.store.tables.columns import Entry, as_big, as_count, as_instant, as_mass, as_published, as_quantity


class AiRun(Entry, table=True):
    """A run of a model, or the part of it of one state and component; stage, outcome, state and component apart.

    Its identity is run, attempt, state, component and start; of several rows of one identity the last counts.
    """

    __tablename__ = "ai_run"

    run_id: str
    parent_run: str | None = None
    attempt: int
    stage: str
    outcome: str
    state: str
    component: str
    model: str | None = None
    model_version: str | None = None
    project: str | None = None
    owner: str | None = None
    tenant: str | None = None
    legal_entity_id: str | None = None
    facility_id: str | None = None
    cloud_provider: str | None = None
    cloud_region: str | None = None
    country: str | None = None
    grid_region: str | None = None
    zone: str | None = None
    account: str | None = None
    control: str | None = None
    hardware_id: str | None = None
    hardware_count: int | None = None
    start_utc: datetime = as_instant()
    end_utc: datetime = as_instant()
    wall_seconds: Decimal | None = as_quantity(None)
    reserved_accelerator_seconds: Decimal | None = as_quantity(None)
    used_accelerator_seconds: Decimal | None = as_quantity(None)
    utilisation: Decimal | None = as_quantity(None)
    mfu: Decimal | None = as_quantity(None)
    power_w: Decimal | None = as_quantity(None)
    energy_kwh: Decimal | None = as_quantity(None)
    energy_level: str | None = None
    pue: Decimal | None = as_quantity(None)
    pue_source: str | None = None
    flops: Decimal | None = as_count()
    flops_method: str | None = None
    parameters_total: Decimal | None = as_count()
    parameters_active: Decimal | None = as_count()
    tokens_in: Decimal | None = as_count()
    tokens_cached: Decimal | None = as_count()
    tokens_out: Decimal | None = as_count()
    requests: Decimal | None = as_count()
    steps_kept: Decimal | None = as_count()
    steps_redone: Decimal | None = as_count()
    water_l: Decimal | None = as_quantity(None)
    cost: Decimal | None = as_quantity(None)
    currency: str | None = None
    quality_name: str | None = None
    quality_value: Decimal | None = as_published()
    quality_direction: str | None = None
    run_boundary: str | None = None
    withdrawn: bool
    sheet: str | None = None
    source_line: int


class Measurement(Entry, table=True):
    """A reading of energy from any source, posted or not.

    Its identity is source, subject, part, start and end; of several rows of one identity the last counts.
    """

    __tablename__ = "measurement"

    source: str
    subject: str
    run_id: str | None = None
    facility_id: str | None = None
    cluster: str | None = None
    cloud_provider: str | None = None
    cloud_region: str | None = None
    country: str | None = None
    grid_region: str | None = None
    account: str | None = None
    start_utc: datetime = as_instant()
    end_utc: datetime = as_instant()
    energy_wh: Decimal = as_quantity()
    energy_text: str
    energy_part: str
    energy_level: str
    pue_inside: Decimal | None = as_quantity(None)
    reading_method: str
    co2e_kg_stated: Decimal | None = as_mass()
    intensity_g_per_kwh_stated: Decimal | None = as_published()
    query: str | None = None
    parser_version: str | None = None
    withdrawn: bool
    sheet: str | None = None
    source_line: int


class HardwareAsset(Entry, table=True):
    """A machine, or machines of one kind bought together, with the manufacture of one of them and where that is from.

    Its identity is the asset; of several rows of one asset the last counts.
    """

    __tablename__ = "hardware_asset"

    asset_id: str
    hardware_id: str | None = None
    hardware_count: int
    machine_share: Decimal = as_quantity()
    held_as: str
    acquired_on: date
    life_years: int
    out_of_service_on: date | None = None
    embodied_kg_each: Decimal | None = as_quantity(None)
    embodied_source: str | None = None
    counted_by: str | None = None
    legal_entity_id: str | None = None
    facility_id: str | None = None
    project: str | None = None
    model: str | None = None
    cluster: str | None = None
    cost: Decimal | None = as_quantity(None)
    currency: str | None = None
    invoice_id: str | None = None
    note: str | None = None
    withdrawn: bool
    sheet: str | None = None
    source_line: int


class AiDecision(Entry, table=True):
    """What became of a run, a reading or a machine: posted, or kept as evidence, a breakdown, or not quantified.

    Of several decisions on one record the last counts. ``by_table``, ``by_batch`` and ``by_seq`` name the record that
    stands in its place.
    """

    __tablename__ = "ai_decision"

    record_table: str
    record_batch: int = as_big()
    record_seq: int
    decision: str
    reason_code: str
    reason: str
    precedence: int | None = None
    energy_kwh: Decimal | None = as_quantity(None)
    activity_batch: int | None = as_big(None)
    activity_seq: int | None = None
    by_table: str | None = None
    by_batch: int | None = as_big(None)
    by_seq: int | None = None
