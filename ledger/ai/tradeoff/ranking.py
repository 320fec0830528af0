"""What is decided within the ranges: ranks, the Pareto front, and the price of carbon at which two change places.

Two options on one kind of machine share its time, power and manufacture, so these are never set against each other;
of two kinds each may stand anywhere in its own range.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.ai.interval import EXACT, QUOTIENT
from ledger.ai.tradeoff.options import KG_OF_TONNE, Corner, Option, amount, corners

ON, OFF, OPEN = "on", "off", "open"


@dataclass(frozen=True, slots=True)
class Rank:
    """The best and the worst place that an option can take by a measure; decided where they are the same."""

    best: int
    worst: int

    @property
    def is_decided(self) -> bool:
        """Whether the inputs' ranges leave one place only."""
        return self.best == self.worst

    def words(self) -> str:
        """3, or 1-3 where it is open."""
        return str(self.best) if self.is_decided else f"{self.best}-{self.worst}"


@dataclass(frozen=True, slots=True)
class Flip:
    """The price of carbon at which two options cost the same in full, per tonne.

    Attributes:
        first: the name of the option that is ahead below the price.
        second: the one that is ahead above it.
        low: the lowest price, 0 where a case exists in which both cost the same; None where they change places in none.
        high: the highest; None where there is no upper end, as a case exists in which both emit the same.
        in_every_case: whether they change places wherever in the ranges the inputs stand.
    """

    first: str
    second: str
    low: Decimal | None
    high: Decimal | None
    in_every_case: bool


def difference(a: Option, b: Option, measure: str, carbon_price: Decimal = Decimal(0)) -> tuple[Decimal, Decimal]:
    """The least and the greatest that a's measure less b's can be, on the scale of relative time."""
    found = [
        EXACT.subtract(amount(a, measure, mine, carbon_price), amount(b, measure, others, carbon_price))
        for mine, others in _ends(a, b)
    ]
    return min(found), max(found)


def ratio(a: Option, b: Option, measure: str) -> tuple[Decimal, Decimal] | None:
    """The least and the greatest that a's measure can be over b's; None where b's can be nothing."""
    found = [(amount(a, measure, mine), amount(b, measure, others)) for mine, others in _pairs(a, b)]
    if any(below == 0 for _, below in found):
        return None
    ratios = [QUOTIENT.divide(above, below) for above, below in found]
    return min(ratios), max(ratios)


def _ends(a: Option, b: Option) -> list[tuple[Corner, Corner]]:
    """The cases of a and b between which the extremes of a difference lie: shared ones of one machine."""
    own, other = corners(a.machine), corners(b.machine)
    if a.machine is b.machine:
        return [(corner, corner) for corner in own]
    return [(own[0], other[-1]), (own[-1], other[0])]  # every measure grows with all three


def _pairs(a: Option, b: Option) -> list[tuple[Corner, Corner]]:
    """Every case of a and b together."""
    if a.machine is b.machine:
        return [(corner, corner) for corner in corners(a.machine)]
    return [(mine, others) for mine in corners(a.machine) for others in corners(b.machine)]


def ranks(options: Sequence[Option], measure: str, carbon_price: Decimal = Decimal(0)) -> tuple[Rank, ...]:
    """The places of the options by a measure, the least first. Those that are surely equal share a place."""
    made = []
    for a in options:
        ends = [difference(a, b, measure, carbon_price) for b in options if b is not a]
        surely_better = sum(low > 0 for low, _ in ends)
        maybe_better = sum(high > 0 for _, high in ends)
        made.append(Rank(1 + surely_better, 1 + maybe_better))
    return tuple(made)


def leaders(options: Sequence[Option], measure: str, carbon_price: Decimal = Decimal(0)) -> tuple[Option, ...]:
    """The options that can be first by a measure: one where it is decided, several where it is open or shared."""
    placed = ranks(options, measure, carbon_price)
    return tuple(option for option, rank in zip(options, placed, strict=True) if rank.best == 1)


def front(options: Sequence[Option], measures: Sequence[str]) -> tuple[str, ...]:
    """Whether each option is on the Pareto front of the measures: "on", "off", or "open" within the ranges.

    One is off where another is at least as good in all measures in every case, and surely better in one.
    """
    return tuple(_standing(a, [b for b in options if b is not a], measures) for a in options)


def _standing(a: Option, others: Iterable[Option], measures: Sequence[str]) -> str:
    standing = ON
    for b in others:
        ends = [difference(b, a, measure) for measure in measures]
        if all(high <= 0 for _, high in ends) and any(high < 0 for _, high in ends):
            return OFF
        if all(low <= 0 for low, _ in ends) and any(low < 0 for low, _ in ends):
            standing = OPEN
    return standing


def flip(a: Option, b: Option, basis: str) -> Flip:
    """Where a and b change places by full cost as the price of carbon rises from nothing.

    Per case the price is (cost of b - cost of a) ÷ (carbon of a - carbon of b).
    """
    prices: list[Decimal] = []
    costs: set[bool] = set()
    emissions: set[int] = set()
    cases = _pairs(a, b)
    first, second = a, b
    for mine, others in cases:
        cost = EXACT.subtract(amount(b, "cost", others), amount(a, "cost", mine))
        carbon = EXACT.subtract(amount(a, basis, mine), amount(b, basis, others))
        costs.add(cost > 0)
        emissions.add((carbon > 0) - (carbon < 0))
        if cost * carbon <= 0:
            continue
        prices.append(QUOTIENT.divide(EXACT.multiply(cost, KG_OF_TONNE), carbon))
        if carbon < 0:
            first, second = b, a
    if not prices:
        return Flip(a.name, b.name, None, None, in_every_case=False)
    low = min(prices) if len(costs) == 1 else Decimal(0)
    high = max(prices) if len(emissions) == 1 else None
    return Flip(first.name, second.name, low, high, high is not None and len(prices) == len(cases))
