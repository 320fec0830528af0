"""What a reader of a publisher's file makes: rows of factors in the canonical columns, or series by the hour."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ledger.factors.published import Row
from ledger.intake.faults import Faults
from ledger.intake.publishers.cells import Sheet


@dataclass(frozen=True, slots=True)
class Asked:
    """What an import reads: the file, its sheets, its fingerprint, and the edition where the user names it."""

    path: Path
    sheets: list[Sheet]
    sha256: str
    edition: str | None
    verification: str
    faults: Faults


@dataclass(slots=True)
class Made:
    """What was made of a file: the edition, its factors, and rows of `grid_intensity` where it is a series."""

    edition: str
    rows: list[Row] = field(default_factory=list)
    series: list[dict[str, Any]] = field(default_factory=list)
    valid_from: str | None = None
    valid_to: str | None = None
    life_cycle: bool | None = None


def grid_factor(asked: Asked, factor_id: str, year: int, place: str, **more: str) -> Row:
    """A factor of electricity per kWh without its place and amounts: one figure of CO2e for a calendar year."""
    return {
        "factor_id": factor_id, "activity_type": "electricity", "kind": "average", "serves": "location",
        "line": "energy", "boundary": "generation", "per_unit": "kWh", "calorific_basis": "na",
        "data_year": str(year), "valid_from": f"{year}-01-01", "valid_to": f"{year}-12-31",
        "gas_coverage": "co2e_only", "masses_basis": "derived", "verification": asked.verification,
        "source_sha256": asked.sha256, "source_cell": place, **more,
    }  # fmt: skip
