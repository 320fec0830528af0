-- covered: each expected span cut at the ends of months and of rows; on all days of a piece the same number of rows
-- lies, counted apart where their quantity is an estimate. The pieces of a span are its days, each once.
-- in:  expected, matched
-- out: covered
create or replace temp table covered as
with seen as (
    select distinct subject_no, greatest(period_start, first_day) as first_day, least(period_end, last_day) as last_day,
           is_estimated
    from matched
),
edge as (
    select subject_no, first_day as day, count(*) filter (where not is_estimated) as own,
           count(*) filter (where is_estimated) as estimated
    from seen group by all
    union all
    select subject_no, last_day + 1, -count(*) filter (where not is_estimated), -count(*) filter (where is_estimated)
    from seen group by all
    union all
    select subject_no, greatest(month::date, first_day), 0, 0
    from (select *, unnest(generate_series(date_trunc('month', first_day)::date, last_day, interval 1 month)) as month
          from expected)
    union all
    select subject_no, last_day + 1, 0, 0 from expected
),
summed as (
    select subject_no, day, sum(own)::bigint as own, sum(estimated)::bigint as estimated from edge group by all
),
piece as (
    select subject_no, day as first_day, lead(day) over ahead - 1 as last_day, sum(own) over ahead as own,
           sum(estimated) over ahead as estimated
    from summed
    window ahead as (partition by subject_no order by day)
)
select subject_no, date_trunc('month', first_day)::date as month, first_day, last_day,
       (last_day - first_day + 1)::integer as days, own > 0 as is_own, own = 0 and estimated > 0 as is_estimated
from piece where last_day is not null
