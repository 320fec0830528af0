-- effect_row: what each key of the open months comes to on each line, now and if the planned choices stood.
-- in:  live, stale, fresh, allocation_change (the plan of a recalculation), closed_month, $first, $last
-- out: effect_row; side is 'now' or 'then'
create or replace temp table effect_row as
with held as (
    select month, legal_entity_id, key_no, instrument_id, allocated, sum(quantity)::decimal(38,6) as quantity,
           sum(n)::bigint as n
    from period_total where month between $first and $last group by all
),
moved as (  -- what instruments would cover more or less than they do
    select month, legal_entity_id, key_no, instrument_id, true as allocated, sign * quantity as quantity, 0 as n
    from allocation_change where month between $first and $last
    union all
    select month, legal_entity_id, key_no, null, true, -sign * quantity, 0
    from allocation_change where month between $first and $last
),
sided as (
    select 'now' as side, * from held
    union all select 'then', * from held
    union all select 'then', * from moved
),
open_months as (
    select s.* from sided s
    anti join closed_month c on c.month = s.month and c.legal_entity_id is not distinct from s.legal_entity_id
),
standing as (
    select 'now' as side, * from live
    union all by name select 'then' as side, l.* from live l anti join stale t using (batch_no, seq)
    union all by name select 'then' as side, * from fresh
)
select o.side, o.month, o.key_no, c.book, c.method, c.line, c.scope, c.scope3_category, c.instrument_id, c.factor_id,
       c.reason_code, c.total_co2e_kg_per_unit is null as is_null, sum(o.n)::bigint as n,
       sum((o.quantity * c.total_co2e_kg_per_unit::decimal(20,12))::decimal(38,18)) as kg
from open_months o
join standing c on c.side = o.side and c.key_no = o.key_no and c.instrument_id is not distinct from o.instrument_id
     and (not o.allocated or (c.method = 'market' and c.line = 'energy'))
group by all
