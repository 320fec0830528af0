"""Which sums are assessed: the scopes and totals by both methods, and parts of them by category or facility."""

from __future__ import annotations

from typing import Literal, get_args

from ledger.errors import Misuse
from ledger.inventory.compile import MEASURE_FILTER
from ledger.store import Session

By = Literal["scope", "category", "facility"]

_LINE_KG = """
select {label} as label, key_no, legal_entity_id, facility_id,
       case when instrument_id is not null and allocated then 'instrument ' || instrument_id else factor_id end
           as factor_id,
       sum(total_co2e_kg) as exact_kg, sum(total_co2e_kg)::double as kg
from posted where book = 'inventory' and total_co2e_kg is not null and ({condition}) group by all
"""


def make_line_kg(s: Session, by: By) -> None:
    """Make temp table `line_kg` from `posted`: kg CO2e by label, key and factor.

    Raises Misuse for a cut that is not assessed.
    """
    if by not in get_args(By):
        raise Misuse(f"uncertainty is not cut by '{by}'", "take one of: " + ", ".join(get_args(By)))
    parts = {f"'{name}'": condition for name, condition in MEASURE_FILTER.items()}
    if by == "category":
        parts["'category_' || scope3_category"] = "scope = '3' and scope3_category is not null"
    elif by == "facility":
        for basis in ("location", "market"):
            label = f"'facility_' || coalesce(facility_id, '') || ' {basis}'"
            parts[label] = MEASURE_FILTER[f"total_{basis}"]
    for place, (label, condition) in enumerate(parts.items()):
        beginning = "insert into line_kg" if place else "create or replace temp table line_kg as"
        s.run(beginning + _LINE_KG.format(label=label, condition=condition))
