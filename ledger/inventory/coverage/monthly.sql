-- monthly: what came in each month of a facility or meter and type, in the base unit of its dimension, without
-- estimates; rows over several months by their slices. It serves comparisons alone; no figure is made from it.
-- in:  standing_sum, longer, unit_base (unit, dimension, base_unit, to_base), $from, $to (first days of months)
-- out: monthly
create or replace temp table monthly as
with part as (
    select facility_id, meter_id, activity_type, unit_given, month, quantity, n, largest, entry
    from standing_sum where month between $from and $to and not is_estimated
    union all
    select s.facility_id, s.meter_id, s.activity_type, s.unit_given, c.month, c.quantity, 1, c.quantity,
           (s.batch_no << 32) + s.seq
    from longer s join activity_slice c on c.activity_batch = s.batch_no and c.activity_seq = s.seq
    where c.month between $from and $to and not s.is_estimated
),
based as (  -- beyond a million million of a unit its whole part serves: the product has to fit 38 digits
    select p.*, u.dimension, u.base_unit, u.to_base,
           case when abs(p.quantity) < 1000000000000 then (p.quantity::decimal(18,6) * u.to_base)::decimal(38,15)
                else (trunc(p.quantity)::decimal(18,0) * u.to_base)::decimal(38,15) end as amount
    from part p join unit_base u on u.unit = p.unit_given
    where p.facility_id is not null
)
select facility_id, meter_id, activity_type, dimension, any_value(base_unit) as base_unit, month,
       sum(amount)::decimal(24,6) as amount, sum(n)::bigint as rows_n,
       case when count(distinct unit_given) = 1 then any_value(unit_given) end as unit_given,
       arg_min(concat('B', entry >> 32, '-', entry & 4294967295), (-largest * to_base, entry)) as entry
from based
group by facility_id, meter_id, activity_type, dimension, month
