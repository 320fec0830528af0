-- row_quality: what the rows say of themselves, by key; a reversal says what its original says, and takes it back.
-- Only rows with scores are read one by one: of the others the sums by data basis are what those leave.
-- in:  {whole} (posted sums as they stand), pin, row_basis, line_kg, $first, $last, {facility} (of a row or sum t)
-- out: row_quality (label, basis, primary_data, stated, scores, kg), factor_quality (label, dataset, method, kg)
create or replace temp table row_part as
with scored as materialized (  -- DuckDB 2.0.1 lost rows of the joins below where it was inlined under a HAVING
    select activity_batch, activity_seq, dq_reliability, dq_completeness, dq_temporal, dq_geographical,
           dq_technological
    from activity_detail
    where coalesce(dq_reliability, dq_completeness, dq_temporal, dq_geographical, dq_technological) is not null
),
part as (
    select t.key_no, t.month, t.legal_entity_id, {facility} as facility_id, t.batch_no, t.quantity, t.data_basis,
           t.primary_data, d.* exclude (activity_batch, activity_seq)
    from activity t join scored d on d.activity_batch = coalesce(t.reverses_batch, t.batch_no)
         and d.activity_seq = coalesce(t.reverses_seq, t.seq)
    where t.month between $first and $last
    union all
    select s.key_no, s.month, t.legal_entity_id, {facility}, t.batch_no, s.quantity, t.data_basis, t.primary_data,
           d.* exclude (activity_batch, activity_seq)
    from activity_slice s join activity t on t.batch_no = s.activity_batch and t.seq = s.activity_seq
    join scored d on d.activity_batch = coalesce(t.reverses_batch, t.batch_no)
         and d.activity_seq = coalesce(t.reverses_seq, t.seq)
    where s.month between $first and $last
),
told as (
    select p.* exclude (month, batch_no) replace (sum(p.quantity)::decimal(38,6) as quantity)
    from part p
    join pin n on n.month = p.month and n.legal_entity_id is not distinct from p.legal_entity_id and p.batch_no <= n.pin
    group by all
),
silent as (  -- what the rows with scores leave of each sum
    select key_no, legal_entity_id, facility_id, data_basis, primary_data, sum(quantity)::decimal(38,6) as quantity
    from (
        select t.key_no, t.legal_entity_id, {facility} as facility_id, t.data_basis, t.primary_data, t.quantity
        from row_basis t
        union all
        select key_no, legal_entity_id, facility_id, data_basis, primary_data, -quantity from told
    ) group by all
)
select p.*, k.kind = 'stated_emissions' as stated
from (select * replace (quantity::double as quantity) from told
      union all by name select * replace (quantity::double as quantity) from silent) p
join choice_key k on k.key_no = p.key_no;

create or replace temp table row_quality as
with held as (
    select key_no, legal_entity_id, facility_id, max(quantity)::double as quantity
    from {whole} where not allocated and instrument_id is null group by all having max(quantity) <> 0
),
of_key as (
    select label, key_no, legal_entity_id, facility_id, sum(kg) as kg from line_kg group by all
)
select k.label, r.data_basis, r.primary_data, r.stated, r.dq_reliability, r.dq_completeness, r.dq_temporal,
       r.dq_geographical, r.dq_technological, sum(abs(k.kg * r.quantity / h.quantity)) as kg
from of_key k
join held h on h.key_no = k.key_no and h.legal_entity_id is not distinct from k.legal_entity_id
     and h.facility_id is not distinct from k.facility_id
join row_part r on r.key_no = k.key_no and r.legal_entity_id is not distinct from k.legal_entity_id
     and r.facility_id is not distinct from k.facility_id
group by all;

create or replace temp table factor_quality as
with factor as (
    select factor_id, dataset, edition, kind, verification from emission_factor
    where factor_id in (select factor_id from line_kg)
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
)
select l.label, f.dataset, f.edition, f.verification,
       case when l.factor_id like 'instrument %' then 'contractual instrument'
            when f.kind is null then 'stated by others'
            when f.kind = 'spend' then 'spend-based' when f.kind = 'supplier' then 'supplier-specific'
            else 'average-data' end as method,
       sum(abs(l.kg)) as kg
from line_kg l left join factor f on f.factor_id = l.factor_id
group by all;
