"""Machines of the register as they are entered: what cannot be, and what is left unknown."""

from __future__ import annotations

import polars as pl

from ledger.intake.cells.convert import Context
from ledger.intake.checks.ai_checks import given

_AMOUNT = pl.Decimal(18, 6)


def tell_faults_of_assets(context: Context, frame: pl.DataFrame) -> None:
    """Findings for machines without a name or a figure, parts of nothing, and figures that nobody stands behind."""
    kg = given(frame, "embodied_kg_each", _AMOUNT)
    nameless = frame.filter(kg.is_null() & given(frame, "hardware_id").is_null()).select("source_line")
    context.faults.add_rows("asset-of-what", nameless, "hardware_id", sheet=context.sheet)
    for name in ("embodied_kg_each", "machine_share"):
        nothing = frame.filter(given(frame, name, _AMOUNT) == 0).select("source_line", pl.lit("0").alias("value"))
        context.faults.add_rows("not-above-zero", nothing, name, sheet=context.sheet)
    unsourced = frame.filter(kg.is_not_null() & given(frame, "embodied_source").is_null() & ~pl.col("withdrawn"))
    told = unsourced.select("source_line", pl.col("asset_id").alias("value"))
    context.faults.add_rows("asset-without-source", told, "embodied_source", sheet=context.sheet)
    bare = frame.filter(given(frame, "cost", _AMOUNT).is_not_null() & given(frame, "currency").is_null())
    context.faults.add_rows("cost-without-currency", bare.select("source_line"), "currency", sheet=context.sheet)
