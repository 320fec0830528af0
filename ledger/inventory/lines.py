"""Posting lines: one row for each posting of a period, with everything a reader needs to recompute it."""

from __future__ import annotations

from ledger.inventory.compile import checked_size
from ledger.inventory.period import Period
from ledger.store import Arrow, Session
from ledger.store.schema import product_sql

_LINES = f"""
with event as (
    select * from period_event
    where event in ('closed', 'restated') and batch_no <= $size and view in ($view, 'all')
),
q as (
    select r.*, coalesce((select max(coalesce(e.pin_batch, e.batch_no)) from event e
                          where r.month between e.period_start and e.period_end
                            and (e.legal_entity_id is null or e.legal_entity_id = r.legal_entity_id)), $size) as pin
    from quantity_row r where r.month between $first and $last
),
factor as (
    select * from emission_factor where factor_id in (select distinct factor_id from choice)
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
)
select case when q.activity_batch is null then null else 'B' || q.activity_batch || '-' || q.activity_seq end as entry,
       'B' || c.batch_no || '-' || c.seq as choice_entry,
       b.source_name as source_file, a.sheet, a.source_line, a.external_id, a.invoice_id,
       q.legal_entity_id, q.facility_id, q.month, a.period_start, a.period_end,
       k.activity_type, q.quantity, k.unit_given as unit, a.supplier, a.data_basis,
       c.book, c.method, c.line, c.scope, c.scope3_category, c.sub_line, c.source_type, c.iso_category,
       q.instrument_id, q.allocated, c.factor_id, f.dataset, f.licence, f.source_cell, c.reason_code, c.flags,
       c.gwp_set, c.sign,
       c.total_co2e_kg_per_unit as co2e_kg_per_unit,
       {product_sql("q.quantity", "c.total_co2e_kg_per_unit", "c.sign")} as total_co2e_kg,
       {product_sql("q.quantity", "c.energy_kwh_per_unit", "c.sign")} as energy_kwh, c.energy_source
from q
join choice c on c.key_no = q.key_no and c.instrument_id is not distinct from q.instrument_id
     and (not q.allocated or (c.method = 'market' and c.line = 'energy'))
     and (c.batch_no <= q.pin or (c.instrument_id is not null and c.batch_no <= $size))
join choice_key k on k.key_no = q.key_no
left join activity a on a.batch_no = q.activity_batch and a.seq = q.activity_seq
left join batch b on b.batch_no = q.activity_batch
left join factor f on f.factor_id = c.factor_id
where case when q.allocated or q.instrument_id is not null then q.quantity_batch <= $size
           else q.quantity_batch <= q.pin end
order by q.activity_batch nulls last, q.activity_seq, q.month, q.facility_id, q.key_no, q.instrument_id nulls first,
         c.batch_no, c.seq
"""


def posting_lines(s: Session, of: Period, view: str = "operational_control", at: int | None = None) -> Arrow:
    """An Arrow table, one row for each posting; `total_co2e_kg` = sign x quantity x `co2e_kg_per_unit`, exact.

    Their sums by book, scope and method are the figures of the inventory at the same size.
    """
    checkpoint = checked_size(s, view, at)
    bounds = {"first": of.months[0], "last": of.months[-1], "size": checkpoint.size, "view": view}
    return s.arrow(_LINES, bounds)
