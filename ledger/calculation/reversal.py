"""Reversal: the negative quantity in the original's own key and month, so that it cancels under every choice."""

from __future__ import annotations

from ledger.errors import Refused
from ledger.store import Session, Writing
from ledger.store.tables import Activity, ActivitySlice, Allocation

_KEPT = tuple(
    name
    for name in Activity.model_fields
    if name not in ("batch_no", "seq", "quantity", "quantity_text", "reverses_batch", "reverses_seq")
)


def choose_reversed(s: Session, batch_no: int, seq: int | None) -> int:
    """Temp table `reversed`: the activities of a batch (or the one entry) that are still standing; gives their count.

    Raises Refused where there is no such activity, where it is itself a reversal, or where it is reversed already.
    """
    condition = f"a.batch_no = {int(batch_no)}" + ("" if seq is None else f" and a.seq = {int(seq)}")
    name = f"B{batch_no}" if seq is None else f"B{batch_no}-{seq}"
    found, reversals = s.one(f"select count(*), count(a.reverses_batch) from activity a where {condition}")
    if not found:
        raise Refused(f"{name} holds no activity", "name an entry of an upload, like B12-3; ghg trace shows them")
    if reversals:
        raise Refused(
            f"{name} is itself a reversal", "a reversal is taken back by entering the row again, with ghg upload"
        )
    s.run(
        f"create or replace temp table reversed as select a.*, row_number() over (order by a.seq) as new_seq "
        f"from activity a where {condition} and not exists (select 1 from activity r "
        "where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)"
    )
    count = int(s.one("select count(*) from reversed")[0])
    if not count:
        raise Refused(f"{name} is reversed already", "nothing is left to reverse")
    return count


def record_reversal(writing: Writing, count: int) -> None:
    """Put the reversals of `reversed` into the batch: activities first; slices and allocations follow later."""
    kept = ", ".join(f'"{name}"' for name in _KEPT)
    writing.reserve(count)
    writing.insert_numbered(
        Activity,
        f"select new_seq as seq, {kept}, case when quantity_text like '-%' then substr(quantity_text, 2) "
        "else '-' || quantity_text end as quantity_text, -quantity as quantity, "
        "batch_no as reverses_batch, seq as reverses_seq from reversed",
    )


def record_reversed_parts(writing: Writing) -> None:
    """Reverse the slices of what was reversed, and take back the instruments of the groups it stood in."""
    s = writing.s
    writing.insert(
        ActivitySlice,
        f"select {writing.batch_no} as activity_batch, r.new_seq as activity_seq, c.key_no, c.month, c.days_in, "
        "c.days_of, -c.quantity as quantity from activity_slice c "
        "join reversed r on c.activity_batch = r.batch_no and c.activity_seq = r.seq",
        "activity_seq, month",
    )
    s.run(
        "create or replace temp table touched as select distinct legal_entity_id, facility_id, month, key_no from ("
        "select legal_entity_id, facility_id, month, key_no from reversed where month is not null union all "
        "select r.legal_entity_id, r.facility_id, c.month, c.key_no from activity_slice c "
        "join reversed r on c.activity_batch = r.batch_no and c.activity_seq = r.seq)"
    )
    writing.insert(Allocation, taken_back_sql("touched"), "month, facility_id, key_no, instrument_id, quantity")


def taken_back_sql(groups: str) -> str:
    """SQL: the reversals of every allocation that still stands in the groups of a table."""
    return (
        "select a.legal_entity_id, a.facility_id, a.month, a.key_no, a.instrument_id, "
        "sum(a.sign * a.quantity)::decimal(18,6) as quantity, sum(a.sign * a.kwh)::decimal(18,6) as kwh, -1 as sign "
        f"from allocation a join {groups} g on g.month = a.month and g.key_no = a.key_no "
        "and g.facility_id is not distinct from a.facility_id "
        "and g.legal_entity_id is not distinct from a.legal_entity_id "
        "group by all having sum(a.sign * a.quantity) <> 0"
    )
