"""Engines: the same SQL files over the same Parquet files, on this machine or on a cluster, to the same digits.

A SQL file is written once, in DuckDB's dialect. DuckDB runs it as it stands; for Spark it is translated. Both sum whole
numbers and decimals of a stated scale, so that neither the order of rows nor the number of machines moves a digit.
"""

from __future__ import annotations

from ledger.calculation.engines.engine import ENGINES, Columns, Engine, Part, engine

__all__ = ["ENGINES", "Columns", "Engine", "Part", "engine"]
