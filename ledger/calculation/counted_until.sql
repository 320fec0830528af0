-- counted_until: up to which batch the rows of months that are closed in every view count: the pin of the narrowest
-- period over them. What came later waits for a restatement, and no instrument covers it.
-- in:  $size (batches), $released (closed periods to read as if they were open, as `start|end|view|entity`)
-- out: counted_until
create or replace temp table counted_until as
with closed as (
    select period_start, period_end, legal_entity_id, arg_max(coalesce(pin_batch, batch_no), (batch_no, seq)) as pin
    from period_event
    where event in ('closed', 'restated') and view = 'all' and batch_no <= $size
      and not list_contains($released::varchar[],
                            concat_ws('|', period_start, period_end, view, coalesce(legal_entity_id, '')))
    group by period_start, period_end, legal_entity_id
)
select m.month, m.legal_entity_id, arg_min(c.pin, (c.period_end - c.period_start, c.legal_entity_id is null)) as pin
from (select distinct month, legal_entity_id from period_total) m
join closed c on m.month between c.period_start and c.period_end
     and (c.legal_entity_id is null or c.legal_entity_id = m.legal_entity_id)
group by all
