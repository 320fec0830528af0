-- expected: the spans of days for which data ought to come. A later version ends the one before it; a version that was
-- withdrawn does not count; a facility expects nothing outside the days on which it exists.
-- in:  $first, $last (days), $size
-- out: expected (subject_no in order of facility, meter, type and start; entry is the expectation's own)
create or replace temp table expected as
with version as (
    select * from expectation where batch_no <= $size
    qualify row_number() over (
        partition by facility_id, meter_id, activity_type, valid_from order by batch_no desc, seq desc) = 1
),
dated as (
    select *, lead(valid_from) over (partition by facility_id, meter_id, activity_type order by valid_from) as next_from
    from version where not withdrawn
),
place as (
    select facility_id, exists_from, exists_to from facility where batch_no <= $size
    qualify row_number() over (partition by facility_id order by valid_from desc, batch_no desc, seq desc) = 1
),
spanned as (
    select d.facility_id, d.meter_id, d.activity_type, d.frequency, concat('B', d.batch_no, '-', d.seq) as entry,
           greatest(d.valid_from, coalesce(p.exists_from, d.valid_from), $first::date) as first_day,
           least(coalesce(d.valid_to, $last::date), coalesce(d.next_from - 1, $last::date),
                 coalesce(p.exists_to, $last::date), $last::date) as last_day
    from dated d left join place p using (facility_id)
)
select row_number() over (order by facility_id nulls last, activity_type, meter_id nulls first, first_day)::integer
           as subject_no, *
from spanned where first_day <= last_day
