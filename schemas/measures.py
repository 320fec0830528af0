"""Measures that targets name: keys of an inventory, a Scope 3 category, or Scope 1 with Scope 2 of one method."""

from __future__ import annotations

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
