"""Machines whose purchase the book holds as money spent: both would count their manufacture in category 2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.plain import plain_amount
from ledger.store import Session
from schemas.ai_vocabulary import CountedBy, HeldAs

if TYPE_CHECKING:
    from ledger.intake.faults import Faults

SPENDS = ("it_hardware_spend", "capital_goods_spend")
"""Activity types of money spent on what may be machines (category 2)."""
_TYPES = ", ".join(f"'{name}'" for name in SPENDS)
_COLUMNS = "quantity, unit_given, activity_type, period_start, period_end, legal_entity_id, facility_id, invoice_id"

_MAYBE = """
(m.invoice_id = p.invoice_id
 or ((m.invoice_id is null or p.invoice_id is null)
     and p.period_start <= last_day(m.acquired_on) and p.period_end >= date_trunc('month', m.acquired_on)
     and (m.facility_id is null or p.facility_id is null or m.facility_id = p.facility_id)
     and (m.legal_entity_id is null or p.legal_entity_id is null or m.legal_entity_id = p.legal_entity_id)))
"""
"""The same invoice; or, where one has none, the same month, place and company as far as both say."""


def make_purchases(s: Session, batch_no: int, *, has_stage: bool) -> None:
    """Temp table `asset_purchase`: for each bought machine of `asset_now` the spend that may be its purchase.

    That of the same invoice comes first; spend of the upload itself, in view `stage`, counts too.
    """
    held = (
        f"select batch_no, seq, {_COLUMNS} from activity a where activity_type in ({_TYPES}) and reverses_batch is "
        "null and not exists (select 1 from activity r where r.reverses_batch = a.batch_no and r.reverses_seq = a.seq)"
    )
    if has_stage:
        held += f" union all select {batch_no}, seq, {_COLUMNS} from stage where activity_type in ({_TYPES})"
    s.run(
        "create or replace temp table asset_purchase as select m.asset_id, m.sheet, m.source_line, m.counted_by, "
        "m.acquired_on, p.*, m.invoice_id is not null and m.invoice_id = p.invoice_id as is_same_invoice, "
        f"p.batch_no = {batch_no} as is_here from asset_now m join ({held}) p on {_MAYBE} "
        f"where not m.withdrawn and m.held_as = '{HeldAs.BOUGHT.value}' and m.embodied_kg_each is not null "
        "and m.embodied_source is not null qualify row_number() over "
        "(partition by m.asset_id order by is_same_invoice desc, p.batch_no, p.seq) = 1"
    )


def tell_purchases(s: Session, faults: Faults) -> None:
    """Findings for machines that may count twice, and for those that nothing counts."""
    for asset, sheet, line, counted_by, batch_no, seq, amount, unit, kind, first, last, is_same, is_here in s.rows(
        "select asset_id, sheet, source_line, counted_by, batch_no, seq, quantity, unit_given, activity_type, "
        "period_start, period_end, is_same_invoice, is_here from asset_purchase order by source_line"
    ):
        entry = "a row of this file" if is_here else f"B{batch_no}-{seq}"
        days = f"{first}" if first == last else f"{first} to {last}"
        spend = f"{entry} ({plain_amount(amount)} {unit} of {kind}, {days})"
        if counted_by is None:
            faults.add("asset-or-spend", sheet=sheet, line=line, column="counted_by", value=asset, spend=spend)
        elif counted_by == CountedBy.REGISTER.value and is_same:
            faults.add("asset-beside-spend", sheet=sheet, line=line, column="counted_by", value=asset, spend=spend)
    for asset, sheet, line, day in s.rows(
        "select asset_id, sheet, source_line, acquired_on from asset_now m anti join asset_purchase p using (asset_id) "
        f"where counted_by = '{CountedBy.SPEND.value}' and not withdrawn and embodied_kg_each is not null "
        "and embodied_source is not null order by source_line"
    ):
        faults.add("asset-spend-missing", sheet=sheet, line=line, column="counted_by", value=asset,
                   days=f"{day:%Y-%m}")  # fmt: skip


def tell_spend_of_assets(s: Session, standing: str, faults: Faults) -> None:
    """Warn of spend of an upload, in view `stage`, that may be the purchase of machines that count already.

    ``standing`` is SQL of those machines, with batch and number of their activity.
    """
    if not s.rows("select 1 from hardware_asset limit 1"):
        return
    for sheet, line, asset, batch_no, seq in s.rows(
        f"select p.sheet, p.source_line, m.asset_id, m.batch_no, m.seq from ({standing}) m join stage p on {_MAYBE} "
        f"where p.activity_type in ({_TYPES}) and (m.counted_by is null or m.invoice_id = p.invoice_id) "
        f"order by p.source_line, m.asset_id limit {faults.limit + 1}"
    ):
        faults.add("spend-of-asset", sheet=sheet, line=line, value=asset, asset_entry=f"B{batch_no}-{seq}")
