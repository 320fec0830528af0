"""When and where a job was advised to run, recorded before it ran, and what came of it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from ledger.store.tables.columns import Entry, as_instant, as_mass, as_published, as_quantity


class Advice(Entry, table=True):
    """A decision for a job with all that it rests on, so that it can be made again: `inputs` and `forecasts` whole.

    The counterfactual, start where and when the job was submitted, is fixed here, before the run.
    """

    __tablename__ = "advice"

    advice_id: str
    job_id: str
    project: str | None = None
    model: str | None = None
    stage: str | None = None
    submitted_utc: datetime = as_instant()
    advised_at: datetime = as_instant()
    region: str
    choice: str
    chosen_region: str
    chosen_zone: str
    start_utc: datetime = as_instant()
    end_utc: datetime | None = as_instant(None)
    expected_g_per_kwh: Decimal | None = as_published()
    expected_saving_kg: Decimal | None = as_mass()
    counterfactual_utc: datetime = as_instant()
    counterfactual_zone: str
    counterfactual_g_per_kwh: Decimal | None = as_published()
    policy_sha256: str
    inputs: str
    forecasts: str
    options: str
    intervals: str
    reason: str
    warnings: str


class AdviceTruth(Entry, table=True):
    """What came of an advice: the run as recorded, intensities as measured, and the saving that follows.

    Of several on one advice the last counts. A null saving is one that cannot be told; `reason` says why. It is a memo
    beside the inventory and part of no total.
    """

    __tablename__ = "advice_truth"

    advice_id: str
    run_id: str
    is_followed: bool
    run_start_utc: datetime | None = as_instant(None)
    run_end_utc: datetime | None = as_instant(None)
    run_zone: str | None = None
    measured_kwh: Decimal | None = as_quantity(None)
    idle_kwh: Decimal | None = as_quantity(None)
    redone_kwh: Decimal | None = as_quantity(None)
    run_g_per_kwh: Decimal | None = as_published()
    counterfactual_g_per_kwh: Decimal | None = as_published()
    saving_kg: Decimal | None = as_mass()
    segments: str
    intensities: str
    reason: str
