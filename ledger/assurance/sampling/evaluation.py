"""What the results of a sample say of the total: misstatements of items, what they project, and against what.

A misstatement is recorded less audited, kg CO2e: above zero the ledger says too much. These are the usual estimates of
audit sampling (ISO 14064-3 and ISSA 5000 ask that what a sample shows be projected to what it was drawn from; neither
prescribes a formula):

- carbon units: tainting = misstatement ÷ |recorded|; each item drawn by interval projects tainting × interval, each
  certain item its own misstatement. An item stands for one interval, whatever its size.
- by chance, and within each stratum: ratio, Σ misstatement ÷ Σ |recorded| of the tested items × kg of the stratum; or
  difference, mean misstatement × units.
- the largest, documents and gaps project nothing: they were not drawn to stand for others.

With a confidence factor F the upper limit of carbon-unit sampling is the interval × (P0 + Σ (Pj − Pj−1) × tj), the
taintings tj falling, plus certain items: Stringer's bound. Pj solves Σ(i ≤ j) e^−P P^i ÷ i! = e^−F, so that P0 = F.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal, localcontext
from typing import Any

from ledger.assurance.reviewing.engagements import EngagementTold
from ledger.assurance.sampling.sample import Item, Sample
from ledger.inventory.exact import exact_sum
from ledger.plain import plain
from ledger.tabular import Tabular

PROJECTIONS = ("ratio", "difference")
_DIGITS, _PLACES = 60, Decimal("1e-18")
_CLOSE = Decimal("1e-24")
_STANDS_FOR_ITSELF = ("certainty", "largest", "gap", "line", "document")


@dataclass(frozen=True, slots=True)
class ItemResult:
    """An item with its result: kg recorded and audited, misstatement, tainting, and what it projects by itself."""

    item: int
    about: str
    selection: str
    stratum: str
    recorded_kg: Decimal | None
    audited_kg: Decimal
    outcome: str
    misstatement_kg: Decimal
    tainting: Decimal | None
    projected_kg: Decimal | None


@dataclass(frozen=True, slots=True)
class Projected:
    """What a stratum projects: its size, how many were drawn and tested, their misstatement, and the projection."""

    stratum: str
    units: int
    absolute_kg: Decimal
    drawn: int
    tested: int
    misstatement_kg: Decimal
    projected_kg: Decimal
    method: str


@dataclass(frozen=True, slots=True)
class Evaluation(Tabular):
    """What a sample says: kg CO2e, above zero the ledger says too much.

    ``factual_kg`` is what was found in items that stand for themselves, ``projected_kg`` what the others project, both
    together the most likely misstatement. ``upper_over_kg`` and ``upper_under_kg`` are limits of carbon-unit sampling
    where a confidence factor was stated and they can be told.
    """

    ROWS = "items"

    sample_id: str
    measure: str
    method: str
    drawn: int
    tested: int
    items: tuple[ItemResult, ...]
    strata: tuple[Projected, ...]
    factual_kg: Decimal
    projected_kg: Decimal
    most_likely_kg: Decimal
    basic_precision_kg: Decimal | None
    upper_over_kg: Decimal | None
    upper_under_kg: Decimal | None
    materiality_kg: Decimal | None
    performance_materiality_kg: Decimal | None
    verdict: str
    concludes: str
    limits: tuple[str, ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """The answer of `ghg review evaluate --json`."""
        made: dict[str, Any] = plain(self)
        return made


def evaluate(
    sample: Sample, results: dict[int, tuple[str, Decimal]], engagement: EngagementTold | None, projection: str
) -> Evaluation:
    """The evaluation of a sample; ``results`` are outcome and audited kg by item, ``projection`` a word of the list."""
    with localcontext() as context:
        context.prec = _DIGITS
        items = tuple(
            _item_result(sample, item, *results[item.number]) for item in sample.items if item.number in results
        )
        strata = tuple(_strata(sample, items, projection))
        factual = exact_sum(one.misstatement_kg for one in items if one.selection in _STANDS_FOR_ITSELF)
        projected = exact_sum(one.projected_kg for one in strata)
        likely = factual + projected
        basic, over, under = _limits(sample, items)
        tested, drawn = len(items), len(sample.items)
        upper = max((kg for kg in (over, under) if kg is not None), default=None)
        verdict, words = _verdict(likely, upper, tested, drawn, engagement, sample)
        return Evaluation(
            sample.sample_id, sample.frame.measure, sample.wish.method, drawn, tested, items, strata, factual,
            projected, likely, basic, over, under, engagement.materiality_kg if engagement else None,
            engagement.performance_materiality_kg if engagement else None, verdict, words,
            _what_it_does_not_say(sample, items, engagement),
        )  # fmt: skip


def _item_result(sample: Sample, item: Item, outcome: str, audited: Decimal) -> ItemResult:
    recorded = item.kg or Decimal(0)
    misstatement = recorded - audited
    tainting = misstatement / abs(recorded) if recorded else None
    projected = None
    if item.selection == "interval" and tainting is not None and sample.interval_kg is not None:
        projected = (tainting * sample.interval_kg).quantize(_PLACES, ROUND_HALF_UP)
    elif item.selection in _STANDS_FOR_ITSELF:
        projected = misstatement
    return ItemResult(
        item.number, item.about, item.selection, item.stratum, item.kg, audited, outcome, misstatement, tainting,
        projected,
    )  # fmt: skip


def _strata(sample: Sample, items: Sequence[ItemResult], projection: str) -> list[Projected]:
    """What each stratum that stands for more than itself projects."""
    made = []
    for one in sample.strata:
        own = [item for item in items if item.stratum == one.name and item.selection in ("interval", "random")]
        if one.name in ("certainty", "gaps", "lines", "documents") or sample.wish.method == "value":
            continue
        found = exact_sum(item.misstatement_kg for item in own)
        if sample.wish.method == "carbon-unit":
            kg, method = exact_sum(item.projected_kg or Decimal(0) for item in own), "tainting × interval"
        else:
            kg, method = _by_chance(own, one.units, one.absolute_kg, found, projection)
        made.append(Projected(one.name, one.units, one.absolute_kg, one.drawn, len(own), found, kg, method))
    return made


def _by_chance(
    own: Sequence[ItemResult], units: int, absolute: Decimal, found: Decimal, projection: str
) -> tuple[Decimal, str]:
    """Ratio or difference estimate of a stratum's misstatement; ratio falls back where nothing was recorded."""
    tested = exact_sum(abs(item.recorded_kg or Decimal(0)) for item in own)
    if projection == "ratio" and tested:
        return (found / tested * absolute).quantize(_PLACES, ROUND_HALF_UP), "ratio"
    if not own:
        return Decimal(0), projection
    return (found / len(own) * units).quantize(_PLACES, ROUND_HALF_UP), "difference"


