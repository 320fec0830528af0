"""The grids that the ledger has values of, as they are now: the present value, what came before, and what follows.

A value counts as present while its own interval lasts. Where nothing measured reaches so far the newest forecast does,
and it is called so; where neither does, the last measured value stands with its age and is not called present.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from ledger.inventory.hourly.grid_series import GridSeries, grid_actual, grid_forecast
from ledger.store import Session

BEFORE = timedelta(hours=24)
"""How far back measured values are looked at beside the present one."""
_ZONES = """
select zone from grid_intensity where signal = 'average' group by zone
order by max(case when signal_kind = 'actual' then start_utc else issued_at end) desc nulls last, zone limit $most
"""


@dataclass(frozen=True, slots=True)
class GridNow:
    """A zone at an instant.

    Attributes:
        kind: of the value: `measured` or `forecast` where its interval holds the instant, `past` where the newest one
            is over, `none` where the ledger has only what is to come, or what was forecast and is over.
        g_per_kwh: the value in g CO2e/kWh, of the interval that begins at ``since``.
        retrieved_at: when it was fetched; None where that was not recorded.
        estimated: how many values of the series that it is from are flagged as estimates by their source.
        measured: the day before, as far as it is held.
        forecast: the newest issue that reaches beyond the instant.
    """

    zone: str
    kind: str
    g_per_kwh: Decimal | None
    since: datetime | None
    basis: str | None
    source: str | None
    retrieved_at: datetime | None
    estimated: int
    measured: GridSeries | None
    forecast: GridSeries | None


def grid_zones(s: Session, most: int) -> tuple[str, ...]:
    """The zones of which average intensities are held, those with the newest values first."""
    return tuple(zone for (zone,) in s.rows(_ZONES, {"most": most}))


def grid_now(s: Session, zone: str, now: datetime) -> GridNow:
    """A zone at an instant, by what is held. Raises Misuse for an instant without an offset."""
    forecast = grid_forecast(s, zone, now, after=now)
    basis = None if forecast is None else forecast.basis
    measured = grid_actual(s, zone, now - BEFORE, now, basis=basis) or grid_actual(s, zone, now - BEFORE, now)
    found = _at(measured, now)
    kind = "measured"
    series = measured
    if found is None:
        found, series, kind = _at(forecast, now), forecast, "forecast"
    if found is None:
        series, kind = _last_measured(s, zone, now) if measured is None else measured, "past"
        found = None if series is None else series.values[-1]
    if found is None or series is None:
        return GridNow(zone, "none", None, None, basis, None if forecast is None else forecast.source,
                       None if forecast is None else forecast.retrieved_at, 0, measured, forecast)  # fmt: skip
    return GridNow(
        zone, kind, found[1], found[0], series.basis, series.source, series.retrieved_at, series.estimated, measured,
        forecast,
    )  # fmt: skip


def _at(series: GridSeries | None, now: datetime) -> tuple[datetime, Decimal] | None:
    """The value whose interval holds an instant."""
    if series is None:
        return None
    step = timedelta(seconds=series.step_seconds)
    return next((value for value in reversed(series.values) if value[0] <= now < value[0] + step), None)


def _last_measured(s: Session, zone: str, now: datetime) -> GridSeries | None:
    """The day that ends with the newest measured value before an instant."""
    (last,) = s.one(
        "select max(start_utc) from grid_intensity where zone = ? and signal = 'average' and signal_kind = 'actual' "
        "and start_utc <= ?", [zone, now]
    )  # fmt: skip
    return None if last is None else grid_actual(s, zone, last - BEFORE, last + timedelta(seconds=1))
