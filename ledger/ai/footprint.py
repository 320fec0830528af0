"""The footprint of a model over its life: every stage, failed and repeated runs too, both methods, embodied beside.

Operational emissions are those of the ledger's own postings: a run that is posted is all of its activity, one that a
bill of its facility holds is a part of the bill by kWh. Embodied is a share of the machines' life (SCI, ISO/IEC
21031:2024, M), a memo that is added to nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

from ledger import units
from ledger.ai import catalogue
from ledger.ai.embodied import embodied_of_use
from ledger.ai.hourly.figures import ByHour, StageByHour, by_hour, entry, life_cycle_activities, stages_by_hour
from ledger.ai.interval import Interval
from ledger.ai.manufacture import LIVES, manufacture_of
from ledger.ai.model_runs import STAGES
from ledger.errors import Misuse, known_word
from ledger.store import Session
from ledger.store.in_force import in_force
from ledger.tabular import Tabular

Emitted = tuple[dict[tuple[Any, ...], Decimal], set[tuple[int, int]]]
"""Kg CO2e per kWh of each activity and part, and the activities without a factor for their energy."""
PLACES = Decimal("1e-12")
_DIGITS = 60
_SUM = """
select stage, outcome, hardware_id, decision, reason_code, activity_batch, activity_seq, count(*) as runs,
       sum(energy_kwh)::decimal(38,6) as kwh, sum(accelerator_seconds)::decimal(38,6) as seconds,
       sum(requests)::decimal(38,0) as requests, sum(tokens_in)::decimal(38,0) as tokens_in,
       sum(tokens_out)::decimal(38,0) as tokens_out, sum(water_l)::decimal(38,6) as water_l
from footprint_run group by all
"""


@dataclass(frozen=True, slots=True)
class StageFootprint:
    """A stage, kg CO2e. None is 'not quantified', never zero; amounts are lower bounds where some runs have none.

    Attributes:
        not_kept: runs that failed, were interrupted or superseded; they are in the sums.
        location_kg: electricity by the location-based method; of a provider's machines the one figure that there is.
        market_kg: the same market-based, before certificates are allotted to the facility's month.
        upstream_kg: fuels upstream, losses of the grid and their upstream.
        embodied_kg: share of the machines' manufacture, from the least to the most that sources give; a memo.
    """

    stage: str
    runs: int
    not_kept: int
    accelerator_hours: Decimal | None
    energy_kwh: Decimal | None
    location_kg: Decimal | None
    market_kg: Decimal | None
    upstream_kg: Decimal | None
    embodied_kg: tuple[Decimal, Decimal] | None
    without_energy: int
    without_factor: int


@dataclass(frozen=True, slots=True)
class Footprint(Tabular):
    """A model's life so far, as the ledger stood at a size: stages, what was served, cost and quality beside.

    ``by_hour`` is a memo by the hours of the grid, in no sum, and ``hourly`` its runs; empty where no value is held.
    """

    ROWS = "stages"

    model: str
    size: int
    stages: tuple[StageFootprint, ...]
    total: StageFootprint
    requests: Decimal | None
    tokens_out: Decimal | None
    water_l: Decimal | None
    cost: Mapping[str, Decimal]
    quality: tuple[str, ...]
    per_1000_requests: Mapping[str, Decimal]
    per_million_tokens_out: Mapping[str, Decimal]
    notes: tuple[str, ...]
    by_hour: tuple[StageByHour, ...]
    hourly: ByHour


def footprint(s: Session, model: str, size: int) -> Footprint:
    """The footprint of a model. Raises Misuse for one that no run names, with the nearest."""
    names = [row[0] for row in s.rows("select distinct model from ai_run where model is not null order by 1")]
    if not names:
        raise Misuse("no run is recorded yet", "record one: ghg ai record, or ghg upload FILE")
    known_word("model", model, names)
    emissions = posted_runs(s, size, model=model)
    groups = s.arrow(_SUM).to_pylist()
    stages = tuple(
        stage_footprint(stage, [group for group in groups if group["stage"] == stage], emissions)
        for stage in STAGES if any(group["stage"] == stage for group in groups)
    )  # fmt: skip
    total = stage_footprint("total", groups, emissions)
    of_use = [group for group in groups if group["stage"] == "inference"]
    served = {name: _sum(group[name] for group in of_use) for name in ("requests", "tokens_out")}
    inference = next((stage for stage in stages if stage.stage == "inference"), None)
    water = _sum(group["water_l"] for group in groups)
    hourly = by_hour(s, model, size)
    yearly = {entry(batch_no, seq): kg for (batch_no, seq, part), kg in emissions[0].items()
              if part in ("location", "single")}  # fmt: skip
    life_cycle = life_cycle_activities(s, size) if hourly.runs else set()
    by_stage = stages_by_hour(hourly.runs, yearly, life_cycle, STAGES)
    return Footprint(
        model, size, stages, total, served["requests"], served["tokens_out"], water, _cost(s), _quality(s),
        _per(served["requests"], 1000, total, inference), _per(served["tokens_out"], 10**6, total, inference),
        _notes(total, groups), by_stage, hourly,
    )  # fmt: skip


def posted_runs(s: Session, size: int, *, model: str | None = None, runs: Sequence[str] = ()) -> Emitted:
    """The runs of a model, or of a list of ids, in the temp table `footprint_run`, and what their activities emit."""
    s.run(_sql("footprint_run"), {"model": model, "runs": list(runs), "size": size})
    s.run(_sql("footprint_kg"), {"size": size})
    return kg_per_kwh(s)


def kg_per_kwh(s: Session) -> Emitted:
    """Kg CO2e per kWh of each activity and part, and the activities without a factor for their energy."""
    made, unknown = {}, set()
    with localcontext() as context:
        context.prec = _DIGITS
        for batch_no, seq, part, kg, is_null, whole, unit in s.rows("from footprint_kg"):
            factor = units.conversion(unit, "kWh") if units.dimension(unit) == "energy" else None
            if is_null or factor is None:
                unknown.add((batch_no, seq))
            if kg is not None and factor is not None and whole:
                made[batch_no, seq, part] = kg / (whole * factor)
    return made, unknown


def stage_footprint(name: str, groups: Sequence[Mapping[str, Any]], emissions: Emitted) -> StageFootprint:
    """The sums of groups of runs, each all of one activity, machine and outcome."""
    emitted, unknown = emissions
    parts: dict[str, list[Decimal]] = defaultdict(list)
    without = 0
    with localcontext() as context:
        context.prec = _DIGITS
        for group in groups:
            place = (group["activity_batch"], group["activity_seq"])
            if group["kwh"] is not None and (place[0] is None or place in unknown):
                without += group["runs"]
            for part in ("location", "market", "single", "upstream"):
                if group["kwh"] is not None and (*place, part) in emitted:
                    parts[part].append((emitted[(*place, part)] * group["kwh"]).quantize(PLACES))
    seconds = _sum(group["seconds"] for group in groups)
    return StageFootprint(
        stage=name,
        runs=sum(group["runs"] for group in groups),
        not_kept=sum(group["runs"] for group in groups if group["outcome"] != "completed"),
        accelerator_hours=None if seconds is None else (seconds / 3600).quantize(Decimal("0.000001")),
        energy_kwh=_sum(group["kwh"] for group in groups),
        location_kg=_sum([*parts["location"], *parts["single"]]),
        market_kg=_sum([*parts["market"], *parts["single"]]),
        upstream_kg=_sum(parts["upstream"]),
        embodied_kg=_embodied(groups),
        without_energy=sum(group["runs"] for group in groups if group["kwh"] is None),
        without_factor=without,
    )


def _embodied(groups: Sequence[Mapping[str, Any]]) -> tuple[Decimal, Decimal] | None:
    """The accelerators' share of life, from the least to the most; None where no source gives their manufacture."""
    hours: dict[str, Decimal] = defaultdict(Decimal)
    for group in groups:
        if group["hardware_id"] is not None and group["seconds"] is not None:
            hours[group["hardware_id"]] += group["seconds"] / 3600
    found = [_share(name, time) for name, time in hours.items()]
    known = [share for share in found if share is not None]
    if not known:
        return None
    places = Decimal("0.000001")
    low, high = (sum((getattr(share, end) for share in known), Decimal(0)).quantize(places) for end in ("low", "high"))
    return low, high


