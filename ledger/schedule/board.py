"""The board of advice on record: what is held back, released, overdue or trued up at an instant, and what was saved.

States follow from what is on record alone: nothing here knows whether a cluster obeyed. An advice is

- `trued_up` once a truth of it is on record, whether the saving could be told or not;
- `released` from its start on, or from when its run is on record;
- `held` until its start;
- `overdue` where its expected end (or, where nobody knows how long it runs, its deadline) is over and no run of it is
  on record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from ledger.schedule.steps import EXACT
from ledger.store import Session
from ledger.store.in_force import in_force
from ledger.tabular import Tabular

STATES = ("held", "released", "overdue", "trued_up")

_BOARD = """
with truth as (
    select * from advice_truth where batch_no <= $size
    qualify row_number() over (partition by advice_id order by batch_no desc, seq desc) = 1
),
{run},
ran as (select distinct run_id from run where component = 'operational' and state = 'active' and not withdrawn)
select a.advice_id, a.job_id, a.project, a.model, a.choice,
       case when t.advice_id is not null then 'trued_up' when r.run_id is not null then 'released'
            when $now < a.start_utc then 'held'
            when coalesce(a.end_utc, json_extract_string(a.inputs, '$.job.deadline')::timestamptz) <= $now
            then 'overdue' else 'released' end as state,
       a.region, a.chosen_region, a.chosen_zone, a.submitted_utc, a.start_utc, a.end_utc,
       a.counterfactual_g_per_kwh, a.expected_g_per_kwh, a.expected_saving_kg, a.reason,
       coalesce(t.run_id, r.run_id), t.is_followed, t.counterfactual_g_per_kwh, t.run_g_per_kwh, t.saving_kg, t.reason,
       'B' || a.batch_no || '-' || a.seq, 'B' || t.batch_no || '-' || t.seq
from advice a left join truth t using (advice_id) left join ran r on r.run_id = a.job_id
where a.batch_no <= $size
  and ($first::date is null or coalesce(t.run_start_utc, a.start_utc)::date between $first::date and $last::date)
order by coalesce(t.run_start_utc, a.start_utc) desc, a.advice_id
"""


@dataclass(frozen=True, slots=True)
class BoardLine:
    """An advice on record, its state, and the truth beside it. Intensities in g CO2e/kWh, savings in kg CO2e."""

    advice_id: str
    job_id: str
    project: str | None
    model: str | None
    choice: str
    state: str
    region: str
    chosen_region: str
    chosen_zone: str
    submitted_utc: datetime
    start_utc: datetime
    end_utc: datetime | None
    counterfactual_g_per_kwh: Decimal | None
    expected_g_per_kwh: Decimal | None
    expected_saving_kg: Decimal | None
    reason: str
    run_id: str | None
    is_followed: bool | None
    measured_before_g_per_kwh: Decimal | None
    measured_g_per_kwh: Decimal | None
    saving_kg: Decimal | None
    truth_reason: str | None
    entry: str
    truth_entry: str | None

    @property
    def claimed_kg(self) -> Decimal | None:
        """The saving where the run followed its advice; else None."""
        return self.saving_kg if self.is_followed else None


@dataclass(frozen=True, slots=True)
class Board(Tabular):
    """Advice by when it runs, the last first. ``saved_kg`` and ``expected_kg`` are of those that claim a saving."""

    ROWS = "lines"

    lines: Sequence[BoardLine]
    saved_kg: Decimal | None
    expected_kg: Decimal | None

    def count(self, state: str) -> int:
        """How many are in a state."""
        return sum(line.state == state for line in self.lines)


def board(s: Session, now: datetime, size: int, days: tuple[date, date] | None = None) -> Board:
    """The board at an instant, as the ledger stood at a size; of days (UTC) by when the run began, or was to begin."""
    first, last = days or (None, None)
    rows = s.rows(in_force(_BOARD), {"size": size, "now": now, "first": first, "last": last})
    lines = tuple(BoardLine(*row) for row in rows)
    claimed = [line for line in lines if line.claimed_kg is not None]
    return Board(lines, _sum(line.claimed_kg for line in claimed), _sum(line.expected_saving_kg for line in claimed))


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    total = Decimal(0)
    for amount in known:
        total = EXACT.add(total, amount)
    return total if known else None
