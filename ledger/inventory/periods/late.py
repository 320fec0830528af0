"""What came in for closed months after they were closed: counted and weighed, and in no figure until a restatement."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

from ledger.store import Session

# Which late lines make a measure (the two Scope 2 methods never stand in one sum).
_MEASURES = {
    "scope_1": "scope = '1'",
    "scope_2_location": "scope = '2' and method = 'location'",
    "scope_2_market": "scope = '2' and method = 'market'",
    "scope_3": "scope = '3'",
}
_LATE = """
create or replace temp table late as
select t.month, t.legal_entity_id, t.key_no, sum(t.quantity)::decimal(38,6) as quantity, sum(t.n)::bigint as n
from period_total t join pin p on p.month = t.month and p.legal_entity_id is not distinct from t.legal_entity_id
where p.closed and t.batch_no > p.pin and t.batch_no <= $size and not t.allocated and t.instrument_id is null
  and ($entity is null or t.legal_entity_id = $entity)
group by all
"""
# A row over several months stands in the activities once, and in the slices once for each of them.
_ROWS = """
select count(*), count(reverses_batch) from (
    select distinct a.batch_no, a.seq, a.reverses_batch from activity a
    left join activity_slice c on a.month is null and c.activity_batch = a.batch_no and c.activity_seq = a.seq
    join pin p on p.month = coalesce(a.month, c.month) and p.legal_entity_id is not distinct from a.legal_entity_id
    where a.batch_no > (select min(pin) from pin where closed) and a.batch_no <= $size
      and p.closed and a.batch_no > p.pin and ($entity is null or a.legal_entity_id = $entity))
"""


@dataclass(frozen=True, slots=True)
class ReceivedAfterClose:
    """Rows for closed months that came after the close; they count when the period is restated.

    ``rows`` counts activities, ``reversals`` those among them that take an earlier row back, ``not_quantified`` the
    lines of them that have no result. Amounts are kg CO2e by the choices that stand now, less what was taken back, of
    facilities whole, before a view takes its share; None where nothing of a measure came. Market-based Scope 2 is
    before instruments, which are allotted anew.
    """

    rows: int
    reversals: int
    scope_1: Decimal | None
    scope_2_location: Decimal | None
    scope_2_market: Decimal | None
    scope_3: Decimal | None
    not_quantified: int

    @property
    def total_location(self) -> Decimal | None:
        """Scope 1, Scope 2 location-based and Scope 3 together, kg CO2e; None where nothing has an amount."""
        known = [kg for kg in (self.scope_1, self.scope_2_location, self.scope_3) if kg is not None]
        with localcontext() as context:
            context.prec = 60  # sums of 38 digits, whole
            return sum(known, Decimal(0)) if known else None


def received_after_close(s: Session, size: int, entity: str | None = None) -> ReceivedAfterClose | None:
    """What came for the closed months of temp table `pin` up to a size; None where nothing did.

    ``entity`` asks for one legal entity alone.
    """
    if not s.one("select count(*) from pin where closed and pin < ?", [size])[0]:
        return None
    given: dict[str, Any] = {"size": size, "entity": entity}
    s.run(_LATE, given)
    if not s.one("select count(*) from late")[0]:
        return None
    sums = ", ".join(f"sum(kg) filter (where {condition})" for condition in _MEASURES.values())
    row = s.one(
        f"select {sums}, coalesce(sum(n) filter (where kg is null), 0)::bigint from ("
        "select c.scope, c.method, c.sign * l.n as n, "
        "(c.sign * l.quantity * c.total_co2e_kg_per_unit::decimal(20,12))::decimal(38,18) as kg "
        "from late l join choice c on c.key_no = l.key_no and c.instrument_id is null and c.batch_no <= $size "
        "where c.book = 'inventory' and c.reason_code not in ('included_in_energy_line', 'not_consumed'))",
        {"size": size},
    )
    rows, reversals = s.one(_ROWS, given)
    return ReceivedAfterClose(rows, reversals, row[0], row[1], row[2], row[3], row[4])
