"""The two scores of SCI for AI of a model, from its recorded runs: provider and consumer, never one figure.

E is the energy that counts of each run; I the location-based intensity of the hours that it ran in, where each has a
value, else the yearly factor of its place and month by the ledger's own choice; never a market-based one. M is the
accelerators' manufacture by hours reserved over their life, where a source gives it. R is counted from the runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from ledger.ai import catalogue
from ledger.ai.embodied import embodied_of_use
from ledger.ai.estimate import GridFactor, location_factor
from ledger.ai.hourly.figures import ByHour
from ledger.ai.hourly.scored import Emitted, emitted_by_hour, lacking
from ledger.ai.interval import Interval, interval, total
from ledger.ai.manufacture import manufacture_of
from ledger.ai.model_runs import SECONDS, ModelRun, StageSum, by_stage
from ledger.ai.places import Place, place
from ledger.ai.sci import Component, component, sci_ai_consumer, sci_ai_provider
from ledger.ai.worked import Worked
from ledger.errors import Misuse, known_word
from ledger.store import Session

PROVIDER = ("data", "pre_training", "tuning", "evaluation", "retirement")
CONSUMER = ("inference",)
GRAMS = interval(1000)
UNITS = {"provider": ("training token", "FLOP", "parameter"), "consumer": ("token", "request")}


def model_score(
    s: Session,
    runs: Sequence[ModelRun],
    kind: str,
    unit: str,
    *,
    reason: str = "",
    effective: bool = False,
    hourly: ByHour | None = None,
    by: str | None = None,
) -> Worked:
    """The provider or the consumer score of a model, g CO2e per unit.

    Args:
        s: the ledger, for the factors.
        runs: the model's recorded runs.
        kind: provider or consumer.
        unit: training token, FLOP or parameter; token or request.
        reason: why this unit; the provider score needs it.
        effective: whether R counts completed runs alone; energy counts all of them in any case.
        hourly: the model's runs by the hour, where they were worked out.
        by: hour or year; None: by the hour where every hour has a value on one basis, else by the year.

    Raises:
        Misuse: no run of these stages, one without energy or place, nothing recorded to count R by, or by the hour
            where an hour has no value.
    """
    known_word("score", kind, UNITS)
    known_word(f"unit of the {kind} score", unit, UNITS[kind])
    wanted = PROVIDER if kind == "provider" else CONSUMER
    stages = {stage: held for stage, held in by_stage(runs).items() if stage in wanted}
    if not stages:
        raise Misuse(f"no run of the stages {', '.join(wanted)} is recorded", f"the {kind} score is of them alone")
    of_score = [run for held in stages.values() for run in held.runs]
    _energy_checked(stages)
    count = _count(stages, unit, effective=effective)  # before factors are read: without it there is no score
    emitted = None if by == "year" else emitted_by_hour(of_score, hourly, is_needed=by == "hour")
    lacks = lacking(of_score, hourly) if emitted is None and by is None else ()
    notes = (f"I is of yearly factors, since hours lack a value; {'; '.join(lacks)}",) if lacks else ()
    if emitted is None:
        emitted = _emitted_by_year(s, of_score)
    parts = [_component(held, emitted) for held in stages.values()]
    if kind == "provider":
        told = sci_ai_provider(parts, count, unit, reason=reason, effective=effective)
    else:
        told = sci_ai_consumer(parts, count, unit)
    return replace(told, notes=(*told.notes, *notes))


def _energy_checked(stages: Mapping[str, StageSum]) -> None:
    for held in stages.values():
        without = [run.run_id for run in held.runs if run.energy_kwh is None]
        if without:
            raise Misuse(
                f"{held.stage}: {len(without)} of {len(held.runs)} runs without energy, such as {without[0]}",
                "record it, or power and utilisation; a score that leaves runs out would be too low",
            )


def _component(held: StageSum, emitted: Mapping[ModelRun, Emitted]) -> Component:
    """A stage: its energy, the mean intensity of its runs by energy, and the share of manufacture."""
    energy = interval(held.energy_kwh or Decimal(0))
    grams = total([emitted[run].grams for run in held.runs])
    sources = "; ".join(dict.fromkeys(emitted[run].source for run in held.runs))
    mean = grams / energy if energy.low else interval(0)
    embodied, about = _embodied(held.runs)
    below = ", without the overhead of the site" if held.below_overhead_kwh else ""
    count = f"{len(held.runs)} run" + ("" if len(held.runs) == 1 else "s")
    told = f"{count}, {held.not_kept} not completed{below}"
    return component(
        held.stage, energy, mean, embodied, source=told, intensity_source=sources, embodied_source=about
    )  # fmt: skip


def _emitted_by_year(s: Session, runs: Sequence[ModelRun]) -> dict[ModelRun, Emitted]:
    factors = _factors(s, runs)
    made = {}
    for run in runs:
        factor = factors[_place_key(run)]
        grams = interval(run.energy_kwh or Decimal(0)) * interval(factor.kg_co2e_per_kwh) * GRAMS
        made[run] = Emitted(grams, factor.source)
    return made


def _factors(s: Session, runs: Sequence[ModelRun]) -> dict[tuple[str, ...], GridFactor]:
    """The location-based factor of each place and month of the runs, by the ledger's choice."""
    found: dict[tuple[str, ...], GridFactor] = {}
    for run in runs:
        key = _place_key(run)
        if key not in found:
            found[key] = location_factor(s, _place(run), date(run.start.year, run.start.month, 1))
    return found


