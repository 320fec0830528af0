"""Published figures on their way to factor rows: exact decimals, the canonical columns, one named rounding."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal

PLACES = 15  # decimals of a published factor in the ledger, DECIMAL(28,15)
_STEP = Decimal(1).scaleb(-PLACES)
_WIDE = Context(prec=60)
_DOUBLE = Context(prec=15, rounding=ROUND_HALF_EVEN)

PARTS = ("co2", "ch4", "n2o", "hfcs", "pfcs", "sf6", "nf3")
MASSES = ("co2", "ch4_fossil", "ch4_other", "n2o", "hfcs", "pfcs", "sf6", "nf3", "montreal", "biogenic_co2")
AMOUNTS = (
    "co2e_published_kg_per_unit",
    *(f"{gas}_co2e_kg_per_unit" for gas in PARTS),
    *(f"{gas}_kg_per_unit" for gas in MASSES),
)
COLUMNS = (
    "factor_id", "activity_type", "classification_code", "kind", "serves", "line", "boundary", "country", "region",
    "per_unit", "calorific_basis", "data_year", "valid_from", "valid_to", *AMOUNTS, "masses_basis", "gas_coverage",
    "gwp_set", "radiative_forcing", "currency", "price_year", "price_basis", "with_margins", "uncertainty_pct",
    "basic_uncertainty", "verification", "supersedes", "erratum", "source_sha256", "source_cell",
)  # fmt: skip
"""The columns of a factor file: those of the ledger's table without what its source record gives for all rows."""

Row = dict[str, str]


class Unconvertible(Exception):
    """A publisher's figures do not allow the factors to be made as they must be."""


def plain(value: Decimal) -> str:
    """The value in plain notation without trailing zeros. Raises Unconvertible if a digit lies beyond 15 decimals."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    if len(text.partition(".")[2]) > PLACES:
        raise Unconvertible(f"{text} would lose a significant digit at {PLACES} decimals")
    return "0" if text in ("-0", "") else text


def exact(text: str) -> Decimal:
    """A published number as it is printed."""
    return Decimal(text)


def times(*terms: Decimal) -> Decimal:
    """The exact product."""
    product = Decimal(1)
    for term in terms:
        product = _WIDE.multiply(product, term)
    return product


def total(terms: Iterable[Decimal]) -> Decimal:
    """The exact sum."""
    result = Decimal(0)
    for term in terms:
        result = _WIDE.add(result, term)
    return result


def of_double(text: str) -> Decimal:
    """A worksheet cell that holds a machine float: the float's 15 significant digits."""
    return _DOUBLE.create_decimal(text)


def at_15_places(value: Decimal) -> Decimal:
    """The value rounded half away from zero at 15 decimals: for quotients alone, never for a printed number."""
    return value.quantize(_STEP, rounding=ROUND_HALF_UP, context=_WIDE)


def quotient(value: Decimal, divisor: Decimal) -> Decimal:
    """The quotient, rounded half away from zero at 15 decimals."""
    return at_15_places(_WIDE.divide(value, divisor))


def amounts(**values: Decimal | None) -> Row:
    """Amount columns from short names: ``total``, ``co2_part`` (CO2e as published), ``co2`` (mass)."""
    row: Row = {}
    for name, value in values.items():
        if value is None:
            continue
        if name == "total":
            column = "co2e_published_kg_per_unit"
        elif name.endswith("_part"):
            column = f"{name.removesuffix('_part')}_co2e_kg_per_unit"
        else:
            column = f"{name}_kg_per_unit"
        if column not in AMOUNTS:
            raise Unconvertible(f"no such amount: {name}")
        row[column] = plain(value)
    return row
