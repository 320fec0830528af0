"""kWh of instruments that cover consumption outside a view: allotted once for the whole book, and in no figure of it.

Instruments are allotted to what was consumed in their market, whatever view it counts in. A site outside the boundary,
its days before it was acquired, and the share that a view leaves to others take their part of a pool.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from ledger.calculation.amounts import rounded
from ledger.calculation.choices import unit_table
from ledger.inventory.boundaries.boundary import Boundary
from ledger.store import Session


@dataclass(frozen=True, slots=True)
class InstrumentOutside:
    """kWh that an instrument covers in the months of a period and that are not in the Scope 2 of the view."""

    instrument_id: str
    kwh: Decimal


def energy_units(s: Session) -> Any:
    """Arrow: every unit of energy, and kWh in one of it at twelve decimals."""
    import pyarrow as pa

    units = {unit: to_base for unit, (dimension, to_base) in unit_table(s).items() if dimension == "energy"}
    per_unit = pa.array([rounded(to_base / units["kWh"]) for to_base in units.values()], pa.decimal128(38, 12))
    return pa.table({"unit": list(units), "kwh_per_unit": per_unit})


def instruments_outside(s: Session, found: Boundary) -> tuple[InstrumentOutside, ...]:
    """What each instrument covers outside the view (after `make_posted`): all that it covers, less what counts."""
    if found.is_whole:
        return ()
    covered = (
        "select p.instrument_id, {sign} * sum((p.sign * p.quantity * u.kwh_per_unit::decimal(20,12))::decimal(38,18)) "
        "as kwh from {table} p join energy_unit u on u.unit = p.unit_given where p.instrument_id is not null "
        "and p.book = 'inventory' and p.line = 'energy' and p.scope = '2' and p.method = 'market' group by 1"
    )
    whole, counted = covered.format(sign=1, table="posted_full"), covered.format(sign=-1, table="posted")
    with s.given(energy_unit=energy_units(s)):
        rows = s.rows(
            f"select instrument_id, sum(kwh)::decimal(38,6) as outside from ({whole} union all {counted}) "
            "group by 1 having outside > 0 order by 1"
        )
    return tuple(InstrumentOutside(*row) for row in rows)
