-- stage_slice: rows longer than one calendar month, cut by days; exact whole-number division, half away from
-- zero at 6 decimals, and the last slice takes the remainder, so that the slices sum to the row.
-- in:  stage
-- out: stage_slice (seq, month, days_in, days_of, quantity)
create or replace temp table stage_slice as
with cut as (
    select seq, quantity, unnest(generate_series(date_trunc('month', period_start)::date,
                                                 date_trunc('month', period_end)::date, interval 1 month))::date as month,
           period_start, period_end
    from stage where month is null
),
dated as (
    select seq, month, quantity,
           (least(period_end, last_day(month)) - greatest(period_start, month) + 1)::integer as days_in,
           (period_end - period_start + 1)::integer as days_of,
           month = date_trunc('month', period_end)::date as is_last,
           replace(quantity::varchar, '.', '')::hugeint as millionths
    from cut
),
rounded as (
    select *, case when millionths < 0 then -1 else 1 end::hugeint
              * ((2::hugeint * abs(millionths) * days_in + days_of) // (2::hugeint * days_of)) as part
    from dated
)
select seq, month, days_in, days_of,
       ((case when is_last then millionths - coalesce(sum(part) filter (where not is_last) over (partition by seq), 0)
              else part end)::decimal(38,0) * 0.000001::decimal(7,6))::decimal(18,6) as quantity
from rounded
