"""The SQL of this room that lies in files of its own, each named after the table that it makes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from ledger.store import Session


@cache
def statement(name: str) -> str:
    """The text of a statement."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def run_statement(s: Session, name: str, **given: Any) -> None:
    """Run a statement of this room with those of the given values that it names."""
    sql = statement(name)
    s.run(sql, {key: value for key, value in given.items() if f"${key}" in sql} or None)
