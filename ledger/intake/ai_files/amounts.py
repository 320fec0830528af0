"""Amounts of other programs as ours: exact decimals from text with or without an exponent, one unit into another."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Context, Decimal

import polars as pl

from ledger.plain import plain_amount

_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,60})?|\.\d{1,60})([eE][+-]?\d{1,3})?")
_WIDE = Context(prec=400)
_DIGITS = 40
"""Digits before the point beyond which nothing is an amount."""
DECIMALS = 6
"""Decimals of a quantity of ours."""
MASS_DECIMALS = 18
"""Decimals of a mass of ours."""
_LEAST = Decimal(1).scaleb(-DECIMALS)


def number(text: str | None) -> Decimal | None:
    """The number that a program wrote, exactly; None for what is none: blank, NaN, infinity, words."""
    bare = (text or "").strip()
    value = Decimal(bare) if _NUMBER.fullmatch(bare) else None
    return None if value is None or value.adjusted() > _DIGITS else value


def rounded(value: Decimal, decimals: int = DECIMALS) -> str:
    """Plain digits with at most so many decimals, half away from zero."""
    return plain_amount(value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP, _WIDE))


def in_unit(texts: pl.Series, factor: Decimal | str | int, decimals: int = DECIMALS) -> pl.Series:
    """Texts times a factor, rounded to so many decimals; what is no number stays as it is, to be told."""
    by = Decimal(factor)
    made = {text: text if (value := number(text)) is None else rounded(_WIDE.multiply(value, by), decimals)
            for text in texts.unique().drop_nulls().to_list()}  # fmt: skip
    return texts.replace_strict(made, default=None, return_dtype=pl.String) if made else texts.cast(pl.String)


def masses(texts: pl.Series, kg_per_unit: Decimal | str) -> tuple[pl.Series, pl.Series]:
    """Masses of CO2e and their units: kilograms where six decimals hold them, else grams rounded to six decimals."""
    by = Decimal(kg_per_unit)
    amounts: dict[str, str] = {}
    units: dict[str, str] = {}
    for text in texts.unique().drop_nulls().to_list():
        value = number(text)
        kg = None if value is None else _WIDE.multiply(value, by)
        fits = kg is None or kg == kg.quantize(_LEAST, context=_WIDE)
        units[text] = "kgCO2e" if fits else "gCO2e"
        amounts[text] = text if kg is None else rounded(kg if fits else kg * 1000)
    if not amounts:
        return texts.cast(pl.String), texts.cast(pl.String)
    one, other = (texts.replace_strict(made, default=None, return_dtype=pl.String) for made in (amounts, units))
    return one, other
