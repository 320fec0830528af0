"""A job that waits to be run: what is known of it before it starts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.schedule.forecast import utc_text
from ledger.schedule.steps import micros

LONGEST_HOURS = Decimal(8784)
"""No delay and no duration is longer than a leap year."""
YEARS = range(1990, 2201)
"""The years that an instant of a job or a policy may be in: all in which grids are known or planned, with room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it was submitted. What is None is not known, and never zero.

    Attributes:
        job_id: its name; the run's ``run_id`` in the ledger, where both are the same.
        submitted_utc: when it was submitted: it would have begun here, had nobody waited.
        region: where it was submitted to run.
        duration_hours: how long it runs, in hours.
        energy_kwh: what it takes in all, in kWh.
        idle_kwh: the part of it that the machines would take idle over the same hours: waiting does not move it.
        portable: it may run in another region.
        checkpointable: it may stop and go on later.
        deadline: when it must have ended.
        project, model, stage: what it is for.
    """

    job_id: str
    submitted_utc: datetime
    region: str
    duration_hours: Decimal | None = None
    energy_kwh: Decimal | None = None
    idle_kwh: Decimal | None = None
    portable: bool = False
    checkpointable: bool = False
    deadline: datetime | None = None
    project: str | None = None
    model: str | None = None
    stage: str | None = None

    def __post_init__(self) -> None:
        """Raises Misuse for a job that there cannot be: no name, no hours, less than nothing, more idle than in all."""
        if not self.job_id.strip():
            raise Misuse("a job needs a name", "give --job")
        for name in ("submitted_utc", "deadline"):
            if (at := getattr(self, name)) is not None:
                micros(at)
                if at.year not in YEARS:
                    what = name.removesuffix("_utc")
                    raise Misuse(f"{what} is in the year {at.year}", f"give {YEARS.start} to {YEARS.stop - 1}")
        if self.duration_hours is not None and (not self.duration_hours.is_finite() or self.duration_hours <= 0):
            raise Misuse(f"{self.duration_hours} hours are no duration", "give hours above zero, or none where unknown")
        if self.duration_hours is not None and self.duration_hours > LONGEST_HOURS:
            raise Misuse(f"a job of {self.duration_hours:.6g} hours is longer than a year", "give hours, not seconds")
        for name in ("energy_kwh", "idle_kwh"):
            amount = getattr(self, name)
            if amount is not None and (not amount.is_finite() or amount < 0):
                raise Misuse(f"{name} of {amount} is no energy", "give kWh, zero or more, or none where unknown")
        if self.energy_kwh is not None and self.idle_kwh is not None and self.idle_kwh > self.energy_kwh:
            raise Misuse(
                f"idle {self.idle_kwh} kWh are more than all {self.energy_kwh} kWh of the job",
                "idle_kwh is the part of energy_kwh that the machines would take without the job",
            )

    @property
    def moved_kwh(self) -> Decimal | None:
        """The energy above idle, in kWh: what waiting moves. None where either is not known."""
        if self.energy_kwh is None or self.idle_kwh is None:
            return None
        return self.energy_kwh - self.idle_kwh

    def record(self) -> dict[str, Any]:
        """The job as plain JSON."""
        amounts = {name: getattr(self, name) for name in ("duration_hours", "energy_kwh", "idle_kwh")}
        return {
            "job_id": self.job_id,
            "submitted_utc": utc_text(self.submitted_utc),
            "region": self.region,
            **{name: None if value is None else plain_amount(value) for name, value in amounts.items()},
            "portable": self.portable,
            "checkpointable": self.checkpointable,
            "deadline": None if self.deadline is None else utc_text(self.deadline),
            "project": self.project,
            "model": self.model,
            "stage": self.stage,
        }


def job_of_record(told: dict[str, Any]) -> Job:
    """The job that :meth:`Job.record` wrote."""
    made = dict(told)
    for name in ("submitted_utc", "deadline"):
        made[name] = None if told[name] is None else datetime.fromisoformat(told[name])
    for name in ("duration_hours", "energy_kwh", "idle_kwh"):
        made[name] = None if told[name] is None else Decimal(told[name])
    return Job(**made)
