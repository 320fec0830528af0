"""The pedigree table as shipped: what five scores and a kind of flow say of a line's uncertainty."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from math import exp, log, sqrt

from ledger import shipped

INDICATORS = ("reliability", "completeness", "temporal", "geographical", "technological")


@dataclass(frozen=True, slots=True)
class PedigreeRow:
    """A row of `data/pedigree.csv`: the factor of a score, or the basic factor of a kind of flow."""

    part: str
    name: str
    score: int | None
    factor: float
    meaning: str
    source: str
    verification: str


@cache
def pedigree_table() -> tuple[PedigreeRow, ...]:
    """Every row of the shipped table."""
    with (shipped.path("data") / "pedigree.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            PedigreeRow(
                row["part"], row["name"], int(row["score"]) if row["score"] else None, float(row["factor"]),
                row["meaning"], row["source"], row["verification"],
            )
            for row in csv.DictReader(file)
        )  # fmt: skip


def squared_geometric_deviation(scores: dict[str, int], basic: float) -> float:
    """GSD² = exp(√(Σ ln(Ui)² + ln(Ub)²)); the 95 % interval of a value x is x / GSD² to x × GSD².

    Args:
        scores: 1 (very good) to 4 (poor) of each of the five indicators.
        basic: the basic factor of the flow, Ub.

    Raises:
        KeyError: an indicator has no score; what is not known is not very good.
    """
    factors = {(row.name, row.score): row.factor for row in pedigree_table() if row.part == "indicator"}
    squares = [log(factors[name, scores[name]]) ** 2 for name in INDICATORS]
    return exp(sqrt(sum(squares) + log(basic) ** 2))