def _place_key(run: ModelRun) -> tuple[str, ...]:
    parts = (run.cloud_provider, run.cloud_region, run.country, run.grid_region)
    return (*(part or "" for part in parts), f"{run.start:%Y-%m}")


def _place(run: ModelRun) -> Place:
    if run.cloud_provider and run.cloud_region:
        return place(run.cloud_provider, run.cloud_region, None, run.grid_region)
    if run.country:
        return place(None, None, run.country, run.grid_region)
    raise Misuse(f"run {run.run_id} names no place", "record its country, or its cloud and region")


def _embodied(runs: Sequence[ModelRun]) -> tuple[Interval, str]:
    """G CO2e of the accelerators for the hours reserved, over their life; zero, and said, where it is not known."""
    shares, unknown, lives = [], [], []
    for run in runs:
        made = None if run.hardware_id is None else manufacture_of(catalogue.variants(run.hardware_id))
        if made is None or run.accelerator_seconds is None:
            unknown.append(run.hardware_id or "unnamed hardware")
            continue
        lives.append(made.life_about)
        shares.append(embodied_of_use(made.kg, made.life_years, run.accelerator_seconds / SECONDS).value * GRAMS)
    if unknown:
        missing = f"not known of {', '.join(sorted(set(unknown)))}"
        return total(shares), f"{missing}: too low" if shares else missing
    return total(shares), f"accelerators alone, a life of {'; '.join(dict.fromkeys(lives))}"


def _count(stages: Mapping[str, StageSum], unit: str, *, effective: bool) -> Decimal:
    """R from the runs. Raises Misuse where nothing is recorded to count it by."""
    runs = [run for held in stages.values() for run in held.runs if run.outcome == "completed" or not effective]
    training = [run for run in runs if run.stage in ("pre_training", "tuning")]
    counted: dict[str, list[Decimal | None]] = {
        "training token": [run.tokens_in for run in training],
        "FLOP": [by_stage([run])[run.stage].flops for run in training],
        "parameter": [max((run.parameters_total for run in runs if run.parameters_total), default=None)],
        "token": [amount for run in runs for amount in (run.tokens_in, run.tokens_out)],
        "request": [run.requests for run in runs],
    }
    known = [amount for amount in counted[unit] if amount]
    if not known:
        raise Misuse(f"no run gives anything to count {unit}s by", "record tokens, requests, operations or parameters")
    return sum(known, Decimal(0))
