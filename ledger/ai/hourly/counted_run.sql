-- counted_run: the runs of a model in force at a size that have energy, as it counts (in millionths of a kWh), with what
-- they say of their place, and the country and grid region of their facility.
-- in:  $model, $size
-- out: counted_run
create or replace temp table counted_run as
with {run},
{decision},
{site}
select concat(r.batch_no, '-', r.seq) as unit_key, r.run_id, r.attempt, r.state, r.stage, r.start_utc, r.end_utc,
       r.zone, r.cloud_provider, r.cloud_region, r.country, r.grid_region, f.country as site_country,
       f.grid_region as site_grid_region, d.energy_kwh, d.activity_batch, d.activity_seq,
       replace(d.energy_kwh::decimal(38,6)::varchar, '.', '')::hugeint as kwh_m
from run r
join decision d on d.record_batch = r.batch_no and d.record_seq = r.seq
asof left join site f on f.facility_id = r.facility_id and f.valid_from <= r.start_utc::date
where r.model = $model and r.component = 'operational' and not r.withdrawn and d.energy_kwh is not null
