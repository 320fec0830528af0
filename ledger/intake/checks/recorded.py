"""Warnings that need the ledger: the same bill in two files, corrected or cut otherwise; money unconverted."""

from __future__ import annotations

from ledger.intake.faults import Faults
from ledger.plain import plain_amount
from ledger.store import Session

# Whatever makes a bill: place, type, days, amount, and the papers' own numbers. Reversed entries do not count.
_SAME = """
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

_STANDING = """
    a.reverses_batch is null
    and not exists (select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)
"""

# The same invoice of the same supplier for the same place, type and days, with another amount.
_INVOICE = f"""
with told as (
    select t.sheet, t.source_line, t.invoice_id, a.batch_no, a.seq, a.source_line as held_line, a.quantity, a.unit_given
    from stage t
    join activity a on a.invoice_id = t.invoice_id and a.activity_type = t.activity_type
     and a.supplier is not distinct from t.supplier and a.facility_id is not distinct from t.facility_id
     and a.period_start <= t.period_end and a.period_end >= t.period_start
     and (a.quantity <> t.quantity or a.unit_given <> t.unit_given)
    left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
    where {_STANDING} and (d.meter_id is null or t.meter_id is null or d.meter_id = t.meter_id)
    qualify row_number() over (partition by t.seq order by a.batch_no, a.seq) = 1
)
select t.sheet, t.source_line, t.invoice_id, 'B' || t.batch_no || '-' || t.seq,
       coalesce(b.source_name, 'batch ' || t.batch_no) || ', line ' || t.held_line, t.quantity, t.unit_given
from told t join batch b using (batch_no) order by t.sheet, t.source_line
"""

# Meters whose days, from the first to the last, meet those that the ledger has: of the next month's bills it is none.
_NEAR_METERS = """
create or replace temp table near_meter as
with incoming as (
    select meter_id, activity_type, min(period_start) as first_day, max(period_end) as last_day from stage
    where meter_id is not null and start_utc is null group by all
),
past as (
    select d.meter_id, a.activity_type, min(a.period_start) as first_day, max(a.period_end) as last_day
    from activity_detail d join activity a on a.batch_no = d.activity_batch and a.seq = d.activity_seq
    where d.meter_id is not null and d.start_utc is null group by all
)
select i.* from incoming i join past p using (meter_id, activity_type)
where i.first_day <= p.last_day and i.last_day >= p.first_day
"""

# For each row the earlier row of its meter that ends last among those that begin no later than it ends: it overlaps
# exactly where any does. Rows that equal an earlier one in all are told as such, rows by the hour share their days.
_METER = f"""
with past as (
    select d.meter_id, a.activity_type, coalesce(d.direction, 'consumed') as direction, a.period_start, a.period_end,
           a.batch_no, a.seq, a.source_line, a.quantity, a.unit_given
    from activity_detail d
    join near_meter w on w.meter_id = d.meter_id
    join activity a on a.batch_no = d.activity_batch and a.seq = d.activity_seq and a.activity_type = w.activity_type
     and a.period_start <= w.last_day and a.period_end >= w.first_day
    where {_STANDING} and d.start_utc is null and a.data_basis not in ('estimated', 'proxy')
),
reaching as (
    select meter_id, activity_type, direction, period_start,
           max({{'period_end': period_end, 'first_day': period_start, 'batch_no': batch_no, 'seq': seq,
                 'source_line': source_line, 'quantity': quantity, 'unit_given': unit_given}}) as furthest
    from past group by all
),
before as (
    select * exclude (furthest), max(furthest) over (
        partition by meter_id, activity_type, direction order by period_start
        rows between unbounded preceding and current row) as furthest
    from reaching
),
incoming as (
    select *, coalesce(direction, 'consumed') as way from stage
    where (meter_id, activity_type) in (select meter_id, activity_type from near_meter) and start_utc is null
      and data_basis not in ('estimated', 'proxy')
),
told as (
    select t.sheet, t.source_line, t.meter_id, t.period_start, t.period_end, t.quantity, p.furthest as f
    from incoming t
    asof join before p on p.meter_id = t.meter_id and p.activity_type = t.activity_type and p.direction = t.way
     and t.period_end >= p.period_start
)
select t.sheet, t.source_line, t.meter_id, 'B' || f.batch_no || '-' || f.seq,
       coalesce(b.source_name, 'batch ' || f.batch_no) || ', line ' || f.source_line, f.quantity, f.unit_given,
       f.first_day, f.period_end
