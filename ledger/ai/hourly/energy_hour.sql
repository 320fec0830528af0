-- energy_hour: energy by the hour (UTC), in millionths of a kWh. What was read over several hours is spread by time, what
-- was not read evenly over all of it; the last hour takes the remainder, so that hours sum to the energy exactly.
-- in:  energy_piece (unit_key, is_meter, kwh_m, machines, start_utc, end_utc, weight: millionths of a Wh that a reading
--      gives, null where there is none)
-- out: energy_hour (unit_key, is_meter, hour, kwh_m, reserved_us: accelerators held x microseconds of the hour)
create or replace temp table energy_hour as
with piece as (
    select *, greatest(epoch_us(end_utc) - epoch_us(start_utc), 1)::hugeint as whole_us from energy_piece
),
hour as (
    select *, unnest(generate_series(date_trunc('hour', start_utc),
                                     greatest(end_utc - interval 1 microsecond, start_utc), interval 1 hour)) as hour
    from piece
),
timed as (
    select *, greatest(epoch_us(least(end_utc, hour + interval 1 hour)) - epoch_us(greatest(start_utc, hour)), 1)::hugeint as us
    from hour
),
summed as (
    select unit_key, is_meter, kwh_m, hour, sum(coalesce(weight, whole_us) * us // whole_us)::hugeint as weight,
           max(us::bigint * machines) as reserved_us
    from timed group by all
),
spread as (
    select *, kwh_m * weight // nullif(sum(weight) over (partition by unit_key), 0)::hugeint as part_m,
           row_number() over (partition by unit_key order by hour desc) = 1 as is_last
    from summed
)
select unit_key, is_meter, hour, reserved_us,
       case when is_last then kwh_m - coalesce(sum(part_m) filter (where not is_last) over (partition by unit_key), 0)
            else coalesce(part_m, 0) end::hugeint as kwh_m
from spread
