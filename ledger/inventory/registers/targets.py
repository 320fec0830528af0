"""Targets: how far a measure has come from its base year, and where a straight path would have it."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from ledger.calculation.amounts import rounded
from ledger.calculation.policy import policy
from ledger.inventory.compile import Inventory, checked_size, compile_inventory
from ledger.inventory.measures import measure_kg, other_basis
from ledger.inventory.period import Period, period
from ledger.inventory.registers.in_force import rows_in_force, year_label
from ledger.inventory.sentence import sentence
from ledger.store import Session
from schemas.measures import MEASURE_PARTS

MONTHS = 12

SIGNIFICANT = Decimal("0.05")
"""How far a base stated in the register may be from the ledger's own before it is told (5 %, the usual threshold)."""


@dataclass(frozen=True, slots=True)
class TargetProgress:
    """A target and a year's progress. Kg CO2e; per cents are of the base; None is 'not quantified', never 0.

    ``reduction_pct`` is what is to be reached by ``target_year``, ``reached_pct`` what has been, ``path_pct`` what a
    straight line from base year to target year asks for in this year. ``other_*`` is the same measure by the other
    Scope 2 method, where the measure holds Scope 2.
    """

    target_id: str
    measure: str
    basis: str | None
    framework: str | None
    base_year: int
    base_kg: Decimal | None
    base_source: str
    target_year: int
    target_kg: Decimal | None
    reduction_pct: Decimal
    yearly_pct: Decimal
    year: int
    year_kg: Decimal | None
    reached_pct: Decimal | None
    path_pct: Decimal
    on_track: bool | None
    other_measure: str | None
    other_base_kg: Decimal | None
    other_year_kg: Decimal | None
    notes: tuple[str, ...]
    entry: str


def target_progress(
    s: Session, year: int, view: str = "operational_control", at: int | None = None
) -> list[TargetProgress]:
    """Progress of every target in force in a (fiscal) year, by target.

    Raises Misuse for an unknown view or size.
    """
    size = checked_size(s, view, at).size
    fiscal_month = policy(s).fiscal_month
    of = period(year_label(year, fiscal_month), fiscal_month)
    years: dict[int, Inventory] = {}

    def inventory(of_year: int) -> Inventory:
        if of_year not in years:
            span: Period = period(year_label(of_year, fiscal_month), fiscal_month)
            years[of_year] = compile_inventory(s, span, view, size)
        return years[of_year]

    held = int(
        s.one(
            "select count(distinct month) from period_total where month between ? and ? and batch_no <= ?",
            [of.months[0], of.months[-1], size],
        )[0]
    )
    return [
        _progress(row, year, inventory(year), inventory(row["base_year"]), held)
        for row in targets_of(s, year, size)
    ]


def targets_of(s: Session, year: int, size: int) -> list[dict[str, Any]]:
    """The version of each target in force on the last day of a (fiscal) year."""
    fiscal_month = policy(s).fiscal_month
    on = period(year_label(year, fiscal_month), fiscal_month).end
    rows = rows_in_force(s, "target", ("target_id", "valid_from"), size)
    last = {row["target_id"]: row for row in rows if row["valid_from"] <= on}
    return [last[name] for name in sorted(last)]


def _progress(row: dict[str, Any], year: int, now: Inventory, then: Inventory, months: int) -> TargetProgress:
    measure, reduction = row["measure"], row["reduction_pct"]
    held = measure_kg(then, measure)
    base = row["base_kg"] if row["base_kg"] is not None else held
    current = measure_kg(now, measure)
    other = other_basis(measure)
    span = max(row["target_year"] - row["base_year"], 1)
    path = Fraction(reduction) * min(max(year - row["base_year"], 0), span) / span
    reached = None if not base or current is None else rounded(100 * (1 - Fraction(current) / Fraction(base)))
    return TargetProgress(
        target_id=row["target_id"],
        measure=measure,
        basis=next((name for name in ("location", "market") if measure.endswith(name)), None),
        framework=row["framework"],
        base_year=row["base_year"],
        base_kg=base,
        base_source="register" if row["base_kg"] is not None else "ledger",
        target_year=row["target_year"],
        target_kg=None if base is None else rounded(Fraction(base) * (1 - Fraction(reduction) / 100)),
        reduction_pct=reduction,
        yearly_pct=rounded(Fraction(reduction) / span),
        year=year,
        year_kg=current,
        reached_pct=reached,
        path_pct=rounded(path),
        on_track=None if reached is None or months < MONTHS else Fraction(reached) >= path,
        other_measure=other,
        other_base_kg=None if other is None else measure_kg(then, other),
        other_year_kg=None if other is None else measure_kg(now, other),
        notes=tuple(_notes(row, base, held, current, now, year, months)),
        entry=f"B{row['batch_no']}-{row['seq']}",
    )


def _notes(
    row: dict[str, Any],
    base: Decimal | None,
    held: Decimal | None,
    current: Decimal | None,
    now: Inventory,
    year: int,
    months: int,
) -> list[str]:
    notes: list[str] = []
    if measure_is_unknown := row["measure"] not in MEASURE_PARTS:
        notes.append(
            sentence(
                "{measure} is no measure of the inventory; take one of: {measures}.",
                measure=row["measure"],
                measures=", ".join(MEASURE_PARTS),
            )
        )
    if row["target_year"] <= row["base_year"]:
        notes.append(sentence("The target year is not after the base year; correct the register."))
    if base is None and not measure_is_unknown:
        notes.append(
            sentence("The ledger holds nothing of {year}, and the register gives no base.", year=row["base_year"])
        )
    if current is None and not measure_is_unknown:
        notes.append(sentence("{measure} of {year} is not quantified.", measure=row["measure"], year=year))
    if current is not None and months < MONTHS:
        notes.append(
            sentence(
                "{year} holds data of {months} of 12 months: what is reached is not that of a year.",
                year=year,
                months=months,
            )
        )
    if current is not None and now.provisional:
        notes.append(sentence("{year} is not closed: provisional.", year=year))
    if row["base_kg"] is not None and held is not None and abs(held - row["base_kg"]) > SIGNIFICANT * row["base_kg"]:
        notes.append(
            sentence("The base of the register is more than 5 % from the ledger's own figure of the base year.")
        )
    if year < row["base_year"]:
        notes.append(sentence("{year} is before the base year.", year=year))
    if now.not_quantified:
        notes.append(sentence("Some activity of the year has no result: the measure may be too low."))
    return notes
