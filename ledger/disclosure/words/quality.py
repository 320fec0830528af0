"""The data behind a scope or category in a sentence or two (Scope 3 Standard, chapter 11)."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ledger.disclosure.words import numbers, texts
from ledger.disclosure.words.texts import text
from ledger.plain import plain

if TYPE_CHECKING:
    from ledger.inventory.data_quality.description import CategoryQuality, Source

_RATINGS = 4  # from very good to poor
_ONE_PER_CENT = Decimal("0.01")


def quality_words(held: CategoryQuality) -> str:
    """How the quantities came about, whose data they are, by which methods and factors, and how they are scored."""
    told = [_quantities(held)]
    if held.category:
        told.append(text("quality_of_partners", share=whole_percent(held.share_primary))
                    if held.share_primary else text("quality_of_no_partner"))  # fmt: skip
    methods = [_with_share(method_name(name), share) for name, share in held.methods.items() if share]
    if methods:
        told.append(text("quality_methods", methods=", ".join(methods)))
    sources = [_with_share(_source(part), part.share) for part in held.sources if part.share]
    if sources:
        told.append(text("quality_factors", sources="; ".join(sources)))
    told.append(_scores(held))
    return " ".join(told)


def quality_record(held: CategoryQuality) -> dict[str, Any]:
    """The data behind a scope or category as JSON has it, with its words."""
    return {**plain(held), "words": quality_words(held)}


def method_name(code: str) -> str:
    """A method of calculation in words, from its code in either spelling: `average_data`, `average-data`."""
    return texts.text_or_code("method_of", code.replace("-", "_").replace(" ", "_"))


def _quantities(held: CategoryQuality) -> str:
    parts = [(text(f"quality_basis_{basis}"), share) for basis, share in held.bases.items() if share]
    if not parts:
        return text("quality_no_quantities")
    if len(parts) == 1:
        return text("quality_one_basis", basis=parts[0][0])
    shares = [text("quality_basis_share", basis=basis, share=whole_percent(share)) for basis, share in parts]
    return text("quality_quantities", parts=texts.listed(shares))


def _scores(held: CategoryQuality) -> str:
    scores = [
        text("quality_score", indicator=text(f"quality_indicator_{name}"), rating=_rating(mean),
             mean=numbers.grouped(mean, 1))
        for name, mean in held.scores.items() if mean is not None
    ]  # fmt: skip
    if not scores:
        return text("quality_not_scored")
    return text("quality_scores", share=whole_percent(held.share_scored), scores=", ".join(scores))


def _source(source: Source) -> str:
    named = source.dataset if source.edition in source.dataset else f"{source.dataset} {source.edition}"
    return text("quality_source_secondary", source=named) if source.verification == "secondary" else named


def _with_share(name: str, share: Decimal) -> str:
    return f"{name} ({whole_percent(share)})"


def _rating(mean: Decimal) -> str:
    """The word of the nearest score; a mean half way is called by the worse."""
    return text(f"quality_rating_{min(int(mean + Decimal('0.5')), _RATINGS)}")


def whole_percent(share: Decimal) -> str:
    """A share in whole per cent; what is not nothing and not all of it is never written as 0 or 100."""
    if 0 < share < _ONE_PER_CENT:
        return text("share_under", share=numbers.percent(_ONE_PER_CENT, 0))
    if 1 - _ONE_PER_CENT < share < 1:
        return text("share_over", share=numbers.percent(1 - _ONE_PER_CENT, 0))
    return numbers.percent(share, 0)
