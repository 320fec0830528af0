"""Kg removed in a period, as the inventory prints them apart."""

from __future__ import annotations

from decimal import Decimal

from ledger.inventory.exact import exact_sum
from ledger.inventory.period import Period
from ledger.inventory.registers.in_force import overlap, part_in, rows_in_force
from ledger.store import Session


def removed_kg(s: Session, of: Period, size: int) -> Decimal | None:
    """Kg CO2e removed in a period, gross, in no total; None where the register holds nothing of it."""
    parts = [
        part_in(row["removed_kg"], row["period_start"], row["period_end"], of)
        for row in rows_in_force(s, "removal", ("removal_id",), size)
        if overlap(row["period_start"], row["period_end"], of)
    ]
    return exact_sum(parts) if parts else None
