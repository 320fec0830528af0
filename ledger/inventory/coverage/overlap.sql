-- overlap: spans of days that two rows of one meter cover, or, where no meter is named, two rows of one facility, type
-- and supplier. Without a meter only what flows through one line is looked at (`continuous`) and what is expected: a
-- second delivery of diesel on a day is no fault. Rows by the hour share their days and are left out.
-- in:  standing_sum, expected, continuous (activity_type), $first, $last (days)
-- out: overlap
create or replace temp table overlap as
with awaited as (select distinct facility_id, activity_type from expected where facility_id is not null),
row_of as (
    select meter_id, case when meter_id is null then facility_id end as facility_id, activity_type, direction,
           is_estimated, case when meter_id is null then supplier end as supplier, period_start, period_end, n
    from standing_sum
    where not is_by_the_hour and period_end >= $first and period_start <= $last
      and (meter_id is not null or (facility_id is not null and (activity_type in (from continuous)
           or (facility_id, activity_type) in (from awaited))))
),
edge as (
    select * exclude (period_start, period_end, n), period_start as day, sum(n) as rows_n from row_of group by all
    union all
    select * exclude (period_start, period_end, n), period_end + 1, -sum(n) from row_of group by all
),
summed as (select * exclude (rows_n), sum(rows_n)::bigint as rows_n from edge group by all),
piece as (
    select * exclude (rows_n, day), day as first_day, lead(day) over ahead - 1 as last_day,
           sum(rows_n) over ahead as rows_n
    from summed
    window ahead as (partition by meter_id, facility_id, activity_type, direction, is_estimated, supplier order by day)
)
select row_number() over (order by facility_id nulls last, meter_id, activity_type, supplier, first_day)::integer
           as overlap_no, *
from piece where rows_n > 1 and last_day is not null and first_day <= $last and last_day >= $first
