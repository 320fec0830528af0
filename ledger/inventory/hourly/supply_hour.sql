-- supply_hour: carbon-free generation under usable instruments by the hour. One whose series holds more than the
-- instrument does is left out, and so is one that is not carbon-free: supply_series tells both.
-- in:  series_hour, instrument_state
-- out: supply_series (per instrument, with `barred`)
create or replace temp table supply_series as
with summed as (
    select source_id as instrument_id, sum(micro)::hugeint as micro from series_hour
    where source_kind = 'instrument' and not is_coarse group by 1
)
select i.instrument_id, i.facility_id, i.market_boundary as market, i.energy_source, s.micro,
       coalesce(i.co2e_kg_per_kwh, i.co2_kg_per_kwh, 0)::decimal(18,9) as kg_per_kwh,
       case when len(i.rejected_for) > 0 then 'rejected: ' || i.rejected_for[1]
            when i.carrier <> 'electricity' then 'not_electricity'
            when i.energy_source not in ('renewable', 'nuclear') then 'not_carbon_free'
            when s.micro > replace(i.kwh::varchar, '.', '')::hugeint then 'series_beyond_instrument' end as barred
from summed s join instrument_state i using (instrument_id)
