-- zone_hour: the intensity of each zone in each hour of a span, direct and life cycle apart, as a sum weighted by seconds.
-- Measured averages alone; the newest revision of each; of the spacings that fill an hour the finest. A zone is told by
-- one publisher (as the source begins), the one with the most hours on that basis. An hour of which a part has no value is
-- not there. Intensities are taken at nine decimals of a gram.
-- in:  $first, $after (instants, end exclusive), $size (batches)
-- out: zone_hour (zone, signal_basis, hour, gram_seconds over 3600 s, is_estimated, source)
create or replace temp table zone_hour as
with newest as (
    select *, date_trunc('hour', start_utc) as hour, split_part(source, ',', 1) as publisher from grid_intensity
    where signal_kind = 'actual' and signal = 'average' and start_utc >= $first and start_utc < $after
      and batch_no <= $size and epoch(start_utc - date_trunc('hour', start_utc)) + seconds <= 3600 and seconds > 0
    qualify row_number() over (partition by zone, start_utc, seconds, signal_basis, split_part(source, ',', 1)
                               order by revision desc, batch_no desc, seq desc) = 1
),
best as (
    select zone, signal_basis, publisher from newest group by zone, signal_basis, publisher
    qualify row_number() over (partition by zone, signal_basis order by count(distinct hour) desc, publisher) = 1
)
select zone, signal_basis, hour, bool_or(estimated) as is_estimated, min(source) as source,
       sum(intensity_g_per_kwh::decimal(18,9) * seconds::decimal(5,0))::decimal(24,9) as gram_seconds
from newest join best using (zone, signal_basis, publisher)
group by zone, signal_basis, hour, seconds having sum(seconds) = 3600
qualify row_number() over (partition by zone, signal_basis, hour order by seconds) = 1
