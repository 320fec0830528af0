-- usual: months that may be unusual, beside the median, the median absolute deviation and the number of those of the
-- twelve before that hold data, and beside the same month of the year before. A month within $near times the least and
-- the most of the twelve lies within $near times their median too, and is left out before any median is taken.
-- in:  monthly, $first, $last (first days of months), $near
-- out: usual
create or replace temp table usual as
with beside as (
    select *, min(amount) over before as least, max(amount) over before as most
    from monthly
    window before as (partition by facility_id, meter_id, activity_type, dimension order by month
                      range between interval 12 month preceding and interval 1 month preceding)
),
compared as (
    select b.*, y.amount as year_before
    from beside b
    left join monthly y on y.facility_id = b.facility_id and y.meter_id is not distinct from b.meter_id
         and y.activity_type = b.activity_type and y.dimension = b.dimension
         and y.month = (b.month - interval 1 year)::date
    where b.month between $first and $last
),
doubtful as (
    select row_number() over () as place, * from compared
    where amount > $near * least or $near * amount < most
       or amount > $near * year_before or $near * amount < year_before
),
before as (
    select d.place, median(m.amount) as usual, mad(m.amount) as deviation, count(*) as months
    from doubtful d join monthly m on m.facility_id = d.facility_id and m.meter_id is not distinct from d.meter_id
         and m.activity_type = d.activity_type and m.dimension = d.dimension
         and m.month >= (d.month - interval 12 month)::date and m.month < d.month
    group by d.place
)
select d.*, b.usual, b.deviation, coalesce(b.months, 0) as months from doubtful d left join before b using (place)
