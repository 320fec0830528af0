-- reading_unit: the readings in force, each with its rank, whether overhead lies outside of it, and what it is of: a run,
-- else a cluster, an account, a facility, or its subject alone.
-- in:  reading_now (rows of measurement in force, with is_new), ai_precedence, run_unit, region_of
-- out: reading_unit
create or replace temp table reading_unit as
with held as (
    select *, row_number() over (order by batch_no, seq) as reading_no from reading_now where not withdrawn
),
ranked as (
    select h.reading_no, min(p.rank) as rank from held h
    join ai_precedence p on (p.source is null or p.source = h.source)
         and (p.reading_method is null or p.reading_method = h.reading_method)
         and (p.energy_level is null or p.energy_level = h.energy_level)
    group by all
),
one_run as (  -- of the parts of a run that begin together the active one
    select unit_key, run_id, start_utc from run_unit
    qualify row_number() over (partition by run_id, start_utc order by state = 'active' desc, attempt desc) = 1
),
first_run as (select run_id, arg_min(unit_key, start_utc) as unit_key from one_run group by all),
timed as (
    select h.*, k.rank, w.unit_key as in_run from held h join ranked k using (reading_no)
    asof left join one_run w on w.run_id = h.run_id and w.start_utc <= h.start_utc
)
select t.*, coalesce(t.in_run, f.unit_key) as run_key,
       case when t.run_id is not null then 'run' when t.cluster is not null then 'cluster'
            when t.account is not null then 'account' when t.facility_id is not null then 'facility' else 'subject' end as unit_kind,
       case when t.run_id is not null then coalesce(t.in_run, f.unit_key, concat('ai:run:', t.run_id))
            else concat('ai:', case when t.cluster is not null then concat('cluster:', t.cluster)
                                    when t.account is not null then concat('account:', t.cloud_provider, '/', t.account)
                                    when t.facility_id is not null then concat('facility:', t.facility_id)
                                    else concat('subject:', t.source, '/', t.subject) end,
                        '/', strftime(t.start_utc, '%Y-%m')) end as unit_key,
       t.energy_level in ('chip', 'it') and coalesce(t.pue_inside, 1) <= 1 as is_below,
       case t.energy_part when 'total' then 1 when 'facility' then 2 when 'node' then 3 else 4 end as part_class,
       coalesce(t.country, g.country) as place_country,
       case when t.country is null or t.country = g.country then coalesce(t.grid_region, g.grid_region) else t.grid_region end as place_grid
from timed t
left join first_run f on f.run_id = t.run_id
left join region_of g on g.cloud_provider = t.cloud_provider and g.cloud_region = t.cloud_region
