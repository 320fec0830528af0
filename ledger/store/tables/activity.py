"""Activity data: what happened, with its rare fields, its parameters and its month slices."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from ledger.store.tables.columns import Entry, as_big, as_instant, as_own_text, as_quantity


class Activity(Entry, table=True):
    """One row of activity data; the varying columns first, the repeating ones after."""

    __tablename__ = "activity"

    external_id: str | None = as_own_text(None)
    quantity_text: str = as_own_text()
    quantity: Decimal = as_quantity()
    period_start: date
    period_end: date
    month: date | None = None
    invoice_id: str | None = as_own_text(None)
    sheet: str | None = None
    source_line: int
    reverses_batch: int | None = as_big(None)
    reverses_seq: int | None = None
    key_no: int | None = as_big(None)
    legal_entity_id: str | None = None
    facility_id: str | None = None
    activity_type: str
    kind: str
    unit_given: str
    country: str | None = None
    grid_region: str | None = None
    supplier: str | None = None
    data_basis: str
    primary_data: bool
    project: str | None = None
    model: str | None = None
    team: str | None = None
    tags: str | None = None


ACTIVITY_VARYING = (
    "seq", "external_id", "quantity_text", "quantity", "period_start", "period_end", "month",
    "invoice_id", "sheet", "source_line", "reverses_batch", "reverses_seq",
)  # fmt: skip


class ActivityDetail(Entry, table=True):
    """The rare fields of an activity: a row only where something of it was given that its key does not say."""

    __tablename__ = "activity_detail"

    activity_batch: int = as_big()
    activity_seq: int
    stated_scope: int | None = None
    stated_scope3_category: int | None = None
    stated_method: str | None = None
    stated_boundary: str | None = None
    meter_id: str | None = None
    classification_system: str | None = None
    classification_code: str | None = None
    start_utc: datetime | None = as_instant(None)
    end_utc: datetime | None = as_instant(None)
    timezone: str | None = None
    cloud_provider: str | None = None
    cloud_region: str | None = None
    calorific_basis: str | None = None
    energy_carrier: str | None = None
    energy_kwh_net: Decimal | None = as_quantity(None)
    energy_boundary: str | None = None
    direction: str | None = None
    product: str | None = None
    formula: str | None = None
    currency: str | None = None
    price_year: int | None = None
    price_basis: str | None = None
    tax_included: bool | None = None
    capitalised: bool | None = None
    contract_id: str | None = None
    factor_id: str | None = None
    vendor_model_version: str | None = None
    ets_scheme: str | None = None
    estimate_method: str | None = None
    dq_reliability: int | None = None
    dq_completeness: int | None = None
    dq_temporal: int | None = None
    dq_geographical: int | None = None
    dq_technological: int | None = None
    uncertainty_pct: Decimal | None = as_quantity(None)
    low: Decimal | None = as_quantity(None)
    high: Decimal | None = as_quantity(None)
    replaces: str | None = None
    reason_code: str | None = None
    evidence_sha256: str | None = None
    run_id: str | None = None
    cost_centre: str | None = None
    note: str | None = None


DETAIL_GIVEN = """
    d.* exclude (batch_no, seq, activity_batch, activity_seq, calorific_basis),
    coalesce(d.calorific_basis, nullif(k.calorific_basis, 'na')) as calorific_basis
    from activity a left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
    left join choice_key k on k.key_no = a.key_no where a.batch_no = $batch and a.seq = $seq"""
"""SQL: the rare fields that an activity `a` was given with, and where they are; its key says its calorific basis."""


class ActivityParameter(Entry, table=True):
    """A term of the formula from which a derived activity's quantity follows."""

    __tablename__ = "activity_parameter"

    activity_batch: int = as_big()
    activity_seq: int
    name: str
    value: Decimal = as_quantity()
    unit: str
    basis: str
    source: str | None = None


class ActivitySlice(Entry, table=True):
    """The part of a longer activity that falls in one month, by days; the last part takes the rest."""

    __tablename__ = "activity_slice"

    activity_batch: int = as_big()
    activity_seq: int
    key_no: int = as_big()
    month: date
    days_in: int
    days_of: int
    quantity: Decimal = as_quantity()
