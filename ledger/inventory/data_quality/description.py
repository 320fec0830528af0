"""Data quality of each scope and category, in numbers (Scope 3 Standard, chapter 11)."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.inventory.compile import checked_size
from ledger.inventory.data_quality.quality import PLACE, make_row_basis
from ledger.inventory.posted import make_posted
from ledger.inventory.uncertainty.assessment import run_statements
from ledger.inventory.uncertainty.labels import make_line_kg
from ledger.inventory.uncertainty.pedigree import INDICATORS
from ledger.store import Session

if TYPE_CHECKING:
    from ledger.inventory.period import Period

BASES = ("measured", "calculated", "estimated", "proxy")


@dataclass(frozen=True, slots=True)
class Source:
    """A dataset that a category's factors come from, with its share of the category (0 to 1, rounded)."""

    dataset: str
    edition: str
    verification: str
    share: Decimal


@dataclass(frozen=True, slots=True)
class CategoryQuality:
    """The data behind a scope or category. Shares are 0 to 1 of its absolute kg CO2e, at six decimals.

    ``bases`` is how the quantities came about; ``share_primary`` data of suppliers or partners; ``share_stated``
    emissions that others worked out; ``scores`` the average of each indicator (1 very good to 4 poor, weighted by
    kg) over the part that has it, and ``share_scored`` the part that has all five.
    """

    label: str
    scope: str
    category: int | None
    kg: Decimal
    bases: dict[str, Decimal]
    share_primary: Decimal
    share_stated: Decimal
    scores: dict[str, Decimal | None]
    share_scored: Decimal
    methods: dict[str, Decimal]
    sources: tuple[Source, ...]


def quality_by_category(
    s: Session, of: Period, view: str = "operational_control", at: int | None = None
) -> list[CategoryQuality]:
    """Scope 1, Scope 2 by both methods, and each category of Scope 3 that has a figure.

    Raises Misuse for an unknown view or size.
    """
    size = checked_size(s, view, at).size
    boundary = make_posted(s, of, view, size, by_facility=False)
    make_line_kg(s, "category")
    make_row_basis(s, of, ("legal_entity_id",) if boundary.is_whole else PLACE)
    words = {
        "whole": "posted" if boundary.is_whole else "posted_full",
        "facility": "null::varchar" if boundary.is_whole else "t.facility_id",
    }
    run_statements(s, _sql(), words, {"first": of.months[0], "last": of.months[-1]})
    rows = s.rows(
        "select label, sum(exact_kg) from line_kg where label not like 'total%' and label <> 'scope_3' group by 1"
    )
    return [_quality(s, label, kg) for label, kg in sorted(rows, key=lambda row: _place(row[0]))]


@cache
def _sql() -> str:
    return (Path(__file__).parent / "description.sql").read_text(encoding="utf-8")


def _place(label: str) -> tuple[str, int]:
    category = label.removeprefix("category_")
    return ("scope_3", int(category)) if category.isdigit() else (label, 0)


def _quality(s: Session, label: str, kg: Decimal) -> CategoryQuality:
    averages = ", ".join(
        f"sum(dq_{name} * kg) / nullif(sum(kg) filter (where dq_{name} is not null), 0)" for name in INDICATORS
    )
    every = " and ".join(f"dq_{name} is not null" for name in INDICATORS)
    bases = ", ".join(f"coalesce(sum(kg) filter (where data_basis = '{basis}'), 0)" for basis in BASES)
    whole, scored, primary, stated, *found = s.one(
        f"select coalesce(sum(kg), 0), coalesce(sum(kg) filter (where {every}), 0), "
        "coalesce(sum(kg) filter (where primary_data), 0), coalesce(sum(kg) filter (where stated), 0), "
        f"{bases}, {averages} from row_quality where label = ?",
        [label],
    )
    factors = s.rows(
        "select dataset, edition, verification, method, kg from factor_quality where label = ? "
        "order by kg desc, dataset, edition",
        [label],
    )
    of_factors = sum(row[4] for row in factors)
    methods: dict[str, float] = {}
    datasets: dict[tuple[str, str, str], float] = {}
    for dataset, edition, verification, method, part in factors:
        methods[method] = methods.get(method, 0.0) + part
        if dataset is not None:
            named = (dataset, edition, verification)
            datasets[named] = datasets.get(named, 0.0) + part
    category = _place(label)[1] or None
    return CategoryQuality(
        label=label,
        scope="3" if category else label[6],
        category=category,
        kg=kg,
        bases={basis: _share(part, whole) for basis, part in zip(BASES, found[:4], strict=True)},
        share_primary=_share(primary, whole),
        share_stated=_share(stated, whole),
        scores={name: None if mean is None else _six(mean) for name, mean in zip(INDICATORS, found[4:], strict=True)},
        share_scored=_share(scored, whole),
        methods={name: _share(part, of_factors) for name, part in sorted(methods.items())},
        sources=tuple(Source(*named, _share(part, of_factors)) for named, part in datasets.items()),
    )


def _share(part: float, whole: float) -> Decimal:
    return _six(part / whole) if whole else Decimal(0)


def _six(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")
