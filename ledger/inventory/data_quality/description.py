"""Data quality of each scope and category, in numbers and in words (Scope 3 Standard, chapter 11)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ledger.inventory.compile import checked_size
from ledger.inventory.posted import make_posted
from ledger.inventory.uncertainty.assessment import run_statements
from ledger.inventory.uncertainty.labels import make_line_kg
from ledger.inventory.uncertainty.pedigree import INDICATORS
from ledger.store import Session

if TYPE_CHECKING:
    from ledger.inventory.period import Period

BASES = ("measured", "calculated", "estimated", "proxy")
RATINGS = ("very good", "good", "fair", "poor")
_BASIS_WORDS = {**dict(zip(BASES, BASES, strict=True)), "proxy": "taken from proxies"}
_WORDS = {"reliability": "reliability", "completeness": "completeness", "temporal": "fit in time",
          "geographical": "fit in place", "technological": "fit in technology"}  # fmt: skip


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
    kg) over the part that has it, and ``share_scored`` the part that has all five. ``words`` says all of it.
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
    words: str


def quality_by_category(
    s: Session, of: Period, view: str = "operational_control", at: int | None = None
) -> list[CategoryQuality]:
    """Scope 1, Scope 2 by both methods, and each category of Scope 3 that has a figure.

    Raises Misuse for an unknown view or size.
    """
    size = checked_size(s, view, at).size
    boundary = make_posted(s, of, view, size, by_facility=False)
    make_line_kg(s, "category")
    words = {
        "whole": "posted" if boundary.is_whole else "posted_full",
        "facility": "null::varchar" if boundary.is_whole else "a.facility_id",
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
    made = CategoryQuality(
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
        words="",
    )
    return _with_words(made)


def _with_words(made: CategoryQuality) -> CategoryQuality:
    parts = [f"{_BASIS_WORDS[basis]} for {_per_cent(share)}" for basis, share in made.bases.items() if share]
    sentences = [f"Of the emissions, quantities are {_listed(parts)}." if parts else "No quantities stand behind it."]
    if made.category:
        primary = f"{_per_cent(made.share_primary)} rest" if made.share_primary else "Nothing rests"
        sentences.append(f"{primary} on data of suppliers or partners.")
    methods = [f"{name} ({_per_cent(share)})" for name, share in made.methods.items() if share]
    if methods:
        sentences.append(f"Methods: {', '.join(methods)}.")
    sources = [_named(part) + (", secondary" if part.verification == "secondary" else "")
               + f" ({_per_cent(part.share)})" for part in made.sources if part.share]  # fmt: skip
    if sources:
        sentences.append(f"Factors: {'; '.join(sources)}.")
    scores = [f"{_WORDS[name]} {_rating(mean)} ({mean:.1f})" for name, mean in made.scores.items() if mean is not None]
    if scores:
        sentences.append(
            f"Scored on average, {_per_cent(made.share_scored)} of it by all five indicators: {', '.join(scores)}."
        )
    else:
        sentences.append("The five data quality indicators are not scored.")
    return replace(made, words=" ".join(sentences))


def _named(source: Source) -> str:
    return source.dataset if source.edition in source.dataset else f"{source.dataset} {source.edition}"


def _listed(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _rating(mean: Decimal) -> str:
    """The word of the nearest score; a mean half way is called by the worse."""
    return RATINGS[min(int(mean + Decimal("0.5")), 4) - 1]


def _per_cent(share: Decimal) -> str:
    per_cent = share * 100
    return "under 1 %" if 0 < per_cent < 1 else "over 99 %" if 99 < per_cent < 100 else f"{per_cent:.0f} %"


def _share(part: float, whole: float) -> Decimal:
    return _six(part / whole) if whole else Decimal(0)


def _six(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")
