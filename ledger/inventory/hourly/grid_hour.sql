-- grid_hour: the intensity of each zone in each hour as a sum weighted by seconds, and the seconds it is over; so also
-- the carbon-free share. Measured averages only, the newest revision of each. A zone is told by one publisher (as the
-- source begins) on one basis: those that have the most hours, generation alone before life cycle where both have as many.
-- Intensities are taken at nine decimals of a gram.
-- in:  $first, $after (instants, end exclusive), $size (batches)
-- out: grid_hour
create or replace temp table grid_hour as
with newest as (
    select *, date_trunc('hour', start_utc) as hour, split_part(source, ',', 1) as publisher from grid_intensity
    where signal_kind = 'actual' and signal = 'average' and start_utc >= $first and start_utc < $after
      and batch_no <= $size and epoch(start_utc - date_trunc('hour', start_utc)) + seconds <= 3600 and seconds > 0
    qualify row_number() over (partition by zone, start_utc, seconds, signal_basis, split_part(source, ',', 1)
                               order by revision desc, batch_no desc, seq desc) = 1
),
best as (
    select zone, publisher, signal_basis from newest group by zone, publisher, signal_basis
    qualify row_number() over (partition by zone order by count(distinct hour) desc, signal_basis, publisher) = 1
),
finest as (
    select n.* from newest n join best using (zone, publisher, signal_basis)
    qualify seconds = min(seconds) over (partition by zone, hour)
)
select zone, hour, any_value(signal_basis) as signal_basis, sum(seconds)::bigint as seconds,
       sum(intensity_g_per_kwh::decimal(18,9) * seconds::decimal(5,0))::decimal(24,9) as gram_seconds,
       case when count(carbon_free_share) = count(*)
            then sum(carbon_free_share::decimal(8,6) * seconds::decimal(5,0))::decimal(18,6) end as share_seconds
from finest group by zone, hour
