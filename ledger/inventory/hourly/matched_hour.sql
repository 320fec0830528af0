-- matched_hour: consumption matched hour by hour, facility by facility; nothing is carried from one hour to another.
-- What belongs to a facility is matched there first; the rest of a market's generation is matched to what its facilities
-- have left, pro rata by kWh (rounded down to a millionth, the last taking the rest).
-- in:  facility_hour (facility_id, market, zone, hour, micro), supply_hour (instrument_id, facility_id, market, hour, micro)
-- out: matched_hour (facility_id, market, zone, hour, micro, matched)
create or replace temp table matched_hour as
with own as (
    select facility_id, hour, sum(micro)::hugeint as supply from supply_hour where facility_id is not null group by all
),
first_matched as (
    select f.*, least(f.micro, coalesce(o.supply, 0))::hugeint as own_matched
    from facility_hour f left join own o using (facility_id, hour)
),
pool as (
    select market, hour, sum(micro)::hugeint as supply from supply_hour where facility_id is null group by all
),
left_over as (
    select m.*, m.micro - m.own_matched as rest, coalesce(p.supply, 0)::hugeint as supply,
           (sum(m.micro - m.own_matched) over (partition by m.market, m.hour))::hugeint as total_rest,
           row_number() over (partition by m.market, m.hour order by m.facility_id desc) = 1 as is_last
    from first_matched m left join pool p on p.market = m.market and p.hour = m.hour
),
shared as (
    select *, least(supply, total_rest) as available,
           case when total_rest = 0 then 0 when supply >= total_rest then rest
                else supply * rest // total_rest end::hugeint as part
    from left_over
)
select facility_id, market, zone, hour, micro,
       own_matched + (case when is_last then available - (sum(case when is_last then 0 else part end) over (
           partition by market, hour))::hugeint else part end) as matched
from shared
