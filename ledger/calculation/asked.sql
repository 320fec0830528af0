-- asked: the keys to decide, each with the number of the question that it asks: what the choice of a factor reads of it.
-- Of a month it reads its year, its fiscal year, and which factors are valid by its end.
-- in:  wanted_key (keys to decide, columns of choice_key), barred_supply (keys whose supplier's rate is barred)
-- out: asked
create or replace temp table asked as
with begin as (select distinct valid_from from emission_factor),
months as (
    select m.month, year(m.month) as year, year(m.month - to_months($fiscal_month - 1)) as fiscal_year,
           count(b.valid_from) as begun
    from (select distinct month from wanted_key) m left join begin b on b.valid_from <= last_day(m.month)
    group by all
)
select k.*, k.key_no in (select key_no from barred_supply) as is_barred,
       dense_rank() over (order by activity_type, classification_code, unit_given, calorific_basis, country,
                             grid_region, supplier, product, price_basis, factor_id, m.year, m.fiscal_year, m.begun,
                             key_no in (select key_no from barred_supply)) as question_no
from wanted_key k join months m on m.month = k.month
