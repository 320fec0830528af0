"""Posting lines: one row for each posting of a period, with everything a reader needs to recompute it."""

from __future__ import annotations

from decimal import Decimal

from ledger.inventory.compile import EXPLAINED, checked_size
from ledger.inventory.period import Period
from ledger.inventory.posted import INSIDE_ONLY, boundary_at_pins, make_parts, make_pins, shared_sql
from ledger.store import Arrow, Session
from ledger.store.schema import product_sql

# Every posting of the period, at 100 % and where the catalogue puts it.
_WHOLE = """
    select q.quantity_batch, q.activity_batch, q.activity_seq, q.key_no, q.month, q.legal_entity_id, q.facility_id,
           q.instrument_id, q.allocated, q.quantity, q.n,
           c.batch_no as choice_batch, c.seq as choice_seq, c.book, c.method,
           c.line, c.scope, c.scope3_category, c.sub_line, c.source_type, c.iso_category, c.factor_id, c.reason_code,
           c.flags, c.gwp_set, c.sign, c.energy_source, c.{amount} as per_unit,
           c.total_co2e_kg_per_unit as co2e_kg_per_unit, {amount_product} as amount,
           {total} as total_co2e_kg, {energy} as energy_kwh{as_counted}
    from {rows} q
    join pin p on p.month = q.month and p.legal_entity_id is not distinct from q.legal_entity_id
    join choice c on c.key_no = q.key_no and c.instrument_id is not distinct from q.instrument_id
         and (not q.allocated or (c.method = 'market' and c.line = 'energy'))
         and (c.batch_no <= p.pin or (c.instrument_id is not null and c.batch_no <= p.allocation_pin))
    where q.month between $first and $last
      and case when q.allocated or q.instrument_id is not null then q.quantity_batch <= p.allocation_pin
               else q.quantity_batch <= p.pin end
"""
_AS_POSTED = (
    ", {total} as full_co2e_kg, 1::decimal(13,12) as share, 'inside' as placement, null::varchar as entity, "
    "null::varchar as consolidation_group"
)
_CHOSEN_AS_POSTED = "with chosen as (" + _WHOLE + " {condition} {cut}),"

# What a view counts of them: each part of a posting by its share; the last of those that one posted sum holds takes
# what rounding at the 18th decimal leaves, so that the lines add up to the figure.
_CHOSEN_BY_SHARE = (
    "with whole as ("
    + _WHOLE
    + """),
moved as (
    select w.* replace (
               case when b.scope3_category is not null and w.method = 'market' then 'memo_other_basis'
                    else w.book end as book,
               case when b.scope3_category is not null and w.method <> 'market' then 'single'
                    else w.method end as method,
               case when b.scope3_category is not null then '3' else w.scope end as scope,
               case when b.scope3_category is null then w.source_type end as source_type,
               coalesce(b.scope3_category, w.scope3_category) as scope3_category,
               case when b.scope3_category is null then w.sub_line end as sub_line,
               coalesce(b.iso_category, w.iso_category) as iso_category,
               case when b.scope3_category is null then w.energy_source end as energy_source,
               case when b.scope3_category is null then w.energy_kwh end as energy_kwh,
               case when b.scope3_category is null or not {inside_only} then w.amount end as amount),
           w.total_co2e_kg as full_co2e_kg, b.share, b.placement, b.entity, b.consolidation_group
    from (select *, case when scope in ('1', '2') and book = 'inventory' then 'own'
                         when scope = '3' and scope3_category is distinct from 3 then 'other'
                         else 'upstream' end as applies from whole) w
    join boundary_part b on b.given_entity is not distinct from w.legal_entity_id
         and b.facility_id is not distinct from w.facility_id and b.applies = w.applies
         and w.month between b.first_month and b.last_month and not b.left_out
),
chosen as (select q.* replace ({shared}) from ({placed}) q),"""
)
# The largest are found first, in floats, and only they are multiplied exactly.
_LARGEST = "select * from moved q where true {condition} {cut}"
_PLACED = """
    select *, row_number() over sum_of = count(*) over (partition by {posted_sum}) as is_last from moved
    window sum_of as (partition by {posted_sum} order by activity_batch nulls last, activity_seq, quantity_batch,
                      choice_batch, choice_seq, quantity)
"""

