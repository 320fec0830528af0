"""What a provider states of its services against our own runs with it: two figures of one thing, why they differ."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from ledger import units
from ledger.ai import catalogue
from ledger.ai.posting.plan import Given, make_plan
from ledger.ai.reconcile import KWH, Cause, location_factor
from ledger.errors import Misuse
from ledger.intake.faults import Faults
from ledger.store import Session
from ledger.store.append import next_batch_no

_HELD = """
select c.held.batch_no as batch_no, c.held.seq as seq, a.supplier, a.period_start, a.period_end, a.quantity,
       a.unit_given, u.kwh, u.is_below and u.pue is null as lacks_overhead, u.cloud_provider, u.cloud_region,
       u.place_country, u.place_grid, u.facility_country, u.activity_type, u.period_start as began
from unit_cover c join unit_energy u using (unit_key)
join activity a on a.batch_no = c.held.batch_no and a.seq = c.held.seq
where c.held.kind = 'statement' and u.kwh is not null and not exists (  -- what is inside of a meter that it holds too
    select 1 from unit_cover d join unit_energy m using (unit_key)
    where d.held.batch_no = c.held.batch_no and d.held.seq = c.held.seq and m.unit_key <> u.unit_key
      and m.kwh is not null and date_trunc('month', m.period_start) = date_trunc('month', u.period_start)
      and (m.unit_kind = 'account' and u.unit_kind <> 'account' and m.account_key = u.account_key
           or m.unit_kind = 'cluster' and u.unit_kind = 'run' and m.cluster = u.cluster))
order by 1, 2, u.unit_key
"""


@dataclass(frozen=True, slots=True)
class StatedHeld:
    """A provider's statement and the runs that it holds, kg CO2e; causes and residual add up to the difference.

    ``runs`` counts runs, and meters of clusters and accounts in place of what is inside of them.
    """

    entry: str
    supplier: str
    period_start: date
    period_end: date
    stated_kg: Decimal
    runs: int
    runs_kwh: Decimal
    runs_kg: Decimal
    difference_kg: Decimal
    causes: tuple[Cause, ...]


def statements_held(s: Session, days: tuple[date, date] | None) -> tuple[StatedHeld, ...]:
    """Every statement that stands and holds runs, against those runs by our own factors."""
    make_plan(s, Given({}, has_stage=False, batch_no=next_batch_no(s)), Faults("", 1))
    groups: dict[tuple[int, int], list[dict[str, Any]]] = {}
    for row in s.arrow(_HELD).to_pylist():
        if days is None or (row["period_start"] <= days[1] and row["period_end"] >= days[0]):
            groups.setdefault((row["batch_no"], row["seq"]), []).append(row)
    with localcontext() as context:
        context.prec = 60
        return tuple(_held(s, rows) for rows in groups.values())


def _held(s: Session, rows: list[dict[str, Any]]) -> StatedHeld:
    first = rows[0]
    stated = _rounded(first["quantity"] * units.conversion(first["unit_given"], "kgCO2e"))
    ours = overhead = Decimal(0)
    without = 0
    for row in rows:
        factor = location_factor(s, row, row["began"])
        if factor is None:
            without += 1
            continue
        ours += row["kwh"] * factor
        pue = _published(row) if row["lacks_overhead"] else None
        overhead += Decimal(0) if pue is None else row["kwh"] * (pue - 1) * factor
    ours, overhead = _rounded(ours), _rounded(overhead)
    difference = stated - ours
    why = "overhead that the provider publishes for the regions of the runs"
    causes = [Cause("PUE", overhead, why)] if overhead else []
    rest = difference - overhead
    words = "grid basis, embodied and coverage: the statement does not tell them apart"
    if without:
        words += f"; {without} runs have no factor"
    causes.append(Cause("residual", rest, words))
    return StatedHeld(
        f"B{first['batch_no']}-{first['seq']}", first["supplier"] or first["cloud_provider"], first["period_start"],
        first["period_end"], stated, len(rows), sum((row["kwh"] for row in rows), Decimal(0)), ours, difference,
        tuple(causes),
    )  # fmt: skip


def _published(row: dict[str, Any]) -> Decimal | None:
    if not row["cloud_provider"] or not row["cloud_region"]:
        return None
    try:
        return catalogue.region(row["cloud_provider"], row["cloud_region"]).pue
    except Misuse:
        return None


def _rounded(kg: Decimal) -> Decimal:
    return kg.quantize(KWH, ROUND_HALF_UP)
