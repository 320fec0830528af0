"""What waiting or moving saved: energy above idle × (actual intensity at the submission hour − at the run hour).

Each hour of the run is held against the hour in which it would have been, had the job begun at its submission. Idle
energy and manufacture do not move and are not claimed. Work that was done again is subtracted in full: it was emitted
at the run hour, and the counterfactual would not have done it. The saving is a memo, never a lower inventory: under
yearly factors a total does not know the hour; and it is never held against or added to a market-based figure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from ledger.plain import plain_amount
from ledger.schedule.forecast import utc_text
from ledger.schedule.options import G_PLACES, GRAMS, KG_PLACES
from ledger.schedule.steps import EXACT, QUOTIENT, Steps, mean_g_per_kwh, micros

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of a run of even power.

    Attributes:
        start, end: when it ran (UTC).
        since_begin: how long the job had been at work before it: its place in the counterfactual.
        zone: of the grid that it ran on.
        kwh: as measured.
        idle_kwh: what the machines would have taken idle in that time.
        kept: the share of its work that was not done again, 0 to 1.
    """

    start: datetime
    end: datetime
    since_begin: timedelta
    zone: str
    kwh: Decimal
    idle_kwh: Decimal
    kept: Decimal = Decimal(1)

    @property
    def moved_kwh(self) -> Decimal:
        """The energy above idle, in kWh."""
        return self.kwh - self.idle_kwh

    def record(self) -> dict[str, Any]:
        """The segment as plain JSON."""
        return {
            "start": utc_text(self.start), "end": utc_text(self.end), "zone": self.zone,
            "since_begin_seconds": plain_amount(Decimal(self.since_begin // timedelta(microseconds=1)).scaleb(-6)),
            "kwh": plain_amount(self.kwh), "idle_kwh": plain_amount(self.idle_kwh), "kept": plain_amount(self.kept),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Saving:
    """A saving with its terms: kg = ((moved − redone) × counterfactual − moved × run) ÷ 1000.

    Means are weighted by the energy they are of; below zero is a run that emitted more than its counterfactual.
    """

    moved_kwh: Decimal
    redone_kwh: Decimal
    counterfactual_g_per_kwh: Decimal
    run_g_per_kwh: Decimal
    kg: Decimal


def saving(segments: Sequence[Segment], submitted: datetime, home: str, actual: Mapping[str, Steps]) -> Saving | str:
    """The saving of a run against its start at submission, or why it cannot be told.

    Args:
        segments: the run.
        submitted: when it was submitted.
        home: the zone where it was submitted.
        actual: measured intensities by zone, all of one signal and basis.
    """
    moved = redone = emitted = avoided = ZERO
    for segment in segments:
        if segment.moved_kwh < 0:
            return f"idle {segment.idle_kwh:f} kWh are more than the {segment.kwh:f} kWh measured"
        then = submitted + segment.since_begin
        ran = _mean(actual, segment.zone, segment.start, segment.end)
        before = _mean(actual, home, then, then + (segment.end - segment.start))
        for mean, zone, at in ((ran, segment.zone, segment.start), (before, home, then)):
            if mean is None:
                return f"the measured intensity of {zone} is not held for all of the hours from {utc_text(at)}"
        assert ran is not None and before is not None  # noqa: S101, PT018 — told above
        kept = EXACT.multiply(segment.moved_kwh, segment.kept)
        moved, redone = EXACT.add(moved, segment.moved_kwh), EXACT.add(redone, segment.moved_kwh - kept)
        emitted = EXACT.add(emitted, EXACT.multiply(segment.moved_kwh, ran))
        avoided = EXACT.add(avoided, EXACT.multiply(kept, before))
    if not moved:
        return "nothing was measured above idle"
    kg = EXACT.divide(EXACT.subtract(avoided, emitted), GRAMS).quantize(KG_PLACES, context=EXACT)
    kept_kwh = moved - redone
    counterfactual = QUOTIENT.divide(avoided, kept_kwh) if kept_kwh else ZERO
    run = QUOTIENT.divide(emitted, moved)
    return Saving(
        moved, redone, counterfactual.quantize(G_PLACES, context=EXACT), run.quantize(G_PLACES, context=EXACT), kg
    )


def _mean(actual: Mapping[str, Steps], zone: str, start: datetime, end: datetime) -> Decimal | None:
    steps = actual.get(zone)
    low, high = micros(start), micros(end)
    integral = None if steps is None or low >= high else steps.integral(low, high)
    return None if integral is None else mean_g_per_kwh(integral, high - low)
