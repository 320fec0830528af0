"""Rows with a formula: exact results, units, and a finding that names the term for each thing that can be wrong."""

from __future__ import annotations

import ast
import itertools
from decimal import ROUND_HALF_UP, Context, Decimal
from fractions import Fraction

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.intake.following.formulas import as_decimal, formulas, result_of
from ledger.intake.known import shipped_types
from ledger.units import table
from schemas.columns import COLUMNS
from schemas.term_columns import TERMS

MOST = 2**127 - 1
USE = "product_use_electricity,product_use_by_years"
HEADER = "activity_type,formula,units_sold,lifetime_years,kwh_per_year,days,country,year,quantity,unit"


def worth(expression: str, terms: dict[str, Decimal]) -> Fraction | None:
    """The value of an expression by plain fractions; None where it divides by zero."""

    def value(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Name):
            return Fraction(terms[node.id])
        if isinstance(node, ast.Constant):
            return Fraction(node.value)
        a, b = value(node.left), value(node.right)
        return {ast.Mult: a.__mul__, ast.Add: a.__add__, ast.Sub: a.__sub__, ast.Div: a.__truediv__}[type(node.op)](b)

    try:
        return value(ast.parse(expression, mode="eval").body)
    except ZeroDivisionError:
        return None


def half_up(value: Fraction) -> Decimal:
    """Six places, half away from zero, by decimal's own rounding of far more digits than matter."""
    wide = Context(prec=200, rounding=ROUND_HALF_UP)
    return wide.quantize(wide.divide(Decimal(value.numerator), Decimal(value.denominator)), Decimal("1e-6"))


def results(name: str, rows: list[dict[str, Decimal]]) -> list[Decimal | None]:
    """What the columns give."""
    terms = formulas()[name].terms
    frame = pl.DataFrame({term: [row[term] for row in rows] for term in terms},
                         schema=dict.fromkeys(terms, pl.Decimal(18, 6)))  # fmt: skip
    return frame.select(made=as_decimal(result_of(formulas()[name])))["made"].to_list()


@st.composite
def filled(draw, name: str):
    """A row of terms within their ranges."""
    made = {}
    for term in formulas()[name].terms:
        low, high = COLUMNS[term].low, COLUMNS[term].high
        millionths = draw(st.integers(low * 10**6, min(high * 10**6, 10**18 - 1)))
        made[term] = Decimal(millionths).scaleb(-6)
    return made


@pytest.mark.parametrize("name", list(formulas()))
@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_formula_is_exact_and_rounded_once(name, data):
    """Each result is that of plain fractions, rounded half away from zero; null only where it is none or too large."""
    rows = [data.draw(filled(name)) for _ in range(3)]
    for row, made in zip(rows, results(name, rows), strict=True):
        exact = worth(formulas()[name].expression, row)
        expected = None if exact is None else half_up(exact)
        assert made == (expected if expected is not None and abs(expected) < 10**12 else None)


@pytest.mark.parametrize("name", list(formulas()))
def test_the_ends_of_the_ranges_fit(name):
    """With every term at either end of its range, the result is still exact: 38 digits hold every formula."""
    terms = formulas()[name].terms
    ends = [(Decimal(COLUMNS[term].low), min(Decimal(COLUMNS[term].high), Decimal("999999999999.999999")))
            for term in terms]  # fmt: skip
    rows = [dict(zip(terms, row, strict=True)) for row in itertools.product(*ends)]
    for row, made in zip(rows, results(name, rows), strict=True):
        exact = worth(formulas()[name].expression, row)
        if exact is None or abs(exact) >= 10**12:
            assert made is None
        else:
            assert made == half_up(exact)


def test_formulas_and_terms_belong_together():
    """Every term is of a formula, every formula's terms are columns; what it suits and gives is known."""
    assert {term for formula in formulas().values() for term in formula.terms} == set(TERMS)
    types = shipped_types()
    known = {*types, *(kind.group for kind in types.values())}
    for formula in formulas().values():
        assert formula.suits <= known
        assert formula.source
        if formula.result_unit:
            dimension = table()[formula.result_unit].dimension
            suited = [kind for kind in types.values() if {kind.code, kind.group} & formula.suits]
            assert any(dimension in kind.dimensions for kind in suited), formula.name


