"""How accelerators and cloud regions are printed: what is not known is a dash, never a zero."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from rich.text import Text

from ledger.plain import plain
from ledger.terminal import console, ruled_table, safe

if TYPE_CHECKING:
    from ledger.ai.catalogue import Hardware, Region

_UNKNOWN = "–"


def print_accelerators(parts: Sequence[Hardware], name: str | None) -> None:
    """Accelerators as a table; where a name was asked, these are what it may mean."""
    table = ruled_table(
        ("hardware", False), ("kind", False), ("board W, at most", True), ("memory GB", True),
        ("FP16 dense, TFLOP/s", True), ("year", True), ("power is", False),
    )  # fmt: skip
    for part in parts:
        backed = part.verification_of("board_power_w") if part.board_power_w else _UNKNOWN
        table.add_row(
            safe(part.hardware_id), part.kind, _shown(part.board_power_w), _shown(part.memory_gb),
            _shown(part.peak_dense.get("fp16")), str(part.release_year or _UNKNOWN), backed,
        )  # fmt: skip
    out = console()
    out.print(table)
    if name is not None:
        out.print(Text().append_text(safe(f"'{name}' may be any of these.")), style="dim")
    out.print(
        f"{len(parts)} accelerators. Board power is a ceiling, not what a run draws. {_UNKNOWN} is not known. "
        "Next, with source: ghg ai hardware NAME",
        style="dim",
    )


def print_regions(found: Sequence[Region]) -> None:
    """Cloud regions as a table."""
    table = ruled_table(
        ("provider", False), ("region", False), ("place", False), ("country", False), ("grid region", False),
        ("zone", False), ("PUE", True), ("of", True),
    )  # fmt: skip
    for row in found:
        table.add_row(
            row.provider, row.region, safe(row.place), row.country, row.grid_region or _UNKNOWN,
            row.zone or _UNKNOWN, _shown(row.pue), str(row.pue_year or ""),
        )  # fmt: skip
    out = console()
    out.print(table)
    known = sum(row.pue is not None for row in found)
    out.print(
        f"{len(found)} regions, {known} with a PUE. {_UNKNOWN} is not known, never 1. Next, with source: "
        "ghg ai regions --provider PROVIDER REGION",
        style="dim",
    )


def _shown(value: Decimal | None) -> str:
    return _UNKNOWN if value is None else str(plain(value))
