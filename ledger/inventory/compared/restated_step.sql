-- restated_step: which rows a restatement between the sides lets count: those after one batch, up to another. It is of
-- the narrowest closed period over the month on side b, of instruments the narrowest that holds the whole period asked.
-- in:  side_pin, $start, $end (days of the period asked for), $size_a, $size_b, $view (of side b)
-- out: restated_step
create or replace temp table restated_step as
with step as (
    select *, coalesce(pin_batch, batch_no) as upto,
           lag(coalesce(pin_batch, batch_no)) over (partition by period_start, period_end, view, legal_entity_id
                                                    order by batch_no, seq) as after
    from period_event
    where event in ('closed', 'restated') and batch_no <= $size_b and (view = $view or view = 'all')
),
narrowest as (
    select p.month, p.legal_entity_id, w.of_allocation, s.event, s.batch_no as restatement, s.after, s.upto
    from side_pin p cross join (values (false), (true)) w(of_allocation)
    join step s on p.month between s.period_start and s.period_end
         and (s.legal_entity_id is null or s.legal_entity_id = p.legal_entity_id)
         and (not w.of_allocation or (s.period_start <= $start and s.period_end >= $end))
    qualify dense_rank() over (partition by p.month, p.legal_entity_id, w.of_allocation
                               order by s.period_end - s.period_start, s.legal_entity_id is null) = 1
)
select month, legal_entity_id, of_allocation, restatement, after, upto
from narrowest where event = 'restated' and restatement > $size_a