def test_the_quantity_follows_from_the_terms(read_rows):
    """1000 units for 10 years at 50 kWh are 500,000 kWh; the file needs no quantity and no unit."""
    upload = read_rows(f"{USE},1000,10,50,GB,2025", header=HEADER.replace("days,", "").removesuffix(",quantity,unit"))
    row = pl.read_parquet(upload.parts).row(0, named=True)
    assert (row["kind"], row["quantity"], row["quantity_text"], row["unit_given"]) == (
        "derived", Decimal(500000), "500000", "kWh",
    )  # fmt: skip
    assert row["formula"] == "product_use_by_years: units_sold * lifetime_years * kwh_per_year"
    assert row["lifetime_years"] == 10


WRONG = {
    f"{USE},1000,,50,,GB,2025,,": ("term-missing", "lifetime_years"),
    f"{USE},1000,10,50,220,GB,2025,,": ("term-extra", "days"),
    f"{USE},1000,101,50,,GB,2025,,": ("number-out-of-range", "lifetime_years"),
    f"{USE},1000,-1,50,,GB,2025,,": ("number-out-of-range", "lifetime_years"),
    f"{USE},1000,ten,50,,GB,2025,,": ("number-not-read", "lifetime_years"),
    f"{USE},1000,10,50,,GB,2025,7,": ("quantity-beside-formula", "quantity"),
    f"{USE},1000,10,50,,GB,2025,,L": ("formula-unit", "unit"),
    f"{USE},10000000000,100,10000000,,GB,2025,,": ("formula-too-large", "formula"),
    "product_use_electricity,product_use_by_year,1000,10,50,,GB,2025,,": ("formula-unknown", "formula"),
    f"{USE}: units_sold * 2,1000,10,50,,GB,2025,,": ("formula-differs", "formula"),
    "commute_bus,product_use_by_years,1000,10,50,,GB,2025,,": ("formula-unsuited", "formula"),
    "electricity_purchased,,,10,,,GB,2025,7,kWh": ("term-without-formula", "lifetime_years"),
}  # fmt: skip


@pytest.mark.parametrize(("row", "expected"), list(WRONG.items()), ids=[f"{c}-{n}" for c, n in WRONG.values()])
def test_each_fault_of_a_term_is_told_by_name(read_rows, told, row, expected):
    """The finding has the code, the line and the term; the file is refused."""
    upload = read_rows(row, header=HEADER)
    assert (expected[0], 2, expected[1]) in told(upload)
    assert upload.has_errors
    assert not upload.parts


def test_division_by_zero_is_told(read_rows, told):
    """A total value of zero is unknown, and no share of anything."""
    header = "activity_type,formula,investee_scope_1_kg,investee_scope_2_kg,invested_amount,total_value,country,year"
    upload = read_rows("investment_debt,investment_financed,10,5,100,0,GB,2025", header=header)
    assert ("formula-divides-by-zero", 2, "formula") in told(upload)


def test_tax_is_taken_out_where_its_rate_is_known(read_rows, told):
    """1,200 with 20 % inside are 1,000; without a rate the row keeps its amount and says that it holds tax."""
    header = "activity_type,spend,currency,tax_included,tax_rate_pct,country,month"
    upload = read_rows(
        "software_spend,1200,EUR,yes,20,DE,2025-03",
        "software_spend,1200,EUR,yes,,DE,2025-03",
        "software_spend,1200,EUR,no,,DE,2025-03",
        "software_spend,1200,EUR,no,19,DE,2025-03",
        header=header,
    )
    rows = pl.read_parquet(upload.parts).sort("source_line").rows(named=True)
    assert [row["quantity"] for row in rows] == [1000, 1200, 1200, 1200]
    assert [row["kind"] for row in rows] == ["spend"] * 4
    assert [row["tax_included"] for row in rows] == [False, True, False, False]
    assert [row["formula"] is not None for row in rows] == [True, False, False, False]
    assert [row["unit_given"] for row in rows] == ["EUR"] * 4
    assert [found for found in told(upload) if found[0].startswith("tax")] == [("tax-rate-missing", 3, "tax_included")]


def test_a_rate_without_a_word_on_the_tax_is_refused(read_rows, told):
    """A rate beside an amount of which nobody says whether it holds the tax decides nothing."""
    header = "activity_type,spend,currency,tax_rate_pct,country,month"
    assert ("tax-not-said", 2, "tax_rate_pct") in told(
        read_rows("software_spend,1200,EUR,20,DE,2025-03", header=header)
    )
