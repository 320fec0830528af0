-- unit_fate: what becomes of each unit: posted, a breakdown of what the book holds, or evidence beside its meter or parts.
-- in:  unit_energy, wanted, unit_cover, dropped, posted_unit (the activity that stands for each posted unit)
-- out: unit_fate
create or replace temp table unit_fate as
select u.unit_key, u.source, u.rank,
       case when w.unit_key is not null then 'posted' when c.unit_key is not null then 'breakdown'
            else 'evidence' end as decision,
       case when w.unit_key is not null then case when w.is_rest then 'rest_of_meter' else 'counts' end
            when c.held.kind = 'bill' then 'bill_in_book' when c.held.kind = 'statement' then 'statement_in_book'
            when d.unit_key is not null then 'parts_exceed_meter' else 'parts_make_up_meter' end as reason_code,
       c.held as held, d.by_unit, coalesce(w.kwh, u.kwh) as kwh, p.batch_no as activity_batch, p.seq as activity_seq
from unit_energy u
left join wanted w using (unit_key)
left join unit_cover c using (unit_key)
left join dropped d using (unit_key)
left join posted_unit p using (unit_key)
