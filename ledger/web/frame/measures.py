"""What pages call the measures of an inventory, and what they say under both Scope 2 methods."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ledger.web.frame.tables import Column
from schemas.measures import MEASURE_TITLES, SCOPE_MEASURES

NOT_ADDED = "Location-based and market-based figures are not added."


def measure_title(measure: str) -> str:
    """A measure as people name it: `scope_3/category=6` and `category_6` too."""
    if measure in MEASURE_TITLES:
        return MEASURE_TITLES[measure]
    number = measure.replace("scope_3/category=", "category_").removeprefix("category_")
    return f"Scope 3, category {number}" if number.isdecimal() else measure.replace("_", " ")


def measure_columns(measures: Iterable[str] = SCOPE_MEASURES, **how: Any) -> list[Column]:
    """A column of tonnes for each measure, under its name; ``how`` is what else a column is told."""
    return [Column(measure, measure_title(measure), "tonnes", **how) for measure in measures]
