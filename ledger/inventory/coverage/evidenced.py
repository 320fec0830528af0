"""How much of a period rests on documents that are kept: rows and emissions with evidence, by scope and category."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext

from ledger.inventory.compile import checked_size
from ledger.inventory.period import Period
from ledger.store import Session
from ledger.store.schema import product_sql

_PRODUCT = product_sql("p.quantity", "c.total_co2e_kg_per_unit", "c.sign")

# Standing rows by key, and whether a document is linked to them; a row over several months is counted in its first.
_SHARES = f"""
with shown as (
    select distinct entry_batch as batch_no, entry_seq as seq from evidence_link where batch_no <= $size
    union
    select d.activity_batch, d.activity_seq from activity_detail d
    join evidence e on e.sha256 = d.evidence_sha256 and e.batch_no <= $size where d.batch_no <= $size
),
reversed as (
    select distinct reverses_batch, reverses_seq from activity where reverses_batch is not null and batch_no <= $size
),
part as (
    select batch_no, seq, key_no, quantity, 1 as n from activity
    where month between $first and $last and batch_no <= $size and reverses_batch is null
    union all
    select s.activity_batch, s.activity_seq, s.key_no, s.quantity,
           case when s.month = greatest(date_trunc('month', a.period_start)::date, $first) then 1 else 0 end
    from activity_slice s join activity a on a.batch_no = s.activity_batch and a.seq = s.activity_seq
    where s.month between $first and $last and s.batch_no <= $size and a.reverses_batch is null
),
held as (
    select p.key_no, d.seq is not null as has, sum(p.quantity)::decimal(38,6) as quantity, sum(p.n)::bigint as n
    from part p
    anti join reversed r on r.reverses_batch = p.batch_no and r.reverses_seq = p.seq
    left join shown d on d.batch_no = p.batch_no and d.seq = p.seq
    group by all
),
line as (
    select p.key_no, p.has, p.n, c.scope, c.scope3_category, sum({_PRODUCT}) as kg
    from held p join choice c on c.key_no = p.key_no and c.instrument_id is null and c.book = 'inventory'
         and c.method <> 'market' and c.batch_no <= $size and c.scope in ('1', '2', '3')
    group by all having sum(c.sign) > 0
)
select scope, scope3_category, sum(n)::bigint, coalesce(sum(n) filter (where has), 0)::bigint, sum(kg),
       sum(kg) filter (where has)
from line group by all order by 1, 2
"""


@dataclass(frozen=True, slots=True)
class EvidenceShare:
    """Rows and kg CO2e (location-based) of a scope or category, and how many of them a kept document shows.

    A row counts in each category that it adds to. ``kg`` is None where nothing of it is quantified.
    """

    scope: str
    scope3_category: int | None
    rows: int
    rows_with_evidence: int
    kg: Decimal | None
    kg_with_evidence: Decimal | None

    @property
    def share_of_rows(self) -> Decimal:
        """0–1, at four decimals."""
        return _share(Decimal(self.rows_with_evidence), Decimal(self.rows))

    @property
    def share_of_kg(self) -> Decimal | None:
        """0–1, at four decimals; None where nothing is quantified."""
        return _share(self.kg_with_evidence or Decimal(0), self.kg) if self.kg else None


def evidence_shares(s: Session, of: Period, at: int | None = None) -> tuple[EvidenceShare, ...]:
    """The shares of a period as the ledger stood at a size (now when None). Raises Misuse for a size not reached."""
    size = checked_size(s, "operational_control", at).size
    rows = s.rows(_SHARES, {"first": of.months[0], "last": of.months[-1], "size": size})
    return tuple(EvidenceShare(*row) for row in rows)


def _share(part: Decimal, whole: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return (part / whole).quantize(Decimal("0.0001"))
