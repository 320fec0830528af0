"""Runs as a list that can be leafed through: what each was, on what and where, the newest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from ledger.ai.interval import QUOTIENT
from ledger.ai.run_carbon import RunCarbon, carbon_of_runs
from ledger.store import Session
from ledger.store.in_force import in_force
from ledger.tabular import Tabular

_LIST = """
with {run}
select run_id, attempt, arg_max(stage, (state = 'active', start_utc)), arg_max(outcome, (state = 'active', start_utc)),
       arg_max(model, (state = 'active', start_utc)), arg_max(owner, (state = 'active', start_utc)),
       arg_max(project, (state = 'active', start_utc)), arg_max(hardware_id, (state = 'active', start_utc)),
       arg_max(hardware_count, (state = 'active', start_utc)), arg_max(facility_id, (state = 'active', start_utc)),
       arg_max(cloud_provider, (state = 'active', start_utc)), arg_max(cloud_region, (state = 'active', start_utc)),
       arg_max(country, (state = 'active', start_utc)), min(start_utc), max(end_utc), count(*) over ()
from run
where component = 'operational' and not withdrawn and ($model is null or model = $model)
  and ($first::date is null or start_utc::date between $first::date and $last::date)
group by run_id, attempt
order by min(start_utc) desc, run_id, attempt limit $count offset $skipped
"""


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run and attempt, its states together; ``carbon`` has the energy and kg CO2e of it, and its entries."""

    run_id: str
    attempt: int
    stage: str
    outcome: str
    model: str | None
    team: str | None
    project: str | None
    hardware_id: str | None
    hardware_count: int | None
    facility_id: str | None
    cloud_provider: str | None
    cloud_region: str | None
    country: str | None
    start: datetime
    end: datetime
    carbon: RunCarbon | None

    @property
    def place(self) -> str:
        """Where it ran: our facility, the provider's region, or the country; empty where that is not known."""
        cloud = ":".join(part for part in (self.cloud_provider, self.cloud_region) if part)
        return self.facility_id or cloud or self.country or ""

    @property
    def hours(self) -> Decimal:
        """From its start to its end, on the clock."""
        return QUOTIENT.divide(Decimal((self.end - self.start) // timedelta(microseconds=1)), Decimal(3_600_000_000))

    @property
    def energy_kwh(self) -> Decimal | None:
        """KWh that count; None where nothing tells them."""
        return None if self.carbon is None else self.carbon.energy_kwh


@dataclass(frozen=True, slots=True)
class RunPage(Tabular):
    """Some runs of a list, and how many the whole list has."""

    ROWS = "lines"

    lines: tuple[RunLine, ...]
    total: int


def run_page(
    s: Session, size: int, days: tuple[date, date] | None, model: str | None, *, skipped: int, count: int | None
) -> RunPage:
    """Runs in force at a size, the newest first.

    Args:
        s: a session on the ledger.
        size: the number of batches.
        days: those that began in these days (UTC, both inclusive); all where None.
        model: those of a model.
        skipped: how many of the list come before.
        count: how many are wanted; all where None.
    """
    first, last = days or (None, None)
    asked = {"size": size, "model": model, "first": first, "last": last, "count": count, "skipped": skipped}
    rows = s.rows(in_force(_LIST), asked)
    if not rows:
        return RunPage((), 0)
    carbon = carbon_of_runs(s, [row[0] for row in rows], size)
    lines = (
        RunLine(**dict(zip(RunLine.__slots__, row[:-1], strict=False)), carbon=carbon.get((row[0], row[1])))
        for row in rows
    )
    return RunPage(tuple(lines), rows[0][-1])
