-- moved_choice: what each batch between two sizes decided anew, key by key: factor, edition and kg per unit before and after.
-- cause: instrument (its own choice, or a supplier's rate that a certificate bars), method (another GWP set or time
-- basis), elsewhere (the line stands in another scope or category, or is another line), factor (all the rest).
-- in:  $after, $until (batches)
-- out: moved_choice
create or replace temp table moved_choice as
with terms as (
    select batch_no, time_basis, lag(time_basis) over (order by calculation_no) as basis_before from calculation
),
moved as (
    select batch_no, key_no, instrument_id, book, method, line,
           count(*) filter (where sign = -1) as backs, count(*) filter (where sign = 1) as made,
           any_value(factor_id) filter (where sign = -1) as old_factor,
           any_value(factor_id) filter (where sign = 1) as new_factor,
           any_value(gwp_set) filter (where sign = -1) as old_gwp, any_value(gwp_set) filter (where sign = 1) as new_gwp,
           any_value(concat_ws('/', scope, scope3_category)) filter (where sign = -1) as old_place,
           any_value(concat_ws('/', scope, scope3_category)) filter (where sign = 1) as new_place,
           max(reverses_batch) filter (where sign = -1) as old_batch,
           bool_or(contains(flags, 'supplier_rate_barred')) filter (where sign = -1) as old_barred,
           bool_or(contains(flags, 'supplier_rate_barred')) filter (where sign = 1) as new_barred,
           any_value(total_co2e_kg_per_unit) filter (where sign = -1) as old_kg_per_unit,
           any_value(total_co2e_kg_per_unit) filter (where sign = 1) as new_kg_per_unit
    from choice
    where batch_no > $after and batch_no <= $until
    group by all
)
select m.* exclude (made, old_place, new_place, old_barred, new_barred, old_batch),
       f.dataset as old_dataset, f.edition as old_edition, f.version as old_version,
       g.dataset as new_dataset, g.edition as new_edition, g.version as new_version,
       case when instrument_id is not null or (old_barred is distinct from new_barred and backs > 0 and made > 0)
                 then 'instrument'
            when backs = 0 or made = 0 or old_place <> new_place then 'elsewhere'
            when m.old_gwp <> m.new_gwp or t.time_basis <> t.basis_before then 'method'
            else 'factor' end as cause
from moved m left join terms t using (batch_no)
asof left join emission_factor f on f.factor_id = m.old_factor and f.batch_no <= m.old_batch
asof left join emission_factor g on g.factor_id = m.new_factor and g.batch_no <= m.batch_no
