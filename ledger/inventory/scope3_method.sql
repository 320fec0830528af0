-- scope3_method: what each category of Scope 3 comes to by each method, over what is posted in a period under a view.
-- The method follows from the factor and from what the activity is (Scope 3 Standard, chapter 7 and the guidance of each
-- category): the supplier's own factor; money; kilometres; fuel burnt; kind of waste; an asset or site; a stated figure.
-- in:  posted, unit, emission_factor
-- out: scope3_method (scope3_category, scope3_method, kg, biogenic_co2_kg, n)
create or replace temp table scope3_method as
with measure as (select * from unit where batch_no = (select max(batch_no) from unit)),
factor as (
    select factor_id, kind, supplier, boundary from emission_factor
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
),
told as (
    select p.scope3_category, p.line, p.kind, p.scope3_category as category, u.dimension, f.supplier,
           f.kind as factor_kind, f.boundary, p.total_co2e_kg, p.biogenic_co2_kg, p.n
    from posted p
    left join measure u on u.unit = p.unit_given
    left join factor f on f.factor_id = p.factor_id
    where p.book = 'inventory' and p.scope = '3' and p.scope3_category is not null and not p.is_null
)
select scope3_category,
       case when line = 'stated' and category = 15 then 'investment_specific'
            when line = 'stated' then 'stated'
            when factor_kind = 'product' and boundary in ('combustion', 'generation') then 'hybrid'
            when factor_kind in ('product', 'supplier') or supplier is not null then 'supplier_specific'
            when dimension = 'money' then 'spend_based'
            when category = 3 then 'average_data'
            when dimension in ('distance', 'passenger_distance', 'mass_distance') then 'distance_based'
            when category in (4, 6, 7, 9) and dimension in ('energy', 'volume', 'mass') then 'fuel_based'
            when category in (5, 12) then 'waste_type_specific'
            when category in (8, 13) and kind <> 'derived' then 'asset_specific'
            when category in (10, 14) and kind <> 'derived' then 'site_specific'
            when category = 11 then 'direct_use_phase'
            else 'average_data' end as scope3_method,
       sum(total_co2e_kg) as kg, sum(biogenic_co2_kg) as biogenic_co2_kg, sum(n)::bigint as n
from told group by all
