"""Measures that targets and prices name, read from an inventory: unknown parts make the whole unknown."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from ledger.inventory.exact import exact_sum
from schemas.measures import MEASURE_PARTS

if TYPE_CHECKING:
    from ledger.inventory.compile import Inventory


def measure_kg(inventory: Inventory, measure: str) -> Decimal | None:
    """A measure of an inventory, kg CO2e; None where nothing of it is there, or a part happened without a result.

    A scope in which nothing happened is no gap. A name that is no measure has no figure.
    """
    known: list[Decimal] = []
    for part in MEASURE_PARTS.get(measure, ()):
        amount = _figure(inventory, part)
        if amount is not None:
            known.append(amount)
        elif any(_is_of(part, gap.scope, gap.method, gap.scope3_category) for gap in inventory.not_quantified):
            return None
    return exact_sum(known) if known else None


def other_basis(measure: str) -> str | None:
    """The same measure by the other Scope 2 method; None where it holds no Scope 2."""
    if measure.endswith("location"):
        return measure.replace("location", "market")
    return measure.replace("market", "location") if measure.endswith("market") else None


def _figure(inventory: Inventory, name: str) -> Decimal | None:
    if name.startswith("category_"):
        return inventory.scope_3_categories[int(name.removeprefix("category_"))]
    amount: Decimal | None = getattr(inventory, name)
    return amount


def _is_of(part: str, scope: str, method: str, category: int | None) -> bool:
    kind, _, rest = part.partition("_")
    if kind == "category":
        return category == int(rest)
    number, _, basis = rest.partition("_")
    return scope == number and basis in ("", method)
