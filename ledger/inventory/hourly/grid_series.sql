-- grid_series: the values of one series of a zone, ascending. A series is of one source (as its text begins), basis,
-- spacing and, if it is a forecast, issue; of several it is the newest issue, then the one that covers most.
-- in:  $zone, $kind, $signal; $basis, $issued, $first, $last (instants, end exclusive), $size (batches): null for any
-- out: start_utc, intensity_g_per_kwh, issued_at, estimated, signal_basis, seconds, retrieved_at, source
with newest as (
    select *, split_part(source, ',', 1) as publisher from grid_intensity
    where zone = $zone and signal_kind = $kind and signal = $signal and seconds > 0
      and ($basis is null or signal_basis = $basis) and ($size is null or batch_no <= $size)
      and ($issued is null or issued_at <= $issued::timestamptz)
      and ($first is null or start_utc + to_seconds(seconds) > $first::timestamptz)
      and ($last is null or start_utc < $last::timestamptz)
    qualify row_number() over (partition by start_utc, seconds, issued_at, signal_basis, split_part(source, ',', 1)
                               order by revision desc, batch_no desc, seq desc) = 1
),
best as (
    select issued_at, signal_basis, seconds, publisher from newest
    group by issued_at, signal_basis, seconds, publisher
    order by issued_at desc nulls last, sum(seconds) desc, signal_basis, seconds, max(batch_no) desc, publisher limit 1
)
select n.start_utc, n.intensity_g_per_kwh, n.issued_at, n.estimated, n.signal_basis, n.seconds, n.retrieved_at, n.source
from newest n join best b on n.issued_at is not distinct from b.issued_at and n.signal_basis = b.signal_basis
     and n.seconds = b.seconds and n.publisher = b.publisher
order by n.start_utc
