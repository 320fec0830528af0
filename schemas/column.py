"""What is known of a column, and how its values are spelled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

ColumnType = Literal["text", "quantity", "factor", "mass", "count", "integer", "boolean", "date", "instant", "json"]
"""quantity is DECIMAL(18,6), factor DECIMAL(28,15), mass DECIMAL(38,18), count DECIMAL(38,0); instants are UTC."""

DECIMALS: Mapping[str, tuple[int, int]] = {
    "quantity": (18, 6), "factor": (28, 15), "mass": (38, 18), "count": (38, 0),
}  # fmt: skip
"""Precision and scale of the decimal types."""


@dataclass(frozen=True, slots=True)
class Column:
    """A promise about a column.

    ``unit`` is None where the column has no unit or names it in another column (then ``meaning`` says which).
    ``synonyms`` are headers that mean the same, compared without case, blanks and punctuation. ``values`` maps each
    allowed value to other spellings of it; an empty mapping allows any text. ``negative`` tells whether a number
    below zero has a meaning.
    """

    name: str
    type: ColumnType
    meaning: str
    example: str = ""
    unit: str | None = None
    synonyms: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    negative: bool = False
    low: int | None = None
    high: int | None = None


def spelled(words: type[StrEnum], **others: str) -> Mapping[str, tuple[str, ...]]:
    """The values of an enumeration; ``others`` gives further spellings by member name, joined with `|`."""
    return {word.value: tuple(filter(None, others.get(word.name, "").split("|"))) for word in words}


def named(text: str) -> tuple[str, ...]:
    """Synonyms from text joined with `|`."""
    return tuple(text.split("|"))
