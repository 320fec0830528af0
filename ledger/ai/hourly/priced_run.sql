-- priced_run: for each run and basis the energy of the hours that have a value in its zone, with the sum of energy times
-- intensity, and the hours with energy that have none.
-- in:  counted_run, energy_hour, zone_of_run (unit_key, zone), zone_hour
-- out: priced_run; energy in millionths of a kWh, its products with gram_seconds exact
create or replace temp table priced_run as
with basis as (select distinct signal_basis from zone_hour join (select distinct zone from zone_of_run) using (zone)),
used as (select * from energy_hour where kwh_m <> 0)
select u.unit_key, b.signal_basis, count(*) as hours, coalesce(sum(u.kwh_m) filter (v.hour is not null), 0)::hugeint as priced_m,
       (sum(u.kwh_m::decimal(17,0) * v.gram_seconds::decimal(20,9)))::decimal(38,9) as gram_products,
       count(*) filter (v.hour is null) as hours_without,
       count(*) filter (v.is_estimated) as hours_estimated, string_agg(distinct v.source, '; ' order by v.source) as sources
from used u cross join basis b
left join zone_of_run z using (unit_key)
left join zone_hour v on v.zone = z.zone and v.signal_basis = b.signal_basis and v.hour = u.hour
group by all