# The postings first, filtered and cut to the largest where that is asked; only then what they came from is joined.
_LINES = """
factor as (  -- each factor as it stood when it was chosen
    select c.choice_batch, f.* from (select distinct factor_id, choice_batch from chosen) c
    join emission_factor f on f.factor_id = c.factor_id and f.batch_no <= c.choice_batch
    qualify row_number() over (partition by f.factor_id, c.choice_batch order by f.batch_no desc, f.seq desc) = 1
)
select case when q.activity_batch is null then null else 'B' || q.activity_batch || '-' || q.activity_seq end as entry,
       'B' || q.choice_batch || '-' || q.choice_seq as choice_entry,
       b.source_name as source_file, b.source_sha256, b.actor, b.recorded_at, q.quantity_batch,
       a.sheet, a.source_line, json_extract_string(a.tags, '$.source_column') as source_column,
       a.external_id, a.invoice_id,
       q.legal_entity_id, q.facility_id, q.month, a.period_start, a.period_end, a.quantity_text,
       k.activity_type, q.quantity, k.unit_given as unit, a.supplier, a.data_basis,
       q.book, q.method, q.line, q.scope, q.scope3_category, q.sub_line, q.source_type, q.iso_category,
       q.instrument_id, q.allocated, q.factor_id, f.dataset, f.licence, f.source_cell, f.per_unit as factor_unit,
       f.co2e_published_kg_per_unit as factor_published, q.reason_code, q.flags, q.gwp_set, q.sign,
       q.co2e_kg_per_unit, q.per_unit, q.full_co2e_kg, q.share, q.placement, q.entity, q.consolidation_group, q.amount,
       q.total_co2e_kg, q.energy_kwh, q.energy_source
from chosen q
join choice_key k on k.key_no = q.key_no
left join {activities} a on a.batch_no = q.activity_batch and a.seq = q.activity_seq
left join batch b on b.batch_no = q.quantity_batch
left join factor f on f.factor_id = q.factor_id and f.choice_batch = q.choice_batch
order by {order}
"""
_COUNTED = "counted as (select * from chosen) select sum(sign * n), sum(amount) from counted"
_POSTED_SUM = (
    "month, legal_entity_id, facility_id, key_no, instrument_id, allocated, book, method, line, scope, source_type, "
    "scope3_category, sub_line, iso_category, factor_id, reason_code, flags, gwp_set, energy_source, placement, "
    "entity, "
    "share, consolidation_group, co2e_kg_per_unit is null"
)
"""What the lines of one posted sum have in common."""

_PAGED = (
    "q.activity_batch nulls last, q.activity_seq, q.month, q.facility_id, q.key_no, q.instrument_id nulls first, "
    "{q}choice_batch, {q}choice_seq, q.quantity_batch, q.quantity"
)
"""The order in which pages are cut, and that of their lines: of equals none stands on two pages."""

_IN_ORDER = (
    "q.activity_batch nulls last, q.activity_seq, q.month, q.facility_id, q.key_no, q.instrument_id nulls first, "
    "q.choice_batch, q.choice_seq"
)


def posting_lines(s: Session, of: Period, view: str = "operational_control", at: int | None = None) -> Arrow:
    """An Arrow table, one row for each posting, or for each part of one that a view cuts.

    `full_co2e_kg` = sign x quantity x `co2e_kg_per_unit`, exact; `total_co2e_kg` is what of it counts in the view: its
    `share`, in the scope and category of its `placement`. Their sums by book, scope and method are the figures of the
    inventory at the same size.
    """
    size = checked_size(s, view, at).size
    make_pins(s, of, view, size)
    found = boundary_at_pins(s, of, view, size)
    if not found.is_whole:
        make_parts(s, found)
    return s.arrow(_filled("total_co2e_kg_per_unit", "", "", _IN_ORDER, by_share=not found.is_whole), _bounds(of))


def largest_lines(
    s: Session,
    of: Period,
    amount: str,
    condition: str,
    texts: dict[str, str],
    limit: int,
    *,
    rows: str = "quantity_row",
    activities: str = "activity",
    by_share: bool = False,
    first: int = 0,
) -> Arrow:
    """The postings with the largest amounts of a kind (a column of `choice`), as :func:`posting_lines` gives them.

    ``first`` of them are left out: those of the pages before.

    ``condition`` is ours, over the columns of a line, `q` for those of its quantity, with named ``texts``; temp table
    `pin` must be there, and `boundary_part` where the view counts ``by_share``: then each amount is its share rounded
    by itself, and what their sum lacks at the 18th decimal is the caller's rest.
    ``rows`` and ``activities`` may name smaller tables of the same columns that are known to hold these postings.
    """
    size_of = "abs(q.amount::double * q.share::double)" if by_share else "abs(amount)"
    cut = f"order by {size_of} desc, {_PAGED.format(q='')} limit {int(limit)} offset {int(first)}"
    order = "abs(q.amount) desc, " + _PAGED.format(q="q.")
    told = _told(amount, by_share=by_share)
    return s.arrow(
        _filled(amount, f"and {told} is not null and {condition}", cut, order, rows, activities, by_share=by_share),
        _bounds(of) | texts,
    )


