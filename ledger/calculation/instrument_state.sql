-- instrument_state: every instrument in the register in its latest version, with its kind and all that bars it.
-- Scope 2 Guidance (2015), table 7.1: a criterion that applies to the type must be met; one that does not apply bars
-- only where it is answered with "not met"; a certificate meets criterion 3 from the day that it is retired, so that
-- one without that day is unretired whatever is answered. Of two lots of one registry whose certificate numbers overlap, the one
-- entered first stands and the later is double-claimed.
-- in:  instrument_type (data/instrument_types.csv), $size (batches)
-- out: instrument_state
create or replace temp table instrument_state as
with version as (
    select *, min(batch_no * 1000000000 + seq) over (partition by instrument_id) as entered
    from instrument where batch_no <= $size
),
latest as (
    select * from version
    qualify row_number() over (partition by instrument_id order by batch_no desc, seq desc) = 1
),
standing as (select * from latest where not withdrawn),
lot as (  -- what stands before the last digits of a certificate's number, and those digits, to be compared by place
    select instrument_id, entered, lower(trim(registry_name)) as registry,
           regexp_replace(certificate_from, '\d+$', '') as prefix,
           lpad(regexp_extract(certificate_from, '(\d+)$', 1), 60, '0') as first_no,
           lpad(regexp_extract(coalesce(certificate_to, certificate_from), '(\d+)$', 1), 60, '0') as last_no
    from standing where registry_name is not null and certificate_from is not null
),
claimed as (
    select b.instrument_id, min_by(a.instrument_id, a.entered) as other
    from lot a join lot b on a.registry = b.registry and a.prefix = b.prefix and a.entered < b.entered
         and a.first_no <= b.last_no and b.first_no <= a.last_no
    group by all
),
answer as (
    select i.instrument_id, unnest([
        {'n': 1, 'said': criterion_1}, {'n': 2, 'said': criterion_2}, {'n': 3, 'said': criterion_3},
        {'n': 4, 'said': criterion_4}, {'n': 5, 'said': criterion_5}, {'n': 6, 'said': criterion_6},
        {'n': 7, 'said': criterion_7}, {'n': 8, 'said': criterion_8}]) as a
    from standing i
),
unmet as (
    select w.instrument_id, list('criterion_' || w.a.n || '_' || w.a.said order by w.a.n) as codes
    from answer w join standing i using (instrument_id) left join instrument_type t on t.type = i.type
    where w.a.said = 'not_met' or (w.a.said <> 'met' and list_contains(coalesce(t.criteria, [1, 2, 3, 4, 5, 8]), w.a.n))
    group by all
)
select i.* exclude (entered), i.entered, coalesce(t.class, 'certificate') as class,
       coalesce(t.carrier, 'electricity') as carrier, coalesce(t.name, i.type) as type_name,
       list_concat(
           list_filter([
               case when i.withdrawn then 'withdrawn' end,
               case when i.own_generation_sold then 'own_generation_sold' end,
               case when i.kwh <= 0 then 'no_energy' end,
               case when i.vintage_end < i.vintage_start then 'vintage_backwards' end,
               case when i.retired_on < i.issued then 'retired_before_issue' end,
               case when i.retired_on is null and i.criterion_3 = 'met' and coalesce(t.class, 'certificate') = 'certificate'
                    then 'unretired' end,
               case when least(i.co2_kg_per_kwh, i.ch4_kg_per_kwh, i.n2o_kg_per_kwh, i.co2e_kg_per_kwh,
                               i.biogenic_co2_kg_per_kwh) < 0 then 'negative_rate' end,
               case when coalesce(i.co2_kg_per_kwh, i.ch4_kg_per_kwh, i.n2o_kg_per_kwh, i.co2e_kg_per_kwh) is null
                    then 'no_rate' end,
               case when c.other is not null then 'double_claimed:' || c.other end
           ], lambda code: code is not null),
           coalesce(u.codes, [])) as rejected_for
from latest i
left join instrument_type t on t.type = i.type
left join claimed c using (instrument_id)
left join unmet u using (instrument_id)
