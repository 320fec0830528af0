"""The grids of the AI place: how clean each is now and will be, how old that is, and how the timer stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ledger.disclosure.words import numbers
from ledger.web.ai.parts import age, minute
from ledger.web.frame.charts import Drawn, drawn
from ledger.web.frame.here import Here

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.inventory.hourly import GridNow, GridSeries
    from ledger.schedule.board import BoardLine

_STALE_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class GridShown:
    """A zone as a page shows it."""

    zone: str
    value: str
    kind: str
    words: str
    notes: tuple[str, ...]
    chart: Drawn | None
    look: str


@dataclass(frozen=True, slots=True)
class Question:
    """How the timer stands with one question, in words."""

    zone: str
    kind: str
    words: str
    fault: str
    fix: str


def grids(here: Here, lines: Sequence[BoardLine]) -> list[GridShown]:
    """The zones that are watched, then those of which the ledger has the newest values."""
    watched = () if here.site.watch is None else here.site.watch.plan.zones
    now = minute()
    found: Sequence[GridNow] = here.read("grid_now", now, watched)
    return [_shown(here, one, now, lines) for one in found]


def _shown(here: Here, one: GridNow, now: datetime, lines: Sequence[BoardLine]) -> GridShown:
    value = "no value" if one.g_per_kwh is None else numbers.significant(one.g_per_kwh)
    since = None if one.since is None else f"{one.since:%Y-%m-%d %H:%M} UTC"
    words = {
        "measured": f"measured, the value from {since}",
        "forecast": f"forecast for the value from {since}; nothing measured reaches so far",
        "past": f"the last that was measured, from {since}; it is not the present",
        "none": "nothing is held for the present" if one.forecast or one.measured else "nothing is held yet",
    }[one.kind]
    look = "" if one.kind in ("measured", "forecast") else "attention"
    return GridShown(one.zone, value, one.kind, words, tuple(_notes(one, now)), _chart(here, one, now, lines), look)


def _notes(one: GridNow, now: datetime) -> list[str]:
    basis = {"direct": "generation alone", "life_cycle": "life cycle"}
    notes = []
    if one.basis is not None:
        notes.append(f"Basis: {basis.get(one.basis, one.basis)}")
    if one.source is not None:
        fetched = f"fetched {age(one.retrieved_at)}" if one.retrieved_at else "when it was fetched is not recorded"
        notes.append(f"Source: {one.source}; {fetched}")
    notes += [
        f"{series.estimated} of {len(series.values)} {_kind(series)} values are flagged as estimated"
        for series in (one.measured, one.forecast) if series is not None and series.estimated
    ]  # fmt: skip
    if one.forecast is not None and one.forecast.issued_at is not None:
        old = now - one.forecast.issued_at > _STALE_AFTER
        notes.append(f"Forecast issued {age(one.forecast.issued_at)}{', stale' if old else ''}")
    else:
        notes.append("No forecast reaches beyond now")
    return notes


def _kind(series: GridSeries) -> str:
    return "forecast" if series.signal_kind == "forecast" else "measured"


def _chart(here: Here, one: GridNow, now: datetime, board: Sequence[BoardLine]) -> Drawn | None:
    """Measured and forecast of one basis, with the hours of the next advice of the zone that is held."""
    from ledger.disclosure.charts.schedule import Line, intensity_chart

    of = one.forecast or one.measured
    if of is None:
        return None
    lines = [
        Line(one.zone, series.values, series.step_seconds, series.signal_kind == "forecast")
        for series in (one.measured, one.forecast) if series is not None and series.basis == of.basis
    ]  # fmt: skip
    held = min(
        (line for line in board if line.state == "held" and line.chosen_zone == one.zone and line.end_utc),
        key=lambda line: line.start_utc, default=None,
    )  # fmt: skip
    chosen = [] if held is None or held.end_utc is None else [(held.start_utc, held.end_utc)]
    at = now.replace(minute=now.minute // 10 * 10)  # the same drawing for ten minutes
    return drawn(here, intensity_chart(lines, chosen, at, of.basis))


def questions(here: Here) -> list[Question]:
    """How the timer stands; none where nothing is fetched by it."""
    if here.site.watch is None:
        return []
    made = []
    for one in here.site.watch.standing:
        answered = "not answered yet" if one.answered_at is None else f"answered {age(one.answered_at)}"
        count = "" if one.answered_at is None else f", {one.recorded} new {'value' if one.recorded == 1 else 'values'}"
        fault = "" if one.fault_at is None else f"{one.fault} ({age(one.fault_at)})"
        made.append(Question(one.zone, one.kind, answered + count, fault, one.fix))
    return made
