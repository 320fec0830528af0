"""Runs, readings and machines in a trace: of an activity the records behind it, of a record what became of it."""

from __future__ import annotations

from typing import Any

from ledger.plain import plain_amount
from ledger.store import Session

SHOWN = 10

_BEHIND = """
select d.record_table, 'B' || d.record_batch || '-' || d.record_seq as entry,
       coalesce(r.run_id, m.source, h.asset_id) as name,
       coalesce(r.source_line, m.source_line, h.source_line) as line, coalesce(r.sheet, m.sheet, h.sheet) as sheet,
       b.source_name,
       count(*) over () as n
from ai_decision d
left join ai_run r on d.record_table = 'ai_run' and r.batch_no = d.record_batch and r.seq = d.record_seq
left join measurement m on d.record_table = 'measurement' and m.batch_no = d.record_batch and m.seq = d.record_seq
left join hardware_asset h
  on d.record_table = 'hardware_asset' and h.batch_no = d.record_batch and h.seq = d.record_seq
join batch b on b.batch_no = d.record_batch
where d.decision = 'posted' and d.activity_batch = ? and d.activity_seq = ?
order by d.record_table, d.record_batch, d.record_seq limit ?
"""

_FATE = """
select decision, reason, energy_kwh, 'B' || activity_batch || '-' || activity_seq,
       'B' || by_batch || '-' || by_seq
from ai_decision where record_table = ? and record_batch = ? and record_seq = ?
order by batch_no desc, seq desc limit 1
"""


def computing_facts(s: Session, table: str, batch_no: int, seq: int) -> dict[str, Any]:
    """The records behind an activity, or what became of a record; nothing for other entries."""
    if table == "activity":
        return _records_behind(s, batch_no, seq)
    if table not in ("ai_run", "measurement", "hardware_asset"):
        return {}
    facts: dict[str, Any] = {}
    for decision, reason, kwh, activity, by in s.rows(_FATE, [table, batch_no, seq]):
        facts = {"decision": decision, "decision_reason": reason}
        told = {"counted_kwh": None if kwh is None else plain_amount(kwh), "activity": activity, "in_its_place": by}
        facts |= {name: value for name, value in told.items() if value is not None}
    return facts


def _records_behind(s: Session, batch_no: int, seq: int) -> dict[str, Any]:
    rows = s.rows(_BEHIND, [batch_no, seq, SHOWN])
    if not rows:
        return {}
    told = [
        f"{entry} ({table} {name}: {file}{f', sheet {sheet}' if sheet else ''}, line {line})"
        for table, entry, name, line, sheet, file, _ in rows
    ]
    more = rows[0][-1] - len(rows)
    return {"records": told + ([f"and {more} more"] if more > 0 else [])}
