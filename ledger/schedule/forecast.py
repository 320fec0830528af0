"""A forecast of a grid's intensity: for which zone, when it was issued, of what, and its values by the step."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.schedule.steps import Steps, instant, mean_g_per_kwh, micros


@dataclass(frozen=True)
class Forecast:
    """What was expected of a zone's intensity at one moment.

    Attributes:
        zone: the zone that the values are of, as the source names it.
        issued_at: when it was made. A decision sees only what was issued before it.
        signal: average, marginal or fossil_only; two signals are never compared.
        basis: direct or life_cycle.
        step_seconds: how long each value holds.
        values: (start in UTC, g/kWh); None where the source has no value, which is not zero.
        estimated: the source calls it estimated.
        source: whose it is.
    """

    zone: str
    issued_at: datetime
    signal: str
    basis: str
    step_seconds: int
    values: tuple[tuple[datetime, Decimal | None], ...]
    estimated: bool
    source: str

    @cached_property
    def steps(self) -> Steps:
        """The known steps. Raises Misuse for values that overlap or are below zero."""
        return Steps.of(self.values, self.step_seconds, f"forecast of {self.zone}")

    @property
    def reaches_to(self) -> datetime | None:
        """Where the last known value ends; None where none is known."""
        end = self.steps.end
        return None if end is None else instant(end)

    @property
    def unknown_steps(self) -> int:
        """How many steps have no value."""
        return sum(value is None for _, value in self.values)

    def mean(self, start: datetime, end: datetime) -> Decimal | None:
        """The mean in g/kWh over an interval, by time; None where a part of it is not known."""
        low, high = micros(start), micros(end)
        integral = self.steps.integral(low, high) if high > low else None
        return None if integral is None else mean_g_per_kwh(integral, high - low)

    def record(self) -> dict[str, Any]:
        """The forecast as plain JSON, whole: what an advice keeps of it."""
        return {
            "zone": self.zone,
            "issued_at": utc_text(self.issued_at),
            "signal": self.signal,
            "basis": self.basis,
            "step_seconds": self.step_seconds,
            "estimated": self.estimated,
            "source": self.source,
            "values": [[utc_text(at), None if value is None else plain_amount(value)] for at, value in self.values],
        }

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of the forecast as it is recorded."""
        return hashlib.sha256(canonical(self.record())).hexdigest()


def forecast_of_record(told: Mapping[str, Any]) -> Forecast:
    """The forecast that :meth:`Forecast.record` wrote. Raises Misuse where it is none."""
    try:
        values = tuple(
            (datetime.fromisoformat(at), None if value is None else Decimal(value)) for at, value in told["values"]
        )
        return Forecast(
            told["zone"], datetime.fromisoformat(told["issued_at"]), told["signal"], told["basis"],
            told["step_seconds"], values, told["estimated"], told["source"],
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, ArithmeticError) as fault:
        raise Misuse(f"this is no forecast as the ledger records it: {fault}", "record the advice again") from fault


def doubt_about(zone: str, forecast: Forecast | None, now: datetime, stale_after: timedelta) -> str | None:
    """Why a forecast cannot be used for a zone now, in words; None where it can.

    Args:
        zone: the zone that was asked for.
        forecast: what is held for it.
        now: when the decision is taken.
        stale_after: the greatest age at which a forecast still counts.
    """
    if forecast is None:
        return f"no forecast is held for the zone {zone}"
    if forecast.zone != zone:
        return f"the forecast for the zone {zone} says it is of {forecast.zone}"
    if forecast.issued_at > now:
        return f"the forecast for {zone} was issued at {utc_text(forecast.issued_at)}, after the decision"
    if now - forecast.issued_at > stale_after:
        hours = stale_after / timedelta(hours=1)
        return f"the forecast for {zone} is stale: issued at {utc_text(forecast.issued_at)}, more than {hours:g} h ago"
    if forecast.steps.end is None:
        return f"the forecast for {zone} holds no value"
    if forecast.steps.end <= micros(now):
        return f"the forecast for {zone} ends at {utc_text(instant(forecast.steps.end))}, before the decision"
    return None


def utc_text(at: datetime) -> str:
    """An instant in UTC as text: `2026-11-28T14:00:00Z`, with microseconds only where it has any."""
    return instant(micros(at)).isoformat().replace("+00:00", "Z")


def canonical(value: Any) -> bytes:
    """JSON in one form alone: keys in order, no blanks, UTF-8. Amounts are texts already.

    It is the form of RFC 8785, which the book hashes by a library, but for the order of keys with signs beyond U+FFFF:
    there it goes by UTF-16 units, here by code points. A policy may call its places anything, and what is on record
    must come out again byte for byte, so the two stay apart.
    """
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
