"""The SQL of this room that lies in files of its own, each named after the table that it makes."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from ledger.calculation.sql_text import filled
from ledger.store import Session


@cache
def statement(name: str) -> str:
    """The text of a statement."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def run_statement(s: Session, name: str, words: dict[str, str] | None = None, /, **given: Any) -> None:
    """Run a statement of this room, its places filled, with those of the given values that it names."""
    sql = filled(statement(name), words or {})
    s.run(sql, {key: value for key, value in given.items() if f"${key}" in sql} or None)


def make_standing(
    s: Session, first: date, last: date, size: int, *, table: str = "standing", which: str = "true"
) -> None:
    """Make temp table `standing`, or one of another name with some of its rows: the rows that count, one by one."""
    run_statement(s, "standing", {"standing": table, "which": which}, first=first, last=last, size=size)


def make_standing_sum(s: Session, size: int) -> None:
    """Make temp tables `standing_sum` and `longer`: all that count summed, and those over several months one by one."""
    make_standing(s, date.min, date.max, size, table="longer", which="a.key_no is null")
    run_statement(s, "standing_sum", size=size)
