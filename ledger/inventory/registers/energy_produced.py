"""Energy that the organisation produces, renewable and not (ESRS E1-5, 39 of Set 1), from metrics."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ledger import units
from ledger.inventory.period import Period
from ledger.inventory.registers.in_force import rows_in_force
from ledger.inventory.registers.intensity import METRIC_IDENTITY, named_like, over_period
from ledger.inventory.sentence import joined, sentence
from ledger.store import Session

PRODUCED = ("energy_produced_non_renewable", "energy_produced_renewable")
"""The metrics that hold it, in a unit of energy; what is sold is in it, since it is not netted (AR 32)."""


@dataclass(frozen=True, slots=True)
class EnergyProduced:
    """Energy produced in a period in kWh, renewable and not; None where the metric does not cover it, and why."""

    non_renewable_kwh: Decimal | None
    renewable_kwh: Decimal | None
    notes: tuple[str, ...]


def energy_produced(s: Session, of: Period, size: int) -> EnergyProduced | None:
    """The energy produced in a period, as the ledger stood at a size; None where no metric says anything of it.

    Shares of a view are not applied: a metric is what its company says of itself.
    """
    rows = rows_in_force(s, "metric", METRIC_IDENTITY, size)
    held = {name: [row for row in rows if named_like(row["name"]) == name] for name in PRODUCED}
    if not any(held.values()):
        return None
    values: list[Decimal | None] = []
    notes: list[str] = []
    for name, own in held.items():
        strange = sorted({row["unit"] for row in own if units.code_of(row["unit"]) is None or _no_energy(row["unit"])})
        if strange:
            values.append(None)
            notes.append(sentence("{name}: {unit} is no unit of energy.", name=name, unit=", ".join(strange)))
            continue
        in_kwh = [{**row, "value": row["value"] * units.conversion(row["unit"], "kWh")} for row in own]
        value, _, _, told = over_period(in_kwh, of, averaged=False)
        values.append(value)
        notes += [joined((name, note), ": ") for note in told] if own else [sentence("{name} is not given.", name=name)]
    non_renewable, renewable = values
    return EnergyProduced(non_renewable, renewable, tuple(notes))


def _no_energy(unit: str) -> bool:
    return units.dimension(unit) != "energy"
