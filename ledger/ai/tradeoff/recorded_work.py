"""A run that the ledger holds, as a piece of work: its accelerator-hours, on what and where, and the energy it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.ai.interval import EXACT, QUOTIENT, interval
from ledger.ai.model_runs import SECONDS
from ledger.ai.tradeoff.speeds import Work
from ledger.errors import Misuse
from ledger.store import Session
from ledger.tabular import Tabular

_RUN = """
with run as (
    select * from ai_run where run_id = $run and component = 'operational'
    qualify row_number() over (
        partition by run_id, attempt, state, component, start_utc order by batch_no desc, seq desc) = 1
),
decision as (
    select * from ai_decision where record_table = 'ai_run'
    qualify row_number() over (partition by record_batch, record_seq order by batch_no desc, seq desc) = 1
)
select r.hardware_id, coalesce(r.reserved_accelerator_seconds, r.used_accelerator_seconds), d.energy_kwh,
       r.cloud_provider, r.cloud_region, r.country, r.start_utc::date, r.hardware_count,
       coalesce(r.wall_seconds, (epoch_us(r.end_utc) - epoch_us(r.start_utc))::decimal(30,0) * 0.000001::decimal(7,6))
from run r
left join decision d on d.record_batch = r.batch_no and d.record_seq = r.seq and d.decision in ('posted', 'breakdown')
where not r.withdrawn
order by r.start_utc
"""


@dataclass(frozen=True, slots=True)
class RecordedRun(Tabular):
    """A recorded run, failed attempts with it.

    Attributes:
        hours: accelerator-hours on ``hardware_id``.
        kwh: kWh of the site as the ledger counts them; None where a record gives none.
        place: as comparisons name it; None where it is not recorded.
        month: the first day of the month in which it began.
    """

    hardware_id: str
    hours: Decimal
    kwh: Decimal | None
    place: str | None
    month: date

    @property
    def work(self) -> Work:
        """Its hours, to be compared elsewhere."""
        return Work(hours=interval(self.hours), reference=self.hardware_id)


def recorded_run(s: Session, run_id: str) -> RecordedRun:
    """The run of an id.

    Raises:
        Misuse: a run that is not recorded, gives no accelerator-hours, or ran on several kinds.
    """
    rows = s.rows(_RUN, {"run": run_id})
    if not rows:
        raise Misuse(f"no run '{run_id}' is recorded", "look at its run_id in the file that was uploaded")
    kinds = {row[0] for row in rows}
    if len(kinds) > 1 or None in kinds:
        raise Misuse(f"the run '{run_id}' names no one kind of accelerator", "give --hours and --on yourself")
    seconds = _sum([_seconds(row, run_id) for row in rows])
    kwh = None if any(row[2] is None for row in rows) else _sum([row[2] for row in rows])
    places = {f"{row[3]}:{row[4]}" if row[3] and row[4] else row[5] for row in rows}
    return RecordedRun(
        kinds.pop(), QUOTIENT.divide(seconds, SECONDS), kwh, places.pop() if len(places) == 1 else None,
        rows[0][6].replace(day=1),
    )  # fmt: skip


def _seconds(row: Sequence[Any], run_id: str) -> Decimal:
    """Accelerator-seconds of a record: as it gives them, else accelerators × time on the clock."""
    if row[1] is not None:
        return Decimal(row[1])
    if row[7] is None or row[8] is None:
        raise Misuse(f"the run '{run_id}' gives no accelerator-seconds and no count", "give --hours and --on yourself")
    return EXACT.multiply(row[8], Decimal(row[7]))


def _sum(amounts: list[Decimal]) -> Decimal:
    total = Decimal(0)
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total
