-- part_month: the energy of postings by month, as their activities will be sliced: by days, half away from zero at six
-- decimals, the last month taking the remainder.
-- in:  wanted
-- out: part_month (unit_key, month, cluster, account, facility_id, kwh)
create or replace temp table part_month as
with cut as (
    select unit_key, cluster, account_key, facility_id, kwh, period_start, period_end,
           unnest(generate_series(date_trunc('month', period_start)::date, date_trunc('month', period_end)::date, interval 1 month))::date as month,
           replace((kwh)::decimal(38,6)::varchar, '.', '')::hugeint as millionths
    from wanted
),
dated as (
    select *, (least(period_end, last_day(month)) - greatest(period_start, month) + 1)::integer as days_in,
           (period_end - period_start + 1)::integer as days_of, month = date_trunc('month', period_end)::date as is_last
    from cut
),
rounded as (select *, (2::hugeint * millionths * days_in + days_of) // (2::hugeint * days_of) as part from dated)
select unit_key, month, cluster, account_key, facility_id,
       (case when is_last then millionths - coalesce(sum(part) filter (where not is_last) over (partition by unit_key), 0)
             else part end::decimal(38,0) * 0.000001::decimal(7,6))::decimal(18,6) as kwh
from rounded
