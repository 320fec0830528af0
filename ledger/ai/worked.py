"""A figure with the sum it came from: formula, every term with unit and source, and what to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ledger.ai.interval import Interval
from ledger.errors import Misuse
from ledger.plain import plain_amount
from ledger.tabular import Tabular


@dataclass(frozen=True, slots=True)
class Term:
    """One input of a figure: its letter or words in the formula, value, unit and where it is from."""

    name: str
    value: Interval
    unit: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Worked(Tabular):
    """A figure that an outsider can work out again from what is printed with it.

    ``kind`` keeps figures of different meaning apart: two are added only where kind and unit are the same.
    """

    ROWS = "terms"

    what: str
    value: Interval
    unit: str
    formula: str
    terms: tuple[Term, ...]
    source: str
    kind: str = ""
    notes: tuple[str, ...] = field(default=())

    def __add__(self, other: Worked) -> Worked:
        """The sum of two figures of one kind. Raises Misuse for figures that never add up."""
        if self.kind == "rate" or other.kind == "rate":
            raise Misuse(
                f"'{self.what}' is a rate, and rates are not added up", "add what they are worked out from, then divide"
            )
        if (self.kind, self.unit) != (other.kind, other.unit):
            raise Misuse(
                f"'{self.what}' and '{other.what}' are of different kinds and are never added up",
                "show them side by side",
            )
        terms = (
            Term(self.what, self.value, self.unit, self.source),
            Term(other.what, other.value, other.unit, other.source),
        )
        return Worked(
            f"{self.what} + {other.what}", self.value + other.value, self.unit, f"{self.what} + {other.what}",
            terms, self.source, self.kind, tuple(dict.fromkeys((*self.notes, *other.notes))),
        )  # fmt: skip

    def words(self, digits: int = 6) -> str:
        """The figure in lines: result, formula, each term, source and notes."""
        lines = [f"{self.what}: {self.value.text(digits)} {self.unit}".rstrip(), f"  = {self.formula}"]
        width = max((len(term.name) for term in self.terms), default=0)
        for term in self.terms:
            told = f"    {term.name:<{width}}  {term.value.text(digits)} {term.unit}".rstrip()
            lines.append(f"{told}   ({term.source})" if term.source else told)
        lines.append(f"  by {self.source}")
        lines += [f"  note: {note}" for note in self.notes]
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The figure as JSON has it: amounts as plain text, a range as two ends."""
        return {
            "what": self.what, **ends(self.value), "unit": self.unit, "formula": self.formula,
            "terms": [
                {"name": term.name, **ends(term.value), "unit": term.unit, "source": term.source or None}
                for term in self.terms
            ],
            "source": self.source, "notes": list(self.notes),
        }  # fmt: skip


def ends(value: Interval) -> dict[str, str]:
    """A value as JSON has it: one text, or the two ends of a range."""
    if value.is_point:
        return {"value": plain_amount(value.low)}
    return {"low": plain_amount(value.low), "high": plain_amount(value.high)}
