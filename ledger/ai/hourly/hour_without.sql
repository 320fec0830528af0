-- hour_without: the hours in which runs used energy and their zone has no value, as spans of hours that follow one another.
-- in:  energy_hour, zone_of_run, zone_hour
-- out: hour_without (zone, signal_basis, start_utc, end_utc, hours, micro: millionths of a kWh)
create or replace temp table hour_without as
with basis as (select distinct signal_basis from zone_hour join (select distinct zone from zone_of_run) using (zone)),
lacking as (
    select z.zone, b.signal_basis, u.hour, sum(u.kwh_m)::hugeint as micro
    from energy_hour u cross join basis b left join zone_of_run z using (unit_key)
    where u.kwh_m <> 0 and not exists (
        select 1 from zone_hour v where v.zone = z.zone and v.signal_basis = b.signal_basis and v.hour = u.hour)
    group by all
),
numbered as (
    select *, hour - interval 1 hour * row_number() over (partition by zone, signal_basis order by hour) as span from lacking
)
select zone, signal_basis, min(hour) as start_utc, max(hour) + interval 1 hour as end_utc, count(*) as hours,
       sum(micro)::hugeint as micro
from numbered group by zone, signal_basis, span
