"""What the report reads beside the inventories: uncertainty, intensities, prices, targets, credits, removals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ledger.inventory import Period
from ledger.inventory.registers.credits import credits_of
from ledger.inventory.registers.intensity import Intensity, intensities
from ledger.inventory.registers.prices import priced_schemes
from ledger.inventory.registers.removals import removals_of
from ledger.inventory.registers.targets import target_progress
from ledger.inventory.uncertainty import assess_uncertainty

if TYPE_CHECKING:
    from ledger.store import Session

_METRICS = """
select distinct name, product from metric
where batch_no <= $size and period_end >= $first and period_start <= $last and name not like '%:%'
  and name not in ('exchange_rate', 'tax_rate', 'revenue_other', 'revenue_statements')
order by name <> 'revenue', name, product nulls first
"""


def beside(s: Session, of: Period, view: str, size: int) -> dict[str, Any]:
    """The parts of the report's figures that stand beside the inventory, by name."""
    return {
        "uncertainty": assess_uncertainty(s, of, "category", view, size),
        "intensities": _intensities(s, of, view, size),
        "prices": tuple(priced_schemes(s, of, view, size)),
        "targets": tuple(target_progress(s, of.end.year, view, size)),
        "credits": credits_of(s, of, size),
        "removals": removals_of(s, of, size),
    }


def _intensities(s: Session, of: Period, view: str, size: int) -> tuple[Intensity, ...]:
    """Per each measure that users uploaded for days of the period; revenue first."""
    metrics = s.rows(_METRICS, {"size": size, "first": of.start, "last": of.end})
    return tuple(
        intensity
        for name, product in metrics
        for intensity in intensities(s, of, name, view, size, product)
    )
