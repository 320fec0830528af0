-- grid_hour: the intensity of each zone in each hour as a sum weighted by seconds, and the seconds it is over; so also
-- the carbon-free share. Measured averages only, generation alone before life cycle; the newest revision of each.
-- Intensities are taken at nine decimals of a gram.
-- in:  $first, $after (instants, end exclusive), $size (batches)
-- out: grid_hour
create or replace temp table grid_hour as
with newest as (
    select *, date_trunc('hour', start_utc) as hour from grid_intensity
    where signal_kind = 'actual' and signal = 'average' and start_utc >= $first and start_utc < $after
      and batch_no <= $size and epoch(start_utc - date_trunc('hour', start_utc)) + seconds <= 3600 and seconds > 0
    qualify row_number() over (partition by zone, start_utc, seconds, signal_basis
                               order by revision desc, batch_no desc, seq desc) = 1
),
finest as (
    select * from newest
    qualify signal_basis = min(signal_basis) over (partition by zone, hour)  -- direct stands before life_cycle
        and seconds = min(seconds) over (partition by zone, hour, signal_basis)
)
select zone, hour, any_value(signal_basis) as signal_basis, sum(seconds)::bigint as seconds,
       sum(intensity_g_per_kwh::decimal(18,9) * seconds::decimal(5,0))::decimal(24,9) as gram_seconds,
       case when count(carbon_free_share) = count(*)
            then sum(carbon_free_share::decimal(8,6) * seconds::decimal(5,0))::decimal(18,6) end as share_seconds
from finest group by zone, hour
