"""The fifteen categories of Scope 3 of a period: size, methods, data, screening, and what is missing.

Scope 3 Standard, chapter 5 (boundaries, table 5.4), 7 (data) and 11 (what is reported of each category).
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, localcontext
from functools import cache
from pathlib import Path
from typing import Any

from ledger import shipped
from ledger.inventory.compile import NotQuantified, checked_size, not_quantified
from ledger.inventory.data_quality.quality import BasisSum, kg_by_basis, of_categories, share_of
from ledger.inventory.period import Period
from ledger.inventory.posted import make_posted
from ledger.store import Checkpoint, Session
from ledger.tabular import Tabular

NOT_SCREENED = "not_screened"
_PLACES = Decimal("1e-12")


@dataclass(frozen=True, slots=True)
class CategoryRule:
    """What a standard asks of a category: its least boundary, its methods, and which years it reaches into."""

    number: int
    name: str
    direction: str
    minimum_boundary: str
    methods: tuple[str, ...]
    time_boundary: str
    source: str


@dataclass(frozen=True, slots=True)
class MethodShare:
    """What one method comes to in a category; ``share`` (0–1) is by size, None of nothing."""

    method: str
    kg: Decimal
    share: Decimal | None
    rows: int


@dataclass(frozen=True, slots=True)
class Screening:
    """What was decided of a category, as the register holds it on the last day of the period."""

    status: str
    criteria: str | None
    size_kg: Decimal | None
    why: str
    valid_from: date


@dataclass(frozen=True, slots=True)
class Category:
    """A category of Scope 3 in a period; amounts are kg, None is not quantified and never 0.

    ``share_primary`` is the share calculated with data from suppliers or partners; ``by_basis`` the share of each data
    basis; both 0–1 by size. ``told`` holds codes: `not_screened` neither data nor a decision; `data_without_screening`;
    `excluded_with_data`; `included_without_data`; `declared_not_quantified` rows without a result.
    """

    rule: CategoryRule
    kg: Decimal | None
    biogenic_co2_kg: Decimal | None
    methods: tuple[MethodShare, ...]
    share_primary: Decimal | None
    by_basis: dict[str, Decimal]
    screening: Screening | None
    not_quantified: tuple[NotQuantified, ...]
    told: tuple[str, ...]

    @property
    def status(self) -> str:
        """The decision in force; quantified where there are figures and none; else not screened."""
        if self.screening is not None:
            return self.screening.status
        return "quantified" if self.kg is not None else NOT_SCREENED


@dataclass(frozen=True, slots=True)
class Scope3Overview(Tabular):
    """The fifteen categories of a period under a view, as the ledger stood at a checkpoint."""

    period: Period
    view: str
    checkpoint: Checkpoint
    kg: Decimal | None
    categories: tuple[Category, ...]

    def table_rows(self) -> list[dict[str, Any]]:
        """A row for each category: its decision, kg CO2e, the share of primary data, and lines without a result."""
        return [
            {"scope3_category": one.rule.number, "name": one.rule.name, "status": one.status,
             "emissions_kg_co2e": one.kg, "biogenic_co2_kg": one.biogenic_co2_kg,
             "share_primary": one.share_primary, "told": one.told,
             "not_quantified_lines": sum(gap.rows for gap in one.not_quantified)}
            for one in self.categories
        ]  # fmt: skip

    @property
    def not_screened(self) -> tuple[int, ...]:
        """The numbers of the categories with neither data nor a decision."""
        return tuple(category.rule.number for category in self.categories if NOT_SCREENED in category.told)


@cache
def category_rules() -> tuple[CategoryRule, ...]:
    """The categories as shipped: the list is data, since a revision may add to it."""
    with (shipped.path("data") / "scope3_categories.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            CategoryRule(
                int(row["category"]), row["name"], row["direction"], row["minimum_boundary"],
                tuple(row["methods"].split("|")), row["time_boundary"], row["source"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def scope3_overview(s: Session, of: Period, view: str = "operational_control", at: int | None = None) -> Scope3Overview:
    """Every category of Scope 3 of a period, as the ledger stood at a size (now when None).

    Raises Misuse for a view that this ledger does not compute, or a size it has not reached.
    """
    checkpoint = checked_size(s, view, at)
    boundary = make_posted(s, of, view, checkpoint.size, by_facility=False)
    s.run((Path(__file__).parent / "scope3_method.sql").read_text(encoding="utf-8"))
    screenings = _screenings(s, of.end, checkpoint.size)
    gaps = [gap for gap in not_quantified(s) if gap.scope == "3"]
    with localcontext() as context:
        context.prec = 60  # sums of 38 digits, whole
        basis = _basis_shares(kg_by_basis(s, of, whole=boundary.is_whole))
        categories = tuple(_category(s, rule, screenings, gaps, basis) for rule in category_rules())
    whole = s.one("select sum(total_co2e_kg) from posted where book = 'inventory' and scope = '3'")[0]
    return Scope3Overview(of, view, checkpoint, whole, categories)


def _category(
    s: Session,
    rule: CategoryRule,
    screenings: dict[int, Screening],
    gaps: list[NotQuantified],
    basis: dict[int, tuple[Decimal | None, dict[str, Decimal]]],
) -> Category:
    rows = s.rows(
        "select scope3_method, kg, biogenic_co2_kg, n from scope3_method where scope3_category = ? and kg is not null "
        "and n <> 0 order by abs(kg) desc, scope3_method",
        [rule.number],
    )
    sizes = sum((abs(row[1]) for row in rows), Decimal(0))
    methods = tuple(MethodShare(row[0], row[1], _part(abs(row[1]), sizes), row[3]) for row in rows)
    biogenic = [row[2] for row in rows if row[2] is not None]
    own_gaps = tuple(gap for gap in gaps if gap.scope3_category == rule.number)
    screening = screenings.get(rule.number)
    kg = sum((row[1] for row in rows), Decimal(0)) if rows else None
    primary, by_basis = basis.get(rule.number, (None, {}))
    return Category(
        rule=rule,
        kg=kg,
        biogenic_co2_kg=sum(biogenic, Decimal(0)) if biogenic else None,
        methods=methods,
        share_primary=primary,
        by_basis=by_basis,
        screening=screening,
        not_quantified=own_gaps,
        told=_told(kg, own_gaps, screening),
    )


def _told(kg: Decimal | None, gaps: tuple[NotQuantified, ...], screening: Screening | None) -> tuple[str, ...]:
    """What a reader must be told: decisions and data that do not go together."""
    has_data = kg is not None or bool(gaps)
    told = []
    if screening is None:
        told.append("data_without_screening" if has_data else NOT_SCREENED)
    elif screening.status in ("excluded", "not_relevant") and has_data:
        told.append("excluded_with_data")
    elif screening.status == "included" and not has_data:
        told.append("included_without_data")
    if gaps or (screening is not None and screening.status == "not_quantified"):
        told.append("declared_not_quantified")
    return tuple(told)


def _screenings(s: Session, on: date, size: int) -> dict[int, Screening]:
    """The decision on each category that is in force on a day, as the ledger stood at a size."""
    rows = s.rows(
        "with version as (select * from scope3_screening where batch_no <= $size qualify row_number() over "
        "(partition by scope3_category, valid_from order by batch_no desc, seq desc) = 1) "
        "select scope3_category, status, criteria, size_kg, why, valid_from from version "
        "where not withdrawn and valid_from <= $day and (valid_to is null or valid_to >= $day) "
        "qualify row_number() over (partition by scope3_category order by valid_from desc) = 1",
        {"size": size, "day": on},
    )
    return {row[0]: Screening(*row[1:]) for row in rows}


def _basis_shares(rows: list[BasisSum]) -> dict[int, tuple[Decimal | None, dict[str, Decimal]]]:
    """Of each category: the share of primary data, and of each data basis."""
    made = {}
    for category, own in of_categories(rows).items():
        bases = {
            basis: share_of([row[4] for row in own if row[2] == basis], own)
            for basis in sorted({row[2] for row in own})
        }
        primary = share_of([row[4] for row in own if row[3]], own)
        made[category] = (primary, {basis: share for basis, share in bases.items() if share is not None})
    return made


def _part(part: Decimal, whole: Decimal) -> Decimal | None:
    return (part / whole).quantize(_PLACES) if whole else None
