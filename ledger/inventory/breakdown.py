"""Breakdowns: the inventory's four measures cut by facility, month, category and the like."""

from __future__ import annotations

from typing import Any

from ledger.errors import known_word
from ledger.inventory.compile import GASES, MEASURE_FILTER, checked_size
from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted
from ledger.inventory.tags import TAG, tag_rows
from ledger.store import Session
from schemas.measures import SCOPE_MEASURES

BY = {
    "facility": "facility_id",
    "category": "scope3_category",
    "month": "month",
    "activity_type": "activity_type",
    "source_type": "source_type",
    "scope": "scope",
    "country": "country",
    "legal_entity": "entity",
    "gas": "",
}


def breakdown(
    s: Session, of: Period, by: str, view: str = "operational_control", at: int | None = None
) -> list[dict[str, Any]]:
    """One dict for each value of the dimension: its label under ``by``, and the four measures in kg CO2e or None.

    For a gas also its mass by measure, as `scope_1_mass_kg` and so on; `tag:NAME` cuts by project, model, team or a
    tag of the rows. Raises Misuse for a dimension that is not known.
    """
    checkpoint = checked_size(s, view, at)
    if by.startswith(TAG):
        return tag_rows(s, of, by, view, checkpoint.size, {name: MEASURE_FILTER[name] for name in SCOPE_MEASURES})
    known_word("cut of figures", by, (*BY, "tag:NAME"))
    make_posted(s, of, view, checkpoint.size, by_facility=by == "facility", by_entity=by == "legal_entity")
    if by == "gas":
        return _by_gas(s)
    measures = ", ".join(
        f"sum(total_co2e_kg) filter (where {MEASURE_FILTER[measure]}) as {measure}" for measure in SCOPE_MEASURES
    )
    rows = s.rows(
        f"select {BY[by]} as label, {measures} from posted where book = 'inventory' "
        "group by 1 having count(total_co2e_kg) > 0 order by 1 nulls last"
    )
    return [{by: row[0], **dict(zip(SCOPE_MEASURES, row[1:], strict=True))} for row in rows]


def _by_gas(s: Session) -> list[dict[str, Any]]:
    """The seven gases and what has no split: CO2e by measure, and the mass of the gas itself as `…_mass_kg`."""
    amounts: dict[str, tuple[tuple[str, ...], str]] = {**GASES, "unsplit": ((), "unsplit_co2e_kg")}
    made: list[dict[str, Any]] = []
    for gas, (masses, co2e) in amounts.items():
        sums = [f"sum({co2e}) filter (where {MEASURE_FILTER[measure]})" for measure in SCOPE_MEASURES]
        for measure in SCOPE_MEASURES:
            parts = [f"sum({mass}) filter (where {MEASURE_FILTER[measure]})" for mass in masses]
            known = " or ".join(f"{part} is not null" for part in parts)
            whole = " + ".join(f"coalesce({part}, 0)" for part in parts)
            sums.append(f"case when {known} then {whole} end" if parts else "null")
        row = s.one(f"select {', '.join(sums)} from posted where book = 'inventory'")
        names = (*SCOPE_MEASURES, *(f"{measure}_mass_kg" for measure in SCOPE_MEASURES))
        made.append({"gas": gas, **dict(zip(names, row, strict=True))})
    return made
