-- unit_energy: one row a unit with the energy that counts, its place and who runs the machines, its formula and terms.
-- Overhead (PUE) once, on chip and IT energy alone, and only where it is known (ISO/IEC 30134-2).
-- What is of a run has the days of its facility's time zone; what is of a month keeps within it.
-- in:  seen_energy, run_unit, reading_unit, facility
-- out: unit_energy; kwh is what is posted of it, before parts are taken off
create or replace temp table unit_energy as
with place as (
    select facility_id, timezone, relation, country from facility
    where not withdrawn qualify row_number() over (partition by facility_id order by valid_from desc, batch_no desc, seq desc) = 1
),
told as (  -- what the readings of a unit say of its place
    select unit_key, any_value(unit_kind) as unit_kind, min(start_utc) as start_utc, max(end_utc) as end_utc,
           any_value(run_id) as run_id, any_value(cluster) as cluster, any_value(account) as account,
           any_value(facility_id) as facility_id, any_value(cloud_provider) as cloud_provider,
           any_value(cloud_region) as cloud_region, any_value(place_country) as place_country, any_value(place_grid) as place_grid
    from reading_unit group by all
),
joined as (
    select s.unit_key, s.source, s.rank, s.wh, s.is_below, s.is_mixed, s.data_basis, s.boundary, s.readings, s.first_of,
           coalesce(t.unit_kind, 'run') as unit_kind, r.unit_key is not null as has_run, r.batch_no, r.seq,
           coalesce(r.run_id, t.run_id) as run_id, r.attempt, r.stage, r.outcome, r.state, r.model, r.model_version, r.project,
           r.owner, r.tenant, r.legal_entity_id, coalesce(r.facility_id, t.facility_id) as facility_id, t.cluster,
           coalesce(r.account, t.account) as account,
           r.control,
           concat(coalesce(r.cloud_provider, t.cloud_provider), '/', coalesce(r.account, t.account)) as account_key, coalesce(r.cloud_provider, t.cloud_provider) as cloud_provider,
           coalesce(r.cloud_region, t.cloud_region) as cloud_region, coalesce(r.place_country, t.place_country) as place_country,
           coalesce(r.place_grid, t.place_grid) as place_grid, r.hardware_id, r.hardware_count, r.pue, r.pue_source,
           r.power_kw, r.hours, r.load_share, r.is_rated, r.power_source, r.utilisation,
           coalesce(r.start_utc, t.start_utc) as start_utc, coalesce(r.end_utc, t.end_utc) as end_utc
    from seen_energy s left join run_unit r using (unit_key) left join told t using (unit_key)
    where s.is_chosen
),
placed as (
    select j.*, f.relation, coalesce(f.timezone, 'UTC') as timezone, f.country as facility_country,
           case when j.facility_id is not null then 'electricity_purchased'
                when j.control = 'lessor' then 'leased_in_electricity' when j.control = 'ours' then 'electricity_purchased'
                when j.cloud_provider is not null then 'cloud_computing_electricity' else 'electricity_purchased' end as activity_type,
           j.is_below and j.pue is not null as with_pue,
           replace((j.wh)::decimal(38,6)::varchar, '.', '')::hugeint as wh_m, replace((j.pue)::decimal(38,6)::varchar, '.', '')::hugeint as pue_m, replace((j.power_kw)::decimal(38,6)::varchar, '.', '')::hugeint as kw_m,
           replace((j.hours)::decimal(38,6)::varchar, '.', '')::hugeint as hours_m, replace((j.load_share)::decimal(38,6)::varchar, '.', '')::hugeint as load_m
    from joined j left join place f on f.facility_id = j.facility_id
),
measured as (
    select *, (2::hugeint * wh_m + 1000) // 2000 as kwh_m, date_trunc('month', start_utc)::date as unit_month,
           (start_utc at time zone timezone)::date as local_start,
           (greatest(end_utc - interval 1 microsecond, start_utc) at time zone timezone)::date as local_end
    from placed
)
select *,
       case when unit_kind = 'run' then local_start else greatest(local_start, unit_month) end as period_start,
       case when unit_kind = 'run' then local_end else least(local_end, last_day(unit_month)) end as period_end,
       case when source = 'estimate' then case when with_pue then 'power_hours' else 'power_hours_it' end
            when with_pue then 'it_energy_pue' end as formula,
       (kwh_m::decimal(38,0) * 0.000001::decimal(7,6))::decimal(18,6) as read_kwh,
       (case when source = 'estimate' and with_pue
                 then (2::hugeint * kw_m * hours_m * load_m * pue_m + 1000000000000000000::hugeint) // 2000000000000000000::hugeint
             when source = 'estimate' then (2::hugeint * kw_m * hours_m * load_m + 1000000000000::hugeint) // 2000000000000::hugeint
             when with_pue then (2::hugeint * kwh_m * pue_m + 1000000) // 2000000
             else kwh_m end::decimal(38,0) * 0.000001::decimal(7,6))::decimal(18,6) as kwh
from measured
