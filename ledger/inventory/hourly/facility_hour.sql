-- facility_series: for each facility with a series, how much of the period it covers (the least covered of its meters).
-- facility_hour is made from it: consumption by facility and hour, of the facilities that are covered well enough.
-- in:  series_hour, $last (last day), $seconds (of the period), $size
-- out: facility_series
create or replace temp table facility_series as
with version as (
    select * from facility where batch_no <= $size
    qualify row_number() over (partition by facility_id, valid_from order by batch_no desc, seq desc) = 1
),
place as (
    select * from version where not withdrawn
    qualify row_number() over (partition by facility_id order by valid_from > $last, abs(valid_from - $last)) = 1
),
known as (
    select distinct source_id, case when source_id in (select facility_id from place) then source_id
                                    else split_part(source_id, '/', 1) end as facility_id
    from series_hour where source_kind = 'facility'
),
meter as (
    select k.facility_id, s.source_id, sum(case when s.is_coarse then 0 else s.seconds end)::bigint as seconds,
           coalesce(sum(s.micro) filter (where s.is_coarse), 0)::hugeint as coarse_micro,
           coalesce(sum(s.micro) filter (where not s.is_coarse), 0)::hugeint as micro,
           coalesce(sum(s.estimated_micro) filter (where not s.is_coarse), 0)::hugeint as estimated_micro
    from series_hour s join known k using (source_id) where s.source_kind = 'facility' group by all
)
select m.facility_id, p.name, p.market_boundary as market, p.country, p.grid_region, count(*) as meters,
       min(m.seconds)::bigint as seconds, sum(m.micro)::hugeint as micro, sum(m.coarse_micro)::hugeint as coarse_micro,
       sum(m.estimated_micro)::hugeint as estimated_micro
from meter m join place p using (facility_id) group by all
