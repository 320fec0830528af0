-- standing_sum: the rows of `standing` of all days, summed: those that say the same of place, type, meter, supplier and
-- days are one row here, with their number and quantity. Ten million rows are some thousands, and what is asked of
-- coverage is asked of these. An entry is one number, batch x 2^32 + place, so that the first and the largest are told.
-- in:  longer (the standing rows over several months, which have no key), $size
-- out: standing_sum (month is null of rows over several months; first_entries are the first four)
create or replace temp table standing_sum as
with reversed as (
    select distinct reverses_batch, reverses_seq from activity where reverses_batch is not null and batch_no <= $size
),
detail as materialized (  -- what few rows say
    select activity_batch, activity_seq, meter_id, direction, start_utc is not null as is_by_the_hour
    from activity_detail where meter_id is not null or start_utc is not null or direction <> 'consumed'
),
keyed as (
    select a.key_no, a.facility_id, a.supplier, d.meter_id, coalesce(d.direction, 'consumed') as direction,
           coalesce(d.is_by_the_hour, false) as is_by_the_hour, a.period_start, a.period_end,
           a.data_basis in ('estimated', 'proxy') as is_estimated, count(*) as n,
           sum(a.quantity)::decimal(38,6) as quantity, max(a.quantity) as largest,
           arg_max((a.batch_no << 32) + a.seq, a.quantity) as entry,
           min((a.batch_no << 32) + a.seq, 4) as first_entries
    from activity a
    left join detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
    anti join reversed r on r.reverses_batch = a.batch_no and r.reverses_seq = a.seq
    where a.batch_no <= $size and a.reverses_batch is null and a.key_no is not null
    group by all
)
select c.* exclude (key_no), case k.activity_type when 'cloud_services_accrued' then 'cloud_services_stated'
                                  else k.activity_type end as activity_type, k.unit_given, k.month
from keyed c join choice_key k on k.key_no = c.key_no
where (k.kind in ('quantity', 'derived') or k.activity_type in ('cloud_services_stated', 'cloud_services_accrued'))
  and c.direction in ('consumed', 'generated')
union all by name
select facility_id, activity_type, supplier, meter_id, direction, period_start, period_end, unit_given, is_estimated,
       is_by_the_hour, null::date as month, count(*) as n, sum(quantity)::decimal(38,6) as quantity,
       max(quantity) as largest, arg_max((batch_no << 32) + seq, quantity) as entry,
       min((batch_no << 32) + seq, 4) as first_entries
from longer group by all