def lines_in_order(
    s: Session,
    of: Period,
    amount: str,
    condition: str,
    texts: dict[str, str],
    limit: int,
    *,
    rows: str = "quantity_row",
    by_share: bool = False,
    first: int = 0,
    quantified: bool = True,
) -> Arrow:
    """The same by the number of their entry; without ``quantified`` those that have no amount and still have none."""
    cut = f"order by {_PAGED.format(q='')} limit {int(limit)} offset {int(first)}"
    chosen = f"and {_has_amount(amount, by_share=by_share, quantified=quantified)} and {condition}"
    return s.arrow(_filled(amount, chosen, cut, _PAGED.format(q="q."), rows, by_share=by_share), _bounds(of) | texts)


def counted_lines(
    s: Session, of: Period, amount: str, condition: str, texts: dict[str, str], *, by_share: bool, quantified: bool
) -> tuple[int, Decimal | None]:
    """How many postings count, those taken back and what took them back left out; and the sum of their amounts.

    By share each amount is rounded by itself.
    """
    chosen = f"and {_has_amount(amount, by_share=by_share, quantified=quantified)} and {condition}"
    sql = _filled(amount, chosen, f"limit {2**62}", "", by_share=by_share, then=_COUNTED)
    count, total = s.one(sql, _bounds(of) | texts)
    return int(count or 0), total


def _told(amount: str, *, by_share: bool) -> str:
    return "q.amount" if by_share else f"c.{amount}"


def _has_amount(amount: str, *, by_share: bool, quantified: bool) -> str:
    """SQL: that a posting has an amount; or that its choice found none, and was not taken back."""
    if quantified:
        return f"{_told(amount, by_share=by_share)} is not null"
    choice = "q.choice_batch, q.choice_seq" if by_share else "c.batch_no, c.seq"
    no_gap = ", ".join(f"'{reason}'" for reason in EXPLAINED)
    return (
        f"{_told(amount, by_share=by_share)} is null and sign = 1 and not q.allocated "
        f"and reason_code not in ({no_gap}) "
        f"and ({choice}) not in (select (r.reverses_batch, r.reverses_seq) from choice r "
        "where r.reverses_batch is not null)"
    )


def _filled(
    amount: str,
    condition: str,
    cut: str,
    order: str,
    rows: str = "quantity_row",
    activities: str = "activity",
    *,
    by_share: bool,
    then: str = _LINES,
) -> str:
    total = product_sql("q.quantity", "c.total_co2e_kg_per_unit", "c.sign")
    sql = (_CHOSEN_BY_SHARE if by_share else _CHOSEN_AS_POSTED) + then
    return sql.format(
        amount=amount,
        amount_product=product_sql("q.quantity", f"c.{amount}", "c.sign"),
        total=total,
        energy=product_sql("q.quantity", "c.energy_kwh_per_unit", "c.sign"),
        as_counted="" if by_share else _AS_POSTED.format(total=total),
        inside_only=str(amount.removesuffix("_per_unit") in INSIDE_ONLY).lower(),
        shared=", ".join(_shared(name, whole_sums=not cut) for name in ("amount", "total_co2e_kg", "energy_kwh")),
        placed=_LARGEST.format(condition=condition, cut=cut) if cut else _PLACED.format(posted_sum=_POSTED_SUM),
        condition=condition,
        cut=cut,
        order=order,
        rows=rows,
        activities=activities,
    )


def _shared(amount: str, *, whole_sums: bool) -> str:
    """SQL: the share of an amount; of the last line of a whole posted sum, what the others leave of the sum's share."""
    own = shared_sql(f"q.{amount}", "q.share")
    if not whole_sums:
        return f"{own} as {amount}"
    over = f"over (partition by {_POSTED_SUM})"
    whole = shared_sql(f"((sum(q.{amount}) {over})::decimal(38,18))", "q.share")
    return f"case when is_last then {whole} - (sum({own}) {over}) + {own} else {own} end::decimal(38,18) as {amount}"


def _bounds(of: Period) -> dict[str, object]:
    return {"first": of.months[0], "last": of.months[-1]}
