-- candidate: every factor that could serve a question on a line, with what ranks it. Keys that differ only in what the
-- choice of a factor does not read ask the same question, which is answered once.
-- in:  asked (keys to decide, each with the number of its question)
-- out: candidate, one row per question, line, method and factor
-- Order of preference (docs/methods/choice.md): named by the row; the supplier's own, but never location-based, that of
-- the product before that of all it sells; residual mix before average (market-based); one's own factor where its place
-- is as near as that of any other; tier (preferred, national, international, life-cycle last); place (grid region,
-- country, world); age of edition; official before secondary.
create or replace temp table candidate as
with factor as (
    select * from emission_factor
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
),
dataset as (
    select * from factor_dataset where not list_contains($withdrawn, dataset)  -- withdrawn: readable, and never wins
    qualify row_number() over (partition by dataset order by batch_no desc, seq desc) = 1
),
line as (select * from activity_line where batch_no = (select max(batch_no) from activity_line)),
type as (select * from activity_type where batch_no = (select max(batch_no) from activity_type)),
measure as (select * from unit where batch_no = (select max(batch_no) from unit)),
classified as (select distinct activity_type from factor where classification_code is not null),
wanted as (
    select k.question_no, k.unit_given, k.calorific_basis, k.country, k.grid_region, k.supplier, k.product, k.price_basis,
           k.factor_id as named_factor, k.is_barred,
           k.month, u.dimension, l.line, l.method, l.factor_activity_type,
           -- a named factor decides the line that it is for and the methods that its kind may serve, and no other
           k.factor_id is not null and coalesce(n.line = l.line and (l.method <> 'location' or n.kind = 'average'
               and n.serves in ('location', 'both', 'na')), true) as named,
           case when c.activity_type is null then ''
                else coalesce(k.classification_code, t.default_classification_code, '') end as code,
           -- the reporting year in which most months of the fiscal year of this month fall (a tie takes the later)
           (year(k.month - to_months($fiscal_month - 1)) + case when $fiscal_month >= 7 then 1 else 0 end) as edition_year
    from (select distinct on (question_no) * from asked) k
    join line l on l.activity_type = k.activity_type
    join type t on t.activity_type = k.activity_type
    join measure u on u.unit = k.unit_given
    left join classified c on c.activity_type = l.factor_activity_type
    left join factor n on n.factor_id = k.factor_id
    where l.line <> 'stated'
),
sought as (
    select *, code as sought_code from wanted
    union all  -- a supplier's own factor without a code serves whatever is bought from it
    select *, '' from wanted where code <> '' and supplier is not null
),
placed as (  -- a factor of the key's country, or of none
    select *, '' as sought_country from sought
    union all
    select *, country from sought where country is not null
),
served as (
    select w.question_no, w.line, w.method, f.factor_id, f.boundary, f.kind, f.gwp_set, f.gas_coverage, f.country as factor_country,
           f.verification, d.dataset, d.home_country, d.life_cycle, w.country,
           w.named,
           case when w.method = 'location' then 2 when f.kind = 'product' or f.supplier is not null or f.kind = 'supplier'
                then 0 when f.kind = 'residual' then 1 else 2 end as market_rank,
           case when f.product is not null then 0 else 1 end as product_rank,
           f.dataset = 'user' as is_own,
           case when list_contains($preferred, f.dataset) then 0
                when d.life_cycle then 3
                when d.home_country = w.country then 1
                else 2 end as tier,
           d.international_rank,
           case when f.region is not null then 0 when f.country is not null then 1 else 2 end as place_rank,
           greatest(0, case when f.edition_basis = 'reporting_year_most_months' then w.edition_year else year(w.month) end
                       - year(f.valid_to)) as age,
           case f.verification when 'official' then 0 when 'user' then 0 else 1 end as unofficial,
           -- a rate that already contains a certificate which covers part of this consumption would count it twice
           (f.kind = 'supplier' or f.supplier is not null) and w.method = 'market' and w.line = 'energy'
               and w.is_barred as is_barred
    from placed w
    join factor f on f.activity_type = w.factor_activity_type and f.line = w.line
         and coalesce(f.classification_code, '') = w.sought_code and coalesce(f.country, '') = w.sought_country
    join dataset d on d.dataset = f.dataset
    join measure m on m.unit = f.per_unit and m.dimension = w.dimension
    where (not w.named or f.factor_id = w.named_factor)
      and (w.sought_code = w.code or f.supplier is not null)
      and (f.region is null or f.region = w.grid_region)
      and (f.supplier is null or f.supplier = w.supplier)
      and (f.product is null or f.product = w.product)
      and (w.price_basis is null or f.price_basis is null or f.price_basis = w.price_basis)
      and (f.calorific_basis = 'na' or w.dimension <> 'energy' or f.calorific_basis = w.calorific_basis)
      and (f.kind <> 'marginal')
      and case w.method
            when 'location' then f.kind = 'average' and f.serves in ('location', 'both', 'na')
            when 'market' then f.kind in ('supplier', 'residual', 'average')
            else f.kind <> 'residual' end
      -- a newer edition never serves an earlier period
      and case when f.edition_basis = 'reporting_year_most_months' then year(f.valid_from) <= w.edition_year
               else f.valid_from <= last_day(w.month) end
),
near as (  -- one's own factor comes first where no other factor that is fresh enough has a nearer place
    select *, is_own and place_rank <= coalesce(
               min(case when not is_own and age <= 3 then place_rank end) over (partition by question_no, line, method, market_rank),
               place_rank) as own_first
    from served
)
select *, row_number() over ranked as place, rank() over ranked as standing
from near
window ranked as (
    partition by question_no, line, method
    order by is_barred, named desc, age > 3, market_rank, product_rank, own_first desc, tier,
             case when tier >= 2 then international_rank else 0 end, place_rank, age, unofficial
)
