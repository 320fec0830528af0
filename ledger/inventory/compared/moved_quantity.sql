-- moved_quantity: the quantities of both sides in pieces: what counts on both (`stay`), and what came or went, by batch.
-- Of each sum (month, company, facility, key, instrument) the pieces of side b less those of side a, and `stay` on both,
-- make the sum of side b; `stay` less the pieces of side a makes the sum of side a. A row that was taken back leaves
-- side a, so that its own choice there weighs it; what came and was taken back within comes and goes on side b. Of an
-- instrument in a month all moves go on side a where less of it is left, else on side b.
-- in:  side_pin, $first, $last (first days of months)
-- out: moved_quantity
create or replace temp table moved_quantity as
with held as (
    select t.month, t.legal_entity_id, t.facility_id, t.key_no, t.instrument_id, t.allocated, t.batch_no, t.quantity,
           p.pin_a,
           case when t.allocated or t.instrument_id is not null then t.batch_no <= p.allocation_pin_a
                else t.batch_no <= p.pin_a end as in_a,
           case when t.allocated or t.instrument_id is not null then t.batch_no <= p.allocation_pin_b
                else t.batch_no <= p.pin_b end as in_b
    from period_total t
    join side_pin p on p.month = t.month and p.legal_entity_id is not distinct from t.legal_entity_id
    where t.month between $first and $last
),
came as (select * from held where in_b and not in_a),
marked as (  -- rows that take others back, and rows that stand in their place
    select batch_no, seq, reverses_batch from activity where reverses_batch is not null
    union all
    select activity_batch, activity_seq, null from activity_detail where replaces is not null
),
corrected as (
    select q.month, q.legal_entity_id, q.facility_id, q.key_no, q.quantity_batch as batch_no, m.reverses_batch,
           sum(q.quantity)::decimal(38,6) as quantity
    from quantity_row q join marked m on m.batch_no = q.activity_batch and m.seq = q.activity_seq
    where not q.allocated and q.month between $first and $last
      and q.quantity_batch in (select batch_no from came where not allocated)
    group by all
),
put_right as (
    select c.*, h.pin_a
    from corrected c join came h on h.batch_no = c.batch_no and h.month = c.month and h.key_no = c.key_no
         and h.legal_entity_id is not distinct from c.legal_entity_id
         and h.facility_id is not distinct from c.facility_id and not h.allocated
),
piece as (
    select month, legal_entity_id, facility_id, key_no, instrument_id, allocated, batch_no, -quantity as quantity,
           'a' as side, case when allocated then 'allotted' else 'left_out' end as role
    from held where in_a and not in_b
    union all by name
    select month, legal_entity_id, facility_id, key_no, instrument_id, allocated, batch_no, quantity,
           if(abs(of_a + came) < abs(of_a), 'a', 'b') as side, 'allotted' as role
    from (select *, coalesce(sum(quantity) filter (where in_a) over one, 0) as of_a,
                 sum(quantity) filter (where in_b and not in_a) over one as came
          from held where allocated
          window one as (partition by month, legal_entity_id, facility_id, key_no, instrument_id))
    where in_b and not in_a
    union all by name
    select month, legal_entity_id, facility_id, key_no, null::varchar as instrument_id, false as allocated, batch_no,
           quantity, if(reverses_batch <= pin_a, 'a', 'b') as side, 'corrected' as role
    from put_right
    union all by name
    select h.month, h.legal_entity_id, h.facility_id, h.key_no, h.instrument_id, false as allocated, h.batch_no,
           h.quantity, 'b' as side, 'came' as role
    from came h where not h.allocated
    union all by name
    select month, legal_entity_id, facility_id, key_no, null::varchar as instrument_id, false as allocated, batch_no,
           -quantity as quantity, 'b' as side, 'came' as role  -- what of it was put right is told as such
    from put_right
),
standing as (
    select * exclude (batch_no, pin_a, in_a, in_b) from held where in_a
    union all by name
    select * exclude (batch_no, side, role) from piece where side = 'a'
)
select month, legal_entity_id, facility_id, key_no, instrument_id, allocated, batch_no, side, role,
       sum(quantity)::decimal(38,6) as quantity
from piece group by all having sum(piece.quantity) <> 0
union all by name
select month, legal_entity_id, facility_id, key_no, instrument_id, allocated, null::bigint as batch_no,
       null::varchar as side, 'stay' as role, sum(quantity)::decimal(38,6) as quantity
from standing group by all having sum(standing.quantity) <> 0
