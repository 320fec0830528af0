"""What single entries put into the total: kg CO2e, location-based, of each activity named."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from ledger.store import Session
from ledger.store.schema import product_sql

_PRODUCT = product_sql("q.quantity", "c.total_co2e_kg_per_unit", "c.sign")
_EFFECTS = f"""
with q as (
    select a.batch_no, a.seq, a.key_no, a.quantity from named n
    join activity a on a.batch_no = n.batch_no and a.seq = n.seq where a.key_no is not null
    union all
    select p.activity_batch, p.activity_seq, p.key_no, p.quantity from named n
    join activity_slice p on p.activity_batch = n.batch_no and p.activity_seq = n.seq
)
select concat('B', q.batch_no, '-', q.seq), sum({_PRODUCT})
from q join choice c on c.key_no = q.key_no and c.instrument_id is null and c.batch_no <= $size
     and c.book = 'inventory' and c.method <> 'market'
group by 1
"""


def effects_kg(s: Session, entries: Iterable[tuple[int, int]], size: int) -> dict[str, Decimal]:
    """Entry → kg CO2e in the location-based total, for the (batch, number) given; none where nothing is quantified."""
    s.run("create or replace temp table named (batch_no bigint, seq integer)")
    given = sorted(set(entries))
    if not given:
        return {}
    import pyarrow as pa

    columns = {"batch_no": [entry[0] for entry in given], "seq": [entry[1] for entry in given]}
    with s.given(entries=pa.table(columns)):
        s.run("insert into named select batch_no, seq from entries")
    return {entry: kg for entry, kg in s.rows(_EFFECTS, {"size": size}) if kg is not None}
