"""Periods of activities: two days, or a month, quarter or year in place of them; and the month of a row."""

from __future__ import annotations

import calendar
import re
from datetime import date

import polars as pl

from ledger.intake.faults import Faults
from ledger.intake.known import Place

_MONTH = re.compile(r"(?:(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4})|(\d{1,2}))(?:\.0+)?")
_QUARTER = re.compile(r"(?:(\d{4})[-/ ]?)?[QqKkTt]?([1-4])(?:[-/ ](\d{4}))?")
_YEAR = re.compile(r"(\d{4})(?:\.0+)?")
_MIDNIGHT = re.compile(r"-01[T ]00:00(:00(\.0+)?)?$")

Span = tuple[date, date]


def with_period(frame: pl.DataFrame, faults: Faults, sheet: str | None) -> pl.DataFrame:
    """Columns period_start and period_end, where blank filled from month, quarter and year; these are dropped."""
    parts = [name for name in ("year", "quarter", "month") if name in frame.columns]
    if not parts:
        return frame
    distinct = frame.select(parts).unique()
    spans = [_span(**row) for row in distinct.iter_rows(named=True)]
    starts = [span[0] if isinstance(span, tuple) else None for span in spans]
    ends = [span[1] if isinstance(span, tuple) else None for span in spans]
    faulty = [span if isinstance(span, str) else None for span in spans]
    table = distinct.with_columns(
        pl.Series("span_start", starts, dtype=pl.Date),
        pl.Series("span_end", ends, dtype=pl.Date),
        pl.Series("span_fault", faulty, dtype=pl.String),
    )
    joined = frame.join(table, on=parts, how="left", nulls_equal=True, maintain_order="left")
    for (part,), rows in joined.filter(pl.col("span_fault").is_not_null()).group_by("span_fault"):
        told = rows.select("source_line", pl.col(str(part)).alias("value"))
        faults.add_rows("period-not-read", told, str(part), sheet=sheet, what=str(part))
    made = [
        pl.coalesce(pl.col(name), pl.col(span)).alias(name) if name in frame.columns else pl.col(span).alias(name)
        for name, span in (("period_start", "span_start"), ("period_end", "span_end"))
    ]
    return joined.with_columns(made).drop("span_start", "span_end", *parts)


def _span(year: str | None = None, quarter: str | None = None, month: str | None = None) -> Span | str | None:
    """First and last day; the name of the part that cannot be read; None where all are blank."""
    given = _year(year)
    if year and given is None:
        return "year"
    if month:
        return _month_span(month, given)
    if quarter:
        return _quarter_span(quarter, given)
    return (date(given, 1, 1), date(given, 12, 31)) if given else None


def _month_span(text: str, year: int | None) -> Span | str:
    found = _MONTH.fullmatch(_MIDNIGHT.sub("", text.strip()))
    if found is None:
        return "month"
    of = int(found[1] or found[4] or year or 0)
    number = int(found[2] or found[3] or found[5])
    if not (1900 < of < 2200 and 1 <= number <= 12) or (year and year != of):
        return "month"
    return date(of, number, 1), date(of, number, calendar.monthrange(of, number)[1])


def _quarter_span(text: str, year: int | None) -> Span | str:
    found = _QUARTER.fullmatch(text.strip().removesuffix(".0"))
    of = int((found[1] or found[3] or year or 0) if found else 0)
    if found is None or not 1900 < of < 2200 or (year and year != of):
        return "quarter"
    last = 3 * int(found[2])
    return date(of, last - 2, 1), date(of, last, calendar.monthrange(of, last)[1])


def _year(text: str | None) -> int | None:
    found = _YEAR.fullmatch(text.strip()) if text else None
    return int(found[1]) if found and 1900 < int(found[1]) < 2200 else None


def month_of_row() -> pl.Expr:
    """First of the month where the row lies in one calendar month, else null."""
    first = _first_of_month("period_start")
    return pl.when(first == _first_of_month("period_end")).then(first)


def _first_of_month(name: str) -> pl.Expr:
    # Day numbers, since truncating dates takes five times as long.
    days_in = pl.col(name).dt.day().cast(pl.Int32) - 1
    return (pl.col(name).cast(pl.Int32) - days_in).cast(pl.Date)


def tell_outside(frame: pl.DataFrame, places: dict[str, Place], faults: Faults, sheet: str | None) -> None:
    """Findings for rows whose period is not within the dates of their facility."""
    dated = [place for place in places.values() if place.exists_from or place.exists_to]
    if not dated or "facility_id" not in frame.columns:
        return
    low, high = frame.select(pl.col("period_start").min().alias("a"), pl.col("period_end").max().alias("b")).row(0)
    if low is None or high is None:
        return
    if all(
        (place.exists_from is None or low >= place.exists_from) and (place.exists_to is None or high <= place.exists_to)
        for place in dated
    ):
        return
    table = pl.DataFrame(
        [(place.facility_id, place.exists_from, place.exists_to) for place in dated],
        schema={"facility_id": pl.String, "opens": pl.Date, "closes": pl.Date},
        orient="row",
    )
    early = pl.col("period_start") < pl.col("opens")
    late = pl.col("period_end") > pl.col("closes")
    rows = frame.join(table, on="facility_id", maintain_order="left")
    rows = rows.filter(pl.any_horizontal(early.fill_null(value=False), late.fill_null(value=False)))
    told = rows.select(
        "source_line",
        pl.format("{} to {}", "period_start", "period_end").alias("value"),
        pl.col("facility_id").alias("facility"),
        pl.format(
            "{} to {}", pl.col("opens").cast(pl.String).fill_null("…"), pl.col("closes").cast(pl.String).fill_null("…")
        ).alias("dates"),
    )
    faults.add_rows("period-outside-facility", told, "period_start", sheet=sheet)
