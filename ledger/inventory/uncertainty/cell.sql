-- cell, cell_line: what is uncertain together. The rows of a key that stand in one month and have no meter are one
-- cell of independent errors; a row over several months, and the rows of one meter with the same spread, are a cell
-- with one error. In a cell the sum over rows of (mean)^2 x variance is s2, of (mean)^3 x third moment s3.
-- in:  {whole} (posted sums as they stand, no share of a view applied), spread, line_kg (label, key, factor, kg)
-- out: cell (cell, s2, s3, rows), cell_line (label, cell, factor_id, kg for a deviation of one, means included),
--      factor_line (label, factor_id, mean kg of all that rests on it, variance, third), covered (kg by what is known)
create or replace temp table key_quantity as
select key_no, legal_entity_id, facility_id, max(quantity)::double as quantity
from {whole} where not allocated and instrument_id is null group by all having max(quantity) <> 0;

create or replace temp table line_rate as  -- kg per unit of quantity
select l.*, l.kg / q.quantity as rate, f.mean as factor_mean, f.variance as factor_variance, f.third as factor_third
from line_kg l
left join key_quantity q on q.key_no = l.key_no and q.legal_entity_id is not distinct from l.legal_entity_id
     and q.facility_id is not distinct from l.facility_id
left join spread f on f.factor_id = l.factor_id;

create or replace temp table row_cell as
select case when meter is not null then concat_ws(' ', 'meter', meter, mean, variance, third)
            when sliced then 'row ' || batch_no || '-' || seq
            else concat_ws(' ', 'key', key_no, legal_entity_id, facility_id) end as cell,
       sliced or meter is not null as is_single, *
from spread where factor_id is null;

create or replace temp table cell as
select cell, bool_or(is_single) as is_single, count(*) as rows,
       case when bool_or(is_single) then any_value(variance) else sum(pow(quantity * mean, 2) * variance) end as s2,
       case when bool_or(is_single) then any_value(third) else sum(pow(quantity * mean, 3) * third) end as s3
from row_cell group by cell;

create or replace temp table cell_line as
with of_key as (
    select cell, is_single, key_no, legal_entity_id, facility_id, sum(quantity * mean) as quantity
    from row_cell group by all
)
select r.label, c.cell, r.factor_id,
       sum(r.rate * coalesce(r.factor_mean, 1) * case when c.is_single then c.quantity else 1 end) as kg,
       any_value(r.factor_variance) as factor_variance, any_value(r.factor_third) as factor_third
from of_key c
join line_rate r on r.key_no = c.key_no and r.legal_entity_id is not distinct from c.legal_entity_id
     and r.facility_id is not distinct from c.facility_id
group by all having sum(r.rate) is not null;

create or replace temp table covered as
with of_key as (
    select key_no, legal_entity_id, facility_id, sum(quantity) as quantity,
           coalesce(sum(quantity) filter (where by_scores), 0) as scored, sum(quantity * (mean - 1)) as shift
    from row_cell group by all
)
select r.label, r.factor_id, r.key_no, r.kg, coalesce(r.factor_mean, 1) as factor_mean, r.factor_variance,
       r.factor_third, coalesce(c.shift * r.rate, 0) as shift_kg,
       case when r.factor_id is null or r.factor_variance is not null then coalesce(c.quantity * r.rate, 0)
            else coalesce(c.scored * r.rate, 0) end as whole_kg,
       case when r.factor_variance is not null then r.kg - coalesce(c.quantity * r.rate, 0)
            when r.factor_id is not null then coalesce((c.quantity - c.scored) * r.rate, 0)
            else 0 end as partly_kg
from line_rate r
left join of_key c on c.key_no = r.key_no and c.legal_entity_id is not distinct from r.legal_entity_id
     and c.facility_id is not distinct from r.facility_id;

create or replace temp table factor_line as
select label, factor_id, sum((whole_kg + partly_kg + shift_kg) * factor_mean) as kg,
       any_value(factor_variance) as variance, any_value(factor_third) as third
from covered group by all;
