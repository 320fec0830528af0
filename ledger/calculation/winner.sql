-- winner: the one factor of each key, line and method, with the reason in a code; or none, with the reason.
-- in:  asked (keys to decide, each with the number of its question), candidate
-- out: winner
create or replace temp table winner as
with line as (select * from activity_line where batch_no = (select max(batch_no) from activity_line)),
claim(scope3_category, claimed, iso_category) as (  -- who pays, who leases, whose waste: the sender knows, the type does not
    values (4, 9, '3'), (9, 4, '3'), (5, 12, '5'), (12, 5, '4'), (8, 13, '5'), (13, 8, '4')
),
best as (select * from candidate where place = 1 and not is_barred),
barred as (select distinct question_no, line, method from candidate where is_barred),
firsts as (
    select c.question_no, c.line, c.method, count(*) as equals
    from candidate c where c.standing = 1 and not c.is_barred group by all
),
decided as (
    select k.key_no, l.line, l.method, l.book, l.scope, l.source_type, l.scope3_category, l.sub_line, l.iso_category,
           k.activity_type, k.unit_given, k.calorific_basis, k.month, k.price_year, k.capitalised, k.direction,
           k.grid_region, k.kind = 'spend' and coalesce(k.tax_included, false) as taxed, m.claimed,
           m.iso_category as claimed_iso_category,
           b.factor_id, b.boundary, b.tier, b.place_rank, b.age, b.market_rank, b.named, b.life_cycle, b.verification, b.is_own,
           b.home_country, b.country, b.gas_coverage, f.equals,
           x.question_no is not null as is_barred
    from asked k
    join line l on l.activity_type = k.activity_type and l.line <> 'stated'
    left join claim m on m.scope3_category = l.scope3_category and m.claimed = k.stated_scope3_category
    left join best b on b.question_no = k.question_no and b.line = l.line and b.method = l.method
    left join firsts f on f.question_no = k.question_no and f.line = l.line and f.method = l.method
    left join barred x on x.question_no = k.question_no and x.line = l.line and x.method = l.method
),
-- an average that already holds the upstream of fuels gets no upstream line on top
life_cycle_energy as (
    select key_no from decided
    where line = 'energy' and method = 'location' and boundary = 'plus_upstream' and age <= 3 and equals = 1
)
select d.key_no, d.line, d.method, d.book, d.scope, d.source_type,
       case when d.capitalised and d.scope3_category = 1 then 2
            else coalesce(d.claimed, d.scope3_category) end as scope3_category,
       case when d.capitalised and d.scope3_category = 1 then null else d.sub_line end as sub_line,
       coalesce(d.claimed_iso_category, d.iso_category) as iso_category, d.activity_type, d.unit_given, d.calorific_basis,
       coalesce(d.price_year, year(d.month)) as money_year, d.direction,
       case when d.direction <> 'consumed' and (d.direction <> 'generated_sold' or d.line <> 'energy') then null
            when d.taxed then null
            when l.key_no is not null and d.line in ('electricity_upstream', 'td_upstream') then null
            when d.age > 3 or d.equals > 1 then null else d.factor_id end as factor_id,
       -- generated, exported or sold: nothing was bought. Own generation whose certificates were sold has lost its
       -- attributes: it stands in Scope 2 like a purchase, but came over no grid, and its fuel has its own upstream
       case when d.direction <> 'consumed' and (d.direction <> 'generated_sold' or d.line <> 'energy') then 'not_consumed'
            when l.key_no is not null and d.line in ('electricity_upstream', 'td_upstream') then 'included_in_energy_line'
            when d.taxed then 'tax_included'  -- the amount holds a tax of unknown rate
            when d.factor_id is null then 'no_factor'
            when d.age > 3 then 'too_old'
            when d.equals > 1 then 'tie'
            when d.named then 'named'
            when d.method <> 'location' and d.market_rank = 0 then 'supplier'
            when d.method = 'market' and d.market_rank = 1 then 'residual_mix'
            else (case when d.method = 'market' then 'no_residual_mix-' else '' end)
                 || (case when d.is_own then 'own' when d.tier = 0 then 'preferred' when d.tier = 1 then 'national'
                          when d.tier = 2 then 'international' else 'life_cycle' end)
                 || '-' || (case d.place_rank when 0 then 'grid_region' when 1 then 'country' else 'world' end)
       end as reason_code,
       list_filter([
           case when d.age between 1 and 3 then 'edition_age_' || d.age end,
           case when d.boundary = 'plus_upstream' then 'includes_upstream' end,
           case when d.life_cycle then 'life_cycle' end,
           case when d.place_rank = 2 and d.home_country is not null and d.home_country <> d.country
                then 'proxy_' || d.home_country end,
           case when d.gas_coverage = 'co2_only' then 'co2_only' end,
           case when d.line = 'energy' and d.grid_region is not null and d.place_rank > 0 then 'grid_region_not_held' end,
           case when d.verification = 'secondary' then 'secondary' end,
           case when d.method = 'market' and d.market_rank = 2 and not d.named then 'no_residual_mix' end,
           case when d.direction = 'generated_sold' and d.line = 'energy' then 'own_generation_sold' end,
           case when d.is_barred then 'supplier_rate_barred' end
       ], lambda flag: flag is not null) as flags
from decided d left join life_cycle_energy l using (key_no)
