-- series_hour: the newest reading of every series in the period, by the hour (UTC); micro is whole millionths of a kWh.
-- A reading that reaches over the end of its hour cannot be matched by the hour and is counted apart (is_coarse). Where
-- two spacings lie in one hour the finer is taken.
-- in:  $first, $after (instants, end exclusive), $size (batches)
-- out: series_hour
create or replace temp table series_hour as
with newest as (
    select source_kind, source_id, start_utc, seconds, estimated, replace(kwh::varchar, '.', '')::hugeint as micro,
           date_trunc('hour', start_utc) as hour,
           epoch(start_utc - date_trunc('hour', start_utc)) + seconds > 3600 or seconds <= 0 as is_coarse
    from "interval" where start_utc >= $first and start_utc < $after and batch_no <= $size
    qualify row_number() over (partition by source_kind, source_id, start_utc order by batch_no desc, seq desc) = 1
),
finest as (
    select *, min(seconds) over (partition by source_kind, source_id, hour, is_coarse) as finest from newest
)
select source_kind, source_id, hour, is_coarse, sum(micro)::hugeint as micro,
       least(3600, sum(seconds))::bigint as seconds,
       (sum(micro) filter (where estimated))::hugeint as estimated_micro
from finest where seconds = finest group by all
