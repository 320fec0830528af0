"""The SQL files of this room, each named after its result."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def sql(name: str) -> str:
    """The text of a SQL file of this room."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
