-- tagged: the quantities of a period by company, facility, key and a label of the row, each month at its pin. Only rows
-- that may have a label are read; what the sums hold beyond them has none.
-- in:  pin, {label} (SQL over a row `a`), {may} (which rows may have one)
-- out: tagged
create or replace temp table tagged as
with labelled as (
    select a.legal_entity_id, a.facility_id, a.key_no, a.month, p.pin, {label} as label,
           sum(a.quantity)::decimal(38,6) as quantity, sum(if(a.reverses_batch is null, 1, -1)) as n
    from activity a join pin p on p.month = a.month and p.legal_entity_id is not distinct from a.legal_entity_id
    where a.batch_no <= p.pin and {may} group by all
    union all
    select a.legal_entity_id, a.facility_id, s.key_no, s.month, p.pin, {label}, sum(s.quantity)::decimal(38,6),
           sum(if(a.reverses_batch is null, 1, -1))
    from activity_slice s join activity a on a.batch_no = s.activity_batch and a.seq = s.activity_seq
    join pin p on p.month = s.month and p.legal_entity_id is not distinct from a.legal_entity_id
    where s.batch_no <= p.pin and {may} group by all
),
bare as (
    select t.legal_entity_id, t.facility_id, t.key_no, t.month, p.pin, t.quantity, t.n
    from period_total t join pin p on p.month = t.month and p.legal_entity_id is not distinct from t.legal_entity_id
    where t.batch_no <= p.pin and not t.allocated and t.instrument_id is null
    union all
    select legal_entity_id, facility_id, key_no, month, pin, -quantity, -n from labelled
)
select * exclude (n) from labelled where n <> 0 or quantity <> 0
union all by name
select legal_entity_id, facility_id, key_no, month, pin, null::varchar as label,
       sum(quantity)::decimal(38,6) as quantity
from bare group by all having sum(n) <> 0 or sum(quantity) <> 0
