"""The manufacture of accelerators and the life it is spread over, as sources give them: ranges where they differ."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ledger.ai import catalogue
from ledger.ai.catalogue import Hardware
from ledger.ai.interval import Interval, interval

LIVES = Interval(Decimal(3), Decimal(6))
LIVES_WORDS = "3 (EcoLogits methodology) to 6 years (Luccioni et al. 2023, section 4.1)"


@dataclass(frozen=True, slots=True)
class Manufacture:
    """Of one accelerator: kg CO2e, years of service and where they are from, the sources, and the parts they are of.

    The server around it is not in it.
    """

    kg: Interval
    life_years: Interval
    life_about: str
    source: str
    subjects: tuple[str, ...]


def manufacture_of(parts: Iterable[Hardware]) -> Manufacture | None:
    """What the sources give of one accelerator, over all the parts that a name may mean; None where they give none."""
    rows = [row for part in parts for row in catalogue.embodied(part.hardware_id) if row.per == "each"]
    if not rows:
        return None
    low = min(row.kg_co2e if row.low_kg_co2e is None else row.low_kg_co2e for row in rows)
    high = max(row.kg_co2e if row.high_kg_co2e is None else row.high_kg_co2e for row in rows)
    stated = {row.life_years for row in rows}
    years = stated.pop() if len(stated) == 1 else None
    about = f"{LIVES_WORDS}, as the source gives none" if years is None else f"{years:f} years by the same source"
    return Manufacture(
        kg=Interval(low, high),
        life_years=LIVES if years is None else interval(years),
        life_about=about,
        source="; ".join(dict.fromkeys(f"{row.source} ({row.verification})" for row in rows)),
        subjects=tuple(dict.fromkeys(row.subject for row in rows)),
    )
