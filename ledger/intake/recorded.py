"""Rows that the ledger seems to have already: the same bill in two files."""

from __future__ import annotations

from ledger.intake.faults import Faults
from ledger.store import Session

# Whatever makes a bill: place, type, days, amount, and the papers' own numbers. Reversed entries do not count.
_BEFORE = """
select t.sheet, t.source_line, t.quantity_text, min('B' || a.batch_no || '-' || a.seq) as entry
from stage t
join activity a
  on a.quantity = t.quantity and a.period_start = t.period_start and a.period_end = t.period_end
 and a.activity_type = t.activity_type and a.unit_given = t.unit_given
 and a.facility_id is not distinct from t.facility_id and a.legal_entity_id is not distinct from t.legal_entity_id
 and a.supplier is not distinct from t.supplier and a.invoice_id is not distinct from t.invoice_id
 and a.external_id is not distinct from t.external_id
where a.reverses_batch is null
  and not exists (select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
group by all order by t.sheet, t.source_line
"""


def note_rows_recorded_before(s: Session, faults: Faults) -> None:
    """Add a warning for each row of view `stage` that equals a standing entry of an earlier upload."""
    for sheet, line, value, entry in s.rows(f"{_BEFORE} limit {faults.limit + 1}"):
        faults.add("row-recorded-before", sheet=sheet, line=line, value=value, entry=entry)
