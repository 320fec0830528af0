"""What the shipped file gives of the manufacture of machines that a register names without a figure of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from ledger.ai import catalogue
from ledger.ai.catalogue import Embodied
from ledger.errors import Misuse
from ledger.plain import plain_amount

if TYPE_CHECKING:
    from ledger.intake.faults import Faults

_KG = pl.Decimal(18, 6)


def with_figures(frame: pl.DataFrame, faults: Faults) -> pl.DataFrame:
    """The rows of a register with kg CO2e and source of one machine, where `data/embodied.csv` has exactly one figure.

    A machine that the catalogue does not know, or of which sources differ, is an error; one without a figure stays
    without. What the row gives itself stands.
    """
    for name, dtype in (("hardware_id", pl.String()), ("embodied_kg_each", _KG), ("embodied_source", pl.String())):
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype).alias(name))
    wanted = pl.col("embodied_kg_each").is_null() & pl.col("hardware_id").is_not_null() & ~pl.col("withdrawn")
    lines = frame.filter(wanted).group_by("hardware_id", maintain_order=True).agg(pl.col("source_line").first())
    found = []
    for name, line in lines.iter_rows():
        row = _figure(name, line, faults)
        if row is not None:
            found.append((name, row.kg_co2e, _source(row)))
    if not found:
        return frame
    schema = {"hardware_id": pl.String(), "shipped_kg": _KG, "shipped_source": pl.String()}
    joined = frame.join(pl.DataFrame(found, schema, orient="row"), on="hardware_id", how="left", maintain_order="left")
    return joined.with_columns(
        pl.when(wanted).then("shipped_kg").otherwise("embodied_kg_each").alias("embodied_kg_each"),
        pl.when(wanted).then("shipped_source").otherwise("embodied_source").alias("embodied_source"),
    ).drop("shipped_kg", "shipped_source")


def _figure(name: str, line: int, faults: Faults) -> Embodied | None:
    try:
        rows = [row for row in catalogue.embodied(name) if row.per == "each"]
    except Misuse as fault:
        faults.add("asset-hardware", line=line, column="hardware_id", value=name, reason=str(fault), near=fault.fix)
        return None
    if len(rows) > 1:
        figures = "; ".join(f"{plain_amount(row.kg_co2e)} kg ({row.source})" for row in rows)
        faults.add("asset-figures", line=line, column="hardware_id", value=name, sources=len(rows), figures=figures)
        return None
    if not rows:
        faults.add("asset-not-quantified", line=line, column="hardware_id", value=name)
        return None
    return rows[0]


def _source(row: Embodied) -> str:
    """Source, how well it is backed, and what it takes in."""
    return f"{row.source} ({row.verification}; {row.boundary.replace('_', ' ')})"
