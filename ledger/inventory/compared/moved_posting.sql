-- moved_posting: what makes the difference of two sides, whole, before a view takes its share: each piece of quantity by
-- the choices of its side; what stays by each choice that is on one side alone; and, where a company or facility stands
-- otherwise, what stays by the choices of side b once more, taken from where it stood and put where it stands.
-- side says at whose boundary it is weighed. Amounts are exact products and sums.
-- in:  moved_quantity, moved_choice, side_pin, restated_step, moved_place, $size_a, $place (boundary, or view)
-- out: moved_posting
create or replace temp table moved_posting as
with chosen as (
    select m.month, m.legal_entity_id, m.facility_id, m.instrument_id, m.allocated, m.batch_no as quantity_batch,
           m.side as piece_side, m.role, m.quantity, p.closed_a, k.activity_type, k.unit_given, c.* exclude (instrument_id, seq),
           c.batch_no <= p.pin_a or (c.instrument_id is not null and c.batch_no <= p.allocation_pin_a) as in_a,
           c.batch_no <= p.pin_b or (c.instrument_id is not null and c.batch_no <= p.allocation_pin_b) as in_b
    from moved_quantity m
    join side_pin p on p.month = m.month and p.legal_entity_id is not distinct from m.legal_entity_id
    join choice c on c.key_no = m.key_no and c.instrument_id is not distinct from m.instrument_id
         and (not m.allocated or (c.method = 'market' and c.line = 'energy'))
    join choice_key k on k.key_no = m.key_no
),
weighed as (
    select *, quantity_batch as batch, piece_side as side, 1 as way, role as why from chosen
    where role <> 'stay' and if(piece_side = 'a', in_a, in_b)
    union all
    select *, batch_no, 'a', if(in_b, 1, -1), 'chosen' from chosen where role = 'stay' and in_a <> in_b
    union all
    select c.*, null, w.side, w.way, 'boundary' from chosen c
    semi join moved_place o on o.month = c.month and o.given_entity is not distinct from c.legal_entity_id
         and o.facility_id is not distinct from c.facility_id
    cross join (values ('a', -1), ('b', 1)) w(side, way)
    where c.role = 'stay' and c.in_b
),
told as (
    select h.* exclude (batch_no), {versions},
           case h.why when 'came' then 'new_data' when 'corrected' then 'correction' when 'left_out' then 'closed'
                      when 'allotted' then 'instrument' when 'boundary' then $place else o.cause end as cause,
           r.restatement
    from weighed h
    left join moved_choice o on h.why = 'chosen' and o.batch_no = h.batch_no and o.key_no = h.key_no
         and o.instrument_id is not distinct from h.instrument_id and o.book = h.book and o.method = h.method
         and o.line = h.line
    left join restated_step r on r.month = h.month and r.legal_entity_id is not distinct from h.legal_entity_id
         and r.of_allocation = (h.allocated or h.instrument_id is not null)
         and if(h.why = 'boundary', h.closed_a and r.upto = (select max(n.upto) from restated_step n
                                                             where n.month = r.month and not n.of_allocation),
                h.batch > r.after and h.batch <= r.upto)
)
select month, legal_entity_id, facility_id, side, batch, restatement,
       case when batch <= $size_a and restatement is null then 'closed' else cause end as cause,
       why = 'chosen' as chosen, activity_type, unit_given, {versions},
       book, method, line, scope, source_type, scope3_category, sub_line, iso_category, energy_source,
       sum(c.way * c.quantity)::decimal(38,6) as quantity, {amounts}
from told c group by all
