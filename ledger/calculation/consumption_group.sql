-- consumption_group: what was bought of electricity, heat and cooling by month, facility and key, in a total order;
-- quantities as whole millionths of the unit given, energy as whole millionths of a kWh, rounded down.
-- in:  counted_until, unit_ratio (kWh in one unit as numerator over denominator), $size (batches)
-- out: consumption_group (left_quantity is what no instrument covers yet)
create or replace temp table consumption_group as
with line as (
    select activity_type, factor_activity_type as carrier from activity_line
    where batch_no = (select max(batch_no) from activity_line) and line = 'energy' and method = 'market'
),
held as (
    select t.month, t.legal_entity_id, t.facility_id, t.key_no, k.market_boundary, k.contract_id, k.unit_given,
           l.carrier, sum(t.quantity)::decimal(38,6) as quantity
    from period_total t
    join choice_key k on k.key_no = t.key_no
    join line l on l.activity_type = k.activity_type
    left join counted_until u on u.month = t.month and u.legal_entity_id is not distinct from t.legal_entity_id
    where t.batch_no <= coalesce(u.pin, $size) and not t.allocated and t.instrument_id is null
      and k.direction in ('consumed', 'generated_sold')
    group by all having sum(t.quantity) > 0
)
select row_number() over (order by h.month, h.facility_id, h.legal_entity_id, h.key_no) as group_no, h.*,
       replace(h.quantity::varchar, '.', '')::hugeint as left_quantity,
       r.numerator::hugeint as numerator, r.denominator::hugeint as denominator
from held h join unit_ratio r on r.unit = h.unit_given
