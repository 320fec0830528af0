"""Energy from series of samples: differences of counters that may begin anew, and power over time."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import polars as pl

from ledger.intake.ai_files.amounts import in_unit
from ledger.intake.ai_files.form import Given

EXACT = pl.Decimal(38, 6)
_NO_VALUE = Decimal("9.2e18")
"""Counters at or above it are DCGM's marks of "no value", not energy."""
_LONG_GAP = 5
"""How many usual steps a gap may span before power is not carried across it."""


def readable(given: Given, rows: pl.DataFrame, value: str = "value") -> pl.DataFrame:
    """Rows whose value is a number of samples, typed; those that mark "no value" are told and left."""
    typed = rows.with_columns(in_unit(rows[value], 1).cast(EXACT, strict=False).alias("#value"))
    bad = pl.col("#value").is_null() | (pl.col("#value") >= _NO_VALUE) | (pl.col("#value") < 0)
    lost = typed.filter(bad)
    if lost.height:
        given.faults.add("samples-without-value", count=lost.height, line=int(lost["source_line"][0]),
                         value=lost[value][0])  # fmt: skip
    return typed.filter(~bad)


def counted(given: Given, rows: pl.DataFrame, series: Sequence[str]) -> pl.DataFrame:
    """Steps of counters by series: `start`, `end`, and `amount` in the unit of the counter.

    Where a counter falls it began anew: what it shows then was counted since. That is told.
    """
    ordered = rows.sort(*series, "time", nulls_last=True)
    steps = ordered.with_columns(
        pl.col("#value").shift(1).over(series).alias("#before"),
        pl.col("time").shift(1).over(series).alias("start"),
        pl.col("time").alias("end"),
    ).filter(pl.col("#before").is_not_null())
    fell = pl.col("#value") < pl.col("#before")
    resets = steps.filter(fell)
    if resets.height:
        given.faults.add("counter-reset", count=resets.height, line=int(resets["source_line"][0]))
    amount = pl.when(fell).then(pl.col("#value")).otherwise(pl.col("#value") - pl.col("#before"))
    return steps.with_columns(amount.cast(EXACT).alias("amount"))


def integrated(given: Given, rows: pl.DataFrame, series: Sequence[str]) -> pl.DataFrame:
    """Steps of power by series: `amount` is twice the mean power times milliseconds (the trapezoid rule, undivided).

    Across a gap of more than five usual steps nothing is known: it makes no step, and is told.
    """
    ordered = rows.sort(*series, "time", nulls_last=True)
    steps = ordered.with_columns(
        (pl.col("#value") + pl.col("#value").shift(1).over(series)).cast(EXACT).alias("#both"),
        pl.col("time").shift(1).over(series).alias("start"),
        pl.col("time").alias("end"),
    ).filter(pl.col("start").is_not_null())
    long = pl.col("end") - pl.col("start")
    usual = long.median().over(series)
    gaps = steps.filter(long > usual * _LONG_GAP)
    if gaps.height:
        hours = gaps.select((pl.col("end") - pl.col("start")).sum().dt.total_seconds() / 3600).item()
        given.faults.add("power-gap", count=gaps.height, value=f"{hours:.2f}", line=int(gaps["source_line"][0]))
    kept = steps.filter(long <= usual * _LONG_GAP)
    return kept.with_columns((pl.col("#both") * long.dt.total_milliseconds().cast(EXACT)).cast(EXACT).alias("amount"))


def by_hour(steps: pl.DataFrame, by: Sequence[str], wh_per_unit: Decimal) -> pl.DataFrame:
    """Steps added up by subject and hour in which they begin: `start`, `end`, `energy` (text, Wh), `source_line`."""
    hours = steps.with_columns(pl.col("start").dt.truncate("1h").alias("#hour"))
    added = hours.group_by(*by, "#hour", maintain_order=True).agg(
        pl.col("source_line").min(), pl.col("start").min(), pl.col("end").max(), pl.col("amount").sum()
    )
    energy = [format(amount * wh_per_unit, "f") for amount in added["amount"].to_list()]
    return added.with_columns(pl.Series("energy", energy, dtype=pl.String)).drop("#hour", "amount").sort(*by, "start")
