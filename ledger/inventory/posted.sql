-- posted: the exact sums of a span of months as the ledger stood at a size (a number of batches).
-- Each month is read at its pin; only instruments reach into closed months, as far as their own pin says. Quantities are summed per key first:
-- exact products fold.
-- in:  pin, $first, $last (first days of months)
-- out: posted
create or replace temp table posted as
with held as (
    select t.month, t.legal_entity_id, {facility} as facility_id, t.key_no, t.instrument_id, t.allocated, p.pin,
           p.allocation_pin,
           sum(t.quantity)::decimal(38,6) as quantity, sum(t.n)::bigint as n
    from period_total t
    join pin p on p.month = t.month and p.legal_entity_id is not distinct from t.legal_entity_id
    where t.month between $first and $last
      and case when t.allocated or t.instrument_id is not null then t.batch_no <= p.allocation_pin else t.batch_no <= p.pin end
    group by all
)
select h.month, h.legal_entity_id, h.facility_id, h.key_no, h.instrument_id, h.allocated, k.activity_type, k.unit_given,
       k.kind, k.country, c.book, c.method, c.line, c.scope, c.source_type, c.scope3_category, c.sub_line, c.iso_category,
       c.factor_id, c.reason_code, c.flags, c.gwp_set, c.energy_source,
       c.total_co2e_kg_per_unit is null as is_null,
       any_value(h.quantity) as quantity,
       any_value(h.n) as rows_n,
       sum(c.sign)::bigint as sign,
       sum(c.sign * h.n)::bigint as n,
       {amounts}
from held h
join choice c on c.key_no = h.key_no and c.instrument_id is not distinct from h.instrument_id
     and (not h.allocated or (c.method = 'market' and c.line = 'energy'))
     and (c.batch_no <= h.pin or (c.instrument_id is not null and c.batch_no <= h.allocation_pin))
join choice_key k on k.key_no = h.key_no
group by all
