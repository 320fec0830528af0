"""Formulas from which a quantity follows: data of ``data/formulas.csv``, evaluated exactly for whole columns.

A term is a decimal of six places, so its value in millionths is a whole number. Numerator and denominator of a formula
are whole-number expressions over them (38 digits), and the quotient is rounded once: at six places, half away from 0.
"""

from __future__ import annotations

import ast
import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ledger import shipped

PLACES = 6
_WHOLE = pl.Int128


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula: ``expression`` over ``terms``; ``result_unit`` is blank where the row has a unit of its own.

    ``suits`` are groups or codes of activity types; ``source`` is where a standard has the method.
    """

    name: str
    title: str
    expression: str
    result_unit: str
    suits: frozenset[str]
    source: str
    terms: tuple[str, ...]

    @property
    def text(self) -> str:
        """What the ledger keeps on a row: name and expression, so that a reader needs nothing else to recompute."""
        return f"{self.name}: {self.expression}"


@dataclass(frozen=True, slots=True)
class _Quotient:
    """Numerator and denominator as whole-number columns, with the decimal places by which each is scaled up."""

    top: pl.Expr
    top_places: int
    bottom: pl.Expr
    bottom_places: int


@functools.cache
def formulas() -> Mapping[str, Formula]:
    """The shipped formulas by name."""
    with (shipped.path("data") / "formulas.csv").open(encoding="utf-8", newline="") as file:
        return {row["formula"]: _formula(row) for row in csv.DictReader(file)}


def _formula(row: Mapping[str, str]) -> Formula:
    tree = ast.walk(ast.parse(row["expression"], mode="eval"))
    terms = tuple(dict.fromkeys(node.id for node in tree if isinstance(node, ast.Name)))
    in_order = sorted(terms, key=row["expression"].index)
    suits = frozenset(row["suits"].split("|"))
    return Formula(
        row["formula"], row["name"], row["expression"], row["result_unit"], suits, row["source"], tuple(in_order)
    )


def result_of(formula: Formula) -> pl.Expr:
    """The result as a whole number of millionths; null where a term is null or a denominator is zero."""
    made = _quotient(ast.parse(formula.expression, mode="eval").body)
    shift = PLACES + made.bottom_places - made.top_places
    top = made.top * _number(10**shift) if shift > 0 else made.top
    bottom = made.bottom * _number(10**-shift) if shift < 0 else made.bottom
    sign = top.sign() * bottom.sign()
    divisor = pl.when(bottom != 0).then(bottom.abs())
    return sign * ((top.abs() * _number(2) + divisor) // (divisor * _number(2)))


def as_decimal(millionths: pl.Expr) -> pl.Expr:
    """Whole millionths as a decimal of six places; null where it has more than twelve digits before the point."""
    size = millionths.abs()
    fits = pl.when(size < 10**18).then(size).cast(pl.Int64)
    digits = fits.cast(pl.String).str.zfill(PLACES + 1)
    minus = pl.when(millionths < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    text = minus + digits.str.head(-PLACES) + "." + digits.str.tail(PLACES)
    return text.cast(pl.Decimal(18, PLACES))


def plain_text(value: pl.Expr) -> pl.Expr:
    """A decimal as text without trailing zeros."""
    return value.cast(pl.String).str.strip_chars_end("0").str.strip_chars_end(".")


def _quotient(node: ast.expr) -> _Quotient:
    """The node over whole numbers. Raises TypeError for what a formula may not hold."""
    if isinstance(node, ast.Name):
        return _Quotient(pl.col(node.id).to_physical().cast(_WHOLE), PLACES, _number(1), 0)
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return _Quotient(_number(node.value), 0, _number(1), 0)
    if not isinstance(node, ast.BinOp):
        raise TypeError(ast.dump(node))
    a, b = _quotient(node.left), _quotient(node.right)
    if isinstance(node.op, ast.Mult):
        return _Quotient(
            a.top * b.top, a.top_places + b.top_places, a.bottom * b.bottom, a.bottom_places + b.bottom_places
        )  # fmt: skip
    if isinstance(node.op, ast.Div):
        return _Quotient(
            a.top * b.bottom, a.top_places + b.bottom_places, a.bottom * b.top, a.bottom_places + b.top_places
        )  # fmt: skip
    if not isinstance(node.op, ast.Add | ast.Sub):
        raise TypeError(ast.dump(node))
    first, second = a.top * b.bottom, b.top * a.bottom
    places = a.top_places + b.bottom_places, b.top_places + a.bottom_places
    most = max(places)
    first, second = first * _number(10 ** (most - places[0])), second * _number(10 ** (most - places[1]))
    top = first + second if isinstance(node.op, ast.Add) else first - second
    return _Quotient(top, most, a.bottom * b.bottom, a.bottom_places + b.bottom_places)


def _number(value: int) -> pl.Expr:
    return pl.lit(value, dtype=_WHOLE)
