"""The recorded runs of a model as documents read them: by stage, failed and repeated ones too, energy once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from ledger.ai.energy import BELOW_OVERHEAD, training_flops
from ledger.ai.interval import EXACT

STAGES = ("data", "pre_training", "tuning", "evaluation", "inference", "retirement")
SECONDS = Decimal(3600)
PLACES = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class ModelRun:
    """A run, or the part of one of one state, with the energy that counts of it.

    Attributes:
        energy_kwh: kWh as it counts: posted, or as its record gives it; None where nothing gives it.
        energy_basis: measured or estimated.
        is_below_overhead: whether it is chip or IT energy on which no PUE was known.
        accelerator_seconds: reserved, or used where only that is known.
    """

    run_id: str
    attempt: int
    stage: str
    outcome: str
    state: str
    model_version: str | None
    hardware_id: str | None
    hardware_count: int | None
    cloud_provider: str | None
    cloud_region: str | None
    country: str | None
    grid_region: str | None
    start: datetime
    end: datetime
    wall_seconds: Decimal
    accelerator_seconds: Decimal | None
    energy_kwh: Decimal | None
    energy_basis: str
    is_below_overhead: bool
    flops: Decimal | None
    flops_method: str | None
    parameters_total: Decimal | None
    parameters_active: Decimal | None
    tokens_in: Decimal | None
    tokens_out: Decimal | None
    requests: Decimal | None
    quality_name: str | None
    quality_value: Decimal | None


@dataclass(frozen=True, slots=True)
class StageSum:
    """All runs of a stage together. Amounts are None where no run gives them, and lower bounds where some do not."""

    stage: str
    runs: tuple[ModelRun, ...]
    energy_kwh: Decimal | None
    without_energy: int
    estimated_kwh: Decimal
    below_overhead_kwh: Decimal
    not_kept: int
    not_kept_kwh: Decimal
    wall_seconds: Decimal
    accelerator_hours: Decimal | None
    flops: Decimal | None
    estimated_flops: Decimal
    without_flops: int
    requests: Decimal | None
    tokens_in: Decimal | None
    tokens_out: Decimal | None


def by_stage(runs: Iterable[ModelRun]) -> dict[str, StageSum]:
    """The sums of every stage that has runs, in the order of the life cycle."""
    held: dict[str, list[ModelRun]] = {}
    for run in runs:
        held.setdefault(run.stage, []).append(run)
    return {stage: _stage_sum(stage, held[stage]) for stage in STAGES if stage in held}


def _stage_sum(stage: str, runs: Sequence[ModelRun]) -> StageSum:
    flops = [_flops(run) for run in runs]
    hours = total_of(run.accelerator_seconds for run in runs)
    return StageSum(
        stage=stage,
        runs=tuple(runs),
        energy_kwh=total_of(run.energy_kwh for run in runs),
        without_energy=sum(run.energy_kwh is None for run in runs),
        estimated_kwh=_kwh(run for run in runs if run.energy_basis == "estimated"),
        below_overhead_kwh=_kwh(run for run in runs if run.is_below_overhead),
        not_kept=sum(run.outcome != "completed" for run in runs),
        not_kept_kwh=_kwh(run for run in runs if run.outcome != "completed"),
        wall_seconds=total_of(run.wall_seconds for run in runs) or Decimal(0),
        accelerator_hours=None if hours is None else (hours / SECONDS).quantize(PLACES, ROUND_HALF_UP),
        flops=total_of(amount for amount, _ in flops),
        estimated_flops=total_of(amount for amount, is_estimate in flops if is_estimate) or Decimal(0),
        without_flops=sum(amount is None for amount, _ in flops),
        requests=total_of(run.requests for run in runs),
        tokens_in=total_of(run.tokens_in for run in runs),
        tokens_out=total_of(run.tokens_out for run in runs),
    )


def _flops(run: ModelRun) -> tuple[Decimal | None, bool]:
    """FLOP of a run, and whether they were worked out as 6·N·D because its record gives none (training alone)."""
    if run.flops is not None:
        return run.flops, run.flops_method not in ("measured", "counter", "profiler")
    parameters = run.parameters_active or run.parameters_total
    if run.stage not in ("pre_training", "tuning") or parameters is None or run.tokens_in is None:
        return None, False
    return training_flops(parameters, run.tokens_in).value.low, True


def _kwh(runs: Iterable[ModelRun]) -> Decimal:
    return total_of(run.energy_kwh for run in runs) or Decimal(0)


def total_of(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """The exact sum of the amounts that are known; None where none is."""
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return None
    result = Decimal(0)
    for amount in known:
        result = EXACT.add(result, amount)
    return result


def is_below_overhead(level: str | None, pue: Decimal | None) -> bool:
    """Whether energy at a level holds no overhead because no PUE was known."""
    return level in BELOW_OVERHEAD and pue is None
