-- spread: how far each row's quantity, and each factor, may be from its value; relative to the value, 95 % intervals.
-- A stated interval wins, then a stated per cent, then the five scores. z = $z, the normal quantile of 97.5 %.
--   half width u up to 30 %: normal, mean 1, deviation u / z
--   half width u above 30 %: lognormal with mean 1 and the same deviation (IPCC 2006 vol. 1 ch. 3, 3.7.3)
--   an interval that is not symmetric, or the squared geometric standard deviation g (interval 1/g to g):
--     shift + scale * exp(s * Z) with its median at the value and its 95 % interval where it is stated
-- in:  {whole} (posted sums as they stand, no share of a view applied), pin, pedigree (name, score, factor), basic (name, factor), $first, $last, $z
-- out: given_spread, spread (mean, variance and third moment are those of value / mean)
create or replace temp table main_line as
select p.key_no, max(p.factor_id) as factor_id, max(p.scope3_category) as scope3_category,
       max(p.source_type) as source_type
from {whole} p
where p.line in ('direct', 'energy', 'stated') and p.method <> 'market' and not p.allocated and p.n > 0
group by 1;

create or replace temp table flow as  -- the basic uncertainty of each key: its factor's own, else that of the flow
select m.key_no, coalesce(f.basic_uncertainty::double, b.factor) as basic
from main_line m
join choice_key k on k.key_no = m.key_no
join unit u on u.unit = k.unit_given and u.batch_no = (select max(batch_no) from unit)
left join (select factor_id, arg_max(basic_uncertainty, (batch_no, seq)) as basic_uncertainty
           from emission_factor group by 1) f on f.factor_id = m.factor_id
left join basic b on b.name = case
    when m.source_type in ('fugitive', 'process') then null  -- the table has none for these
    when m.scope3_category = 2 then 'infrastructure'
    when m.scope3_category in (4, 6, 7, 9)
         and u.dimension in ('mass_distance', 'passenger_distance', 'distance', 'money', 'co2e_mass')
    then 'transport_services'
    else 'energy_materials_waste' end;

create or replace temp table given_spread as
with told as (
    select * from activity_detail
    where uncertainty_pct is not null or low is not null or high is not null
       or coalesce(dq_reliability, dq_completeness, dq_temporal, dq_geographical, dq_technological) is not null
),
live as (
    select a.batch_no, a.seq, a.key_no, a.month, a.legal_entity_id, a.facility_id, a.quantity, a.quantity as whole,
           false as sliced, d.* exclude (batch_no, seq, activity_batch, activity_seq)
    from activity a
    join told d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
    where a.month between $first and $last and a.reverses_batch is null
    union all
    select a.batch_no, a.seq, s.key_no, s.month, a.legal_entity_id, a.facility_id, s.quantity, a.quantity,
           true, d.* exclude (batch_no, seq, activity_batch, activity_seq)
    from activity_slice s
    join activity a on a.batch_no = s.activity_batch and a.seq = s.activity_seq
    join told d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
    where s.month between $first and $last and a.reverses_batch is null
)
select l.batch_no, l.seq, l.key_no, l.legal_entity_id, {facility} as facility_id, l.sliced,
       case when l.meter_id is not null then concat_ws('/', l.facility_id, l.meter_id) end as meter,
       null::varchar as factor_id, l.quantity::double as quantity,
       least(l.low / l.whole::double, l.high / l.whole::double) as low,
       greatest(l.low / l.whole::double, l.high / l.whole::double) as high,
       l.low is not null or l.high is not null as by_interval,
       l.uncertainty_pct::double / 100 as half_width,
       exp(sqrt(pow(ln(r1.factor), 2) + pow(ln(r2.factor), 2) + pow(ln(r3.factor), 2) + pow(ln(r4.factor), 2)
                + pow(ln(r5.factor), 2) + pow(ln(f.basic), 2))) as gsd2
from live l
join pin p on p.month = l.month and p.legal_entity_id is not distinct from l.legal_entity_id and l.batch_no <= p.pin
left join flow f on f.key_no = l.key_no
left join pedigree r1 on r1.name = 'reliability' and r1.score = l.dq_reliability
left join pedigree r2 on r2.name = 'completeness' and r2.score = l.dq_completeness
left join pedigree r3 on r3.name = 'temporal' and r3.score = l.dq_temporal
left join pedigree r4 on r4.name = 'geographical' and r4.score = l.dq_geographical
left join pedigree r5 on r5.name = 'technological' and r5.score = l.dq_technological
where l.whole <> 0 and not exists (
    select 1 from activity r
    where r.reverses_batch = l.batch_no and r.reverses_seq = l.seq and r.batch_no <= p.pin)
union all
select null, null, null, null, null, false, null, factor_id, 1, null, null, false,
       arg_max(uncertainty_pct, (batch_no, seq))::double / 100, null
from emission_factor
where factor_id in (select factor_id from {whole})
group by factor_id having arg_max(uncertainty_pct, (batch_no, seq)) is not null;

create or replace temp table spread as
with form as (
    select * exclude (low, high, half_width, gsd2),
           case when by_interval then low when half_width is null then 1 / gsd2 end as low,
           case when by_interval then high when half_width is null then gsd2 end as high,
           case when by_interval then case when abs(low + high - 2) < 1e-9 and high >= low then (high - low) / 2 end
                when half_width is not null then half_width when gsd2 = 1 then 0 end as half_width,
           not by_interval and half_width is null and gsd2 is not null as by_scores
    from given_spread
),
shaped as (
    select *, case when half_width > 0.3 then 0
                   when half_width is null and low < 1 and high > 1 then (high * low - 1) / (high + low - 2) end as shift
    from form
),
scaled as (
    select *, case when half_width > 0.3 then 1 / sqrt(1 + pow(half_width / $z, 2)) else 1 - shift end as scale,
           case when half_width <= 0.3 then half_width / $z
                when half_width > 0.3 then sqrt(ln(1 + pow(half_width / $z, 2)))
                else abs(ln((high - shift) / (1 - shift))) / $z end as s
    from shaped
),
moved as (
    select *, exp(s * s) as w, case when half_width <= 0.3 then 1 else shift + scale * exp(s * s / 2) end as mean
    from scaled where s is not null
)
select * exclude (w, low, high, half_width),
       case when half_width <= 0.3 then s * s else pow(scale, 2) * w * (w - 1) / pow(mean, 2) end as variance,
       case when half_width <= 0.3 then 0
            else pow(scale, 3) * pow(w, 1.5) * pow(w - 1, 2) * (w + 2) / pow(mean, 3) end as third
from moved;
