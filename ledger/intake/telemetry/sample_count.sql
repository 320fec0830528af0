-- sample_count: how many samples there are, how many say no power, and how many say not when or of what.
-- in:  telemetry
-- out: one row
select count(*)::bigint as samples, (count(*) - count({microwatts}))::bigint as without_value,
       (count(*) filter (where time is null or host is null or gpu is null))::bigint as unplaced
from telemetry
