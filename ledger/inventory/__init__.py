"""From postings to the figures of a period: totals, breakdowns, data quality, what is not quantified."""

from __future__ import annotations

from ledger.inventory.boundaries.boundary import Boundary, BoundarySpan, boundary
from ledger.inventory.boundaries.consolidation import VIEWS
from ledger.inventory.boundaries.outside import Exclusion, ScopeSplit
from ledger.inventory.breakdown import breakdown
from ledger.inventory.compile import GasAmount, Inventory, NotQuantified, compile_inventory
from ledger.inventory.figure import Figure, figure
from ledger.inventory.instruments import InstrumentReason, InstrumentRecord, instrument_register
from ledger.inventory.lines import posting_lines
from ledger.inventory.period import Period, period, year_to_date
from ledger.inventory.scope2 import (
    ContractShare,
    ContractShares,
    Scope2Part,
    Scope2Row,
    Scope2Table,
    contract_shares,
    scope2_table,
)
from ledger.inventory.scope3 import Category, Scope3Overview, scope3_overview

__all__ = [
    "VIEWS",
    "Boundary",
    "BoundarySpan",
    "Category",
    "ContractShare",
    "ContractShares",
    "Exclusion",
    "Figure",
    "GasAmount",
    "InstrumentReason",
    "InstrumentRecord",
    "Inventory",
    "NotQuantified",
    "Period",
    "Scope2Part",
    "Scope2Row",
    "Scope2Table",
    "Scope3Overview",
    "ScopeSplit",
    "boundary",
    "breakdown",
    "compile_inventory",
    "contract_shares",
    "figure",
    "instrument_register",
    "period",
    "posting_lines",
    "scope2_table",
    "scope3_overview",
    "year_to_date",
]  # fmt: skip
