"""Energy laid on the hours of the clock, exactly."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ledger.store import Session
from ledger.store.in_force import in_force


def make_energy_hours(s: Session) -> None:
    """Temp table `energy_hour` from `energy_piece`: the hours of a unit sum to its energy, to a millionth of a kWh."""
    s.run(sql("energy_hour"))


@cache
def sql(name: str) -> str:
    """The text of a SQL file of this folder."""
    return in_force((Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8"))
