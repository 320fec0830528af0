-- usual: each month beside the median, the median absolute deviation and the sum of those of the twelve before it that
-- hold data, and beside the same month of the year before.
-- in:  monthly, $first, $last (first days of months)
-- out: usual
create or replace temp table usual as
with beside as (
    select *, median(amount) over before as usual, mad(amount) over before as deviation, sum(amount) over before as total,
           count(*) over before as months
    from monthly
    window before as (partition by facility_id, meter_id, activity_type, dimension order by month
                      range between interval 12 month preceding and interval 1 month preceding)
)
select b.*, y.amount as year_before
from beside b
left join monthly y on y.facility_id = b.facility_id and y.meter_id is not distinct from b.meter_id
     and y.activity_type = b.activity_type and y.dimension = b.dimension
     and y.month = (b.month - interval 1 year)::date
where b.month between $first and $last
