-- pin: up to which batch each month of each entity is read: open months at the size asked for, closed ones at their
-- pin, the last close or restatement at or before it.
-- in:  $first, $last (first days of months), $size, $view
-- out: pin
create or replace temp table pin as
with event as (
    select * from period_event
    where event in ('closed', 'restated') and batch_no <= $size and (view = $view or view = 'all')
),
months as (
    select distinct month, legal_entity_id from period_total where month between $first and $last
)
select m.month, m.legal_entity_id, coalesce(max(coalesce(e.pin_batch, e.batch_no)), $size) as pin
from months m left join event e
     on m.month between e.period_start and e.period_end
     and (e.legal_entity_id is null or e.legal_entity_id = m.legal_entity_id)
group by all
