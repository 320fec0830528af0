"""Numbers: text to exact decimals by the declared locale, and what is wrong with a text that is none."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

import polars as pl

from ledger.intake.cells.locales import Locale
from ledger.intake.faults import Faults
from schemas.column import DECIMALS

_NOT_FINITE = r"(?i)^[+-]?(nan|inf|infinity|#?n/?a|null|none|nil|-+)$"
_SCIENTIFIC = r"^[+-]?\d+([.,]\d+)?[eE][+-]?\d+$"
_POINT = re.escape(".")
_POWER = r"^\d{1,20}(\.\d{1,20})?[eE]\+?\d{1,2}$"
_WITH_UNIT = r"^[+-]?[\d.,’'\s\u00a0\u202f]*\d\s*[^\d\s.,’'+-][^\d]*\d?$|^[€$£¥]\s*[\d.,]+$"
_AMBIGUOUS = r"^-?\d{1,3},\d{3}$"
_POINT_MAY_GROUP = r"^-?[1-9]\d{0,2}\.\d{3}$"
_COMMA = r"^-?(\d+|\d{1,3}(\.\d{3})+),\d+$"
_GROUPED = r"^-?\d{1,3}(,\d{3})+(\.\d+)?$"
_GROUPED_BY_POINTS = r"^-?\d{1,3}(\.\d{3}){2,}$"
_GROUPED_BY_BLANKS = r"^-?\d{1,3}([\s\u00a0\u202f]\d{3})+([.,]\d+)?$"

_ALL_GROUPED = (_GROUPED, _GROUPED_BY_POINTS, _GROUPED_BY_BLANKS)


def plain_pattern(scale: int, digits: int) -> str:
    """What is a number without a locale: digits, perhaps a point and at most ``scale`` decimals."""
    return rf"^-?\d{{1,{digits}}}{_decimals_pattern(_POINT, scale)}$"


def locale_pattern(locale: Locale, scale: int) -> str:
    """What is a number in a locale: digits, in threes or not, with its marks."""
    decimal, groups = re.escape(locale.decimal), f"[{re.escape(locale.groups)}]"
    return rf"^-?(\d+|\d{{1,3}}({groups}\d{{3}})+){_decimals_pattern(decimal, scale)}$"


def _decimals_pattern(mark: str, scale: int) -> str:
    """Up to ``scale`` decimals behind their mark; of a whole number zeros alone."""
    return rf"({mark}\d{{1,{scale}}})?" if scale else rf"({mark}0{{1,30}})?"


def without_exponent(texts: pl.Series) -> pl.Series:
    """Whole numbers in scientific notation, like 3.14e23, with all their digits; other texts as they are."""
    powers = texts.filter(texts.str.contains(_POWER)).unique().to_list()
    made = {text: Decimal(text) for text in powers}
    whole = {text: format(value, "f") for text, value in made.items() if value == value.to_integral_value()}
    return texts.replace(whole) if whole else texts


def as_plain(text: pl.Expr, locale: Locale, scale: int, number_cell: pl.Expr | None) -> pl.Expr:
    """The number in plain notation, null where the locale does not read it.

    ``number_cell`` marks cells of a workbook that are numbers, whose text is plain in any locale.
    """
    if locale.point_may_group:
        return pl.when(~text.str.contains(_POINT_MAY_GROUP)).then(text)
    if locale.undeclared:
        return text
    marks = [*locale.groups, locale.decimal]
    rewritten = text.str.replace_many(marks, ["" for _ in locale.groups] + ["."])
    plain = pl.when(text.str.contains(locale_pattern(locale, scale))).then(rewritten)
    return plain if number_cell is None else pl.when(number_cell).then(text).otherwise(plain)


def decimals(plain: pl.Expr, kind: str) -> pl.Expr:
    """Plain texts as exact decimals of a column type; null for what does not fit it digit for digit."""
    precision, scale = DECIMALS[kind]
    fits = plain.str.contains(plain_pattern(scale, precision - scale))
    return pl.when(fits).then(plain).cast(pl.Decimal(precision, scale), strict=False)


def rounded_cells(plain: pl.Series, kind: str) -> pl.Series:
    """Texts of number cells with more decimals than the column type, rounded half away from zero; others null."""
    precision, scale = DECIMALS[kind]
    fine = plain.filter(plain.str.contains(rf"^-?\d{{1,{precision - scale}}}\.\d{{{scale + 1},}}$"))
    step = Decimal(1).scaleb(-scale)
    made = {text: format(Decimal(text).quantize(step, ROUND_HALF_UP), "f") for text in fine.unique()}
    return plain.replace_strict(made, default=None, return_dtype=pl.String)


def tell_numbers(rows: pl.DataFrame, column: str, kind: str, locale: Locale, faults: Faults, sheet: str | None) -> None:
    """Findings for texts that are no number: rows of source_line and value, none of them blank."""
    precision, scale = DECIMALS[kind]
    value = pl.col("value")
    plain = locale.undeclared
    code = (
        pl.when(value.str.contains(_NOT_FINITE))
        .then(pl.lit("number-not-finite"))
        .when(value.str.contains(_SCIENTIFIC))
        .then(pl.lit("number-scientific"))
        .when(pl.lit(locale.point_may_group) & value.str.contains(_POINT_MAY_GROUP))
        .then(pl.lit("number-ambiguous"))
        .when(_reads(value, locale, digits=precision - scale))
        .then(pl.lit("number-too-precise"))
        .when(_reads(value, locale, digits=200))
        .then(pl.lit("number-too-large"))
        .when(pl.lit(plain) & value.str.contains(_AMBIGUOUS))
        .then(pl.lit("number-ambiguous"))
        .when(pl.lit(plain) & value.str.contains(_COMMA))
        .then(pl.lit("number-decimal-comma"))
        .when(pl.lit(plain) & pl.any_horizontal(value.str.contains(p) for p in _ALL_GROUPED))
        .then(pl.lit("number-grouped"))
        .when(value.str.contains(_WITH_UNIT))
        .then(pl.lit("number-with-unit"))
        .otherwise(pl.lit("number-not-read"))
    )
    words = {
        "scale": scale,
        "digits": precision - scale,
        "locale": "" if plain else f" in locale {locale.code}",
        "example": locale.example if not plain else "1234.5",
    }
    for (name,), found in rows.with_columns(code.alias("code")).group_by("code", maintain_order=True):
        told = (
            _with_readings(found.drop("code")) if str(name).startswith(("number-a", "number-d", "number-g")) else found
        )
        faults.add_rows(str(name), told.select(pl.exclude("code")), column, sheet=sheet, **words)


def _reads(value: pl.Expr, locale: Locale, *, digits: int) -> pl.Expr:
    """Whether the text is a number of the locale but for how many digits it has."""
    if locale.undeclared:
        return value.str.contains(rf"^-?\d{{1,{digits}}}(\.\d+)?$")
    marks = [*locale.groups]
    pattern = locale_pattern(locale, 100)
    bare = value.str.replace_many(marks, [""] * len(marks))
    decimal = re.escape(locale.decimal)
    return value.str.contains(pattern) & bare.str.contains(rf"^-?\d{{1,{digits}}}({decimal}\d+)?$")


def _with_readings(rows: pl.DataFrame) -> pl.DataFrame:
    """How each ambiguous text would be read, and the locale that reads the others: en, de or fr."""
    value = pl.col("value")
    return rows.with_columns(
        value.str.replace_all(",", "").alias("en"),
        pl.when(value.str.contains(_POINT_MAY_GROUP))
        .then(value.str.replace_all(".", "", literal=True))
        .otherwise(value.str.replace_all(",", "."))
        .alias("de"),
        pl.when(value.str.contains(_COMMA) | value.str.contains(_GROUPED_BY_POINTS))
        .then(pl.lit("de"))
        .when(value.str.contains(_GROUPED))
        .then(pl.lit("en"))
        .otherwise(pl.lit("fr"))
        .alias("locale"),
    )
