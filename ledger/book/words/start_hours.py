"""The intensities by the hour that a comparison looks at: of a file, or those that the ledger holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.ai.tradeoff.sites import asked_place
from ledger.ai.tradeoff.starts import BASES, HourlyIntensity, starts_of, zones_of
from ledger.errors import Misuse

if TYPE_CHECKING:
    from ledger.ai.tradeoff.compare import Comparison
    from ledger.inventory.hourly.grid_series import GridSeries
    from ledger.store import Session

Held = dict[tuple[str, str], HourlyIntensity]
"""(zone, basis) → intensity."""


def with_starts(made: Comparison, s: Session | None) -> Comparison:
    """The comparison with every option at every start that was asked for; itself where none was.

    Raises Misuse for a place without a zone, or a zone without intensities.
    """
    if made.wish.start is None:
        return made
    named = {asked_place(text).text: own.zone for text, own in made.wish.sites.items() if own.zone is not None}
    zones = zones_of(made.options, named)
    longest = timedelta(hours=int(max(option.duration.high for option in made.options)) + 1)
    first, last = made.wish.start
    if made.wish.series is not None:
        held = _of_file(Path(made.wish.series), first)
    elif s is not None:
        held = _of_ledger(s, set(zones.values()), first, last + longest)
    else:
        raise Misuse("no ledger holds intensities by the hour", "give --series FILE, or name a ledger with --ledger")
    return replace(made, starts=starts_of(made.options, zones, held, made.wish.start))


def _of_file(path: Path, first: datetime) -> Held:
    """What was measured, and where nothing was the newest forecast that was issued by the first start."""
    from ledger.schedule.series_files import newest_by, series_of

    series = series_of([path])
    found = {
        (one.zone, one.basis): HourlyIntensity(one.zone, "actual", one.basis, one.steps, one.source)
        for one in series.measured.values()
        if one.signal == "average"
    }
    for forecast in newest_by(series, first).values():
        if forecast.signal == "average":
            found.setdefault(
                (forecast.zone, forecast.basis),
                HourlyIntensity(
                    forecast.zone, "forecast", forecast.basis, forecast.steps, forecast.source, forecast.issued_at
                ),
            )
    return found


def _of_ledger(s: Session, zones: set[str], first: datetime, until: datetime) -> Held:
    """What was measured over the window where it reaches to its end, else the newest forecast, else what there is."""
    from ledger.inventory.hourly.grid_series import grid_actual, grid_forecast

    found: Held = {}
    for zone in zones:
        for basis in BASES:
            actual = grid_actual(s, zone, first, until, basis=basis)
            forecast = grid_forecast(s, zone, min(first, datetime.now(UTC)), after=first, basis=basis)
            taken = actual if actual is not None and (forecast is None or actual.end >= until) else forecast
            if taken is not None:
                found[zone, basis] = _intensity(taken)
    return found


def _intensity(series: GridSeries) -> HourlyIntensity:
    from ledger.schedule.steps import Steps

    steps = Steps.of(series.values, series.step_seconds, f"intensity of {series.zone}")
    return HourlyIntensity(series.zone, series.signal_kind, series.basis, steps, series.source, series.issued_at)
