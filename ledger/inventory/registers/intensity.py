"""Intensities: kg CO2e per unit of revenue, headcount, product, request or any measure (ESRS E1-6 of Set 1, 53–55)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import Any

from ledger.calculation.amounts import rounded
from ledger.errors import Misuse
from ledger.inventory.compile import Inventory, checked_size, compile_inventory
from ledger.inventory.exact import exact_difference, exact_sum
from ledger.inventory.measures import measure_kg
from ledger.inventory.period import Period
from ledger.inventory.registers.in_force import days_of, rows_in_force
from ledger.inventory.sentence import joined, sentence
from ledger.store import Session

INTENSITY_MEASURES = (
    "scope_1", "scope_2_location", "scope_2_market", "scope_1_2_location", "scope_1_2_market", "scope_3",
    "total_location", "total_market",
)  # fmt: skip
AVERAGED = frozenset({"headcount", "employees", "fte", "full_time_equivalents", "floor_area", "floor_m2"})
"""Measures of a state, averaged over the days of a period; all others are amounts, and are summed."""
_OF_MONEY = ("exchange_rate", "price_index")
"""Beginnings of metrics that convert money, and that nothing is measured by."""
METRIC_IDENTITY = (
    "name", "legal_entity_id", "facility_id", "product", "area", "period_start", "period_end", "currency",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class IntensityFigure:
    """A measure of the inventory, kg CO2e, and what it is per unit; None is 'not quantified'."""

    measure: str
    kg: Decimal | None
    kg_per_unit: Decimal | None


@dataclass(frozen=True, slots=True)
class Intensity:
    """Intensities per one metric, in one unit and currency; without figures where the metric does not fit, and why.

    ``value`` is the metric over the whole period: a sum, or for a state (headcount) the average over its days.
    """

    metric: str
    period: str
    product: str | None
    unit: str
    currency: str | None
    value: Decimal | None
    averaged: bool
    days_covered: int
    days_of_period: int
    sources: tuple[str, ...]
    entries: tuple[str, ...]
    figures: tuple[IntensityFigure, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Net revenue used for intensities, other revenue, and what the statements say; ``difference`` should be 0."""

    period: str
    currency: str
    revenue_used: Decimal | None
    revenue_other: Decimal | None
    revenue_statements: Decimal | None
    difference: Decimal | None
    notes: tuple[str, ...]


def intensities(
    s: Session,
    of: Period,
    per: str = "revenue",
    view: str = "operational_control",
    at: int | None = None,
    product: str | None = None,
    *,
    inventory: Inventory | None = None,
) -> list[Intensity]:
    """The inventory's measures per unit of a metric, one answer for each unit and currency that the metric has.

    Only rows of the metric that lie within the period count, and only where they cover each of its days once: a metric
    that straddles the period, leaves days out or counts days twice gives no intensity, and is told.
    ``inventory`` is the one of this period, view and size where it has been compiled already.
    Raises Misuse for an unknown view or size, or a metric of which the ledger holds nothing.
    """
    size = checked_size(s, view, at).size
    every = rows_in_force(s, "metric", METRIC_IDENTITY, size)
    held = [row for row in every if named_like(row["name"]) == named_like(per) and row["product"] == product]
    if not held:
        names = sorted({row["name"] for row in every if not row["name"].startswith(_OF_MONEY)})
        raise Misuse(
            f"the ledger holds no metric '{per}'" + (f" of product '{product}'" if product else ""),
            f"take one of: {', '.join(names)}" if names else "upload it: ghg template metric",
        )
    compiled = inventory or compile_inventory(s, of, view, size)
    kinds = sorted({(row["unit"], row["currency"] or "") for row in held})
    return [_intensity(per, of, compiled, product, unit, currency or None, held) for unit, currency in kinds]


def reconciliation(
    s: Session, of: Period, view: str = "operational_control", at: int | None = None
) -> list[Reconciliation]:
    """Net revenue against the statements, one for each currency of metrics `revenue_statements`; none without them."""
    size = checked_size(s, view, at).size
    rows = [row for row in rows_in_force(s, "metric", METRIC_IDENTITY, size) if row["product"] is None]
    currencies = sorted({row["currency"] or "" for row in rows if named_like(row["name"]) == "revenue_statements"})
    made = [_reconciled(of, rows, currency) for currency in currencies]
    return [one for one in made if one.revenue_used is not None or one.revenue_statements is not None]


def named_like(name: str) -> str:
    """The name of a metric as it is compared: small letters, words joined by underscores."""
    return name.strip().lower().replace(" ", "_").replace("-", "_")


def _intensity(
    per: str, of: Period, inventory: Inventory, product: str | None, unit: str, currency: str | None,
    held: list[dict[str, Any]],
) -> Intensity:  # fmt: skip
    own = [row for row in held if row["unit"] == unit and row["currency"] == currency]
    averaged = named_like(per) in AVERAGED
    value, used, covered, notes = over_period(own, of, averaged)
    if value == 0:
        notes.append(sentence("The metric is zero: there is nothing to divide by."))
    if inventory.not_quantified:
        notes.append(sentence("Some activity of the period has no result: the intensities may be too low."))
    if inventory.provisional:
        notes.append(sentence("The period is not closed: provisional."))
    return Intensity(
        metric=per,
        period=of.label,
        product=product,
        unit=unit,
        currency=currency,
        value=value,
        averaged=averaged,
        days_covered=covered,
        days_of_period=days_of(of.start, of.end),
        sources=tuple(sorted({row["source"] for row in used})),
        entries=tuple(f"B{row['batch_no']}-{row['seq']}" for row in used),
        figures=tuple(_figure(inventory, measure, value) for measure in INTENSITY_MEASURES),
        notes=tuple(notes),
    )


