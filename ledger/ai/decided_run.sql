-- decided_run: every run in force at a size, with what was decided of it; where some are wanted, those of their ids;
-- where days are given, those that began in them (UTC, both inclusive).
-- in:  wanted_run (run_id), $every, $size, $first and $last (null: any day)
-- out: footprint_run
create or replace temp table footprint_run as
with {run},
{decision}
select r.run_id, r.attempt, r.state, r.start_utc, r.end_utc, r.batch_no, r.seq, r.model, r.stage, r.owner as team,
       d.decision, d.energy_kwh, d.activity_batch, d.activity_seq
from run r left join decision d on d.record_batch = r.batch_no and d.record_seq = r.seq
where r.component = 'operational' and not r.withdrawn
  and ($every or r.run_id in (select run_id from wanted_run))
  and ($first::date is null or r.start_utc::date between $first::date and $last::date)
