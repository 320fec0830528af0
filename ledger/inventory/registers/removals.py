"""Removals of a period from their register: beside the inventory, in none of its totals (ESRS E1-7 of Set 1, 56–58)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from ledger.inventory.compile import checked_size
from ledger.inventory.exact import exact_sum
from ledger.inventory.period import Period
from ledger.inventory.registers.in_force import overlap, part_in, rows_in_force
from ledger.inventory.sentence import sentence
from ledger.store import Session
from ledger.tabular import Tabular


@dataclass(frozen=True, slots=True)
class RemovalRow:
    """A removal, or its part by days that falls in the period, kg CO2e. None is 'not told', never 0."""

    removal_id: str
    removal_kind: str
    value_chain: str
    facility_id: str | None
    period_start: date
    period_end: date
    removed_kg: Decimal
    emitted_kg: Decimal | None
    reversed_kg: Decimal | None
    removal_method: str
    source: str
    entry: str


@dataclass(frozen=True, slots=True)
class Removals(Tabular):
    """Removals of a period, kg CO2e: gross, with what removing emitted and what came back beside it, none netted."""

    ROWS = "rows"

    period: str
    checkpoint_size: int
    removed_kg: Decimal | None
    emitted_kg: Decimal | None
    reversed_kg: Decimal | None
    by_value_chain: dict[str, Decimal]
    by_kind: dict[str, Decimal]
    rows: tuple[RemovalRow, ...]
    notes: tuple[str, ...]


def removals_of(s: Session, of: Period, at: int | None = None, view: str = "operational_control") -> Removals:
    """What was removed and stored in a period; a span that reaches beyond it counts by days.

    Raises Misuse for a size that the ledger has not reached.
    """
    size = checked_size(s, view, at).size
    held = rows_in_force(s, "removal", ("removal_id",), size)
    rows = tuple(_row(row, of) for row in held if overlap(row["period_start"], row["period_end"], of))
    return Removals(
        period=of.label,
        checkpoint_size=size,
        removed_kg=_sum(row.removed_kg for row in rows),
        emitted_kg=_sum(row.emitted_kg for row in rows),
        reversed_kg=_sum(row.reversed_kg for row in rows),
        by_value_chain=_by(rows, "value_chain"),
        by_kind=_by(rows, "removal_kind"),
        rows=rows,
        notes=tuple(_notes(held, rows, of)),
    )


def _row(row: dict[str, Any], of: Period) -> RemovalRow:
    def part(name: str) -> Decimal:
        return part_in(row[name], row["period_start"], row["period_end"], of)

    return RemovalRow(
        removal_id=row["removal_id"],
        removal_kind=row["removal_kind"],
        value_chain=row["value_chain"],
        facility_id=row["facility_id"],
        period_start=row["period_start"],
        period_end=row["period_end"],
        removed_kg=part("removed_kg"),
        emitted_kg=None if row["emitted_kg"] is None else part("emitted_kg"),
        reversed_kg=None if row["reversed_kg"] is None else part("reversed_kg"),
        removal_method=row["removal_method"],
        source=row["source"],
        entry=f"B{row['batch_no']}-{row['seq']}",
    )


def _sum(amounts: Any) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return exact_sum(known) if known else None


def _by(rows: tuple[RemovalRow, ...], name: str) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        sums[getattr(row, name)] = exact_sum([sums.get(getattr(row, name), Decimal(0)), row.removed_kg])
    return dict(sorted(sums.items()))


def _notes(held: list[dict[str, Any]], rows: tuple[RemovalRow, ...], of: Period) -> list[str]:
    notes: list[str] = []
    if rows:
        notes.append(sentence("Removals are in no total of the inventory, and nothing is netted."))
    if any(row.period_start < of.start or row.period_end > of.end for row in rows):
        notes.append(sentence("Removals over a longer time count by their days in the period."))
    if any(row.emitted_kg is None for row in rows):
        notes.append(sentence("Of some removals it is not told what removing itself emitted."))
    ids = {row.removal_id for row in rows}
    for one, other in combinations([row for row in held if row["removal_id"] in ids], 2):
        if _may_be_the_same(one, other):
            notes.append(
                sentence(
                    "{one} and {other} overlap: same kind, place and days; withdraw one where it is the same carbon.",
                    one=one["removal_id"],
                    other=other["removal_id"],
                )
            )
    return notes


def _may_be_the_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    same = all(one[name] == other[name] for name in ("removal_kind", "facility_id", "value_chain"))
    return bool(same and one["period_start"] <= other["period_end"] and other["period_start"] <= one["period_end"])
