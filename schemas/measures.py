"""Measures that figures, claims and targets name: keys of an inventory, Scope 3 categories, Scope 1 with a Scope 2."""

from __future__ import annotations

FIGURE_MEASURES = (
    "scope_1", "scope_2_location", "scope_2_market", "scope_3", "total_location", "total_market", "biogenic_co2_kg",
    "energy_kwh",
)  # fmt: skip
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
