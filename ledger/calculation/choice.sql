-- new_choice: the rows of `choice` for the wanted keys, all columns but number and batch.
-- in:  wanted_key, winner, recipe (kg per unit given of each distinct factor and unit), energy (kWh per unit given;
--      null where it is not known, and where it is too large for the exact product: then the line has no result)
-- out: new_choice
create or replace temp table new_choice as
with line as (select * from activity_line where batch_no = (select max(batch_no) from activity_line)),
type as (select * from activity_type where batch_no = (select max(batch_no) from activity_type)),
carries_energy as (  -- each kWh once: purchased energy on the market line, fuels on the direct line of Scope 1
    select activity_type, line, method from line
    where (line = 'energy' and method = 'market') or (line = 'direct' and scope = '1')
),
priced as (
    select w.*, coalesce(r.fault, case when w.factor_id is not null and c.line is not null and e.is_too_large
                                       then 'unit_too_large' end) as fault
    from winner w
    left join recipe r on r.factor_id = w.factor_id and r.unit_given = w.unit_given and r.money_year = w.money_year
    left join energy e on e.activity_type = w.activity_type and e.unit_given = w.unit_given
         and e.calorific_basis = w.calorific_basis
    left join carries_energy c on c.activity_type = w.activity_type and c.line = w.line and c.method = w.method
),
factored as (
    select w.key_no, w.book, w.method, w.line, w.scope, w.source_type, w.scope3_category, w.sub_line,
           coalesce(w.iso_category, w.scope) as iso_category,  -- outside the scopes is outside the ISO categories
           case when w.fault is null then w.factor_id end as factor_id,
           coalesce(w.fault, w.reason_code) as reason_code,
           case when w.fault is null and w.factor_id is not null
                then array_to_string(list_sort(list_concat(w.flags, coalesce(r.flags, []::varchar[]))), ';') else '' end as flags,
           coalesce(r.gwp_set, $gwp_set) as gwp_set,
           {amounts_of_recipe},
           case when c.line is not null and w.direction = 'consumed'  -- own generation is energy where it was made
                then e.energy_kwh_per_unit end as energy_kwh_per_unit,
           case when c.line is not null and w.direction = 'consumed' and e.energy_kwh_per_unit is not null
                then e.energy_source end as energy_source
    from priced w
    left join recipe r on r.factor_id = w.factor_id and r.unit_given = w.unit_given and r.money_year = w.money_year
         and w.fault is null
    left join energy e on e.activity_type = w.activity_type and e.unit_given = w.unit_given
         and e.calorific_basis = w.calorific_basis
    left join carries_energy c on c.activity_type = w.activity_type and c.line = w.line and c.method = w.method
),
stated as (  -- somebody else's figure that stands in for data: kg CO2e per unit is a conversion alone
    select k.key_no, l.book,
           case when l.method <> 'single' then l.method else coalesce(k.stated_method, 'single') end as method,
           l.line, coalesce(l.scope, k.stated_scope::varchar) as scope, l.source_type,
           coalesce(l.scope3_category, k.stated_scope3_category) as scope3_category, l.sub_line,
           coalesce(l.iso_category, case coalesce(l.scope, k.stated_scope::varchar) when '1' then '1' when '2' then '2'
               else case when k.stated_scope3_category in (4, 6, 7, 9) then '3'
                         when k.stated_scope3_category in (1, 2, 3, 5, 8) then '4'
                         when k.stated_scope3_category is not null then '5' else '6' end end) as iso_category,
           null::varchar as factor_id, 'stated' as reason_code, 'stated' as flags,
           $gwp_set as gwp_set, s.kg_per_unit
    from wanted_key k
    join line l on l.activity_type = k.activity_type and l.line = 'stated'
    join stated_unit s on s.unit_given = k.unit_given
)
select * from factored
union all by name
select * exclude (kg_per_unit), kg_per_unit as unsplit_co2e_kg_per_unit, kg_per_unit as total_co2e_kg_per_unit from stated
