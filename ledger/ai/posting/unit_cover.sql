-- unit_cover: units whose energy the book holds already: a bill of their facility, or what their provider states.
-- One activity a unit, the one that meets most of its days; how many of its days any meets.
-- in:  unit_energy, book_energy (activities that stand, of bills and statements, those of this upload too), statement_of
-- out: unit_cover
create or replace temp table unit_cover as
with met as (
    select u.unit_key, b.*, least(u.period_end, b.period_end) - greatest(u.period_start, b.period_start) + 1 as days,
           u.period_end - u.period_start + 1 as days_of
    from unit_energy u
    join book_energy b on b.period_start <= u.period_end and b.period_end >= u.period_start
         and ((b.kind = 'bill' and b.facility_id = u.facility_id)
           or (b.kind = 'statement' and u.facility_id is null and b.provider = u.cloud_provider
               and (b.cloud_region is null or u.cloud_region is null or b.cloud_region = u.cloud_region)
               and (b.account is null or u.account is null or b.account = u.account)))
)
select unit_key, arg_max(struct_pack(batch_no, seq, kind, period_start, period_end), (days, batch_no, seq)) as held,
       max(days) as most_days, any_value(days_of) as days_of,
       count(*) as bills, sum(days) as days_met
from met group by unit_key
