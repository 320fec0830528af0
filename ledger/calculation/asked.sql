-- asked: the keys to decide, each with the number of the question that it asks: what the choice of a factor reads of it.
-- in:  wanted_key (keys to decide, columns of choice_key), barred_supply (keys whose supplier's rate is barred)
-- out: asked
create or replace temp table asked as
select *, key_no in (select key_no from barred_supply) as is_barred,
       dense_rank() over (order by activity_type, classification_code, unit_given, calorific_basis, country,
                             grid_region, supplier, product, price_basis, factor_id, month,
                             key_no in (select key_no from barred_supply)) as question_no
from wanted_key
