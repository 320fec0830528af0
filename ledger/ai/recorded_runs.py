"""The runs of a model as the ledger holds them at a size, each with the energy that counts of it."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from ledger.ai.energy import SECONDS, energy_from_power, facility_energy
from ledger.ai.interval import interval
from ledger.ai.model_runs import PLACES, ModelRun, is_below_overhead
from ledger.errors import Misuse, known_word
from ledger.store import Session
from ledger.store.in_force import in_force

_RUNS = """
with {run},
{decision},
{site}
select r.run_id, r.attempt, r.stage, r.outcome, r.state, r.model_version, r.hardware_id, r.hardware_count,
       r.cloud_provider, r.cloud_region, coalesce(r.country, f.country),
       coalesce(r.grid_region, case when r.country is not distinct from f.country or r.country is null
                                    then f.grid_region end), r.start_utc, r.end_utc,
       coalesce(r.wall_seconds, (epoch_us(r.end_utc) - epoch_us(r.start_utc))::decimal(30,0) * 0.000001::decimal(7,6)),
       coalesce(r.reserved_accelerator_seconds, r.used_accelerator_seconds),
       d.energy_kwh, d.decision is not null, r.energy_kwh, r.power_w, r.utilisation,
       coalesce(a.data_basis, case when r.energy_kwh is null then 'estimated' else 'measured' end),
       r.energy_level, r.pue, r.energy_kwh is null,
       r.flops, r.flops_method, r.parameters_total, r.parameters_active, r.tokens_in, r.tokens_out, r.requests,
       r.quality_name, r.quality_value
from run r
left join decision d on d.record_batch = r.batch_no and d.record_seq = r.seq
left join activity a on a.batch_no = d.activity_batch and a.seq = d.activity_seq
asof left join site f on f.facility_id = r.facility_id and f.valid_from <= r.start_utc::date
where r.model = $model and r.component = 'operational' and not r.withdrawn
order by r.start_utc, r.run_id, r.attempt, r.state
"""
_NAMES = (
    "run_id", "attempt", "stage", "outcome", "state", "model_version", "hardware_id", "hardware_count",
    "cloud_provider", "cloud_region", "country", "grid_region", "start", "end", "wall_seconds", "accelerator_seconds",
    "energy_kwh", "is_decided", "recorded_kwh", "power_w", "utilisation", "energy_basis", "energy_level", "pue",
    "is_of_machines", "flops", "flops_method", "parameters_total", "parameters_active", "tokens_in", "tokens_out",
    "requests", "quality_name", "quality_value",
)  # fmt: skip


def recorded_runs(s: Session, model: str, size: int) -> tuple[ModelRun, ...]:
    """Every run of a model up to a size, failed and repeated ones too; of each record the last version counts.

    Its energy is what the ledger decided: as posted, or as a breakdown of a bill that holds it. One at a facility of
    ours is in the facility's country and grid region, where it names none. Raises Misuse for a model that no run names,
    with the nearest.
    """
    names = [row[0] for row in s.rows("select distinct model from ai_run where model is not null order by 1")]
    if not names:
        raise Misuse("no run of a model is recorded", "fill in a file of runs and upload it: ghg template ai_run")
    known_word("model", model, names)
    return tuple(_run(row) for row in s.rows(in_force(_RUNS), {"model": model, "size": size}))


def _run(row: Sequence[Any]) -> ModelRun:
    told = dict(zip(_NAMES, row, strict=True))
    level, pue = told.pop("energy_level"), told.pop("pue")
    is_of_machines = told.pop("is_of_machines")
    level = level or ("it" if is_of_machines else None)
    if told["accelerator_seconds"] is None and told["hardware_count"] is not None:
        told["accelerator_seconds"] = told["wall_seconds"] * told["hardware_count"]
    own = (told.pop("recorded_kwh"), told.pop("power_w"), told.pop("utilisation"))
    if not told.pop("is_decided"):
        told["energy_kwh"] = _of_record(told, *own, level, pue)
    below = told["energy_kwh"] is not None and is_below_overhead(level, pue)
    return ModelRun(**told, is_below_overhead=below)


def _of_record(
    told: dict[str, Any],
    recorded_kwh: Decimal | None,
    power_w: Decimal | None,
    utilisation: Decimal | None,
    level: str | None,
    pue: Decimal | None,
) -> Decimal | None:
    """The energy that a run's own record gives, where the ledger has decided nothing of it yet."""
    if recorded_kwh is None:
        seconds = told["accelerator_seconds"]
        if power_w is None or seconds is None:
            return None
        hours = interval(seconds) / interval(SECONDS)
        recorded_kwh = energy_from_power(power_w, hours, utilisation=utilisation or 1).value.low
    used = facility_energy(recorded_kwh, level or "it", pue).value.low
    return used.quantize(PLACES, ROUND_HALF_UP)
