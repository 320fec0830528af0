-- cover: what the pools of one stage and turn cover, instrument by instrument.
-- A pool covers min(what it has, what is left) of the consumption in its market, vintage and place: pro rata by kWh,
-- each part rounded down to millionths and the last one taking the rest, or in the order of the months. Within a pool
-- the instruments and the parts are laid along one line of kWh, and where two meet is what one covers of the other;
-- what rounding leaves there the instrument with the most left takes.
-- All numbers are whole: millionths of the unit given, millionths of a kWh.
-- in:  instrument_lot, instrument_pool, consumption_group, $stage, $turn, $chronological
-- out: cover (group_no, instrument_id, quantity, micro)
create or replace temp table cover as
with supply as (
    select p.part, p.market_boundary, p.carrier, p.vintage_start, p.vintage_end, p.first_id, l.instrument_id,
           l.left_micro::hugeint as micro,
           (sum(l.left_micro) over (partition by p.first_id order by l.instrument_id
               rows unbounded preceding))::hugeint as supply_end
    from instrument_pool p join instrument_lot l using (instrument_id)
    where p.stage = $stage and p.turn = $turn and l.left_micro > 0
),
pool as (
    select part, market_boundary, carrier, vintage_start, vintage_end, first_id, sum(micro)::hugeint as available
    from supply group by all
),
demand as (
    select p.first_id, p.available, g.group_no, g.left_quantity, g.numerator, g.denominator,
           g.left_quantity * g.numerator // g.denominator as wanted
    from pool p join consumption_group g
         on g.market_boundary = p.market_boundary and g.carrier = p.carrier and g.left_quantity > 0
         and g.month between p.vintage_start and p.vintage_end
    where $stage = 3 or ($stage = 1 and g.contract_id = p.part) or ($stage = 2 and g.facility_id = p.part)
),
summed as (
    select *, (sum(wanted) over pool)::hugeint as total,
           coalesce(sum(wanted) over (pool order by group_no rows between unbounded preceding and 1 preceding), 0)::hugeint
               as before,
           row_number() over (pool order by group_no desc) = 1 as is_last
    from demand window pool as (partition by first_id)
),
shared as (  -- available x wanted / total in two steps, so that the products keep within 38 digits
    select *, case when available >= total then wanted
                   when $chronological then greatest(0, least(wanted, available - before))
                   else (available // 10000000000) * wanted // total * 10000000000
                        + ((available // 10000000000) * wanted % total * 10000000000
                           + (available % 10000000000) * wanted) // total end::hugeint as share
    from summed where total > 0
),
parted as (
    select *, case when available >= total then left_quantity else least(left_quantity, share * denominator // numerator)
              end as part
    from shared
),
rested as (
    select first_id, group_no, numerator, denominator,
           case when not is_last or available >= total or $chronological then part
                else least(left_quantity,
                    (available - (sum(case when is_last then 0 else part * numerator // denominator end) over (
                        partition by first_id))::hugeint) * denominator // numerator) end as part
    from parted
),
laid as (
    select *, part * numerator // denominator as micro,
           (sum(part * numerator // denominator) over (
               partition by first_id order by group_no rows unbounded preceding))::hugeint as part_end
    from rested where part > 0
),
met as (
    select d.*, s.instrument_id,
           least(d.part_end, s.supply_end) - greatest(d.part_end - d.micro, s.supply_end - s.micro) as overlap
    from laid d join supply s on s.first_id = d.first_id
         and s.supply_end > d.part_end - d.micro and s.supply_end - s.micro < d.part_end
),
taken as (
    select first_id, group_no, instrument_id, numerator, denominator,
           case when overlap = micro then part else overlap * denominator // numerator end as quantity
    from met
),
missed as (  -- where two instruments meet within a part, rounding down leaves some of what the pool has for it
    select l.first_id, l.group_no, l.numerator, l.denominator, l.part - coalesce(t.quantity, 0) as quantity
    from laid l left join (select group_no, first_id, sum(quantity)::hugeint as quantity from taken group by all) t
         on t.group_no = l.group_no and t.first_id = l.first_id
    where l.part > coalesce(t.quantity, 0)
),
roomiest as (
    select s.first_id, s.instrument_id, s.micro - coalesce(t.micro, 0) as room
    from supply s left join (
        select first_id, instrument_id, sum(quantity * numerator // denominator)::hugeint as micro from taken group by all
    ) t on t.first_id = s.first_id and t.instrument_id = s.instrument_id
    qualify row_number() over (partition by s.first_id order by room desc, s.instrument_id) = 1
),
filled as (  -- the instrument with the most left takes it, as far as it holds a whole millionth of the unit
    select m.first_id, m.group_no, r.instrument_id, m.numerator, m.denominator, m.quantity
    from missed m join roomiest r on r.first_id = m.first_id
    qualify sum(m.quantity * m.numerator // m.denominator + 1) over (
        partition by m.first_id order by m.group_no rows unbounded preceding) <= r.room
),
covering as (
    select group_no, instrument_id, numerator, denominator, sum(quantity)::hugeint as quantity
    from (from taken union all from filled) group by all
)
select group_no, instrument_id, quantity, quantity * numerator // denominator as micro from covering where quantity > 0
