"""Rows whose quantity follows from a formula: its terms are held against it, and the result becomes the quantity.

A file without column `formula`, terms or `tax_included` passes through untouched.
"""

from __future__ import annotations

import polars as pl

from ledger import units
from ledger.intake.cells.convert import Context
from ledger.intake.following.formulas import Formula, as_decimal, formulas, plain_text, result_of
from schemas.columns import COLUMNS
from schemas.term_columns import TERMS

TAX_FORMULA = "net_of_tax"
_DECIMAL = pl.Decimal(18, 6)
_AMOUNT = ("quantity", "spend")


def with_derived(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with quantity, unit and texts of its derived rows filled in; every fault of a term is told."""
    given = [name for name in TERMS if name in frame.columns]
    if not given and not {"formula", "tax_included"} & set(frame.columns):
        return frame
    frame = _with_columns(frame)
    frame = _taxed(context, frame)
    _tell_stray_terms(context, frame, given)
    named = frame["formula"].unique().drop_nulls().to_list()
    if not named:
        return frame
    _tell_amount_beside(context, frame)
    frame = frame.with_columns(pl.lit(None, _DECIMAL).alias("#result"))
    for formula in (formula for formula in formulas().values() if formula.text in named):
        frame = _evaluated(context, frame, formula, given)
    derived = pl.col("formula").is_not_null()
    failed = frame.filter(derived & pl.col("#result").is_null())  # each has its finding, so the file is refused
    result = pl.col("#result").fill_null(pl.lit(0).cast(_DECIMAL)) if failed.height else pl.col("#result")
    return frame.with_columns(
        pl.when(derived).then(result).otherwise("quantity").alias("quantity"),
        pl.when(derived).then(plain_text(result)).otherwise("quantity#text").alias("quantity#text"),
        pl.when(~derived).then("spend#text").alias("spend#text"),
    ).drop("#result")


def _with_columns(frame: pl.DataFrame) -> pl.DataFrame:
    """Columns that a derived row may fill or lack are there, null where the file does not have them."""
    wanted = {
        "formula": pl.String(), "unit": pl.String(), "currency": pl.String(), "tax_included": pl.Boolean(),
        **dict.fromkeys((*_AMOUNT, "gross_amount", "tax_rate_pct"), _DECIMAL),
    }  # fmt: skip
    wanted |= {f"{name}#text": pl.String() for name in (*_AMOUNT, "gross_amount", "tax_rate_pct")}
    return frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in wanted.items() if name not in frame.columns
    )


def _taxed(context: Context, frame: pl.DataFrame) -> pl.DataFrame:
    """Money that holds its tax is brought to money without it, where the rate is known; where not, it is told."""
    taxed = pl.col("tax_included").fill_null(value=False) & pl.col("formula").is_null()
    frame = _with_known_rates(context, frame, taxed)
    rate = pl.col("tax_rate_pct#text").is_not_null()
    unsaid = frame.filter(rate & pl.col("tax_included").is_null() & pl.col("formula").is_null())
    told = unsaid.select("source_line", pl.col("tax_rate_pct#text").alias("value"))
    context.faults.add_rows("tax-not-said", told, "tax_rate_pct", sheet=context.sheet)
    without = frame.filter(taxed & ~rate)
    context.faults.add_rows("tax-rate-missing", without.select("source_line"), "tax_included", sheet=context.sheet)
    net = taxed & rate
    if frame.filter(net).is_empty():
        return frame
    by_spend = pl.col("spend#text").is_not_null()
    amount = pl.when(by_spend).then("spend").otherwise("quantity")
    text = pl.when(by_spend).then("spend#text").otherwise("quantity#text")
    unit = pl.when(by_spend).then("currency").otherwise(pl.coalesce("unit", "currency"))
    cleared = [pl.when(~net).then(name).alias(name) for name in (*_AMOUNT, *(f"{name}#text" for name in _AMOUNT))]
    return frame.with_columns(
        *cleared,
        pl.when(net).then(pl.lit(formulas()[TAX_FORMULA].text)).otherwise("formula").alias("formula"),
        pl.when(net).then(amount).otherwise("gross_amount").alias("gross_amount"),
        pl.when(net).then(text).otherwise("gross_amount#text").alias("gross_amount#text"),
        pl.when(net).then(unit).otherwise("unit").alias("unit"),
        pl.when(net).then(pl.lit(value=False)).otherwise("tax_included").alias("tax_included"),
    )


def _with_known_rates(context: Context, frame: pl.DataFrame, taxed: pl.Expr) -> pl.DataFrame:
    """The rate of the row's country, its own or its facility's, where a row names none and one holds on its days."""
    wanted = taxed & pl.col("tax_rate_pct#text").is_null()
    if not context.known.tax_rates or frame.filter(wanted).is_empty():
        return frame
    places = {code: place.country for code, place in context.known.facilities.items()}
    country = pl.col("country") if "country" in frame.columns else pl.lit(None, pl.String)
    if "facility_id" in frame.columns and places:
        of_facility = pl.col("facility_id").replace_strict(places, default=None, return_dtype=pl.String)
        country = pl.coalesce(country, of_facility)
    frame = frame.with_columns(
        pl.lit(None, dtype).alias(name) for name, dtype in (("term_source", pl.String()),) if name not in frame.columns
    )
    for held in context.known.tax_rates:  # a few a country
        own = (
            wanted & (country == held.country)
            & (pl.col("period_start") >= held.start) & (pl.col("period_end") <= held.end)
        )  # fmt: skip
        rate = pl.lit(held.rate_pct).cast(_DECIMAL)
        frame = frame.with_columns(
            pl.when(own).then(rate).otherwise("tax_rate_pct").alias("tax_rate_pct"),
            pl.when(own).then(pl.lit(str(held.rate_pct))).otherwise("tax_rate_pct#text").alias("tax_rate_pct#text"),
            pl.when(own).then(pl.lit(held.source)).otherwise("term_source").alias("term_source"),
        )
    return frame


def _tell_stray_terms(context: Context, frame: pl.DataFrame, given: list[str]) -> None:
    """Terms on rows without a formula; a tax rate has a finding of its own."""
    for name in given:
        if name == "tax_rate_pct":
            continue
        stray = frame.filter(pl.col("formula").is_null() & pl.col(f"{name}#text").is_not_null())
        told = stray.select("source_line", pl.col(f"{name}#text").alias("value"))
        context.faults.add_rows("term-without-formula", told, name, sheet=context.sheet)


def _tell_amount_beside(context: Context, frame: pl.DataFrame) -> None:
    for name in _AMOUNT:
        beside = frame.filter(pl.col("formula").is_not_null() & pl.col(f"{name}#text").is_not_null())
        told = beside.select("source_line", pl.col(f"{name}#text").alias("value"))
        context.faults.add_rows("quantity-beside-formula", told, name, sheet=context.sheet)


def _evaluated(context: Context, frame: pl.DataFrame, formula: Formula, given: list[str]) -> pl.DataFrame:
    """Column `#result` and the unit of one formula's rows; terms that lack or are too many are told by name."""
    own = pl.col("formula") == formula.text
    has = {*given, *(("gross_amount", "tax_rate_pct") if formula.name == TAX_FORMULA else ())}
    absent = [name for name in formula.terms if name not in has]
    frame = frame.with_columns(pl.lit(None, _DECIMAL).alias(name) for name in absent)
    frame = frame.with_columns(pl.lit(None, pl.String).alias(f"{name}#text") for name in absent)
    rows = frame.filter(own)
    for name in formula.terms:
        lacking = rows.filter(pl.col(f"{name}#text").is_null()).select("source_line")
        words = {"formula": formula.name, "term": name, "meaning": COLUMNS[name].meaning}
        context.faults.add_rows("term-missing", lacking, name, sheet=context.sheet, **words)
    for name in (name for name in given if name not in formula.terms):
        extra = rows.filter(pl.col(f"{name}#text").is_not_null())
        told = extra.select("source_line", pl.col(f"{name}#text").alias("value"))
        context.faults.add_rows(
            "term-extra", told, name, sheet=context.sheet, formula=formula.name, terms=", ".join(formula.terms)
        )
    _tell_unsuited(context, rows, formula)
    millionths = result_of(formula)
    made = rows.select("source_line", millionths.alias("whole"), as_decimal(millionths).alias("value"))
    for code, wrong in (
        ("formula-too-large", pl.col("whole").is_not_null() & pl.col("value").is_null()),
        ("formula-negative", pl.col("value") < 0),
    ):
        told = made.filter(wrong).select("source_line", (pl.col("whole") // 10**6).cast(pl.String).alias("value"))
        context.faults.add_rows(code, told, "formula", sheet=context.sheet, formula=formula.name)
    complete = pl.all_horizontal(pl.col(name).is_not_null() for name in formula.terms)
    zero = rows.filter(complete & millionths.is_null()).select("source_line")
    context.faults.add_rows("formula-divides-by-zero", zero, "formula", sheet=context.sheet, formula=formula.name)
    unit = pl.lit(formula.result_unit) if formula.result_unit else pl.coalesce("unit", "currency")
    return frame.with_columns(
        pl.when(own).then(as_decimal(millionths)).otherwise("#result").alias("#result"),
        pl.when(own).then(unit).otherwise("unit").alias("unit"),
    ).drop(absent).drop(f"{name}#text" for name in absent)  # fmt: skip


def _tell_unsuited(context: Context, rows: pl.DataFrame, formula: Formula) -> None:
    """Activity types that the formula is not for, and units other than the formula's."""
    types = context.known.activity_types
    suited = sorted(code for code, kind in types.items() if {code, kind.group} & formula.suits)
    wrong = rows.filter(pl.col("activity_type").is_not_null() & ~pl.col("activity_type").is_in(suited))
    names = {code: kind.name for code, kind in types.items()}
    told = wrong.select(
        "source_line",
        pl.col("activity_type").alias("value"),
        pl.col("activity_type").replace_strict(names, default="").alias("activity"),
    )
    words = {"formula": formula.name, "suits": " or ".join(sorted(formula.suits))}
    context.faults.add_rows("formula-unsuited", told, "formula", sheet=context.sheet, **words)
    if formula.result_unit:
        other = rows.filter(pl.col("unit").is_not_null() & (pl.col("unit") != formula.result_unit))
        told = other.select("source_line", pl.col("unit").alias("value"))
        unit = units.table()[formula.result_unit].name
        expected = {"formula": formula.name, "expected": f"{formula.result_unit} ({unit})"}
        context.faults.add_rows("formula-unit", told, "unit", sheet=context.sheet, **expected)
