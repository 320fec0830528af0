-- side_pin: up to which batch each month of each entity is read on side a and on side b.
-- in:  pin_a, pin_b
-- out: side_pin
create or replace temp table side_pin as
select a.month, a.legal_entity_id, a.closed as closed_a, a.pin as pin_a, a.allocation_pin as allocation_pin_a,
       b.pin as pin_b, b.allocation_pin as allocation_pin_b
from pin_a a join pin_b b on b.month = a.month and b.legal_entity_id is not distinct from a.legal_entity_id
