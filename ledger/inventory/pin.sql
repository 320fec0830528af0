-- pin: up to which batch each month of each entity is read. Open months are read at the size asked for, closed ones at
-- the pin of the narrowest period that closed over them: its last close or restatement at or before that size.
-- Instruments are allotted over a year and reach into closed months: they are read at the pin of the narrowest closed
-- period that holds the whole period asked for, so that a closed quarter keeps its digits, and a longer one, which was
-- not closed as one, has them as they stand.
-- in:  $start, $end (days of the period asked for), $first, $last (first days of its months), $size, $view,
--      $released (closed periods to read as if they were open), $floor (no month is read at less than this batch)
-- out: pin
create or replace temp table pin as
with closed as (
    select period_start, period_end, legal_entity_id, period_end - period_start as days,
           arg_max(coalesce(pin_batch, batch_no), (batch_no, seq)) as pin
    from period_event
    where event in ('closed', 'restated') and batch_no <= $size and (view = $view or view = 'all')
      and not list_contains($released::varchar[],
                            concat_ws('|', period_start, period_end, view, coalesce(legal_entity_id, '')))
    group by period_start, period_end, view, legal_entity_id
),
months as (
    select distinct month, legal_entity_id from period_total where month between $first and $last
)
select m.month, m.legal_entity_id, count(c.pin) > 0 as closed,
       greatest(coalesce(arg_min(c.pin, (c.days, c.legal_entity_id is null)), $size), $floor) as pin,
       greatest(coalesce(arg_min(c.pin, (c.days, c.legal_entity_id is null))
                         filter (where c.period_start <= $start and c.period_end >= $end), $size), $floor)
           as allocation_pin
from months m left join closed c
     on m.month between c.period_start and c.period_end
     and (c.legal_entity_id is null or c.legal_entity_id = m.legal_entity_id)
group by all
