"""From postings to the figures of a period: totals, breakdowns, data quality, what is not quantified."""

from __future__ import annotations

from ledger.inventory.boundary import Boundary, BoundarySpan, boundary
from ledger.inventory.breakdown import breakdown
from ledger.inventory.compile import GasAmount, Inventory, NotQuantified, compile_inventory
from ledger.inventory.consolidation import VIEWS
from ledger.inventory.figure import Figure, figure
from ledger.inventory.lines import posting_lines
from ledger.inventory.outside import Exclusion, ScopeSplit
from ledger.inventory.period import Period, period, year_to_date

__all__ = [
    "VIEWS", "Boundary", "BoundarySpan", "Exclusion", "Figure", "GasAmount", "Inventory", "NotQuantified", "Period",
    "ScopeSplit", "boundary", "breakdown", "compile_inventory", "figure", "period", "posting_lines", "year_to_date",
]  # fmt: skip
