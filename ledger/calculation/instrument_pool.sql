-- instrument_pool: the pool of each usable instrument in every stage, and when it takes its turn.
-- Stage 1: rows that name the instrument as their contract. 2: its own facility. 3: every facility of its market, where
-- of what rows name only certificates without energy go on to others. Instruments of a stage that are alike in market,
-- vintage and in all that they convey make a pool; pools that compete take turns, the oldest vintage first.
-- in:  instrument_state, instrument_lot, consumption_group
-- out: instrument_pool (one row per instrument and stage)
create or replace temp table instrument_pool as
with usable as (select i.* from instrument_state i join instrument_lot using (instrument_id)),
named as (select distinct contract_id from consumption_group where contract_id is not null),
staged as (
    select 1 as stage, i.instrument_id as part, i.* from usable i join named n on n.contract_id = i.instrument_id
    union all
    select 2, i.facility_id, i.* from usable i where i.facility_id is not null
    union all
    select 3, '', i.* from usable i left join named n on n.contract_id = i.instrument_id
    where i.facility_id is null and (n.contract_id is null or (i.class = 'certificate' and not i.bundled))
),
pooled as (
    select *, min(instrument_id) over (
        partition by stage, part, market_boundary, carrier, vintage_start, vintage_end, type, technology, energy_source,
            bundled, co2_kg_per_kwh, ch4_kg_per_kwh, n2o_kg_per_kwh, co2e_kg_per_kwh, biogenic_co2_kg_per_kwh) as first_id
    from staged
)
select stage, part, market_boundary, carrier, vintage_start, vintage_end, first_id, instrument_id,
       dense_rank() over (partition by stage, part, market_boundary, carrier
                          order by vintage_start, vintage_end, first_id) as turn
from pooled
