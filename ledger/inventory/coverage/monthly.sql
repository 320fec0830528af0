-- monthly: what came in each month of a facility or meter and type, in the base unit of its dimension, without
-- estimates; rows over several months by their slices. It serves comparisons alone; no figure is made from it.
-- in:  standing, unit_base (unit, dimension, base_unit, to_base), $from, $to (first days of months)
-- out: monthly
create or replace temp table monthly as
with part as (
    select batch_no, seq, month, quantity from activity where month between $from and $to
    union all
    select activity_batch, activity_seq, month, quantity from activity_slice where month between $from and $to
)
select s.facility_id, s.meter_id, s.activity_type, u.dimension, any_value(u.base_unit) as base_unit, p.month,
       sum((p.quantity * u.to_base)::decimal(38,15))::decimal(24,6) as amount, count(*) as rows_n,
       case when count(distinct s.unit_given) = 1 then any_value(s.unit_given) end as unit_given,
       max_by(concat('B', s.batch_no, '-', s.seq), p.quantity * u.to_base) as entry
from standing s
join part p on p.batch_no = s.batch_no and p.seq = s.seq
join unit_base u on u.unit = s.unit_given
where not s.is_estimated and s.facility_id is not null
group by s.facility_id, s.meter_id, s.activity_type, u.dimension, p.month
