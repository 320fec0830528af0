"""The rules of consolidation, read from two shipped tables: how a holding counts, and where a facility stands."""

from __future__ import annotations

import csv
import functools
from dataclasses import dataclass
from decimal import Decimal

from ledger import shipped
from ledger.errors import Damage

VIEWS = ("operational_control", "financial_control", "equity_share", "esrs_set1", "esrs_revised")
"""The consolidation views, each computed when read; the rows of both tables name them."""

GROUP, INVESTEES = "consolidated_group", "other_investees"
"""The two parts into which the views of the ESRS cut Scope 1 and 2 (E1 of Set 1, 50; revised, 30 (c))."""

SPLIT_VIEWS = ("esrs_set1", "esrs_revised")


@dataclass(frozen=True, slots=True)
class HoldingRule:
    """How a holding counts in a view: ``counts`` is whole, equity or nothing; the first row that fits decides."""

    view: str
    financial_control: str
    operational_control: str
    in_accounts: str
    held_from: Decimal | None
    held_below: Decimal | None
    counts: str
    consolidation_group: str | None
    source: str

    def fits(self, financial_control: str, operational_control: bool, in_accounts: bool, held: Decimal) -> bool:
        """Whether the row is about such a holding; ``held`` is what the group holds of the company in all, 0–1."""
        return (
            self.financial_control in ("any", financial_control)
            and self.operational_control in ("any", "yes" if operational_control else "no")
            and self.in_accounts in ("any", "yes" if in_accounts else "no")
            and (self.held_from is None or held >= self.held_from)
            and (self.held_below is None or held < self.held_below)
        )


@dataclass(frozen=True, slots=True)
class FacilityRule:
    """Where a facility of a company inside the boundary stands: inside (no category), or in a Scope 3 category.

    ``other_scope_3``: whether what else happens there (travel, waste, purchases) stays where it is.
    """

    view: str
    relation: str
    scope3_category: int | None
    other_scope_3: bool
    iso_category: str | None
    source: str


def holding_rule(
    view: str, financial_control: str, operational_control: bool, in_accounts: bool, held: Decimal
) -> HoldingRule:
    """The row of `data/consolidation_holdings.csv` that decides. Raises Damage where none does."""
    for rule in _holding_rules():
        if rule.view == view and rule.fits(financial_control, operational_control, in_accounts, held):
            return rule
    raise Damage(f"no rule says how a holding counts under {view}", "restore data/consolidation_holdings.csv")


def facility_rule(view: str, relation: str) -> FacilityRule:
    """The row of `data/consolidation_facilities.csv` for a relation. Raises Damage where there is none."""
    for rule in _facility_rules():
        if rule.view == view and rule.relation == relation:
            return rule
    raise Damage(f"no rule says where a facility of relation {relation} stands", "restore the shipped data")


@functools.cache
def _holding_rules() -> tuple[HoldingRule, ...]:
    return tuple(
        HoldingRule(
            view=row["view"],
            financial_control=row["financial_control"],
            operational_control=row["operational_control"],
            in_accounts=row["in_accounts"],
            held_from=Decimal(row["held_from"]) if row["held_from"] else None,
            held_below=Decimal(row["held_below"]) if row["held_below"] else None,
            counts=row["counts"],
            consolidation_group=row["consolidation_group"] or None,
            source=row["source"],
        )
        for row in _rows("consolidation_holdings.csv")
    )


@functools.cache
def _facility_rules() -> tuple[FacilityRule, ...]:
    return tuple(
        FacilityRule(
            view=row["view"],
            relation=row["relation"],
            scope3_category=int(row["scope3_category"]) if row["placement"] == "outside" else None,
            other_scope_3=row["other_scope_3"] == "yes",
            iso_category=row["iso_category"] or None,
            source=row["source"],
        )
        for row in _rows("consolidation_facilities.csv")
    )


def _rows(name: str) -> list[dict[str, str]]:
    with (shipped.path("data") / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
