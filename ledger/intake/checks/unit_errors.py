"""Amounts a thousand times off: which unit was probably taken for which."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, localcontext

from ledger import units
from ledger.store import Session


def make_unit_bases(s: Session) -> None:
    """Make temp table unit_base: each unit with its dimension, base unit and ratio to it, for comparisons."""
    s.run("create or replace temp table unit_base (unit varchar, dimension varchar, base_unit varchar, "
          "to_base decimal(20,9))")  # fmt: skip
    rows = [
        [unit.code, unit.dimension, unit.base_unit, Decimal(unit.to_base.numerator) / unit.to_base.denominator]
        for unit in units.table().values()
        if unit.dimension != units.MONEY
    ]
    places = ", ".join(["(?, ?, ?, ?::decimal(20,9))"] * len(rows))
    s.run(f"insert into unit_base values {places}", [value for row in rows for value in row])


def mistaken_unit(amount: Decimal, usual: Decimal, given: str | None, limits: Mapping[str, Decimal]) -> str:
    """In words: "looks like MWh given as kWh" for a thousandth of what is usual; empty where no unit explains it."""
    ratio, times, spread = ratio_of(amount, usual), limits["unit_error_ratio"], limits["unit_error_spread"]
    if times / spread <= ratio <= times * spread:
        wanted, size = 1 / Decimal(times), "large"
    elif ratio > 0 and times / spread <= 1 / ratio <= times * spread:
        wanted, size = Decimal(times), "small"
    else:
        return ""
    for unit in units.table().values() if given else ():
        if unit.dimension == units.dimension(given or "") and units.conversion(unit.code, given or "") == wanted:
            return f"looks like {unit.code} given as {given}"
    return f"looks a thousand times too {size}"


def ratio_of(amount: Decimal, compared: Decimal) -> Decimal:
    """One amount over another at four significant digits, for a message; 0 where the second is 0."""
    with localcontext() as context:
        context.prec = 4
        return amount / compared if compared else Decimal(0)
