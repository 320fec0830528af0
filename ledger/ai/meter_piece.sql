-- energy_piece: what the meter of a cluster read, and what its runs used, in the pieces of time that readings give; in
-- millionths of a kWh. A run without readings is one piece of all its time.
-- in:  unit_energy, reading_unit, seen_energy, $cluster, $first, $last (instants)
-- out: energy_piece (unit_key, is_meter, kwh_m, machines, start_utc, end_utc, weight), read by energy_hour
create or replace temp table energy_piece as
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
)
select u.unit_key, u.is_meter, u.kwh_m, u.machines, coalesce(p.start_utc, u.start_utc) as start_utc,
       coalesce(p.end_utc, u.end_utc) as end_utc, p.weight
from unit u left join part p using (unit_key)
