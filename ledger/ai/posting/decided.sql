-- decided: what became of each record, with the reason in words and the record or activity that stands in its place.
-- in:  run_unit, reading_unit, seen_energy, unit_fate, ai_precedence, run_now, reading_now
-- out: decided
create or replace temp table decided as
with record as (
    select 'ai_run' as record_table, r.batch_no, r.seq, r.is_new, r.unit_key, null::varchar as source, r.unit_key is not null as is_run
    from run_unit r
    union all
    select 'measurement', m.batch_no, m.seq, m.is_new, m.unit_key, m.source, false from reading_unit m
),
chosen as (select unit_key, source, rank, first_of, readings from seen_energy where is_chosen),
fated as (
    select r.*, f.decision, f.reason_code, f.held, f.by_unit, f.kwh, f.activity_batch, f.activity_seq,
           c.source as chosen_source, c.rank as chosen_rank, c.first_of, c.readings, s.rank as own_rank,
           case when r.is_run then f.unit_key is not null else r.source = c.source end as is_of_chosen
    from record r
    left join unit_fate f using (unit_key) left join chosen c using (unit_key)
    left join seen_energy s on s.unit_key = r.unit_key and s.source = r.source
)
select record_table, batch_no as record_batch, seq as record_seq, is_new,
       case when unit_key is null or decision is null then 'not_quantified'
            when is_of_chosen then decision else 'evidence' end as decision,
       case when decision is null then 'energy_unknown' when is_of_chosen then reason_code else 'superseded' end as reason_code,
       case when decision is null then 'nothing tells its energy: neither a reading, nor a record, nor power and machines'
            when not is_of_chosen then concat(chosen_source, ' comes first in the order of precedence: ', w.reason)
            when decision = 'breakdown' and held.kind = 'bill'
            then concat('a bill of the facility holds this electricity: B', held.batch_no, '-', held.seq)
            when decision = 'breakdown'
            then concat('the provider states these emissions already: B', held.batch_no, '-', held.seq)
            when reason_code = 'parts_exceed_meter' then concat('the parts exceed the meter, which counts alone: ', by_unit)
            when reason_code = 'parts_make_up_meter' then 'its parts make up all of it and are posted apart'
            when reason_code = 'rest_of_meter' then 'what the meter has beyond its parts is posted of it'
            when record_table = 'ai_run' and chosen_source not in ('run_record', 'estimate')
            then concat('posted with the energy that ', chosen_source, ' read')
            else 'its energy counts' end as reason,
       coalesce(own_rank, chosen_rank) as precedence,
       case when is_of_chosen then kwh end as energy_kwh,
       case when is_of_chosen and decision = 'posted' then activity_batch
            when is_of_chosen and decision = 'breakdown' then held.batch_no end as activity_batch,
       case when is_of_chosen and decision = 'posted' then activity_seq
            when is_of_chosen and decision = 'breakdown' then held.seq end as activity_seq,
       case when not is_of_chosen and decision is not null
            then case when chosen_source in ('run_record', 'estimate') then 'ai_run' else 'measurement' end end as by_table,
       case when not is_of_chosen and decision is not null then first_of[1] end as by_batch,
       case when not is_of_chosen and decision is not null then first_of[2] end as by_seq
from fated left join ai_precedence w on w.rank = chosen_rank
union all  -- what a record had posted ends with it
select 'ai_run', batch_no, seq, is_new, 'withdrawn', 'withdrawn', 'the record was withdrawn', null, null, null, null, null, null, null
from run_now where withdrawn
union all
select 'measurement', batch_no, seq, is_new, 'withdrawn', 'withdrawn', 'the record was withdrawn', null, null, null, null, null, null, null
from reading_now where withdrawn
