"""Whether a batch corrected what a misstatement is about, and by how many kg of its measure it moved that.

What was replaced before counts as the entry itself: a correction of a correction corrects the first row too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from ledger.store import Session
from ledger.store.schema import product_sql
from schemas.measures import MEASURE_PARTS

_PLACE = re.compile(r"B(\d+)(?:-(\d+))?")
_PRODUCT = product_sql("q.quantity", "c.total_co2e_kg_per_unit", "c.sign")
_PARTS = {
    "scope_1": "c.scope = '1'",
    "scope_2_location": "c.scope = '2' and c.method <> 'market'",
    "scope_2_market": "c.scope = '2' and c.method <> 'location'",
    "scope_3": "c.scope = '3' and c.method <> 'market'",
}
# The rows it is about (an entry, a batch, or all of the days) with what replaced them; those of the batch that touch
# them; and the rows whose choices the batch made anew.
_TOUCHED = """
with recursive named as (
    select a.batch_no, a.seq, 'B' || a.batch_no || '-' || a.seq as entry from activity a
    where $place::bigint is not null and a.batch_no = $place and ($row::bigint is null or a.seq = $row)
    union
    select d.activity_batch, d.activity_seq, 'B' || d.activity_batch || '-' || d.activity_seq
    from named n join activity_detail d on d.replaces = n.entry
),
own as (
    select a.batch_no, a.seq from activity a
    left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
    where a.batch_no = $batch and case when $place::bigint is null
        then a.period_start <= $end and a.period_end >= $start
        else d.replaces in (select entry from named)
             or (a.reverses_batch, a.reverses_seq) in (select (n.batch_no, n.seq) from named n) end
),
keyed as (
    select batch_no, seq, key_no, quantity from activity where key_no is not null
    union all select activity_batch, activity_seq, key_no, quantity from activity_slice
),
decided as (
    select k.* from keyed k join named n on n.batch_no = k.batch_no and n.seq = k.seq
    where k.batch_no <> $batch and k.key_no in (
        select key_no from choice where batch_no = $batch and reverses_batch is not null)
)
"""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a batch did to a thing: whether it touched it at all, and by how many kg of the measure it moved it."""

    touches: bool
    kg: Decimal


def moved_by(s: Session, batch: int, about: tuple[str, str], days: tuple[date, date], measure: str) -> Moved:
    """What a batch moved of an entry or a batch of rows; of anything else, of these days. Without shares of a view."""
    match = _PLACE.fullmatch(about[1]) if about[0] in ("entry", "batch") else None
    given = {
        "batch": batch, "start": days[0], "end": days[1], "place": int(match[1]) if match else None,
        "row": int(match[2]) if match and match[2] else None,
    }  # fmt: skip
    touched, kg = s.one(
        f"""
        {_TOUCHED}
        select (select count(*) from own) + (select count(*) from decided),
               (select coalesce(sum({_PRODUCT}), 0) from (
                    select k.key_no, k.quantity, null as only from keyed k join own o using (batch_no, seq)
                    union all select key_no, quantity, $batch from decided) q
                join choice c on c.key_no = q.key_no and c.book = 'inventory' and c.instrument_id is null
                     and c.batch_no = coalesce(q.only, c.batch_no) and ({_condition(measure)}))
        """,
        given,
    )
    return Moved(bool(touched), Decimal(kg))


def _condition(measure: str) -> str:
    """The choices that count in a measure, as a condition."""
    if measure.startswith("category_"):
        return f"{_PARTS['scope_3']} and c.scope3_category = {int(measure.removeprefix('category_'))}"
    return " or ".join(f"({_PARTS[part]})" for part in MEASURE_PARTS[measure])
