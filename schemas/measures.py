"""Measures that figures, claims and targets name: keys of an inventory, Scope 3 categories, Scope 1 with a Scope 2."""

from __future__ import annotations

SCOPE_MEASURES = ("scope_1", "scope_2_location", "scope_2_market", "scope_3")
"""The scopes, Scope 2 by both methods: what postings are summed to."""
INVENTORY_MEASURES = (*SCOPE_MEASURES, "total_location", "total_market")
"""The scopes and the totals with either method."""
FIGURE_MEASURES = (*INVENTORY_MEASURES, "biogenic_co2_kg", "energy_kwh")
"""What a figure of the inventory measures; a claim is about one of these, or counts what a file or a row brought."""
MEASURE_PARTS: dict[str, tuple[str, ...]] = {
    "scope_1": ("scope_1",),
    "scope_2_location": ("scope_2_location",),
    "scope_2_market": ("scope_2_market",),
    "scope_1_2_location": ("scope_1", "scope_2_location"),
    "scope_1_2_market": ("scope_1", "scope_2_market"),
    "scope_3": ("scope_3",),
    "total_location": ("scope_1", "scope_2_location", "scope_3"),
    "total_market": ("scope_1", "scope_2_market", "scope_3"),
    **{f"category_{number}": (f"category_{number}",) for number in range(1, 16)},
}
"""Each measure and the figures of an inventory that it is the sum of. The two Scope 2 methods never meet in one."""
MEASURE_TITLES = {
    "scope_1": "Scope 1", "scope_2_location": "Scope 2, location-based", "scope_2_market": "Scope 2, market-based",
    "scope_3": "Scope 3", "total_location": "Total, location-based", "total_market": "Total, market-based",
    "scope_1_2_location": "Scope 1 and 2, location-based", "scope_1_2_market": "Scope 1 and 2, market-based",
    "biogenic_co2_kg": "Biogenic CO₂, apart", "energy_kwh": "Energy",
}  # fmt: skip
"""What people call the measures of the scopes and of an inventory, in tables and on pages."""
