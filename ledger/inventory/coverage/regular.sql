-- regular: what came regularly before: facilities and meters whose rows leave at most a quarter of the months between
-- the first and the last of them open. How often follows from the usual length of a row. What is expected already is
-- left out. Rows without a meter and rows of one meter at the same facility and type are one series, told without a
-- meter, where no day lies in both (bills touch by a day): the meter got its name between them. Where several meters
-- take the place of rows without one, or the other way round, those before end (`last_expected`) where the next begin.
-- in:  standing_sum, $size
-- out: regular
create or replace temp table regular as
with seen as (
    select distinct facility_id, meter_id, activity_type, period_start, period_end from standing_sum
    where (facility_id is not null or meter_id is not null) and not is_estimated
),
beside as (
    select *, case when meter_id is null then max(period_end) filter (where meter_id is not null) over ahead
                   else max(period_end) filter (where meter_id is null) over ahead end as other_end
    from seen where facility_id is not null
    window ahead as (partition by facility_id, activity_type order by period_start)
),
apart as (
    select facility_id, activity_type, count(distinct meter_id) as meters,
           min(period_start) filter (where meter_id is null) as bare_from,
           min(period_start) filter (where meter_id is not null) as metered_from
    from beside group by all
    having count(*) filter (where meter_id is null) > 0 and count(distinct meter_id) > 0
       and not bool_or(coalesce(other_end > period_start or (other_end = period_start and period_end = period_start),
                                false))
),
named as (
    select s.facility_id, case when a.meters = 1 then null else s.meter_id end as meter_id, s.meter_id as own_meter,
           s.activity_type, s.period_start, s.period_end,
           case when a.meters > 1 then case when s.meter_id is null then a.metered_from else a.bare_from end
                end as other_from
    from seen s left join apart a on a.facility_id = s.facility_id and a.activity_type = s.activity_type
),
touched as (
    select facility_id, meter_id, activity_type, count(distinct month) as months
    from (select *, unnest(generate_series(date_trunc('month', period_start)::date, period_end, interval 1 month)) as month
          from named)
    group by all
),
subject as (
    select facility_id, meter_id, activity_type, min(period_start) as first_day, max(period_end) as last_day,
           count(*) as spans, median(period_end - period_start + 1) as usual_days, any_value(other_from) as other_from
    from named group by all
),
known as (
    select facility_id, meter_id, activity_type from expectation where batch_no <= $size
    union
    select n.facility_id, n.meter_id, n.activity_type
    from named n join expectation e on e.activity_type = n.activity_type and e.meter_id = n.own_meter
    where n.meter_id is null and coalesce(e.facility_id, n.facility_id) = n.facility_id and e.batch_no <= $size
)
select s.facility_id, s.meter_id, s.activity_type,
       case when s.usual_days > 300 then 'yearly' when s.usual_days > 45 then 'quarterly' else 'monthly' end as frequency,
       s.first_day, s.last_day, s.spans, t.months,
       case when s.other_from >= s.last_day then greatest(s.other_from - 1, s.last_day) end as last_expected
from subject s
join touched t on t.facility_id is not distinct from s.facility_id and t.meter_id is not distinct from s.meter_id
     and t.activity_type = s.activity_type
where s.spans >= 2 and t.months >= 3
  and 4 * t.months >= 3 * (date_diff('month', s.first_day, s.last_day) + 1)
  and not exists (select 1 from known k where k.activity_type = s.activity_type
                  and k.facility_id is not distinct from s.facility_id and k.meter_id is not distinct from s.meter_id)
