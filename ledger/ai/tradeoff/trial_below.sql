-- trial_below: what is below each of some runs by parent_run, itself with it, as the ledger stood at a size. A circle of
-- parents ends where it meets itself.
-- in:  $runs, $size
-- out: (top, run_id, parent_run)
with recursive {run},
edge as (
    select run_id, max(parent_run) as parent_run from run where component = 'operational' and not withdrawn group by all
),
below as (
    select r.run as top, r.run as run_id from (select unnest($runs::varchar[]) as run) r
    where r.run in (select run_id from edge) or r.run in (select parent_run from edge)
    union
    select b.top, e.run_id from below b join edge e on e.parent_run = b.run_id
)
select b.top, b.run_id, e.parent_run from below b left join edge e using (run_id) order by all
