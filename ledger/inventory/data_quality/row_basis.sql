-- row_basis: the quantities of a span of months by key, data basis and whether they are primary data, each month at its
-- pin. Most rows of a ledger are of one basis: theirs is what the sums hold beyond the others, so that only the others
-- are read.
-- in:  pin, $first, $last (first days of months), $basis, $primary (what most rows are),
--      {place} (columns beside the key), {beside} (all of these but the company), {same_place}
-- out: row_basis
create or replace temp table row_basis as
with held as (
    select {place}t.key_no, t.month, p.pin, sum(t.quantity)::decimal(38,6) as quantity, sum(t.n)::bigint as n
    from period_total t join pin p on p.month = t.month and p.legal_entity_id is not distinct from t.legal_entity_id
    where t.month between $first and $last and not t.allocated and t.instrument_id is null and t.batch_no <= p.pin
    group by all
),
unusual as (  -- in parts, so that neither is looked for where no row can be of it
    select t.batch_no, t.legal_entity_id, {beside}t.key_no, t.month, t.data_basis, t.primary_data,
           sum(t.quantity)::decimal(38,6) as quantity, sum(if(t.reverses_batch is null, 1, -1)) as n
    from activity t where t.month between $first and $last and t.data_basis <> $basis group by all
    union all
    select t.batch_no, t.legal_entity_id, {beside}t.key_no, t.month, t.data_basis, t.primary_data,
           sum(t.quantity)::decimal(38,6), sum(if(t.reverses_batch is null, 1, -1))
    from activity t
    where t.month between $first and $last and t.primary_data <> $primary and t.data_basis = $basis group by all
    union all
    select s.batch_no, t.legal_entity_id, {beside}s.key_no, s.month, t.data_basis, t.primary_data,
           sum(s.quantity)::decimal(38,6), sum(if(t.reverses_batch is null, 1, -1))
    from activity_slice s join activity t on t.batch_no = s.activity_batch and t.seq = s.activity_seq
    where s.month between $first and $last and (t.data_basis <> $basis or t.primary_data <> $primary) group by all
),
other as (
    select {place}t.key_no, t.month, p.pin, t.data_basis, t.primary_data, sum(t.quantity)::decimal(38,6) as quantity,
           sum(t.n)::bigint as n
    from unusual t join pin p on p.month = t.month and p.legal_entity_id is not distinct from t.legal_entity_id
    where t.batch_no <= p.pin group by all
),
others as (
    select * exclude (data_basis, primary_data, quantity, n), sum(quantity)::decimal(38,6) as quantity,
           sum(n)::bigint as n
    from other group by all
),
usual as (
    select t.* replace ((t.quantity - coalesce(o.quantity, 0))::decimal(38,6) as quantity, t.n - coalesce(o.n, 0) as n),
           $basis::varchar as data_basis, $primary::boolean as primary_data
    from held t left join others o on o.key_no = t.key_no and o.month = t.month and o.pin = t.pin {same_place}
)
select * exclude (n) from other where n <> 0 or quantity <> 0
union all by name
select * exclude (n) from usual where n <> 0 or quantity <> 0
