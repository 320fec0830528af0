"""The SQL files of this folder, each named after its result."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def sql(name: str) -> str:
    """The text of a SQL file."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
