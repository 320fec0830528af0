-- life_cycle_activity: the activities behind the runs whose yearly location-based factor takes in fuels and plants.
-- in:  counted_run, $size
select a.batch_no, a.seq
from activity a join (select distinct activity_batch, activity_seq from counted_run) r
     on a.batch_no = r.activity_batch and a.seq = r.activity_seq
left join activity_slice p on p.activity_batch = a.batch_no and p.activity_seq = a.seq
join choice c on c.key_no = coalesce(a.key_no, p.key_no) and c.instrument_id is null and c.book = 'inventory'
     and c.line = 'energy' and c.method in ('location', 'single') and c.batch_no <= $size
group by all
having sum(c.sign) filter (where list_contains(string_split(c.flags, ';'), 'life_cycle')) > 0