def _figure(inventory: Inventory, measure: str, value: Decimal | None) -> IntensityFigure:
    kg = measure_kg(inventory, measure)
    per_unit = rounded(Fraction(kg) / Fraction(value)) if kg is not None and value else None
    return IntensityFigure(measure, kg, per_unit)


def over_period(
    rows: list[dict[str, Any]], of: Period, averaged: bool
) -> tuple[Decimal | None, list[dict[str, Any]], int, list[str]]:
    """The metric over a period, the rows it was taken from, how many days they cover, and what is to be told.

    Rows of the whole organisation come first; where there are none, those of entities and facilities add up.
    """
    notes: list[str] = []
    touching = [row for row in rows if row["period_start"] <= of.end and row["period_end"] >= of.start]
    within = [row for row in touching if row["period_start"] >= of.start and row["period_end"] <= of.end]
    if len(within) < len(touching):
        notes.append(sentence("Rows of the metric that reach beyond the period are not cut; give it for the period."))
    whole = [row for row in within if not any(row[name] for name in ("legal_entity_id", "facility_id", "area"))]
    parts: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for row in whole or within:
        place = tuple(row[name] for name in ("legal_entity_id", "facility_id", "area"))
        parts.setdefault(place, []).append(row)
    if not whole and within:
        notes.append(
            sentence("The metric is the sum over {count} entities or facilities that give it.", count=len(parts))
        )
    total, used, covered = Fraction(0), list[dict[str, Any]](), days_of(of.start, of.end)
    for place in sorted(parts, key=str):
        chosen = _tiling(parts[place], of)
        if chosen is None:
            days = _days_covered(parts[place])
            name = next((text for text in place if text), sentence("the organisation"))
            form = (
                "The metric of {name} covers some days more than once and {days} of {all} days of the period."
                if _overlapping(parts[place])
                else "The metric of {name} covers {days} of {all} days of the period."
            )
            notes.append(sentence(form, name=name, days=days, all=covered))
            return None, [], days, notes
        total += _combined(chosen, of, averaged)
        used += chosen
    if not parts:
        notes.append(sentence("No row of the metric lies within the period."))
        return None, [], 0, notes
    if averaged and any(len(rows) > 1 for rows in parts.values()):
        notes.append(sentence("The metric is a state: its average over the days of the period is taken."))
    return rounded(total), used, covered, notes


def _tiling(rows: list[dict[str, Any]], of: Period) -> list[dict[str, Any]] | None:
    """The rows that cover each day once: the one of the whole period, else all of them where they meet end to end."""
    for row in rows:
        if (row["period_start"], row["period_end"]) == (of.start, of.end):
            return [row]
    expected: date = of.start
    ordered = sorted(rows, key=lambda row: row["period_start"])
    for row in ordered:
        if row["period_start"] != expected:
            return None
        expected = row["period_end"] + timedelta(days=1)
    return ordered if expected == of.end + timedelta(days=1) else None


def _combined(rows: list[dict[str, Any]], of: Period, averaged: bool) -> Fraction:
    if not averaged:
        return sum((Fraction(row["value"]) for row in rows), Fraction(0))
    weighted = (Fraction(row["value"]) * days_of(row["period_start"], row["period_end"]) for row in rows)
    return sum(weighted, Fraction(0)) / days_of(of.start, of.end)


def _overlapping(rows: list[dict[str, Any]]) -> bool:
    ordered = sorted(rows, key=lambda row: row["period_start"])
    return any(one["period_end"] >= two["period_start"] for one, two in pairwise(ordered))


def _days_covered(rows: list[dict[str, Any]]) -> int:
    covered: set[date] = set()
    for row in rows:
        length = days_of(row["period_start"], row["period_end"])
        covered |= {row["period_start"] + timedelta(days=day) for day in range(length)}
    return len(covered)


def _reconciled(of: Period, rows: list[dict[str, Any]], currency: str) -> Reconciliation:
    amounts: dict[str, Decimal | None] = {}
    notes: list[str] = []
    for name in ("revenue", "revenue_other", "revenue_statements"):
        own = [row for row in rows if named_like(row["name"]) == name and (row["currency"] or "") == currency]
        amounts[name], _, _, told = over_period(own, of, averaged=False)
        notes += [joined((name, note), ": ") for note in told] if own else []
    used, other, statements = amounts["revenue"], amounts["revenue_other"], amounts["revenue_statements"]
    difference = None
    if used is not None and statements is not None:
        difference = exact_difference(statements, exact_sum([used, other or Decimal(0)]))
        if other is None:
            notes.append(sentence("No other revenue (revenue_other) is given."))
        if difference:
            notes.append(sentence("Revenue used and other revenue do not add up to the statements."))
    return Reconciliation(of.label, currency, used, other, statements, difference, tuple(notes))
