-- posted: what counts in a view: each posted sum times its share, in the scope and category where the view puts it.
-- The product of an amount (18 decimals) and a share (12) does not fit 38 digits at once: whole and fraction are
-- multiplied apart, each exact, and the product is rounded once, at its 18th decimal, half away from zero.
-- in:  {source} (sums by facility), {part}
-- out: {name}
create or replace temp table {name} as
with classed as (
    select *, case when scope in ('1', '2') and book = 'inventory' then 'own'
                   when scope = '3' and scope3_category is distinct from 3 then 'other' else 'upstream' end as applies
    from {source}
)
select p.* exclude (applies) replace (
           case when b.scope3_category is not null and p.method = 'market' then 'memo_other_basis' else p.book end as book,
           case when b.scope3_category is not null and p.method <> 'market' then 'single' else p.method end as method,
           case when b.scope3_category is not null then '3' else p.scope end as scope,
           case when b.scope3_category is null then p.source_type end as source_type,
           coalesce(b.scope3_category, p.scope3_category) as scope3_category,
           case when b.scope3_category is null then p.sub_line end as sub_line,
           coalesce(b.iso_category, p.iso_category) as iso_category,
           case when b.scope3_category is null then p.energy_source end as energy_source,
           {quantity}::decimal(38,6) as quantity,
           {amounts}),
       b.entity, b.consolidation_group, b.placement, b.share
from classed p
join {part} b on b.given_entity is not distinct from p.legal_entity_id
     and b.facility_id is not distinct from p.facility_id and b.applies = p.applies
     and p.month between b.first_month and b.last_month
where {left_out}
