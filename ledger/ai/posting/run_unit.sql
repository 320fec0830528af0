-- run_unit: the runs in force, each with its key, the days on which it ran in its facility's time zone, its place, and
-- the energy that its own record gives or power and time let estimate.
-- in:  run_now (rows of ai_run in force, with is_new), region_of, machine_of, facility
-- out: run_unit; energies in kWh, power in kW, time in hours
create or replace temp table run_unit as
with place as (
    select facility_id, timezone, relation, legal_entity_id, country from facility
    where not withdrawn qualify row_number() over (partition by facility_id order by valid_from desc, batch_no desc, seq desc) = 1
),
timed as (
    select r.*, coalesce(f.timezone, 'UTC') as timezone, f.relation, f.legal_entity_id as owner_entity,
           coalesce(r.wall_seconds, (epoch_us(r.end_utc) - epoch_us(r.start_utc))::decimal(30,0) * 0.000001::decimal(7,6)) as seconds
    from run_now r left join place f on f.facility_id = r.facility_id
    where r.component = 'operational' and not r.withdrawn
)
select concat('ai:run:', t.run_id, '/', t.attempt, '/', t.state, '/', strftime(t.start_utc, '%Y-%m-%dT%H:%M:%SZ')) as unit_key,
       t.*,
       (t.start_utc at time zone t.timezone)::date as period_start,
       (greatest(t.end_utc - interval 1 microsecond, t.start_utc) at time zone t.timezone)::date as period_end,
       coalesce(t.country, g.country) as place_country,
       case when t.country is null or t.country = g.country then coalesce(t.grid_region, g.grid_region) else t.grid_region end as place_grid,
       coalesce(t.power_w, m.board_power_w) is not null and t.hardware_count is not null and t.energy_kwh is null as is_estimable,
       t.power_w is null as is_rated,
       (coalesce(t.power_w, m.board_power_w)::decimal(24,6) * t.hardware_count * 0.001::decimal(4,3))::decimal(18,6) as power_kw,
       ((2::hugeint * (case when t.reserved_accelerator_seconds is not null then t.reserved_accelerator_seconds
                            else t.seconds * t.hardware_count end * 1000000)::hugeint + 3600 * t.hardware_count)
        // (7200::hugeint * t.hardware_count))::decimal(38,0) * 0.000001::decimal(7,6) as hours,
       case when t.power_w is not null then 1 else coalesce(t.utilisation, 1) end::decimal(18,6) as load_share,
       m.source as power_source, m.hardware_id as machine
from timed t
left join region_of g on g.cloud_provider = t.cloud_provider and g.cloud_region = t.cloud_region
left join machine_of m on m.given = t.hardware_id
