"""Finding codes of formulas, of their terms, and of money."""

from __future__ import annotations

from collections.abc import Mapping

from ledger.intake.codes.code import Code

FORMULA_CODES: Mapping[str, Code] = {
    "formula-unknown": Code("error", "“{value}” is no known formula", "{near}formulas: docs/methods/scope3.md"),
    "formula-differs": Code(
        "error", "the formula {name} is not “{value}”", "write the name alone; it stands for {expected}"
    ),
    "formula-unsuited": Code(
        "error", "the formula {formula} is not for {activity}", "use it with {suits}, or give the quantity itself"
    ),
    "formula-unit": Code(
        "error", "the formula {formula} gives {expected}, and the row says {value}", "leave the unit blank"
    ),
    "formula-too-large": Code(
        "error", "the formula {formula} comes to {value}, more than 12 digits", "split the row, or check its terms"
    ),
    "formula-negative": Code("error", "the formula {formula} comes to {value}, below zero", "check its terms"),
    "formula-divides-by-zero": Code(
        "error", "the formula {formula} divides by zero", "fill in the term below the line; unknown is not zero"
    ),
    "quantity-beside-formula": Code(
        "error",
        "the row has a formula, and “{value}” beside it",
        "leave quantity and spend blank: the quantity follows from the terms",
    ),
    "term-missing": Code("error", "the formula {formula} needs {term}", "fill in {meaning}"),
    "term-extra": Code("error", "the formula {formula} does not take {column} (“{value}”)", "its terms are {terms}"),
    "term-without-formula": Code(
        "error", "{column} is a term of formulas, and the row has none", "name the formula in column formula"
    ),
    "tax-not-said": Code(
        "error", "a tax rate of {value} % is given, but not whether the amount holds the tax", "fill tax_included"
    ),
    "spend-not-converted": Code(
        "warning",
        "no {what} for {value} in {year} is held; the row is not quantified",
        "upload it as a metric (exchange_rate: units of the currency per EUR), then ghg calculate",
    ),
    "tax-rate-missing": Code(
        "warning",
        "the amount holds a tax of unknown rate; the row will not be quantified",
        "fill tax_rate_pct, or upload the rate as metric tax_rate of the country before this file; "
        "once it is recorded: ghg correct ENTRY --set tax_rate_pct=… --reason error",
    ),
}
"""What can be wrong with a derived row, and with an amount of money."""
