-- known_factor: the average factors of a place for one factor activity type, those fresh enough for a month.
-- in:  choice tables; $factor_activity_type, $country, $region (null: every grid region of the country counts),
--      $month, $withdrawn
-- out: known_factor (factor_id, region), of each dataset and place the edition nearest to the month
create or replace temp table known_factor as
with factor as (
    select * from emission_factor
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
)
select f.factor_id, f.region
from factor f
where f.activity_type = $factor_activity_type and f.line = 'energy' and f.kind = 'average' and f.classification_code is null
  and f.serves in ('location', 'both', 'na') and f.supplier is null and f.product is null
  and (f.country is null or f.country = $country)
  and (f.region is null or $region is null or f.region = $region)
  and f.valid_from <= last_day($month::date)
  and year($month::date) - year(f.valid_to) <= 3
  and not list_contains($withdrawn, f.dataset)
qualify row_number() over (partition by f.dataset, f.country, f.region order by f.valid_to desc, f.factor_id) = 1