from told t join batch b on b.batch_no = f.batch_no
where f.period_end >= t.period_start
  and not (f.first_day = t.period_start and f.period_end = t.period_end and f.quantity = t.quantity)
order by t.sheet, t.source_line
"""

# An estimate of the same place, type and meter on days for which data come now.
_ESTIMATE = f"""
with guess as (
    select a.*, d.meter_id from activity a
    left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
    where a.data_basis in ('estimated', 'proxy') and a.kind = 'quantity' and {_STANDING}
      and (a.facility_id is not null or d.meter_id is not null)
)
select t.sheet, t.source_line, 'B' || a.batch_no || '-' || a.seq, a.quantity, a.unit_given, a.period_start, a.period_end
from stage t
join guess a on a.activity_type = t.activity_type and a.facility_id is not distinct from t.facility_id
 and (a.meter_id is null or t.meter_id is null or a.meter_id = t.meter_id)
 and a.period_start <= t.period_end and a.period_end >= t.period_start
where t.data_basis not in ('estimated', 'proxy')
qualify row_number() over (partition by a.batch_no, a.seq order by t.seq) = 1
order by t.sheet, t.source_line
"""


def note_rows_recorded_before(s: Session, faults: Faults) -> None:
    """Add a warning for each row of view `stage` that a standing entry of an earlier upload equals or contradicts."""
    if not s.rows("select 1 from activity limit 1"):
        return
    for sheet, line, value, entry in s.rows(f"{_SAME} limit {faults.limit + 1}"):
        faults.add("row-recorded-before", sheet=sheet, line=line, value=value, entry=entry)
    _note_invoices(s, faults)
    _note_meters(s, faults)
    for sheet, line, entry, quantity, unit, first, last in s.rows(f"{_ESTIMATE} limit {faults.limit + 1}"):
        faults.add("estimate-replaced", sheet=sheet, line=line, entry=entry, held=f"{plain_amount(quantity)} {unit}",
                   first=first, last=last)  # fmt: skip


def _note_invoices(s: Session, faults: Faults) -> None:
    if not s.one("select count(invoice_id) from stage")[0]:
        return
    for sheet, line, invoice, entry, place, quantity, unit in s.rows(f"{_INVOICE} limit {faults.limit + 1}"):
        faults.add("invoice-recorded-before", sheet=sheet, line=line, column="invoice_id", value=invoice,
                   invoice=invoice, entry=entry, place=place, held=f"{plain_amount(quantity)} {unit}")  # fmt: skip


def _note_meters(s: Session, faults: Faults) -> None:
    if not s.one("select count(meter_id) from stage")[0]:
        return
    s.run(_NEAR_METERS)
    if not s.one("select count(*) from near_meter")[0]:
        return
    for sheet, line, meter, entry, place, quantity, unit, first, last in s.rows(f"{_METER} limit {faults.limit + 1}"):
        held = f"{plain_amount(quantity)} {unit}"
        faults.add("meter-recorded-before", sheet=sheet, line=line, column="meter_id", value=meter, meter=meter,
                   entry=entry, place=place, held=held, first=first, last=last)  # fmt: skip


_UNCONVERTED = """
with lacking as (
    select key_no, any_value(reason_code) as reason from choice
    where reason_code in ('no_exchange_rate', 'no_price_index') group by key_no having sum(sign) > 0
),
keyed as (
    select seq, key_no from activity where batch_no = $batch and key_no in (select key_no from lacking)
    union select activity_seq, key_no from activity_slice
    where activity_batch = $batch and key_no in (select key_no from lacking)
)
select a.sheet, a.source_line, a.unit_given, min(coalesce(k.price_year, year(k.month))) as year, min(l.reason)
from keyed d join lacking l using (key_no) join choice_key k using (key_no)
join activity a on a.batch_no = $batch and a.seq = d.seq
group by all order by a.sheet, a.source_line
"""


def note_rows_not_converted(s: Session, batch_no: int, faults: Faults) -> None:
    """Add a warning for each row of a batch whose money has no exchange rate or price index to the factor's."""
    for sheet, line, currency, year, reason in s.rows(f"{_UNCONVERTED} limit {faults.limit + 1}", {"batch": batch_no}):
        what = "exchange rate" if reason == "no_exchange_rate" else "price index"
        faults.add("spend-not-converted", sheet=sheet, line=line, column="spend", value=currency, what=what, year=year)
