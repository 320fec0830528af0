"""The questions that a wish makes: which path with which terms, no span longer than the service gives at once.

Sources: Electricity Maps API v3 (carbon-intensity and power-breakdown: latest, history, past-range, forecast; a range
has at most 240 hours, or 100 days of daily values); Carbon Intensity API of NESO (intensity, at most 14 days).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ledger.connectors.grid.wish import UK_CARBON_INTENSITY, Wish

_MOST_DAYS: Mapping[str, int] = {"5_minutes": 1, "15_minutes": 1, "hourly": 10, "daily": 100, "half_hourly": 14}
"""Days of one question by length of values; of minutes the service does not say how many it gives."""
_LIFE_CYCLE = "lifecycle"


@dataclass(frozen=True, slots=True)
class Question:
    """A path below the service's address, its terms, and what it asks for: range, present, forecast or shares."""

    path: str
    what: str
    terms: Mapping[str, str] = field(default_factory=dict)


def questions_of(wish: Wish, now: datetime) -> tuple[Question, ...]:
    """Every question that a checked wish makes, in the order of time."""
    return tuple(_of_uk(wish, now) if wish.source == UK_CARBON_INTENSITY else _of_electricity_maps(wish))


def pieces(wish: Wish) -> Iterator[tuple[datetime, datetime]]:
    """First instants and ends of the span in pieces, each no longer than one question may be."""
    if wish.first is None or wish.after is None:
        return
    most = timedelta(days=_MOST_DAYS[wish.length])
    begin = wish.first
    while begin < wish.after:
        end = min(begin + most, wish.after)
        yield begin, end
        begin = end


def _of_electricity_maps(wish: Wish) -> Iterator[Question]:
    terms = {
        "zone": wish.zone,
        "emissionFactorType": _LIFE_CYCLE if wish.basis == "life_cycle" else "direct",
        "temporalGranularity": wish.length,
        "disableEstimations": "false" if wish.estimates else "true",
    }
    of_shares = {name: text for name, text in terms.items() if name != "emissionFactorType"}

    def asked(kind: str, **more: str) -> Iterator[Question]:
        what = "range" if kind == "past-range" else "present"
        yield Question(f"/carbon-intensity/{kind}", what, terms | more)
        if wish.shares:
            yield Question(f"/power-breakdown/{kind}", "shares", of_shares | more)

    for begin, end in pieces(wish):
        yield from asked("past-range", start=f"{begin:%Y-%m-%dT%H:%M:%SZ}", end=f"{end:%Y-%m-%dT%H:%M:%SZ}")
    if wish.history:
        yield from asked("history")
    if wish.latest:
        yield from asked("latest")
    if wish.forecast:
        reach = {} if wish.hours is None else {"horizonHours": str(wish.hours)}
        yield Question("/carbon-intensity/forecast", "forecast", terms | reach)


def _of_uk(wish: Wish, now: datetime) -> Iterator[Question]:
    for begin, end in pieces(wish):
        yield Question(f"/intensity/{begin:%Y-%m-%dT%H:%MZ}/{end:%Y-%m-%dT%H:%MZ}", "range")
    if wish.latest:
        yield Question("/intensity", "present")
    if wish.forecast:
        yield Question(f"/intensity/{now:%Y-%m-%dT%H:%MZ}/fw{wish.hours or 48}h", "forecast")
