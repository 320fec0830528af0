-- service_run: the runs of a service in a period, each with the PUE that its posted energy holds, and what that takes in.
-- A posting's own terms say it; of a run that a bill holds, its record does.
-- in:  footprint_run, $start, $end (the day after), $stage (null: every stage), $facility (null: every place)
-- out: groups of runs by place, machine, activity and PUE; kWh as they count, accelerator-seconds
with applied as (
    select activity_batch, activity_seq, max(value) as pue from activity_parameter where name = 'pue' group by all
),
chosen as (
    select r.*, coalesce(p.pue, case when r.decision <> 'posted' and coalesce(r.energy_level, 'it') in ('chip', 'it') then r.pue end) as pue_inside,
           case when r.decision = 'posted' then d.energy_boundary else r.energy_level end as boundary
    from footprint_run r
    left join applied p on p.activity_batch = r.activity_batch and p.activity_seq = r.activity_seq and r.decision = 'posted'
    left join activity_detail d on d.activity_batch = r.activity_batch and d.activity_seq = r.activity_seq
    where r.start_utc >= $start and r.start_utc < $end and ($stage is null or r.stage = $stage)
      and ($facility is null or r.facility_id = $facility)
)
select facility_id, cloud_provider, cloud_region, country, hardware_id, decision, activity_batch, activity_seq, pue_inside,
       boundary, stage, count(*) as runs, sum(energy_kwh)::decimal(38,6) as kwh,
       sum(accelerator_seconds)::decimal(38,6) as seconds, min(start_utc) as first_utc, max(end_utc) as last_utc
from chosen group by all order by all
