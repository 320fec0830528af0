"""The demo company's registers beside its data: what ought to come, what is left out, prices, targets; all invented."""

from __future__ import annotations

from ledger.demo.company import SITES, Row

_SINCE = "2024-10-01"


def expectations() -> list[Row]:
    """Electricity of every site each month from the day it opened, and gas where there is a meter."""
    without_gas = {"HAM", "SIN"}
    rows = []
    for site in SITES:
        start = max(site.exists_from, _SINCE)
        for kind in ("electricity_purchased", "natural_gas"):
            if kind == "natural_gas" and site.facility_id in without_gas:
                continue
            rows.append(
                {
                    "facility_id": site.facility_id,
                    "activity_type": kind,
                    "frequency": "monthly",
                    "valid_from": start,
                }
            )
    return rows


def screening() -> list[Row]:
    """What was decided of each category of Scope 3, with the reason that the report prints."""
    decided = (
        (1, "included", "size", "", "half of Scope 3; by spend, cloud apart"),
        (2, "included", "size", "", "laptops and laboratory furniture, by spend, in the year they were bought"),
        (3, "included", "guidance", "", "follows from fuels and energy"),
        (4, "included", "size, influence", "", "carriers' own statements of tonne-kilometres"),
        (5, "included", "guidance", "", "by weighbridge notes and bills"),
        (6, "included", "influence", "", "by the travel agency's distances"),
        (7, "included", "stakeholders", "", "by a yearly survey"),
        (8, "not_relevant", "", "", "leased offices are inside the boundary under operational control"),
        (9, "excluded", "size", "42000", "customers collect some parts; below one per cent by a screening of 2025"),
        (10, "not_relevant", "", "", "instruments are sold finished"),
        (11, "not_quantified", "size", "", "instruments draw power for ten years; the data are being collected"),
        (12, "not_quantified", "size", "", "follows the data of category 11"),
        (13, "not_relevant", "", "", "nothing is leased out"),
        (14, "not_relevant", "", "", "there are no franchises"),
        (15, "not_relevant", "", "", "no holding without control but the joint venture, which is inside"),
    )
    names = ("scope3_category", "status", "criteria", "size_kg", "why")
    return [
        {name: str(value) for name, value in zip(names, row, strict=True)} | {"valid_from": "2025-01-01"}
        for row in decided
    ]


def prices() -> list[Row]:
    """A shadow price for capital spending on all scopes, and a fee on flights' budgets through Scope 3."""
    shared = {"currency": "EUR", "consistent_with_statements": "no", "valid_from": "2025-01-01"}
    return [
        shared | {
            "scheme_id": "capex-shadow", "price_type": "shadow_capex", "covers": "1|2", "scope2_method": "location",
            "price_per_t": "110", "assumptions": "set by the board; reviewed each year",
        },
        shared | {
            "scheme_id": "travel-fee", "price_type": "internal_fee", "covers": "3", "scope2_method": "",
            "price_per_t": "45", "assumptions": "charged to departments through the year",
        },
    ]  # fmt: skip


def targets() -> list[Row]:
    """Scope 1 and 2 down by 42 % to 2030, by both methods apart."""
    shared = {"base_year": "2025", "target_year": "2030", "valid_from": "2026-01-01"}
    return [
        shared | {"target_id": "near-term-market", "measure": "scope_1_2_market", "reduction_pct": "42"},
        shared | {"target_id": "near-term-location", "measure": "scope_1_2_location", "reduction_pct": "30"},
    ]


def credits_bought() -> list[Row]:
    """A lot of removal credits, cancelled; it stands in no total."""
    return [
        {
            "credit_id": "PVL-2025-0417", "standard": "Puro Standard", "credit_project": "Biochar, Tannwald",
            "credit_kind": "removal", "tonnes": "60", "vintage_year": "2025", "eu_project": "yes",
            "corresponding_adjustment": "no", "cancelled_on": "2026-08-20", "contracted": "no",
        }
    ]  # fmt: skip


def claims() -> list[Row]:
    """What others say: a landlord's figure for a site, held against the ledger's and posted nowhere."""
    return [
        {
            "claim_id": "landlord-london-2026-q3", "about_kind": "period", "about": "2026-Q3", "measure": "energy_kwh",
            "value": "75", "unit": "MWh", "facility_id": "LON", "tolerance_pct": "5",
            "source": "the landlord's quarterly statement, page 2",
        }
    ]  # fmt: skip
