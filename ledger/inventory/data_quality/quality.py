"""Data quality of a period: what share rests on estimates, and what on primary data."""

from __future__ import annotations

from decimal import Decimal, localcontext

from ledger.inventory.period import Period
from ledger.inventory.posted import shared_sql
from ledger.store import Session

_SHARE_PLACES = Decimal("1e-12")

# Sums per key and basis first, then the key's kg per unit: exact, and small however many rows there are.
_BY_BASIS = """
with row_basis as (
    select key_no, month, data_basis, primary_data, sum(quantity)::decimal(38,6) as quantity
    from activity where month between $first and $last and batch_no <= $size group by all
    union all
    select s.key_no, s.month, a.data_basis, a.primary_data, sum(s.quantity)::decimal(38,6)
    from activity_slice s join activity a on a.batch_no = s.activity_batch and a.seq = s.activity_seq
    where s.month between $first and $last and s.batch_no <= $size group by all
),
standing as (
    select key_no, scope, scope3_category, sum(sign * total_co2e_kg_per_unit::decimal(20,12)) as kg_per_unit
    from choice
    where batch_no <= $size and instrument_id is null and book = 'inventory' and method <> 'market'
    group by all having sum(sign * total_co2e_kg_per_unit::decimal(20,12)) is not null
)
select c.scope, c.scope3_category, b.data_basis, b.primary_data,
       sum((b.quantity * c.kg_per_unit::decimal(20,12))::decimal(38,18)) as kg
from row_basis b join standing c on c.key_no = b.key_no group by all
"""

# The same where a view gives shares: by company and facility too, each sum times its share (temp table boundary_part).
_BY_BASIS_SHARED = f"""
with row_basis as (
    select legal_entity_id, facility_id, key_no, month, data_basis, primary_data,
           sum(quantity)::decimal(38,6) as quantity
    from activity where month between $first and $last and batch_no <= $size group by all
    union all
    select a.legal_entity_id, a.facility_id, s.key_no, s.month, a.data_basis, a.primary_data,
           sum(s.quantity)::decimal(38,6)
    from activity_slice s join activity a on a.batch_no = s.activity_batch and a.seq = s.activity_seq
    where s.month between $first and $last and s.batch_no <= $size group by all
),
standing as (
    select key_no, scope, scope3_category,
           case when scope in ('1', '2') then 'own'
                when scope = '3' and scope3_category is distinct from 3 then 'other' else 'upstream' end as applies,
           sum(sign * total_co2e_kg_per_unit::decimal(20,12)) as kg_per_unit
    from choice
    where batch_no <= $size and instrument_id is null and book = 'inventory' and method <> 'market'
    group by all having sum(sign * total_co2e_kg_per_unit::decimal(20,12)) is not null
),
whole as (
    select case when p.scope3_category is null then c.scope else '3' end as scope,
           coalesce(p.scope3_category, c.scope3_category) as scope3_category, b.data_basis, b.primary_data, p.share,
           sum((b.quantity * c.kg_per_unit::decimal(20,12))::decimal(38,18)) as kg
    from row_basis b join standing c on c.key_no = b.key_no
    join boundary_part p on p.given_entity is not distinct from b.legal_entity_id
         and p.facility_id is not distinct from b.facility_id and p.applies = c.applies and not p.left_out
         and b.month between p.first_month and p.last_month
    group by all
)
select scope, scope3_category, data_basis, primary_data, sum({shared_sql("kg", "share")}) as kg from whole group by all
"""

