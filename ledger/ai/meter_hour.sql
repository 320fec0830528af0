-- meter_hour: what the meter of a cluster read, and what its runs used, by the hour; in millionths of a kWh. A reading or
-- a run over several hours is spread by time, the last hour taking the remainder, so that hours sum to it exactly.
-- in:  unit_energy, reading_unit, seen_energy, run_unit, $cluster, $first, $last (instants)
-- out: meter_hour (unit_key, is_meter, hour, kwh_m, reserved_us: accelerators held x microseconds of the hour)
create or replace temp table meter_hour as
with part as (  -- the readings of the source that counts, of the parts that count
    select m.unit_key, m.start_utc, m.end_utc, replace((m.energy_wh)::decimal(38,6)::varchar, '.', '')::hugeint as weight
    from (select *, part_class = min(part_class) over (partition by unit_key, source, subject) as is_counted from reading_unit) m
    join seen_energy s on s.unit_key = m.unit_key and s.source = m.source and s.is_chosen
    where m.is_counted
),
unit as (
    select u.unit_key, u.unit_kind = 'cluster' as is_meter, replace((u.kwh)::decimal(38,6)::varchar, '.', '')::hugeint as kwh_m, u.start_utc, u.end_utc,
           coalesce(u.hardware_count, 1) as machines
    from unit_energy u
    where u.cluster = $cluster and u.kwh is not null and u.unit_kind in ('cluster', 'run')
      and u.start_utc < $last and u.end_utc > $first
),
piece as (
    select u.unit_key, u.is_meter, u.kwh_m, u.machines, coalesce(p.start_utc, u.start_utc) as start_utc,
           coalesce(p.end_utc, u.end_utc) as end_utc, coalesce(p.weight, 1) as weight,
           row_number() over (partition by u.unit_key order by p.start_utc, p.end_utc, p.weight) as piece_no
    from unit u left join part p using (unit_key)
),
hour as (
    select *, unnest(generate_series(date_trunc('hour', start_utc),
                                     greatest(end_utc - interval 1 microsecond, start_utc), interval 1 hour)) as hour
    from piece
),
share as (
    select unit_key, is_meter, kwh_m, hour, machines, piece_no,
           greatest(epoch_us(least(end_utc, hour + interval 1 hour)) - epoch_us(greatest(start_utc, hour)), 1) as us,
           weight * greatest(epoch_us(least(end_utc, hour + interval 1 hour)) - epoch_us(greatest(start_utc, hour)), 1)::hugeint
               // greatest(epoch_us(end_utc) - epoch_us(start_utc), 1)::hugeint as weight
    from hour
),
summed as (
    select unit_key, is_meter, kwh_m, hour, sum(weight)::hugeint as weight, max(us * machines) as reserved_us from share group by all
),
spread as (
    select *, kwh_m * weight // nullif(sum(weight) over (partition by unit_key), 0)::hugeint as part_m,
           row_number() over (partition by unit_key order by hour desc) = 1 as is_last
    from summed
)
select unit_key, is_meter, hour, reserved_us,
       case when is_last then kwh_m - coalesce(sum(part_m) filter (where not is_last) over (partition by unit_key), 0)
            else part_m end::hugeint as kwh_m
from spread
