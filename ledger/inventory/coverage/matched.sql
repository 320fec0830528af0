-- matched: the standing rows that answer each expectation: of its meter, else of its facility, else of its type alone.
-- Each part joins on equal columns, so that a hundred thousand meters are as quick as ten.
-- in:  {rows} (standing, or standing_sum), expected
-- out: matched
create or replace temp table matched as
select e.subject_no, e.first_day, e.last_day, s.*
from expected e join {rows} s on s.activity_type = e.activity_type and s.meter_id = e.meter_id
     and (e.facility_id is null or s.facility_id = e.facility_id)
     and s.period_start <= e.last_day and s.period_end >= e.first_day
union all
select e.subject_no, e.first_day, e.last_day, s.*
from expected e join {rows} s on s.activity_type = e.activity_type and s.facility_id = e.facility_id
     and s.period_start <= e.last_day and s.period_end >= e.first_day
where e.meter_id is null
union all
select e.subject_no, e.first_day, e.last_day, s.*
from expected e join {rows} s on s.activity_type = e.activity_type
     and s.period_start <= e.last_day and s.period_end >= e.first_day
where e.meter_id is null and e.facility_id is null
