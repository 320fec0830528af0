"""Sums and differences that keep every digit: amounts of kg have up to 38, Python's usual context keeps 28."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Context, Decimal

WIDE = Context(prec=80, rounding=ROUND_HALF_UP)
"""Digits enough for any product of two amounts; what must be rounded rounds half away from zero."""


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, to the last digit; 0 of nothing."""
    total = Decimal(0)
    for amount in amounts:
        total = WIDE.add(total, amount)
    return total


def exact_difference(one: Decimal, other: Decimal) -> Decimal:
    """One less the other, to the last digit."""
    return WIDE.subtract(one, other)
