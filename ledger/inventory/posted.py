"""The posted sums of a period, as a temp table that every figure is read from."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ledger.inventory.period import Period
from ledger.store import Session
from ledger.store.schema import amount_name
from ledger.store.tables.choice import AMOUNTS_PER_UNIT

AMOUNTS = tuple(amount_name(name) for name in AMOUNTS_PER_UNIT)
"""The amounts of a posting: masses in kg, CO2e in kg, energy in kWh."""

VIEWS = ("operational_control",)


@cache
def _sql(name: str) -> str:
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


@cache
def _posted_sql(facility: str) -> str:
    amounts = ",\n       ".join(
        f"sum((c.sign * h.quantity * c.{name}::decimal(20,12))::decimal(38,18)) as {amount_name(name)}"
        for name in AMOUNTS_PER_UNIT
    )
    return _sql("posted").replace("{amounts}", amounts).replace("{facility}", facility)


def make_pins(s: Session, of: Period, view: str, size: int) -> None:
    """Make temp table `pin`: up to which batch each month of a period is read, as the ledger stood at ``size``."""
    s.run(_sql("pin"), {"first": of.months[0], "last": of.months[-1], "size": size, "view": view})


def make_posted(s: Session, of: Period, view: str, size: int, *, by_facility: bool) -> None:
    """Make temp tables `pin` and `posted` for a period, as the ledger stood at ``size`` batches.

    With ``by_facility`` each facility has rows of its own; without, they are summed first (faster).
    """
    make_pins(s, of, view, size)
    sql = _posted_sql("t.facility_id" if by_facility else "null::varchar")
    s.run(sql, {"first": of.months[0], "last": of.months[-1], "size": size})
