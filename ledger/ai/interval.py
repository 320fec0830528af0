"""Ranges of one quantity as two exact ends: what a figure can be where its inputs are not points."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact

from ledger.errors import Misuse

DIGITS = 50
EXACT = Context(prec=400, rounding=ROUND_HALF_UP, traps=[Inexact])
"""Sums, differences and products keep every digit."""
QUOTIENT = Context(prec=DIGITS, rounding=ROUND_HALF_UP)
"""A quotient has 50 significant digits, rounded half away from zero."""


@dataclass(frozen=True, slots=True)
class Interval:
    """What a quantity of zero or more can be, both ends inside; a point where they are the same.

    Ends are combined as if they could all be met at once, so a result never claims more than its inputs allow.
    It is a range, and no statement of probability.
    """

    low: Decimal
    high: Decimal

    def __post_init__(self) -> None:
        """Raises Misuse where the ends are no numbers, below zero or in the wrong order."""
        if not (self.low.is_finite() and self.high.is_finite()):
            raise Misuse("a range has an end that is no number", "give both ends as decimal numbers")
        if self.low < 0 or self.low > self.high:
            raise Misuse(
                f"{self.low} to {self.high} is no range of an amount", "give the lower end first, and none below zero"
            )

    @property
    def is_point(self) -> bool:
        """Whether both ends are the same."""
        return self.low == self.high

    def __add__(self, other: Interval) -> Interval:
        """The sum, exact."""
        return Interval(EXACT.add(self.low, other.low), EXACT.add(self.high, other.high))

    def __mul__(self, other: Interval) -> Interval:
        """The product, exact."""
        return Interval(EXACT.multiply(self.low, other.low), EXACT.multiply(self.high, other.high))

    def __truediv__(self, other: Interval) -> Interval:
        """The quotient, at 50 digits. Raises Misuse where the divisor can be zero."""
        if other.low == 0:
            raise Misuse("a divisor is or can be zero", "give an amount above zero")
        return Interval(QUOTIENT.divide(self.low, other.high), QUOTIENT.divide(self.high, other.low))

    def __le__(self, other: Interval) -> bool:
        """Whether neither end is above the other's."""
        return self.low <= other.low and self.high <= other.high

    def text(self, digits: int = 6) -> str:
        """The value, or both ends, at so many significant digits in plain notation; whole numbers stay whole."""
        low, high = rounded_text(self.low, digits), rounded_text(self.high, digits)
        return low if low == high else f"{low} to {high}"


Amount = Interval | Decimal | int
"""What the functions of this room take: a point or a range."""


def interval(amount: Amount) -> Interval:
    """An amount as a range."""
    if isinstance(amount, Interval):
        return amount
    return Interval(Decimal(amount), Decimal(amount))


def total(amounts: list[Interval]) -> Interval:
    """The sum; zero of none."""
    result = interval(0)
    for amount in amounts:
        result = result + amount
    return result


def rounded_text(value: Decimal, digits: int) -> str:
    """A number at so many significant digits, half away from zero, in plain notation; whole numbers stay whole."""
    if value == 0:
        return "0"
    if value == value.to_integral_value() and abs(value) < 10**15:
        return f"{value:,.0f}".replace(",", "\u202f")
    shown = Context(prec=digits, rounding=ROUND_HALF_UP).plus(value)
    text = format(shown, "f")
    return text.rstrip("0").rstrip(".") if "." in text else f"{shown:,.0f}".replace(",", "\u202f")
