"""The work of a run that the ledger holds: its accelerator-hours and on what, to be compared elsewhere."""

from __future__ import annotations

from decimal import Decimal

from ledger.ai.interval import QUOTIENT, interval
from ledger.ai.model_runs import SECONDS
from ledger.ai.tradeoff.speeds import Work
from ledger.errors import Misuse
from ledger.store import Session

_RUN = """
with run as (
    select * from ai_run where run_id = $run and component = 'operational'
    qualify row_number() over (
        partition by run_id, attempt, state, component, start_utc order by batch_no desc, seq desc) = 1
)
select hardware_id, coalesce(reserved_accelerator_seconds, used_accelerator_seconds) from run where not withdrawn
"""


def recorded_work(s: Session, run_id: str) -> Work:
    """The accelerator-hours of a run, failed attempts with it, on the accelerator that it ran on.

    Raises:
        Misuse: a run that is not recorded, gives no accelerator-hours, or ran on several kinds.
    """
    rows = s.rows(_RUN, {"run": run_id})
    if not rows:
        raise Misuse(f"no run '{run_id}' is recorded", "look at its run_id in the file that was uploaded")
    kinds = {row[0] for row in rows}
    if len(kinds) > 1 or None in kinds:
        raise Misuse(f"the run '{run_id}' names no one kind of accelerator", "give --hours and --on yourself")
    if any(row[1] is None for row in rows):
        raise Misuse(f"the run '{run_id}' gives no accelerator-seconds", "give --hours and --on yourself")
    seconds = sum((row[1] for row in rows), Decimal(0))
    return Work(hours=interval(QUOTIENT.divide(seconds, SECONDS)), reference=kinds.pop())
