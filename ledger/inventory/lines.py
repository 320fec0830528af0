"""Posting lines: one row for each posting of a period, with everything a reader needs to recompute it."""

from __future__ import annotations

from ledger.inventory.compile import checked_size
from ledger.inventory.period import Period
from ledger.inventory.posted import make_pins
from ledger.store import Arrow, Session
from ledger.store.schema import product_sql

# The postings first, filtered and cut to the largest where that is asked; only then what they came from is joined.
_LINES = """
with chosen as (
    select q.quantity_batch, q.activity_batch, q.activity_seq, q.key_no, q.month, q.legal_entity_id, q.facility_id,
           q.instrument_id, q.allocated, q.quantity, c.batch_no as choice_batch, c.seq as choice_seq, c.book, c.method,
           c.line, c.scope, c.scope3_category, c.sub_line, c.source_type, c.iso_category, c.factor_id, c.reason_code,
           c.flags, c.gwp_set, c.sign, c.energy_source, c.{amount} as per_unit,
           c.total_co2e_kg_per_unit as co2e_kg_per_unit, {amount_product} as amount,
           {total} as total_co2e_kg, {energy} as energy_kwh
    from {rows} q
    join pin p on p.month = q.month and p.legal_entity_id is not distinct from q.legal_entity_id
    join choice c on c.key_no = q.key_no and c.instrument_id is not distinct from q.instrument_id
         and (not q.allocated or (c.method = 'market' and c.line = 'energy'))
         and (c.batch_no <= p.pin or (c.instrument_id is not null and c.batch_no <= $size))
    where q.month between $first and $last
      and case when q.allocated or q.instrument_id is not null then q.quantity_batch <= $size
               else q.quantity_batch <= p.pin end
      {condition}
    {cut}
),
factor as (
    select * from emission_factor where factor_id in (select factor_id from chosen)
    qualify row_number() over (partition by factor_id order by batch_no desc, seq desc) = 1
)
select case when q.activity_batch is null then null else 'B' || q.activity_batch || '-' || q.activity_seq end as entry,
       'B' || q.choice_batch || '-' || q.choice_seq as choice_entry,
       b.source_name as source_file, b.source_sha256, b.actor, b.recorded_at, q.quantity_batch,
       a.sheet, a.source_line, a.external_id, a.invoice_id,
       q.legal_entity_id, q.facility_id, q.month, a.period_start, a.period_end, a.quantity_text,
       k.activity_type, q.quantity, k.unit_given as unit, a.supplier, a.data_basis,
       q.book, q.method, q.line, q.scope, q.scope3_category, q.sub_line, q.source_type, q.iso_category,
       q.instrument_id, q.allocated, q.factor_id, f.dataset, f.licence, f.source_cell, f.per_unit as factor_unit,
       f.co2e_published_kg_per_unit as factor_published, q.reason_code, q.flags, q.gwp_set, q.sign,
       q.co2e_kg_per_unit, q.per_unit, q.amount, q.total_co2e_kg, q.energy_kwh, q.energy_source
from chosen q
join choice_key k on k.key_no = q.key_no
left join {activities} a on a.batch_no = q.activity_batch and a.seq = q.activity_seq
left join batch b on b.batch_no = q.quantity_batch
left join factor f on f.factor_id = q.factor_id
order by {order}
"""
_IN_ORDER = (
    "q.activity_batch nulls last, q.activity_seq, q.month, q.facility_id, q.key_no, q.instrument_id nulls first, "
    "q.choice_batch, q.choice_seq"
)


def posting_lines(s: Session, of: Period, view: str = "operational_control", at: int | None = None) -> Arrow:
    """An Arrow table, one row for each posting; `total_co2e_kg` = sign x quantity x `co2e_kg_per_unit`, exact.

    Their sums by book, scope and method are the figures of the inventory at the same size.
    """
    size = checked_size(s, view, at).size
    make_pins(s, of, view, size)
    return s.arrow(_filled("total_co2e_kg_per_unit", "", "", _IN_ORDER), _bounds(of, size))


def largest_lines(
    s: Session,
    of: Period,
    size: int,
    amount: str,
    condition: str,
    texts: dict[str, str],
    limit: int,
    *,
    rows: str = "quantity_row",
    activities: str = "activity",
) -> Arrow:
    """The postings with the largest amounts of a kind (a column of `choice`), as :func:`posting_lines` gives them.

    ``condition`` is ours, over `q` (quantity) and `c` (choice), with named ``texts``; temp table `pin` must be there.
    ``rows`` and ``activities`` may name smaller tables of the same columns that are known to hold these postings.
    """
    cut = f"order by abs(amount) desc, q.activity_batch, q.activity_seq, choice_batch, choice_seq limit {int(limit)}"
    order = "abs(q.amount) desc, " + _IN_ORDER
    return s.arrow(
        _filled(amount, f"and c.{amount} is not null and {condition}", cut, order, rows, activities),
        _bounds(of, size) | texts,
    )


def _filled(
    amount: str, condition: str, cut: str, order: str, rows: str = "quantity_row", activities: str = "activity"
) -> str:
    return _LINES.format(
        amount=amount,
        amount_product=product_sql("q.quantity", f"c.{amount}", "c.sign"),
        total=product_sql("q.quantity", "c.total_co2e_kg_per_unit", "c.sign"),
        energy=product_sql("q.quantity", "c.energy_kwh_per_unit", "c.sign"),
        condition=condition,
        cut=cut,
        order=order,
        rows=rows,
        activities=activities,
    )


def _bounds(of: Period, size: int) -> dict[str, object]:
    return {"first": of.months[0], "last": of.months[-1], "size": size}
