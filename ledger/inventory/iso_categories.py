"""Emissions by the categories of ISO 14064-1:2018 (5.2.2 and annex B), as they were recorded with each choice."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger.inventory.compile import MEASURE_FILTER, checked_size
from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted
from ledger.store import Session


@dataclass(frozen=True, slots=True)
class IsoCategory:
    """A category or sub-category (`1.2`, `3`): kg CO2e, imported energy by the location-based method."""

    code: str
    kg: Decimal
    biogenic_co2_kg: Decimal | None


def iso_categories(s: Session, of: Period, view: str, at: int | None = None) -> tuple[IsoCategory, ...]:
    """The categories of a period that hold anything; they sum to the location-based total.

    Raises Misuse for an unknown view or size.
    """
    size = checked_size(s, view, at).size
    make_posted(s, of, view, size, by_facility=False)
    rows = s.rows(
        "select coalesce(iso_category, '6'), sum(total_co2e_kg), sum(biogenic_co2_kg) from posted "
        f"where book = 'inventory' and {MEASURE_FILTER['total_location']} group by 1 "
        "having count(total_co2e_kg) > 0 order by 1"
    )
    return tuple(IsoCategory(*row) for row in rows)
