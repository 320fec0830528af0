-- sample_count: how many samples there are, how many say no power, how many say not when or of what, and their span.
-- in:  telemetry
-- out: one row
select count(*)::bigint as samples, (count(*) - count({microwatts}))::bigint as without_value,
       (count(*) filter (where time is null or host is null or gpu is null))::bigint as unplaced,
       min(epoch_us(time)) as first_us, max(epoch_us(time)) as last_us
from telemetry
