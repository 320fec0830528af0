-- closed_month: the months of each entity that are closed: read at their pin, whatever is decided later.
-- in:  $first, $last (first days of months), $view
-- out: closed_month
create or replace temp table closed_month as
select t.month, t.legal_entity_id, e.event, coalesce(e.pin_batch, e.batch_no) as pin
from (select distinct month, legal_entity_id from period_total where month between $first and $last) t
join period_event e on t.month between e.period_start and e.period_end and e.event in ('closed', 'restated')
     and (e.view = $view or e.view = 'all') and (e.legal_entity_id is null or e.legal_entity_id = t.legal_entity_id)
qualify row_number() over (partition by t.month, t.legal_entity_id order by e.batch_no desc, e.seq desc) = 1
