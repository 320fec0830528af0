-- seen_energy: what each source saw of a unit, and the one source that counts: the first in the order of precedence.
-- Of one subject a reading of all counts before one of the machine, and that before its chips, which add up.
-- in:  run_unit, reading_unit, ai_precedence
-- out: seen_energy (unit_key, source, rank, wh or the terms of an estimate, is_chosen); energy in Wh
create or replace temp table seen_energy as
with preferred as (
    select *, part_class = min(part_class) over (partition by unit_key, source, subject) as is_counted from reading_unit
),
read as (
    select unit_key, source, min(rank) as rank, sum(energy_wh)::decimal(30,6) as wh,
           bool_and(is_below) as is_below, bool_or(is_below) and not bool_and(is_below) as is_mixed,
           case when bool_and(reading_method in ('counter', 'integrated_power')) then 'measured' else 'estimated' end as data_basis,
           case when bool_and(energy_level = 'wall') then 'wall' when bool_and(energy_level in ('chip', 'it')) then 'it'
                else 'facility' end as boundary,
           count(*) as readings, min((batch_no, seq)) as first_of
    from preferred where is_counted group by all
),
own as (
    select unit_key, 'run_record' as source, (energy_kwh::decimal(30,6) * 1000)::decimal(30,6) as wh,
           energy_level in ('chip', 'it') as is_below, false as is_mixed, 'measured' as data_basis,
           case when energy_level in ('chip', 'it') then 'it' else energy_level end as boundary, 0 as readings, (batch_no, seq) as first_of
    from run_unit where energy_kwh is not null
    union all
    select unit_key, 'estimate', null, true, false, 'estimated', 'it', 0, (batch_no, seq) from run_unit where is_estimable
),
every as (
    select * from read
    union all by name
    select o.*, p.rank from own o join ai_precedence p on p.source = o.source
)
select e.*, row_number() over (partition by unit_key order by rank, source) = 1 as is_chosen,
       first_value(source) over (partition by unit_key order by rank, source) as chosen_source
from every e