def poisson_limit(errors: int, factor: Decimal) -> Decimal:
    """P with Σ(i ≤ errors) e^−P P^i ÷ i! = e^−factor: how many errors there may be where so many were found."""
    with localcontext() as context:
        context.prec = _DIGITS
        sought = (-factor).exp()
        low, high = factor, factor + 10 * (errors + 1) + 10 * factor
        while high - low > _CLOSE:
            middle = (low + high) / 2
            term = total = Decimal(1)
            for place in range(1, errors + 1):
                term = term * middle / place
                total += term
            low, high = (middle, high) if (-middle).exp() * total > sought else (low, middle)
        return ((low + high) / 2).quantize(Decimal("1e-20"))


def _limits(sample: Sample, items: Sequence[ItemResult]) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Basic precision and the upper limits of over- and understatement, kg; None where they cannot be told."""
    factor, interval = sample.wish.confidence_factor, sample.interval_kg
    if factor is None or interval is None or len(items) < len(sample.items):
        return None, None, None
    basic = (factor * interval).quantize(_PLACES, ROUND_HALF_UP)
    return basic, _upper(items, interval, factor, 1), _upper(items, interval, factor, -1)


def _upper(items: Sequence[ItemResult], interval: Decimal, factor: Decimal, sign: int) -> Decimal | None:
    taintings = sorted(
        (sign * one.tainting for one in items if one.selection == "interval" and one.tainting), reverse=True
    )
    found = [tainting for tainting in taintings if tainting > 0]
    if found and found[0] > 1:
        return None
    limits = [poisson_limit(errors, factor) for errors in range(len(found) + 1)]
    steps = exact_sum((after - before) * t for before, after, t in zip(limits, limits[1:], found, strict=False))
    certain = exact_sum(
        sign * one.misstatement_kg for one in items if one.selection == "certainty" and sign * one.misstatement_kg > 0
    )
    return (interval * (limits[0] + steps) + certain).quantize(_PLACES, ROUND_HALF_UP)


def _verdict(
    likely: Decimal, upper: Decimal | None, tested: int, drawn: int, engagement: EngagementTold | None, sample: Sample
) -> tuple[str, str]:
    """In a few words and in a sentence: what the most likely misstatement, and its upper limit, come to."""
    if tested < drawn:
        return "incomplete", f"nothing yet: {drawn - tested} of {drawn} items have no result"
    if engagement is None:
        return "no materiality", "no engagement says what is material: hold it against one"
    what = f"the most likely misstatement of {sample.frame.measure}, at {sample.frame.checkpoint.size} batches,"
    if sample.wish.method in ("value", "documents"):
        what = "what was found in the items, which do not stand for others,"
    if abs(likely) > engagement.materiality_kg:
        return "above materiality", f"{what} is above materiality"
    if abs(likely) > engagement.performance_materiality_kg:
        return "above performance materiality", f"{what} is above performance materiality: more work, or a correction"
    if upper is not None and upper > engagement.materiality_kg:
        return "limit above materiality", (
            f"{what} is within performance materiality, but its upper limit is above materiality: more work, or a "
            "correction"
        )
    if upper is not None and upper > engagement.performance_materiality_kg:
        return "limit above performance materiality", (
            f"{what} is within performance materiality, but its upper limit is above it, within materiality: more "
            "work, or a correction"
        )
    return "within performance materiality", f"{what} is within performance materiality" + (
        "" if upper is None else ", and so is its upper limit"
    )


def _what_it_does_not_say(
    sample: Sample, items: Sequence[ItemResult], engagement: EngagementTold | None
) -> tuple[str, ...]:
    """What a reader might take from an evaluation and must not."""
    told = []
    method = sample.wish.method
    if method == "carbon-unit":
        told.append(
            "anything of what was never recorded or is 0 kg, which has no carbon unit: draw from documents for it"
        )
    if method == "value":
        told.append("nothing of what was not drawn: the largest units do not stand for the others")
    if method == "documents":
        told.append("nothing of documents that were never handed in")
    if method in ("random", "stratum"):
        told.append("how far the projection may be off: with few misstatements no limit is reckoned from it")
    if method == "carbon-unit" and sample.wish.confidence_factor is None:
        told.append("how far the projection may be off: no confidence factor was stated")
    if engagement is not None and engagement.measure != sample.frame.measure:
        told.append(f"all of {engagement.measure}, of which materiality is: the sample is of {sample.frame.measure}")
    gaps = sample.frame.unquantified + len(sample.frame.missing)
    if gaps:
        told.append(f"how much the {gaps} units without a value come to; their results count as found, not projected")
    if any(one.outcome == "no_evidence" for one in items):
        told.append("whether items without evidence are wrong: they count as if nothing of them were right")
    return tuple(told)
