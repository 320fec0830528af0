-- recomputed: every posting of a span of months made again, one product a row, and added up by book, scope, line and
-- method. What counts is what the pins let in, as for the figures.
-- in:  posting (the view of the ledger, over its rows), pin
-- out: one row per book, scope, line and method, in order
select p.book, p.scope, p.line, p.method, count(*)::bigint as postings,
       {sums}
from posting p
join pin n on n.month = p.month and n.legal_entity_id is not distinct from p.legal_entity_id
where p.quantity_batch <= case when p.allocated or p.instrument_id is not null then n.allocation_pin else n.pin end
  and (p.choice_batch <= n.pin or (p.instrument_id is not null and p.choice_batch <= n.allocation_pin))
group by p.book, p.scope, p.line, p.method
order by p.book, p.scope, p.line, p.method
