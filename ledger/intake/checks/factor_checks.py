"""Doubts about factors that users bring: zero, a tie, a year to come, far from what is published."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import Decimal, localcontext
from functools import cache
from typing import Any

import polars as pl

from ledger import shipped, units
from ledger.factors.datasets import shipped_datasets
from ledger.intake.cells.convert import Context
from ledger.intake.known import shipped_types

FAR = 10
"""A value so many times above or below all that is published for its type is most often a slip of the unit."""
_FOLDED = ("co2_kg_per_unit", "ch4_fossil_kg_per_unit", "ch4_other_kg_per_unit", "n2o_kg_per_unit")
_SAME = (
    "activity_type", "line", "kind", "serves", "country", "region", "supplier", "product", "classification_code",
    "calorific_basis", "price_basis",
)  # fmt: skip


def tell_doubtful_factors(context: Context, frame: pl.DataFrame) -> None:
    """Findings for typed rows of factors, each by row and rule."""
    this_year = datetime.now(UTC).year
    tied: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        _tell_amount(context, row)
        if row["data_year"] is not None and row["data_year"] > this_year:
            _tell(context, row, "factor-year-future", "data_year", row["data_year"])
        if row["valid_from"] is not None and row["valid_to"] is not None and row["per_unit"] in units.table():
            alike = (*(row.get(name) for name in _SAME), units.table()[row["per_unit"]].dimension)
            rivals = tied.setdefault(alike, [])
            for rival in rivals:
                if rival["valid_to"].year == row["valid_to"].year or _overlap(rival, row):
                    _tell(context, row, "factor-tie", "factor_id", row.get("factor_id"), first=rival["source_line"])
                    break
            rivals.append(row)


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return bool(one["valid_from"] <= other["valid_to"] and other["valid_from"] <= one["valid_to"])


def _tell(context: Context, row: dict[str, Any], code: str, column: str, value: object, **words: object) -> None:
    context.faults.add(code, sheet=context.sheet, line=row["source_line"], column=column, value=value, **words)


def _tell_amount(context: Context, row: dict[str, Any]) -> None:
    """What the figures of a row say of each other, and beside those that are published."""
    total = row.get("co2e_published_kg_per_unit")
    masses: dict[str, Decimal] = {name: row[name] for name in _FOLDED if row.get(name) is not None}
    column = "co2e_published_kg_per_unit" if total is not None else "co2_kg_per_unit"
    shown = total if total is not None else masses.get("co2_kg_per_unit")
    if shown is None or shown < 0:  # a factor below zero is refused by its schema
        return
    if shown == 0 and not (total is None and len(masses) > 1):
        _tell(context, row, "factor-zero", column, shown)
    if total is not None and row.get("gwp_set") is None and (
        row.get("gas_coverage") == "all" or {"ch4_other_kg_per_unit", "n2o_kg_per_unit"} & masses.keys()
    ):
        _tell(context, row, "factor-gwp-missing", "gwp_set", None)
    if total is not None and masses:
        least = _least_co2e(masses)
        if total < least * Decimal("0.99"):  # a publisher's rounding stays below a hundredth
            _tell(context, row, "factor-below-parts", column, total, parts=format(least.normalize(), "f"))
    _tell_far(context, row, column, shown)


def _least_co2e(masses: dict[str, Decimal]) -> Decimal:
    """What the gases come to at least, kg CO2e: each by the smallest GWP of any set."""
    with localcontext() as precise:
        precise.prec = 60
        return sum(
            (mass * (1 if name.startswith("co2") else _smallest_gwp()["CH4" if "ch4" in name else "N2O"])
             for name, mass in masses.items()), Decimal(0)
        )  # fmt: skip


@cache
def _smallest_gwp() -> dict[str, Decimal]:
    with (shipped.path("data") / "factors" / "gwp.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["species"] in ("CH4", "N2O") and row["horizon"] == "100"]
    return {name: min(Decimal(row["value"]) for row in rows if row["species"] == name) for name in ("CH4", "N2O")}


def _tell_far(context: Context, row: dict[str, Any], column: str, value: Decimal) -> None:
    """A value more than so many times above or below every published factor of the same type, line and place."""
    unit = units.table().get(row["per_unit"])
    kind = shipped_types().get(row["activity_type"] or "")
    if unit is None or kind is None or value <= 0 or row.get("kind") == "spend" or unit.dimension == "money":
        return
    served = next((line.factor_activity_type for line in kind.lines if line.line == row.get("line")), None)
    held = _published().get((served or "", row.get("line") or "", unit.dimension), {})
    known = held.get(row.get("country") or "") or [amount for own in held.values() for amount in own]
    if not known:
        return
    with localcontext() as precise:
        precise.prec = 40
        ours = value / Decimal(unit.to_base.numerator) * Decimal(unit.to_base.denominator)
        low, high = min(known), max(known)
        if ours > high * FAR or ours < low / FAR:
            scale = Decimal(unit.to_base.numerator) / Decimal(unit.to_base.denominator)
            span = f"{_short(low * scale)} to {_short(high * scale)}"
            _tell(context, row, "factor-far", column, value, unit=row["per_unit"], span=span, activity=kind.name)


def _short(value: Decimal) -> str:
    return format(Decimal(f"{value:.3g}"), "f")


@cache
def _published() -> dict[tuple[str, str, str], dict[str, list[Decimal]]]:
    """Shipped factors above zero by type, line and dimension, then country: kg CO2e (or CO2) per base unit."""
    from ledger.factors.datasets import text_rows

    found: dict[tuple[str, str, str], dict[str, list[Decimal]]] = {}
    for dataset in shipped_datasets():
        for row in text_rows(dataset.csv_path):
            text = row.get("co2e_published_kg_per_unit") or row.get("co2_kg_per_unit")
            unit = units.table().get(row.get("per_unit") or "")
            if row.get("factor_id") is None or text is None or unit is None or Decimal(text) <= 0:
                continue
            place = found.setdefault((row["activity_type"] or "", row["line"] or "", unit.dimension), {})
            amount = Decimal(text) / Decimal(unit.to_base.numerator) * Decimal(unit.to_base.denominator)
            place.setdefault(row.get("country") or "", []).append(amount)
    return found
