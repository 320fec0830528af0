"""Dates and instants: ISO always, other orders only where the locale declares them, serial numbers in workbooks."""

from __future__ import annotations

from datetime import date

import polars as pl

from ledger.intake.cells.locales import Locale
from ledger.intake.faults import Faults

ISO = "%Y-%m-%d"
FIRST_YEAR, LAST_YEAR = 1950, 2100
_MIDNIGHT = r"[T ]00:00(:00(\.0+)?)?Z?$"
_SERIAL = r"^\d{5}(\.0+)?$"
_NUMERIC = r"^\d{1,2}[./-]\d{1,2}[./-]\d{4}$"
_ORDERS = {"dmy": "%d-%m-%Y", "mdy": "%m-%d-%Y", "ymd": ISO}
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_OFFSET = r"([Zz]|[+-]\d{2}:?\d{2})$"
_INSTANT = "%Y-%m-%dT%H:%M:%S%.f"


def iso_dates(text: pl.Expr) -> pl.Expr:
    """ISO dates; null for anything else."""
    return text.str.to_date(ISO, strict=False)


def other_dates(text: pl.Expr, locale: Locale) -> pl.Expr:
    """Dates that are not plain ISO: with a midnight behind them, or in the order that the locale declares."""
    bare = text.str.replace(_MIDNIGHT, "")
    read = iso_dates(bare)
    if locale.order is not None:
        pattern = r"^\d{4}[./-]\d{1,2}[./-]\d{1,2}$" if locale.order == "ymd" else _NUMERIC
        ordered = pl.when(bare.str.contains(pattern)).then(bare.str.replace_all(r"[./]", "-"))
        read = pl.coalesce(read, ordered.str.to_date(_ORDERS[locale.order], strict=False))
    return read


def serial_dates(text: pl.Expr, *, epoch_1904: bool) -> pl.Expr:
    """Serial day numbers of a workbook as dates; null for anything else."""
    days = pl.when(text.str.contains(_SERIAL)).then(text.str.replace(r"\.0+$", "")).cast(pl.Int32)
    epoch = _EPOCH_1904 if epoch_1904 else _EPOCH
    return pl.lit(epoch) + pl.duration(days=days)


def tell_dates(rows: pl.DataFrame, column: str, locale: Locale, faults: Faults, sheet: str | None) -> None:
    """Findings for texts that are no date: rows of source_line and value, none of them blank."""
    open_order = pl.col("value").str.contains(_NUMERIC) & pl.lit(locale.order is None)
    faults.add_rows("date-order-unknown", rows.filter(open_order), column, sheet=sheet)
    faults.add_rows("date-not-read", rows.filter(~open_order), column, sheet=sheet)


def without_far_dates(frame: pl.DataFrame, column: str, faults: Faults, sheet: str | None) -> pl.DataFrame:
    """The frame without dates in years that no activity data is from; each of them is told."""
    low, high = frame.select(pl.col(column).min().alias("low"), pl.col(column).max().alias("high")).row(0)
    if low is None or (low.year >= FIRST_YEAR and high.year <= LAST_YEAR):
        return frame
    near = pl.col(column).dt.year().is_between(FIRST_YEAR, LAST_YEAR)
    rows = frame.filter(~near).select("source_line", pl.col(column).cast(pl.String).alias("value"))
    faults.add_rows("date-out-of-range", rows, column, sheet=sheet, allowed=f"{FIRST_YEAR} to {LAST_YEAR}")
    return frame.with_columns(pl.when(near).then(pl.col(column)))


def instants(frame: pl.DataFrame, column: str, faults: Faults, sheet: str | None) -> pl.Series:
    """A text column as UTC instants: by its offset, or by the row's `timezone` where it has none."""
    text = pl.col(column).str.strip_chars().str.replace(" ", "T", literal=True)
    full = text.str.replace(r"(T\d{2}:\d{2})([Zz+-]|$)", "${1}:00${2}")
    read = frame.select(
        "source_line",
        pl.col(column).alias("value"),
        full.alias("text"),
        (pl.col("timezone") if "timezone" in frame.columns else pl.lit(None, pl.String)).alias("zone"),
        full.str.contains(_OFFSET).alias("offset"),
    ).with_columns(
        pl.when("offset")
        .then(pl.col("text").str.replace(r"[Zz]$", "+00:00"))
        .str.to_datetime(_INSTANT + "%#z", time_unit="us", time_zone="UTC", strict=False)
        .alias("instant")
    )
    for zone in read.filter(~pl.col("offset"))["zone"].drop_nulls().unique():
        local = pl.col("text").str.to_datetime(_INSTANT, time_unit="us", strict=False)
        there = local.dt.replace_time_zone(str(zone), ambiguous="null", non_existent="null").dt.convert_time_zone("UTC")
        here = (pl.col("zone") == zone) & ~pl.col("offset")
        read = read.with_columns(pl.when(here).then(there).otherwise("instant").alias("instant"))
    bad = read.filter(pl.col("value").is_not_null() & pl.col("instant").is_null())
    without = ~pl.col("offset") & pl.col("zone").is_null()
    told = bad.select("source_line", "value", without.alias("without"))
    faults.add_rows("instant-without-zone", told.filter("without").drop("without"), column, sheet=sheet)
    faults.add_rows("instant-not-read", told.filter(~pl.col("without")).drop("without"), column, sheet=sheet)
    return read["instant"].alias(column)
