-- used_series: how much of each instrument's generation was matched, in the order of their ids within an hour; what is
-- above the consumption of its hour is surplus and stays so.
-- in:  matched_hour, supply_hour
-- out: used_series (instrument_id, generated, used)
create or replace temp table used_series as
with own as (
    select facility_id, hour, micro as demand from facility_hour
),
ranked as (
    select s.*, coalesce(sum(s.micro) over (partition by s.market, s.facility_id, s.hour order by s.instrument_id
                rows between unbounded preceding and 1 preceding), 0)::hugeint as before
    from supply_hour s
),
pool_demand as (  -- what a market's pool was matched with: all that was matched, less what facilities matched of their own
    select m.market, m.hour, (sum(m.matched) - sum(least(m.micro, coalesce(o.supply, 0))))::hugeint as demand
    from matched_hour m
    left join (select facility_id, hour, sum(micro)::hugeint as supply from supply_hour where facility_id is not null
               group by all) o using (facility_id, hour)
    group by all
)
select r.instrument_id, sum(r.micro)::hugeint as generated,
       sum(greatest(0, least(r.micro, coalesce(case when r.facility_id is null then p.demand else o.demand end, 0)
           - r.before)))::hugeint as used
from ranked r
left join own o on o.facility_id = r.facility_id and o.hour = r.hour
left join pool_demand p on r.facility_id is null and p.market = r.market and p.hour = r.hour
group by 1
