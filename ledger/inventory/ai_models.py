"""AI models in the book: by model and stage of life, energy and compute of the runs and what was posted of them.

Failed and repeated runs count as any other: their energy was used.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from ledger.ai.hourly.figures import ByHour, by_hour
from ledger.ai.model_runs import ModelRun, StageSum, by_stage
from ledger.ai.model_scores import model_score
from ledger.ai.recorded_runs import recorded_runs
from ledger.ai.worked import Worked
from ledger.errors import Misuse
from ledger.inventory.of_models import posted_of_models, total_kg
from ledger.inventory.period import Period
from ledger.store import Session

SCORED_BY = {"provider": ("training token", "FLOP"), "consumer": ("request", "token")}
"""The unit of each score in documents: the first that the runs give."""


@dataclass(frozen=True, slots=True)
class AiStage:
    """The runs of a stage that began in the period; amounts are None where no run or posting gives them.

    Energy is kWh as it counts, with overhead where that is known (``below_overhead_kwh`` is without). ``location_kg``
    and ``market_kg`` are kg CO2e as posted, with the upstream and the losses of the grid; None where a bill or a
    provider's statement holds the energy already. ``not_kept`` runs failed, were interrupted or replaced.
    """

    stage: str
    runs: int
    not_kept: int
    energy_kwh: Decimal | None
    estimated_kwh: Decimal
    below_overhead_kwh: Decimal
    not_kept_kwh: Decimal
    without_energy: int
    wall_seconds: Decimal
    accelerator_hours: Decimal | None
    flops: Decimal | None
    estimated_flops: Decimal
    without_flops: int
    requests: Decimal | None
    tokens_in: Decimal | None
    tokens_out: Decimal | None
    location_kg: Decimal | None
    market_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class AiModel:
    """A model with runs in the period: its stages in the order of its life, when they ran, where and on what.

    ``scores`` are the provider's and the consumer's score of SCI for AI of these runs, where they can be worked out.
    """

    model: str
    versions: tuple[str, ...]
    hardware: tuple[str, ...]
    places: tuple[str, ...]
    first_start: datetime
    last_end: datetime
    stages: tuple[AiStage, ...]
    scores: tuple[Worked, ...]


def ai_models(s: Session, of: Period, view: str, size: int) -> tuple[AiModel, ...]:
    """Every model with runs that began in a period (UTC), as the ledger stood at a size; none where none is recorded.

    Raises Misuse for a view that is not computed.
    """
    names = s.rows(
        "select distinct model from ai_run where batch_no <= ? and model is not null and not withdrawn "
        "and start_utc::date between ? and ? order by 1",
        [size, of.start, of.end],
    )
    if not names:
        return ()
    posted = posted_of_models(s, of, view, size)
    made = []
    for (name,) in names:
        runs = [run for run in recorded_runs(s, name, size) if of.start <= run.start.date() <= of.end]
        if runs:
            hourly = by_hour(s, name, size)
            scores = [score for kind in SCORED_BY if (score := _score(s, runs, kind, hourly)) is not None]
            made.append(_model(name, runs, posted, tuple(scores)))
    return tuple(made)


def _score(s: Session, runs: Sequence[ModelRun], kind: str, hourly: ByHour) -> Worked | None:
    """A score per the first unit that the runs give; None where a run lacks what it needs, which stages tell."""
    for unit in SCORED_BY[kind]:
        try:
            return model_score(s, runs, kind, unit, reason=f"the runs record {unit}s", hourly=hourly)
        except Misuse:
            continue
    return None


def _model(
    name: str, runs: Sequence[ModelRun], posted: dict[tuple[str, str], dict[str, Decimal]], scores: tuple[Worked, ...]
) -> AiModel:
    stages = by_stage(runs)
    return AiModel(
        name,
        tuple(sorted({run.model_version for run in runs if run.model_version})),
        tuple(sorted({run.hardware_id for run in runs if run.hardware_id})),
        tuple(sorted({place for run in runs if (place := run.cloud_provider or run.country)})),
        min(run.start for run in runs),
        max(run.end for run in runs),
        tuple(_stage(stage, posted.get((name, stage.stage), {})) for stage in stages.values()),
        scores,
    )


def _stage(held: StageSum, kg: dict[str, Decimal]) -> AiStage:
    return AiStage(
        stage=held.stage,
        runs=len(held.runs),
        not_kept=held.not_kept,
        energy_kwh=held.energy_kwh,
        estimated_kwh=held.estimated_kwh,
        below_overhead_kwh=held.below_overhead_kwh,
        not_kept_kwh=held.not_kept_kwh,
        without_energy=held.without_energy,
        wall_seconds=held.wall_seconds,
        accelerator_hours=held.accelerator_hours,
        flops=held.flops,
        estimated_flops=held.estimated_flops,
        without_flops=held.without_flops,
        requests=held.requests,
        tokens_in=held.tokens_in,
        tokens_out=held.tokens_out,
        location_kg=total_kg(kg, "total_location"),
        market_kg=total_kg(kg, "total_market"),
    )
