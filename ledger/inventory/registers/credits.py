"""Carbon credits: cancelled in a period, or planned; never in a total (ESRS E1-7 of Set 1, 59–61)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from ledger.inventory.compile import checked_size
from ledger.inventory.exact import exact_sum
from ledger.inventory.period import Period
from ledger.inventory.registers.in_force import ratio, rows_in_force
from ledger.inventory.sentence import sentence
from ledger.store import Session
from ledger.tabular import Tabular


@dataclass(frozen=True, slots=True)
class CreditTotals:
    """Credits of one state, t CO2e, and the shares (0 to 1) that ESRS asks for; None where there are none."""

    tonnes: Decimal
    reduction_tonnes: Decimal
    removal_tonnes: Decimal
    share_reduction: Decimal | None
    share_removal: Decimal | None
    share_eu_project: Decimal | None
    share_corresponding_adjustment: Decimal | None
    share_by_standard: dict[str, Decimal]
    rows: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Credits(Tabular):
    """Credits cancelled in the period, and those planned for it or later, under contract or not."""

    period: str
    checkpoint_size: int
    cancelled: CreditTotals
    planned_contracted: CreditTotals
    planned_open: CreditTotals
    notes: tuple[str, ...]


def credits_of(s: Session, of: Period, at: int | None = None, view: str = "operational_control") -> Credits:
    """The credits of a period by their register. Raises Misuse for a size that the ledger has not reached."""
    size = checked_size(s, view, at).size
    held = rows_in_force(s, "credit", ("credit_id",), size)
    cancelled = [row for row in held if row["cancelled_on"] is not None and of.start <= row["cancelled_on"] <= of.end]
    planned = [
        row
        for row in held
        if row["planned_for"] is not None and row["planned_for"] >= of.start.year
        and (row["cancelled_on"] is None or row["cancelled_on"] > of.end)
    ]  # fmt: skip
    return Credits(
        period=of.label,
        checkpoint_size=size,
        cancelled=_totals(cancelled),
        planned_contracted=_totals([row for row in planned if row["contracted"]]),
        planned_open=_totals([row for row in planned if not row["contracted"]]),
        notes=tuple(_notes(held, cancelled)),
    )


def _totals(rows: list[dict[str, Any]]) -> CreditTotals:
    tonnes = _tonnes(rows)
    standards = sorted({row["standard"] for row in rows})
    shares = {name: ratio(_tonnes([row for row in rows if row["standard"] == name]), tonnes) for name in standards}

    def share(column: str, value: object) -> Decimal | None:
        return ratio(_tonnes([row for row in rows if row[column] == value]), tonnes)

    return CreditTotals(
        tonnes=tonnes,
        reduction_tonnes=_tonnes([row for row in rows if row["credit_kind"] == "reduction"]),
        removal_tonnes=_tonnes([row for row in rows if row["credit_kind"] == "removal"]),
        share_reduction=share("credit_kind", "reduction"),
        share_removal=share("credit_kind", "removal"),
        share_eu_project=share("eu_project", value=True),
        share_corresponding_adjustment=share("corresponding_adjustment", value=True),
        share_by_standard={name: part for name, part in shares.items() if part is not None},
        rows=tuple(_printed(row) for row in rows),
    )


def _printed(row: dict[str, Any]) -> dict[str, Any]:
    names = ("credit_id", "standard", "credit_project", "credit_kind", "tonnes", "vintage_year", "eu_project",
             "corresponding_adjustment", "cancelled_on", "planned_for", "contracted")  # fmt: skip
    return {name: row[name] for name in names} | {"entry": f"B{row['batch_no']}-{row['seq']}"}


def _tonnes(rows: list[dict[str, Any]]) -> Decimal:
    return exact_sum(row["tonnes"] for row in rows)


def _notes(held: list[dict[str, Any]], cancelled: list[dict[str, Any]]) -> list[str]:
    notes: list[str] = []
    if held:
        notes.append(sentence("Credits are in no total of the inventory: emissions are gross of every trade."))
    early = [row["credit_id"] for row in held if _is_early(row["cancelled_on"], row["vintage_year"])]
    if early:
        notes.append(
            sentence("Cancelled before their vintage: {credits}; correct the register.", credits=", ".join(early))
        )
    bare = [row["credit_id"] for row in cancelled if row["evidence_sha256"] is None]
    if bare:
        notes.append(sentence("Without evidence of cancellation: {credits}.", credits=", ".join(bare)))
    return notes


def _is_early(cancelled_on: date | None, vintage_year: int) -> bool:
    return cancelled_on is not None and cancelled_on.year < vintage_year
