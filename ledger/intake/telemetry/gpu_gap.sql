-- gpu_gap: the GPUs that have slots without a sample between their first and their last, the longest gaps first.
-- in:  gpu_hour
-- out: one row per GPU with gaps
select {by}host, gpu, min(first_slot) as first_slot, max(last_slot) as last_slot,
       (max(last_slot) - min(first_slot) + 1 - sum(slots))::bigint as missing
from gpu_hour group by {by}host, gpu
having max(last_slot) - min(first_slot) + 1 > sum(slots)
order by missing desc, {order}host, gpu
