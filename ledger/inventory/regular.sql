-- regular: what came regularly before: facilities and meters whose rows leave at most a quarter of the months between
-- the first and the last of them open. How often follows from the usual length of a row. What is expected already is
-- left out.
-- in:  standing (of all days), $size
-- out: regular
create or replace temp table regular as
with seen as (
    select distinct facility_id, meter_id, activity_type, period_start, period_end from standing
    where (facility_id is not null or meter_id is not null) and not is_estimated
),
touched as (
    select facility_id, meter_id, activity_type, count(distinct month) as months
    from (select *, unnest(generate_series(date_trunc('month', period_start)::date, period_end, interval 1 month)) as month
          from seen)
    group by all
),
subject as (
    select facility_id, meter_id, activity_type, min(period_start) as first_day, max(period_end) as last_day,
           count(*) as spans, median(period_end - period_start + 1) as usual_days
    from seen group by all
),
known as (select distinct facility_id, meter_id, activity_type from expectation where batch_no <= $size)
select s.facility_id, s.meter_id, s.activity_type,
       case when s.usual_days > 300 then 'yearly' when s.usual_days > 45 then 'quarterly' else 'monthly' end as frequency,
       s.first_day, s.last_day, s.spans, t.months
from subject s
join touched t on t.facility_id is not distinct from s.facility_id and t.meter_id is not distinct from s.meter_id
     and t.activity_type = s.activity_type
where s.spans >= 2 and t.months >= 3
  and 4 * t.months >= 3 * (date_diff('month', s.first_day, s.last_day) + 1)
  and not exists (select 1 from known k where k.activity_type = s.activity_type
                  and k.facility_id is not distinct from s.facility_id and k.meter_id is not distinct from s.meter_id)
