"""What a person may say of a run, and how it is written: texts without what cannot be seen, numbers digit by digit."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Mapping
from decimal import Decimal

VERSION = "0.1.0"
FORMAT = 1
"""The `v` of every line."""

COLUMNS = (
    "parent_run", "stage", "model", "model_version", "project", "owner", "tenant", "legal_entity_id", "facility_id",
    "cloud_provider", "cloud_region", "country", "grid_region", "zone", "account", "control", "hardware_id",
    "hardware_count", "reserved_accelerator_seconds", "used_accelerator_seconds", "utilisation", "mfu", "pue",
    "pue_source", "flops", "flops_method", "parameters_total", "parameters_active", "tokens_in", "tokens_cached",
    "tokens_out", "requests", "steps_kept", "steps_redone", "water_l", "cost", "currency", "quality_name",
    "quality_value", "quality_direction", "run_boundary",
)  # fmt: skip
"""Columns of a run that a person may fill; the others follow from the run itself."""
PLACE = ("facility_id", "cloud_provider", "cloud_region", "country", "grid_region", "account")
"""Of them those that a reading has too."""
_LONGEST = 200


def say(text: str) -> None:
    """Tell the person something, on standard error; in silence where there is none."""
    try:
        print(f"ghg-track {text}", file=sys.stderr, flush=True)  # noqa: T201 — what the person is told at the end
    except (OSError, ValueError, AttributeError):
        return


def written(value: object) -> str | None:
    """A value as the text of a line; None where there is none. Numbers keep their digits and have no exponent."""
    with contextlib.suppress(Exception):
        value = value.item()  # type: ignore[attr-defined]  # a scalar of an array library
    if value is None:
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (float, Decimal)):
        number = Decimal(repr(value)) if isinstance(value, float) else value
        return format(number, "f") if number.is_finite() else None
    text = str(value).encode("utf-8", "replace").decode()
    return "".join(char for char in text if char.isprintable()).strip()[:_LONGEST] or None


def known(columns: Mapping[str, object]) -> dict[str, str]:
    """The columns that a run has, as texts; others are told once and left."""
    strange = sorted(name for name in columns if name not in COLUMNS)
    if strange:
        say(f"leaves what it does not know: {', '.join(strange)}; it knows {', '.join(COLUMNS)}")
    texts = {name: written(value) for name, value in columns.items() if name in COLUMNS}
    return {name: text for name, text in texts.items() if text is not None}
