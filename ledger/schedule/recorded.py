"""Advice and truths as the ledger holds them: rows of `advice` and `advice_truth`, written and read back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger.plain import plain
from ledger.schedule.decide import Advice, advise, ended_by, inputs_record
from ledger.schedule.forecast import Forecast, canonical, forecast_of_record, utc_text
from ledger.schedule.job import Job, job_of_record
from ledger.schedule.policy import Policy, policy_of_record
from ledger.schedule.ran import Ran
from ledger.schedule.saving import Saving, Segment
from ledger.store import Session

_HELD = """
with truth as (
    select * from advice_truth where batch_no <= $size
    qualify row_number() over (partition by advice_id order by batch_no desc, seq desc) = 1
)
select a.advice_id, a.job_id, a.project, a.model, a.stage, a.submitted_utc, a.advised_at, b.recorded_at, a.region,
       a.choice, a.chosen_region, a.chosen_zone, a.start_utc, a.end_utc, a.expected_g_per_kwh, a.expected_saving_kg,
       a.counterfactual_utc, a.counterfactual_zone, a.counterfactual_g_per_kwh, a.policy_sha256, a.inputs, a.forecasts,
       a.intervals, a.reason, 'B' || a.batch_no || '-' || a.seq,
       t.run_id, t.is_followed, t.run_start_utc, t.run_end_utc, t.run_zone, t.measured_kwh, t.idle_kwh, t.redone_kwh,
       t.run_g_per_kwh, t.counterfactual_g_per_kwh, t.saving_kg, t.reason, 'B' || t.batch_no || '-' || t.seq
from advice a join batch b using (batch_no) left join truth t using (advice_id)
where a.batch_no <= $size and ($advice is null or a.advice_id = $advice) and ($job is null or a.job_id = $job)
order by a.start_utc, a.advice_id
"""


@dataclass(frozen=True, slots=True)
class Truth:
    """What came of an advice, as it was recorded last. A saving of None cannot be told; ``reason`` says why."""

    run_id: str
    is_followed: bool
    run_start_utc: datetime | None
    run_end_utc: datetime | None
    run_zone: str | None
    measured_kwh: Decimal | None
    idle_kwh: Decimal | None
    redone_kwh: Decimal | None
    run_g_per_kwh: Decimal | None
    counterfactual_g_per_kwh: Decimal | None
    saving_kg: Decimal | None
    reason: str
    entry: str


@dataclass(frozen=True, slots=True)
class HeldAdvice:
    """An advice on record, with what came of it where that is known; inputs and forecasts are read when asked for."""

    advice_id: str
    job_id: str
    project: str | None
    model: str | None
    stage: str | None
    submitted_utc: datetime
    advised_at: datetime
    recorded_at: datetime
    region: str
    choice: str
    chosen_region: str
    chosen_zone: str
    start_utc: datetime
    end_utc: datetime | None
    expected_g_per_kwh: Decimal | None
    expected_saving_kg: Decimal | None
    counterfactual_utc: datetime
    counterfactual_zone: str
    counterfactual_g_per_kwh: Decimal | None
    policy_sha256: str
    inputs_text: str
    forecasts_text: str
    intervals: tuple[tuple[datetime, datetime], ...]
    reason: str
    entry: str
    truth: Truth | None

    @property
    def inputs(self) -> Mapping[str, Any]:
        """All that the decision rested on; forecasts by their digests."""
        told: Mapping[str, Any] = json.loads(self.inputs_text)
        return told

    @property
    def forecasts(self) -> tuple[Forecast, ...]:
        """The forecasts as they were, whole."""
        return tuple(map(forecast_of_record, json.loads(self.forecasts_text)))

    @property
    def job(self) -> Job:
        """The job as it was advised."""
        return job_of_record(self.inputs["job"])

    @property
    def policy(self) -> Policy:
        """The policy as it was."""
        return policy_of_record(self.inputs["policy"])

    @property
    def claimed_kg(self) -> Decimal | None:
        """The saving where the run followed the advice, which stood on record before it began; else None."""
        return self.truth.saving_kg if self.truth is not None and self.truth.is_followed else None

    def as_json(self) -> dict[str, Any]:
        """The advice and its truth as JSON values; forecasts by their digests."""
        made: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__ if name not in _WHOLE}
        made["intervals"] = [[start, end] for start, end in self.intervals]
        made["forecasts"] = self.inputs["forecasts"]
        made["truth"] = None if self.truth is None else self.truth
        told: dict[str, Any] = plain(_texts(made))
        return told

    def again(self) -> Advice:
        """The advice made again from what was recorded of its inputs: it must come out the same."""
        told = self.inputs
        prices = {region: Decimal(price) for region, price in told["prices"].items()}
        used = None if told["budget_used_kg"] is None else Decimal(told["budget_used_kg"])
        held = {forecast.zone: forecast for forecast in self.forecasts}
        return advise(self.job, self.policy, held, self.advised_at, budget_used_kg=used, prices=prices)


_WHOLE = ("inputs_text", "forecasts_text", "intervals", "truth")


def held_advice(s: Session, size: int, *, advice: str | None = None, job: str | None = None) -> tuple[HeldAdvice, ...]:
    """Every advice on record at a size by its start, each with its last truth; that of an id, or those for a job."""
    return tuple(_held(row) for row in s.rows(_HELD, {"size": size, "advice": advice, "job": job}))


def _held(row: tuple[Any, ...]) -> HeldAdvice:
    told: list[Any] = list(row[:25])
    truth = row[25:]
    told[22] = tuple((datetime.fromisoformat(a), datetime.fromisoformat(b)) for a, b in json.loads(told[22]))
    named = dict(zip(HeldAdvice.__slots__, told, strict=False))
    return HeldAdvice(**named, truth=None if truth[0] is None else Truth(*truth))


@dataclass(frozen=True, slots=True)
class AdviceLine:
    """An advice and its truth in figures alone, for a list. ``is_followed`` is None where no run is known."""

    advice_id: str
    job_id: str
    model: str | None
    project: str | None
    choice: str
    chosen_zone: str
    start_utc: datetime
    counterfactual_zone: str
    counterfactual_g_per_kwh: Decimal | None
    expected_g_per_kwh: Decimal | None
    expected_saving_kg: Decimal | None
    is_followed: bool | None
    measured_kwh: Decimal | None
    idle_kwh: Decimal | None
    redone_kwh: Decimal | None
    measured_before_g_per_kwh: Decimal | None
    measured_g_per_kwh: Decimal | None
    saving_kg: Decimal | None

    @property
    def claimed_kg(self) -> Decimal | None:
        """The saving where the run followed its advice; else None."""
        return self.saving_kg if self.is_followed else None


_LINES = """
with truth as (
    select * from advice_truth where batch_no <= $size
    qualify row_number() over (partition by advice_id order by batch_no desc, seq desc) = 1
)
select a.advice_id, a.job_id, a.model, a.project, a.choice, a.chosen_zone, a.start_utc, a.counterfactual_zone,
       a.counterfactual_g_per_kwh, a.expected_g_per_kwh, a.expected_saving_kg, t.is_followed, t.measured_kwh,
       t.idle_kwh, t.redone_kwh, t.counterfactual_g_per_kwh, t.run_g_per_kwh, t.saving_kg
