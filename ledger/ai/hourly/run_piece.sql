-- energy_piece: the energy of runs in the pieces of time that their readings give: those of the source that counted, of
-- the parts that count. A reading belongs to the part of its run that it begins in. A run without readings is one piece.
-- in:  counted_run, $size
-- out: energy_piece, read by energy_hour
create or replace temp table energy_piece as
with {run},
part_of_run as (  -- of the parts of a run that begin together the active one has the readings
    select * from run where run_id in (select run_id from counted_run) and component = 'operational' and not withdrawn
    qualify row_number() over (partition by run_id, start_utc order by state = 'active' desc, attempt desc) = 1
),
first_part as (select run_id, arg_min(concat(batch_no, '-', seq), start_utc) as unit_key from part_of_run group by all),
{reading},
{reading_decision},
timed as (
    select m.run_id, m.source, m.subject, m.start_utc, m.end_utc,
           replace(m.energy_wh::decimal(38,6)::varchar, '.', '')::hugeint as weight,
           case m.energy_part when 'total' then 1 when 'facility' then 2 when 'node' then 3 else 4 end as part_class,
           concat(p.batch_no, '-', p.seq) as in_part, p.run_id is not null as is_in_part
    from reading m
    join reading_decision d on d.record_batch = m.batch_no and d.record_seq = m.seq
         and d.decision in ('posted', 'breakdown', 'evidence') and d.reason_code <> 'superseded'
    asof left join part_of_run p on p.run_id = m.run_id and p.start_utc <= m.start_utc
    where m.run_id in (select run_id from counted_run) and not m.withdrawn
),
read as (
    select t.*, case when t.is_in_part then t.in_part else f.unit_key end as unit_key
    from timed t left join first_part f using (run_id)
),
counted as (
    select * from read qualify part_class = min(part_class) over (partition by unit_key, source, subject)
)
select r.unit_key, false as is_meter, r.kwh_m, 1 as machines, coalesce(p.start_utc, r.start_utc) as start_utc,
       coalesce(p.end_utc, r.end_utc) as end_utc, p.weight
from counted_run r left join counted p using (unit_key)
