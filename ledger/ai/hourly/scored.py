"""The intensity that a score takes of the hours: location-based, of one basis, and only where no hour lacks a value.

SCI (ISO/IEC 21031:2024) asks for the intensity of the region in which and the time at which the software ran.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.ai.hourly.figures import BASES, ByHour, RunByHour
from ledger.ai.interval import Interval, interval
from ledger.ai.model_runs import ModelRun
from ledger.errors import Misuse

IN_WORDS = {"direct": "direct", "life_cycle": "life cycle, with fuels and plants"}
_GRAMS = interval(1000)


@dataclass(frozen=True, slots=True)
class Emitted:
    """G CO2e of a run's energy, and where the intensity is from."""

    grams: Interval
    source: str


def emitted_by_hour(
    runs: Sequence[ModelRun], hourly: ByHour | None, *, is_needed: bool = False
) -> dict[ModelRun, Emitted] | None:
    """What each run emitted by its hours, on the first basis that has a value for all of them; None where none has.

    Raises Misuse where it is needed: with the hours that lack a value.
    """
    for basis in BASES:
        held = _of(hourly, basis)
        if all(_is_whole(held.get(_key(run)), run) for run in runs):
            source = _source([held[_key(run)] for run in runs if _key(run) in held], basis)
            return {run: Emitted(_grams(held.get(_key(run))), source) for run in runs}
    if is_needed:
        raise Misuse(
            "; ".join(lacking(runs, hourly)) or "no intensity by the hour is held of the zones of these runs",
            "upload them (ghg template grid_intensity), or take the yearly factors: --by-year",
        )
    return None


def lacking(runs: Sequence[ModelRun], hourly: ByHour | None) -> tuple[str, ...]:
    """What keeps the hours from serving, on each basis of which values are held; empty where none is."""
    told = []
    for basis in BASES:
        held = _of(hourly, basis)
        if not held:
            continue
        met = [(run, held[_key(run)]) for run in runs if _key(run) in held]
        without = sum(found.hours_without for _, found in met)
        unknown = sum(_key(run) not in held and bool(run.energy_kwh) for run in runs)
        words = []
        if without:
            hours = sum(found.hours for _, found in met)
            words.append(f"{without} of {hours} hours of the runs have no value{_such_as(hourly, basis, met)}")
        words += [f"{unknown} of the runs have no hours"] if unknown else []
        if words:
            told.append(f"{IN_WORDS[basis]}: {', '.join(words)}")
    return tuple(told)


def _such_as(hourly: ByHour | None, basis: str, met: Sequence[tuple[ModelRun, RunByHour]]) -> str:
    """The first hours in which one of the runs lacks a value."""
    for span in () if hourly is None else hourly.without:
        if span.basis == basis and any(
            found.hours_without and found.zone == span.zone and span.start < run.end and span.end > run.start
            for run, found in met
        ):
            hours = f"{span.start:%Y-%m-%d %H:%M} to {span.end:%Y-%m-%d %H:%M} UTC"
            return f", such as {hours} in {f'zone {span.zone}' if span.zone else 'a place that is not named'}"
    return ""


def _of(hourly: ByHour | None, basis: str) -> dict[tuple[object, ...], RunByHour]:
    return {} if hourly is None else {run.key: run for run in hourly.runs if run.basis == basis}


def _key(run: ModelRun) -> tuple[object, ...]:
    return run.run_id, run.attempt, run.state, run.start


def _is_whole(found: RunByHour | None, run: ModelRun) -> bool:
    """Whether every hour in which the run used energy has a value; one that used none needs no value."""
    if found is None:
        return run.energy_kwh == 0
    return found.hours_without == 0 and found.energy_kwh == run.energy_kwh


def _grams(found: RunByHour | None) -> Interval:
    return interval(Decimal(0) if found is None or found.kg is None else found.kg) * _GRAMS


def _source(runs: Iterable[RunByHour], basis: str) -> str:
    held = tuple(runs)
    zones = ", ".join(sorted({run.zone for run in held if run.zone}))
    sources = "; ".join(dict.fromkeys(run.sources for run in held if run.sources))
    hours = sum(run.hours for run in held)
    estimated = sum(run.hours_estimated for run in held)
    told = f", {estimated} of them estimated" if estimated else ""
    spread = sum(run.is_spread for run in held)
    told += f", the energy of {spread} of {len(held)} runs laid evenly over their time" if spread else ""
    return f"by the hour, {IN_WORDS[basis]}, zone {zones}, {hours} hours of runs{told}, {sources}"
