"""Postings of machines made again: each is its manufacture, on the day of purchase, once, and only where it counts.

Nothing here is shared with the room that posted them. Scope 3 Standard, category 2: capital goods count in the year of
acquisition.
"""

from __future__ import annotations

from ledger.assurance.verification import Faults, tell
from ledger.store import Session

_STANDING = """
create or replace temp table machine as
with taken_back as (
    select reverses_batch as batch_no, reverses_seq as seq from activity where reverses_batch is not null
),
own as (
    select d.activity_batch as batch_no, d.activity_seq as seq, h.*
           exclude (batch_no, seq), h.batch_no as asset_batch, h.seq as asset_seq
    from (select * from ai_decision where record_table = 'hardware_asset' and decision = 'posted'
          qualify row_number() over (partition by activity_batch, activity_seq order by batch_no desc, seq desc) = 1) d
    join hardware_asset h on h.batch_no = d.record_batch and h.seq = d.record_seq
)
select a.batch_no, a.seq, a.external_id, a.quantity, a.activity_type, a.period_start, a.period_end,
       o.* exclude (batch_no, seq), l.batch_no as last_batch, l.seq as last_seq,
       cast(round(o.hardware_count::decimal(9,0) * o.embodied_kg_each::decimal(12,6) * o.machine_share::decimal(7,6), 6)
            as decimal(18,6)) as kg
from activity a join own o using (batch_no, seq)
left join (select * from hardware_asset qualify row_number() over
           (partition by asset_id order by batch_no desc, seq desc) = 1) l on l.asset_id = o.asset_id
anti join taken_back t on t.batch_no = a.batch_no and t.seq = a.seq
where a.reverses_batch is null
"""


def check_machines(s: Session, faults: Faults) -> None:
    """Every posting that stands of a machine, whenever it came."""
    s.run(_STANDING)
    tell(
        s, "machine-manufacture",
        """
        select batch_no, seq, case when activity_type <> 'hardware_manufacture' then 'it is no manufacture of a machine'
            when (last_batch, last_seq) <> (asset_batch, asset_seq)
            then concat('a later row of machine ', asset_id, ' says otherwise, and it still stands')
            when quantity is distinct from kg
            then concat('it has ', quantity, ' kg, its machine has ', coalesce(kg::varchar, 'none'))
            when period_start <> acquired_on or period_end <> acquired_on
            then concat('it counts on ', period_start, ', its machine was bought on ', acquired_on)
            when withdrawn or held_as <> 'bought' or counted_by = 'spend' or embodied_source is null
            then concat('machine ', asset_id, ' does not count by its manufacture') end as fault
        from machine where fault is not null
        """,
        "{0}", faults,
    )  # fmt: skip
    tell(
        s, "machine-twice",
        """
        select batch_no, seq, concat('B', (min((batch_no, seq)) over same)[1], '-', (min((batch_no, seq)) over same)[2])
        from machine
        window same as (partition by asset_id)
        qualify row_number() over (partition by asset_id order by batch_no, seq) > 1
        """,
        "the manufacture of its machine is in the book already, as {0}", faults,
    )  # fmt: skip
