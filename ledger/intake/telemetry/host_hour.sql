-- host_hour: what the GPUs of a host used in each hour, in millionths of a Wh, rounded half up (3600 J are a Wh).
-- in:  gpu_hour
-- out: one row per host and hour, in a total order
select {by}host, hour_no, (2 * sum(microjoules)::bigint + 3600) // 7200 as microwatthours, count(distinct gpu) as gpus,
       sum(slots)::bigint as slots, min(first_slot) as first_slot, max(last_slot) as last_slot
from gpu_hour group by {by}host, hour_no
order by {order}hour_no, host
