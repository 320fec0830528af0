-- row_quality: what the rows say of themselves, by key; a reversal says what its original says, and takes it back.
-- in:  {whole} (posted sums as they stand), pin, line_kg, $first, $last
-- out: row_quality (label, basis, primary_data, stated, scores, kg), factor_quality (label, dataset, method, kg)
create or replace temp table row_part as
with part as (
    select a.key_no, a.month, a.legal_entity_id, {facility} as facility_id, a.batch_no, a.quantity, a.data_basis,
           a.primary_data, a.kind, coalesce(a.reverses_batch, a.batch_no) as original_batch,
           coalesce(a.reverses_seq, a.seq) as original_seq
    from activity a where a.month between $first and $last
    union all
    select s.key_no, s.month, a.legal_entity_id, {facility}, a.batch_no, s.quantity, a.data_basis, a.primary_data,
           a.kind, coalesce(a.reverses_batch, a.batch_no), coalesce(a.reverses_seq, a.seq)
    from activity_slice s join activity a on a.batch_no = s.activity_batch and a.seq = s.activity_seq
    where s.month between $first and $last
),
scored as materialized (  -- DuckDB 2.0.1 lost rows of the left join below where it was inlined under a HAVING
    select activity_batch, activity_seq, dq_reliability, dq_completeness, dq_temporal, dq_geographical,
           dq_technological
    from activity_detail
    where coalesce(dq_reliability, dq_completeness, dq_temporal, dq_geographical, dq_technological) is not null
)
select p.key_no, p.legal_entity_id, p.facility_id, p.data_basis, p.primary_data, p.kind = 'stated_emissions' as stated,
       d.dq_reliability, d.dq_completeness, d.dq_temporal, d.dq_geographical, d.dq_technological,
       sum(p.quantity)::double as quantity
from part p
join pin n on n.month = p.month and n.legal_entity_id is not distinct from p.legal_entity_id and p.batch_no <= n.pin
left join scored d on d.activity_batch = p.original_batch and d.activity_seq = p.original_seq
group by all;

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