def _share(hardware: str, hours: Decimal) -> Interval | None:
    made = manufacture_of(catalogue.variants(hardware))
    return None if made is None else embodied_of_use(made.kg, made.life_years, hours).value


def _cost(s: Session) -> dict[str, Decimal]:
    summed = "select currency, sum(cost)::decimal(38,6) from footprint_run where cost is not null group by 1 order by 1"
    return dict(s.rows(summed))


def _quality(s: Session) -> tuple[str, ...]:
    """The last value of each quality measure, with the run it is of."""
    rows = s.rows(
        "select quality_name, quality_value, quality_direction, run_id, model_version from footprint_run "
        "where quality_value is not null "
        "qualify row_number() over (partition by quality_name order by start_utc desc, run_id desc) = 1 order by 1"
    )
    from ledger.plain import plain_amount

    return tuple(
        f"{name or 'quality'} {plain_amount(value)}{f' ({direction} is better)' if direction else ''}, "
        f"run {run}{f', version {version}' if version else ''}"
        for name, value, direction, run, version in rows
    )


def _per(
    served: Decimal | None, unit: int, total: StageFootprint, inference: StageFootprint | None
) -> dict[str, Decimal]:
    """Location-based kg CO2e per so many requests or tokens: of inference alone, and of the whole life so far."""
    if not served:
        return {}
    with localcontext() as context:
        context.prec = _DIGITS
        made = {}
        for name, stage in (("inference_kg", inference), ("life_so_far_kg", total)):
            kg = None if stage is None else _sum([stage.location_kg, stage.upstream_kg])
            if kg is not None:
                made[name] = (kg * unit / served).quantize(PLACES)
        return made


def _notes(total: StageFootprint, groups: list[dict[str, Any]]) -> tuple[str, ...]:
    told = []
    if total.without_energy:
        told.append(f"{_runs(total.without_energy)} without energy: the sums are lower bounds")
    if total.without_factor:
        told.append(f"{_runs(total.without_factor)} with energy and no emissions of their own: no factor, or their "
                    "provider states the emissions of all of it")  # fmt: skip
    held = sum(group["runs"] for group in groups if group["reason_code"] == "bill_in_book")
    if held:
        told.append(f"{_runs(held)} held by bills of their facility: their part by kWh, not posted again")
    if total.embodied_kg is not None:
        life = f"a life of {LIVES.low:f} to {LIVES.high:f} years where its source gives none"
        told.append(f"embodied is the accelerators' own manufacture alone, over {life}; a memo beside the purchase in "
                    "category 2, and in no total")  # fmt: skip
    return tuple(told)


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _sum(amounts: Any) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, Decimal(0)) if known else None


def _sql(name: str) -> str:
    return in_force((Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8"))
