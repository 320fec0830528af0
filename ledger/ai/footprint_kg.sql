-- footprint_kg: what each activity behind the runs emits by line and method, as the choices stood at a size, and the kWh
-- of the whole activity: a run that is posted is all of it, one that a bill holds a part by its kWh.
-- in:  footprint_run, $size
-- out: footprint_kg (activity_batch, activity_seq, part, kg, is_null, whole_kwh); kg is the exact product
create or replace temp table footprint_kg as
with behind as (select distinct activity_batch, activity_seq from footprint_run where activity_batch is not null),
amount as (
    select b.activity_batch, b.activity_seq, a.key_no, a.quantity, a.unit_given from behind b
    join activity a on a.batch_no = b.activity_batch and a.seq = b.activity_seq where a.key_no is not null
    union all
    select b.activity_batch, b.activity_seq, c.key_no, c.quantity, a.unit_given from behind b
    join activity a on a.batch_no = b.activity_batch and a.seq = b.activity_seq
    join activity_slice c on c.activity_batch = a.batch_no and c.activity_seq = a.seq
),
kwh as (
    select activity_batch, activity_seq, sum(quantity)::decimal(38,6) as quantity, any_value(unit_given) as unit_given
    from amount group by all
)
select m.activity_batch, m.activity_seq,
       case when c.line = 'energy' and c.method = 'market' then 'market' when c.line = 'energy' then c.method else 'upstream' end as part,
       sum((c.sign * m.quantity * c.total_co2e_kg_per_unit::decimal(20,12))::decimal(38,18)) as kg,
       sum(c.sign) filter (where c.total_co2e_kg_per_unit is null and c.line = 'energy') > 0 as is_null,
       any_value(k.quantity) as whole, any_value(k.unit_given) as unit_given
from amount m
join choice c on c.key_no = m.key_no and c.instrument_id is null and c.book = 'inventory' and c.batch_no <= $size
join kwh k using (activity_batch, activity_seq)
group by all