# Both where months are closed: rows and choices up to the pin of each (temp table `pin`).
_ROWS_AT_PINS = """
row_basis as (
    select {place} a.key_no, a.month, p.pin, a.data_basis, a.primary_data, sum(a.quantity)::decimal(38,6) as quantity
    from activity a join pin p on p.month = a.month and p.legal_entity_id is not distinct from a.legal_entity_id
    where a.batch_no <= p.pin group by all
    union all
    select {place} s.key_no, s.month, p.pin, a.data_basis, a.primary_data, sum(s.quantity)::decimal(38,6)
    from activity_slice s join activity a on a.batch_no = s.activity_batch and a.seq = s.activity_seq
    join pin p on p.month = s.month and p.legal_entity_id is not distinct from a.legal_entity_id
    where s.batch_no <= p.pin group by all
),
standing as (
    select b.*, c.scope, c.scope3_category, {applies} as applies,
           (c.sign * b.quantity * c.total_co2e_kg_per_unit::decimal(20,12))::decimal(38,18) as kg
    from row_basis b join choice c on c.key_no = b.key_no and c.batch_no <= b.pin
    where c.instrument_id is null and c.book = 'inventory' and c.method <> 'market'
      and c.total_co2e_kg_per_unit is not null
)
"""
_BY_BASIS_AT_PINS = (
    "with "
    + _ROWS_AT_PINS.format(place="", applies="null")
    + "select scope, scope3_category, data_basis, primary_data, sum(kg) as kg from standing group by all"
)
_BY_BASIS_SHARED_AT_PINS = f"""
with {
    _ROWS_AT_PINS.format(
        place="a.legal_entity_id, a.facility_id,",
        applies="case when c.scope in ('1', '2') then 'own' "
        "when c.scope = '3' and c.scope3_category is distinct from 3 then 'other' else 'upstream' end",
    )
},
whole as (
    select case when p.scope3_category is null then b.scope else '3' end as scope,
           coalesce(p.scope3_category, b.scope3_category) as scope3_category, b.data_basis, b.primary_data, p.share,
           sum(b.kg) as kg
    from standing b
    join boundary_part p on p.given_entity is not distinct from b.legal_entity_id
         and p.facility_id is not distinct from b.facility_id and p.applies = b.applies and not p.left_out
         and b.month between p.first_month and p.last_month
    group by all
)
select scope, scope3_category, data_basis, primary_data, sum({shared_sql("kg", "share")}) as kg from whole group by all
"""



def data_quality(s: Session, of: Period, size: int, *, whole: bool) -> tuple[Decimal | None, dict[int, Decimal]]:
    """The share of the location-based total that is estimated, and of each Scope 3 category that is primary data.

    ``whole``: whether the view counts every posting as it stands; if not, temp table `boundary_part` says what counts.
    Shares are 0–1; primary data is that of suppliers or partners (Scope 3 Standard, chapter 11). None, or no entry,
    of nothing. Temp table `pin` must be there.
    """
    rows = kg_by_basis(s, of, size, whole=whole)
    primary: dict[int, Decimal] = {}
    with localcontext() as context:
        context.prec = 60  # sums of 38 digits, whole
        estimated = share_of([row[4] for row in rows if row[2] in ("estimated", "proxy")], rows)
        for category in sorted({row[1] for row in rows if row[0] == "3" and row[1] is not None}):
            own = [row for row in rows if row[0] == "3" and row[1] == category]
            share = share_of([row[4] for row in own if row[3]], own)
            if share is not None:
                primary[category] = share
    return estimated, primary


def kg_by_basis(
    s: Session, of: Period, size: int, *, whole: bool
) -> list[tuple[str, int | None, str, bool, Decimal]]:
    """Scope, Scope 3 category, data basis, whether it is primary data, and kg CO2e: sums over the rows of a period."""
    if s.one("select count(*) from pin where pin < ?", [size])[0]:
        found = s.rows(_BY_BASIS_AT_PINS if whole else _BY_BASIS_SHARED_AT_PINS)
    else:
        bounds = {"first": of.months[0], "last": of.months[-1], "size": size}
        found = s.rows(_BY_BASIS if whole else _BY_BASIS_SHARED, bounds)
    return [(row[0], row[1], row[2], row[3], row[4]) for row in found]


def share_of(parts: list[Decimal], rows: list[tuple[str, int | None, str, bool, Decimal]]) -> Decimal | None:
    """The share (0–1) of some amounts in those of all rows, by size; None of nothing."""
    whole = sum((abs(row[4]) for row in rows), Decimal(0))
    return (sum((abs(kg) for kg in parts), Decimal(0)) / whole).quantize(_SHARE_PLACES) if whole else None
