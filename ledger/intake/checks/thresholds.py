"""Thresholds of the checks: shipped with their reasons, each replaced by a setting of the same name."""

from __future__ import annotations

import csv
import functools
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from ledger import shipped
from ledger.calculation.policy import setting_values
from ledger.errors import Misuse
from ledger.store import Session


@functools.cache
def shipped_thresholds() -> Mapping[str, Decimal]:
    """The thresholds of `data/thresholds.csv`, each in the unit that stands there."""
    with (shipped.path("data") / "thresholds.csv").open(encoding="utf-8", newline="") as file:
        return {row["name"]: Decimal(row["value"]) for row in csv.DictReader(file)}


@functools.cache
def continuous_types() -> tuple[str, ...]:
    """Activity types that flow through one line, so that no day may be billed twice (`data/continuous_types.csv`)."""
    with (shipped.path("data") / "continuous_types.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["activity_type"] for row in csv.DictReader(file))


def thresholds(s: Session, on: date | None = None) -> Mapping[str, Decimal]:
    """The thresholds in force on a day. Raises Misuse for a setting that is no number."""
    given = setting_values(s, on)
    made = dict(shipped_thresholds())
    for name in made.keys() & given.keys():
        try:
            made[name] = Decimal(given[name])
        except InvalidOperation:
            raise Misuse(f"the setting {name} is '{given[name]}', not a number", "set it to a number") from None
    return made
