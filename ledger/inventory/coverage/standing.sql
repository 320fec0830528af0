-- standing: the rows of activity that count at a size and touch a span of days: quantities, not money, neither
-- reversed nor reversals, consumed or generated here. What a provider states of its services is there as well, and the
-- estimate that stands for it until it arrives is one of its rows.
-- in:  $first, $last (days), $size, {which} (of the rows `a`)
-- out: {standing}
create or replace temp table {standing} as
with reversed as (
    select distinct reverses_batch, reverses_seq from activity where reverses_batch is not null and batch_no <= $size
)
select a.batch_no, a.seq, a.facility_id,
       case a.activity_type when 'cloud_services_accrued' then 'cloud_services_stated' else a.activity_type end
           as activity_type, a.supplier, d.meter_id,
       coalesce(d.direction, 'consumed') as direction, a.period_start, a.period_end, a.quantity, a.unit_given,
       coalesce(d.calorific_basis, k.calorific_basis, 'na') as calorific_basis, a.data_basis in ('estimated', 'proxy') as is_estimated,
       d.start_utc is not null as is_by_the_hour
from activity a
left join activity_detail d on d.activity_batch = a.batch_no and d.activity_seq = a.seq
left join choice_key k on k.key_no = a.key_no
anti join reversed r on r.reverses_batch = a.batch_no and r.reverses_seq = a.seq
where a.batch_no <= $size and a.reverses_batch is null and {which}
  and (a.kind in ('quantity', 'derived') or a.activity_type in ('cloud_services_stated', 'cloud_services_accrued'))
  and a.period_end >= $first and a.period_start <= $last
  and coalesce(d.direction, 'consumed') in ('consumed', 'generated')
