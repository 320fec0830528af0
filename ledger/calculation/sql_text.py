"""The SQL files of this room, each named after its result; and how a file of any room gets its places filled."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path


@cache
def sql(name: str) -> str:
    """The text of a SQL file of this room."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")


def filled(text: str, words: Mapping[str, str]) -> str:
    """A statement with its places `{name}` filled by SQL of ours: what no parameter can say, as a column's name.

    A place that the words do not name stays, and fails when the statement is run.
    """
    for place, word in words.items():
        text = text.replace("{" + place + "}", word)
    return text
