-- footprint_run: the runs of a model, or of a list of ids, in force at a size, with what was decided of each.
-- in:  $model (null: none), $runs (empty: none), $size
-- out: footprint_run
create or replace temp table footprint_run as
with {run},
{decision}
select r.stage, r.outcome, r.state, r.run_id, r.parent_run, r.attempt, r.model, r.hardware_id, r.requests, r.tokens_in, r.tokens_out, r.cost,
       r.currency, r.water_l, r.quality_name, r.quality_value, r.quality_direction, r.model_version, r.start_utc,
       r.end_utc, r.facility_id, r.cloud_provider, r.cloud_region, r.country, r.energy_level, r.pue,
       coalesce(r.reserved_accelerator_seconds,
                r.hardware_count * coalesce(r.wall_seconds, (epoch_us(r.end_utc) - epoch_us(r.start_utc))::decimal(30,0)
                                            * 0.000001::decimal(7,6))) as accelerator_seconds,
       coalesce(d.decision, 'not_quantified') as decision, coalesce(d.reason_code, 'energy_unknown') as reason_code,
       d.energy_kwh, d.activity_batch, d.activity_seq
from run r left join decision d on d.record_batch = r.batch_no and d.record_seq = r.seq
where (r.model = $model or r.run_id in (select unnest($runs::varchar[]))) and r.component = 'operational'
  and not r.withdrawn
