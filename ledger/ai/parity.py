"""The ML CO2 Impact calculator's own arithmetic, for comparison: no PUE, and two digits after each step.

Source: Lacoste et al. 2019, arXiv:1910.09700, and the calculator's code (mlco2/impact, `js/grayscale.js`): energy =
two digits of W × h ÷ 1000; factor = two digits of g ÷ 1000 from its table, as typed where it is one's own; emissions =
two digits of energy × factor. It works in machine floats, and so does this module, whose results are never posted.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from ledger.errors import Misuse

_TWO = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Parity:
    """What the calculator would print: kWh, kg/kWh and kg, and where power and factor are from."""

    power_w: Decimal
    hours: Decimal
    energy_kwh: Decimal
    factor_kg_per_kwh: Decimal
    emissions_kg: Decimal
    power_source: str
    factor_source: str


def two_digits(value: float) -> float:
    """JavaScript's ``Number(x.toFixed(2))``: the nearest two digits of the machine float, a true half upwards."""
    return float(Decimal(value).quantize(_TWO, ROUND_HALF_UP))


def parity(
    power_w: Decimal, hours: Decimal, *, factor: Decimal | None, table_g: Decimal | None, sources: tuple[str, str]
) -> Parity:
    """The calculator's figures for accelerator-hours.

    Args:
        power_w: W that it calls TDP.
        hours: accelerator-hours; it has one field for hours, so count × hours.
        factor: kg/kWh of one's own, taken as typed.
        table_g: g/kWh of its table, brought to two digits of kg.
        sources: where power and factor are from.
    """
    energy = two_digits(float(power_w) * float(hours) / 1000)
    if factor is not None:
        used = float(factor)
    elif table_g is not None:
        used = two_digits(float(table_g) / 1000)
    else:
        raise Misuse("the calculator needs a factor", "give --factor, or --mlco2-files with its impact.csv")
    return Parity(
        power_w, hours, Decimal(str(energy)), Decimal(str(used)), Decimal(str(two_digits(energy * used))), *sources
    )  # fmt: skip


def table_power(folder: Path, name: str) -> Decimal:
    """W of an accelerator in the calculator's own `gpus.csv`. Raises Misuse that lists the likeliest names."""
    rows = _table(folder / "gpus.csv", "name", "tdp_watts")
    found = {row["name"]: row["tdp_watts"] for row in rows}
    if name not in found:
        near = [known for known in found if name.casefold() in known.casefold()] or list(found)
        raise Misuse(f"gpus.csv has no '{name}'", "its names: " + ", ".join(near[:8]))
    return Decimal(found[name])


def table_intensity(folder: Path, provider: str, region: str) -> Decimal:
    """g/kWh of a region in the calculator's own `impact.csv`. Raises Misuse that lists the provider's regions."""
    rows = _table(folder / "impact.csv", "provider", "region", "impact")
    own = {row["region"]: row["impact"] for row in rows if row["provider"] == provider.casefold()}
    if region not in own:
        raise Misuse(f"impact.csv has no region '{region}' of {provider}", "its regions: " + ", ".join(own))
    return Decimal(own[region])


def _table(path: Path, *columns: str) -> list[dict[str, str]]:
    if not path.is_file():
        raise Misuse(
            f"there is no {path.name} in {path.parent}", "name a folder with the calculator's gpus.csv and impact.csv"
        )
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    if not rows or not set(columns) <= set(rows[0]):
        raise Misuse(f"{path.name} has not the columns {', '.join(columns)}", "take the calculator's own file")
    return rows