from advice a left join truth t using (advice_id)
where a.batch_no <= $size and coalesce(t.run_start_utc, a.start_utc)::date between $first and $last
order by a.start_utc, a.advice_id
"""


def advice_lines(s: Session, first: date, last: date, size: int) -> tuple[AdviceLine, ...]:
    """The advice of days (UTC, both inclusive) by when its run began, else by when it was to begin."""
    return tuple(AdviceLine(*row) for row in s.rows(_LINES, {"size": size, "first": first, "last": last}))


def advice_row(made: Advice) -> dict[str, Any]:
    """The row of an advice."""
    job, before = made.job, made.counterfactual
    used = made.forecasts
    return {
        "advice_id": made.advice_id, "job_id": job.job_id, "project": job.project, "model": job.model,
        "stage": job.stage, "submitted_utc": job.submitted_utc, "advised_at": made.advised_at, "region": job.region,
        "choice": made.choice, "chosen_region": made.region, "chosen_zone": made.zone, "start_utc": made.start_utc,
        "end_utc": ended_by(made), "expected_g_per_kwh": made.expected_g_per_kwh,
        "expected_saving_kg": made.expected_saving_kg, "counterfactual_utc": before.start_utc,
        "counterfactual_zone": before.zone, "counterfactual_g_per_kwh": before.expected_g_per_kwh,
        "policy_sha256": made.policy_sha256,
        "inputs": _json(inputs_record(job, made.policy, used, made.advised_at, made.means)),
        "forecasts": _json([forecast.record() for forecast in used]),
        "options": _json([option.record() for option in made.options]),
        "intervals": _json([[utc_text(start), utc_text(end)] for start, end in made.intervals]),
        "reason": made.reason, "warnings": _json(list(made.warnings)),
    }  # fmt: skip


def truth_row(
    held: HeldAdvice, run: Ran, segments: tuple[Segment, ...], told: Saving | None, reason: str, *, is_followed: bool,
    intensities: list[dict[str, Any]],
) -> dict[str, Any]:  # fmt: skip
    """The row of a truth; without a saving only what is known of the run."""
    row: dict[str, Any] = {
        "advice_id": held.advice_id, "run_id": run.run_id, "is_followed": is_followed, "run_start_utc": run.start,
        "run_end_utc": run.end, "run_zone": " ".join(run.zones) or None,
        "segments": _json([segment.record() for segment in segments]), "intensities": _json(intensities),
        "reason": reason,
    }  # fmt: skip
    if told is not None:
        places = Decimal("0.000001")
        row |= {
            "measured_kwh": sum((segment.kwh for segment in segments), Decimal(0)).quantize(places),
            "idle_kwh": sum((segment.idle_kwh for segment in segments), Decimal(0)).quantize(places),
            "redone_kwh": told.redone_kwh.quantize(places),
            "run_g_per_kwh": told.run_g_per_kwh,
            "counterfactual_g_per_kwh": told.counterfactual_g_per_kwh,
            "saving_kg": told.kg,
        }
    return row


def why_not_followed(held: HeldAdvice, run: Ran) -> str:
    """How a run differs from its advice; empty where it followed one that stood on record before it began."""
    if run.start < held.recorded_at:
        return f"the run began at {utc_text(run.start)}, before the advice was on record ({utc_text(held.recorded_at)})"
    if any(zone != held.chosen_zone for zone in run.zones):
        return f"the run was in {' and '.join(run.zones)}, not in {held.chosen_zone} as advised"
    early = run.start < held.start_utc - timedelta(minutes=1)
    if early or (held.end_utc is not None and run.start >= held.end_utc):
        return f"the run began at {utc_text(run.start)}, not at {utc_text(held.start_utc)} as advised"
    return ""


def _json(value: Any) -> str:
    return canonical(value).decode()


def _texts(value: Any) -> Any:
    """Instants as text in UTC, in any nesting."""
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, Truth):
        return {name: _texts(getattr(value, name)) for name in value.__slots__}
    if isinstance(value, Mapping):
        return {name: _texts(each) for name, each in value.items()}
    return [_texts(each) for each in value] if isinstance(value, list | tuple) else value
