"""The intensity of a zone of the grid over time, as it was measured or as it was forecast at some moment.

Reads `grid_intensity` alone: values are those that were frozen with their retrieval, the newest revision of each. A
series is of one source, one basis and one spacing; nothing is filled in, and what lacks is told as a hole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from ledger.errors import Misuse, known_word
from ledger.store import Session
from ledger.tabular import Tabular
from schemas.vocabulary import Signal, SignalBasis, SignalKind


@dataclass(frozen=True, slots=True)
class GridSeries(Tabular):
    """Intensities of a zone, ascending by start, each holding for ``step_seconds``.

    Attributes:
        zone: of the grid, as its source names it.
        signal_kind: `actual` or `forecast`.
        issued_at: when the forecast was issued; None of what was measured.
        retrieved_at: when the last of the values was fetched; None where that was not recorded.
        signal: `average`, `marginal` or `fossil_only`.
        basis: `direct` (generation alone) or `life_cycle`.
        step_seconds: length of every value in seconds.
        values: start (UTC) and intensity in g CO2e/kWh.
        estimated: how many of the values their source flags as estimates.
        source: the source of the values, as it was recorded with the first.
    """

    zone: str
    signal_kind: str
    issued_at: datetime | None
    retrieved_at: datetime | None
    signal: str
    basis: str
    step_seconds: int
    values: tuple[tuple[datetime, Decimal], ...]
    estimated: int
    source: str

    def table_rows(self) -> list[dict[str, Any]]:
        """A row for each value: its start (UTC) and the intensity, g CO2e/kWh."""
        return [{"start": start, "intensity_g_per_kwh": value} for start, value in self.values]

    @property
    def start(self) -> datetime:
        """The first instant that a value covers."""
        return self.values[0][0]

    @property
    def end(self) -> datetime:
        """The instant up to which the last value reaches (exclusive)."""
        return self.values[-1][0] + timedelta(seconds=self.step_seconds)

    @property
    def holes(self) -> tuple[tuple[datetime, datetime], ...]:
        """Spans between the first and the last value for which there is none; end exclusive."""
        step = timedelta(seconds=self.step_seconds)
        starts = [start for start, _ in self.values]
        return tuple((before + step, after) for before, after in pairwise(starts) if before + step < after)


def grid_forecast(
    s: Session, zone: str, issued_before: datetime, *, after: datetime | None = None, basis: str | None = None,
    signal: str = "average", at: int | None = None,
) -> GridSeries | None:  # fmt: skip
    """The newest forecast of a zone that was issued at an instant or before; None where the ledger holds none.

    Args:
        s: a session on the ledger.
        zone: of the grid, as its source names it.
        issued_before: with an offset; a forecast issued at this very instant counts.
        after: leave out values that end at this instant or before.
        basis: `direct` or `life_cycle`; where left out the newest of either, direct where both are as new.
        signal: `average`, `marginal` or `fossil_only`.
        at: as the ledger stood at this number of batches.

    Raises Misuse for an instant without an offset or a word that is none.
    """
    asked = _asked(zone, basis, signal, at) | {
        "kind": SignalKind.FORECAST.value, "issued": _instant("issued_before", issued_before),
        "first": None if after is None else _instant("after", after), "last": None,
    }  # fmt: skip
    return _series(s, asked)


def grid_actual(
    s: Session, zone: str, first: datetime, after: datetime, *, basis: str | None = None, signal: str = "average",
    at: int | None = None,
) -> GridSeries | None:  # fmt: skip
    """The measured intensities of a zone that reach into a span (end exclusive); None where the ledger holds none.

    Of several sources, bases and spacings it is the one that covers most; of two that cover as much direct stands
    before life cycle, the finer before the coarser, the later recorded before the earlier. Arguments and errors are
    those of :func:`grid_forecast`.
    """
    start, end = _instant("first", first), _instant("after", after)
    if start >= end:
        raise Misuse(f"the span ends at {end:%Y-%m-%d %H:%M}, before it begins", "give its first instant first")
    asked = {"kind": SignalKind.ACTUAL.value, "issued": None, "first": start, "last": end}
    return _series(s, _asked(zone, basis, signal, at) | asked)


def forecast_zones(s: Session, batch: int) -> tuple[str, ...]:
    """The zones of which a batch brought forecasts."""
    rows = s.rows(
        "select distinct zone from grid_intensity where batch_no = ? and signal_kind = ? order by zone",
        [batch, SignalKind.FORECAST.value],
    )
    return tuple(str(zone) for (zone,) in rows)


def _asked(zone: str, basis: str | None, signal: str, at: int | None) -> dict[str, object]:
    if basis is not None:
        known_word("basis", basis, [word.value for word in SignalBasis])
    known_word("signal", signal, [word.value for word in Signal])
    return {"zone": zone, "basis": basis, "signal": signal, "size": at}


def _instant(name: str, given: datetime) -> datetime:
    if given.tzinfo is None:
        raise Misuse(f"{name} has no offset: {given.isoformat()}", "say of which zone it is, as in 2026-10-25T03:00Z")
    return given.astimezone(UTC)


def _series(s: Session, asked: dict[str, object]) -> GridSeries | None:
    rows = s.rows(_sql(), asked)
    if not rows:
        return None
    _, _, issued_at, _, basis, seconds, _, source = rows[0]
    return GridSeries(
        zone=str(asked["zone"]), signal_kind=str(asked["kind"]), issued_at=issued_at,
        retrieved_at=max((row[6] for row in rows if row[6] is not None), default=None),
        signal=str(asked["signal"]), basis=basis, step_seconds=seconds,
        values=tuple((row[0], row[1]) for row in rows), estimated=sum(bool(row[3]) for row in rows), source=source,
    )  # fmt: skip


@cache
def _sql() -> str:
    return Path(__file__).with_name("grid_series.sql").read_text(encoding="utf-8")
