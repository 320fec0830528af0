"""Small series of our own, and what the tests of decisions share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from ledger.schedule.forecast import Forecast
from ledger.schedule.job import Job

NOW = datetime(2026, 11, 28, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)
D = Decimal
VALLEY = (300, 310, 320, 330, 310, 280, 250, 200, 150, 160, 220, 300, 120, 90, 400, 300)
"""From two hours before NOW; the cleanest three hours in a row begin at 21:00, the cleanest three apart are others."""


def forecast(
    values: Sequence[object] = VALLEY, zone: str = "DE", *, start: datetime = NOW - 2 * HOUR, seconds: int = 3600,
    issued: datetime = NOW - 2 * HOUR, signal: str = "average", basis: str = "direct",
) -> Forecast:  # fmt: skip
    """A forecast of a zone from a list of g/kWh; None is a step without a value."""
    step = timedelta(seconds=seconds)
    held = tuple((start + n * step, None if v is None else D(str(v))) for n, v in enumerate(values))
    return Forecast(zone, issued, signal, basis, seconds, held, False, "a forecaster")


def job(**told: object) -> Job:
    """A job of three hours in Germany, submitted now."""
    given = {"job_id": "train-1", "submitted_utc": NOW, "region": "DE", "duration_hours": D(3)} | told
    return Job(**given)  # type: ignore[arg-type]
